"""The compliance dashboard's composition: how much is tagged, by tag and by group, and what breaks a policy."""

from __future__ import annotations

import textwrap
from typing import Any

from finopsnb.charts import finish, nothing, ranking, share_bars, share_grid

from . import _compliance_text as text
from ._compliance_data import Compliance
from ._overview_text import COSTS

__all__ = ["compose"]

_LEFT, _RIGHT, _NAMES = 560, 432, 206
_COVERED = {"whole": "Spend", "part": "Tagged"}


def compose(found: Compliance, settings: Any) -> Any:
    """The whole dashboard as one Altair chart with its data inside."""
    import altair as alt

    title = alt.TitleParams(
        text=textwrap.wrap(text.finding(found, settings), 96),
        subtitle=[line for part in text.subtitle(found, settings) for line in textwrap.wrap(part, 140)],
        fontSize=18,
        subtitleFontSize=12,
        offset=18,
    )
    left = alt.vconcat(_keys(found, settings), _groups(found, settings), _unowned(found))
    right = alt.vconcat(_offenders(found), _rules(found))
    return finish(alt.hconcat(left, right, spacing=28, title=title, description=text.description(found, settings)))


def _keys(found: Compliance, settings: Any) -> Any:
    rows, cost = text.keys(found), COSTS[settings.cost].lower()
    if not rows:
        return nothing(f"No tag is on any {cost}", "%finops load tag-compliance 'required=[\"team\"]'", width=_LEFT)
    return share_bars(
        rows,
        currency=found.currency,
        title=f"Coverage by tag: the part of the {cost} that carries it",
        description=f"The part of the positive {cost} that carries each tag, the highest first.",
        **_COVERED,
        width=_LEFT,
        names_width=_NAMES,
    )


def _groups(found: Compliance, settings: Any) -> Any:
    rows = text.groups(found)
    by = {"category": "service category"}.get(settings.by, settings.by)
    if not rows:
        return nothing(f"No spend to look at by {by}", width=_LEFT)
    return share_grid(
        rows,
        currency=found.currency,
        title=f"Coverage by {by}, those with most spend first",
        description=f"The part of the spend of each {by} that carries each tag.",
        **_COVERED,
        width=_LEFT,
        names_width=_NAMES,
    )


def _unowned(found: Compliance) -> Any:
    rows = text.unowned(found)
    if not found.allocated:
        attribute = ["""%finops load tag-rules 'rules=[{"owner_tag": "team"}]'""", "%finops run tag-rules"]
        return nothing("Nothing is allocated yet", *attribute, width=_LEFT)
    if not rows:
        return nothing("All cost has an owner", "No service has cost that is allocated to nobody.", width=_LEFT)
    return _ranked(found, rows, "Allocated to nobody, by service", "Cost that is allocated to nobody, by service, largest first.", _LEFT)


def _offenders(found: Compliance) -> Any:
    rows = text.offenders(found)
    if not found.evaluated:
        first = ["%finops load tag-compliance 'required=[\"team\"]'", "%finops run tag-compliance"]
        return nothing("No policy has been evaluated", *first, width=_RIGHT)
    if not rows:
        return nothing("No resource breaks a policy", "Violations are looked for by %finops run and the policy's name.", width=_RIGHT)
    return _ranked(
        found,
        rows,
        f"Worst offenders: resources by what breaks a rule ({found.currency})",
        "Resources with open violations, by the cost that breaks a rule, largest first.",
        _RIGHT,
        also={"resource": "Resource", "rules": "Breaks"},
    )


def _rules(found: Compliance) -> Any:
    rows = text.rules(found)
    if not rows:
        return nothing("No violation is open", width=_RIGHT)
    return _ranked(
        found,
        rows,
        f"Open violations by rule, how many and how grave ({found.currency})",
        "Rules with open violations, by the cost of what breaks them, largest first.",
        _RIGHT,
        also={"policy": "Policy", "severity": "Severity", "count": "Open violations"},
    )


def _ranked(found: Compliance, rows: Any, title: str, description: str, width: int, **more: Any) -> Any:
    return ranking(
        rows,
        name="name",
        currency=found.currency,
        title=title,
        description=description,
        rows=len({row["name"] for row in rows}),
        width=width,
        names_width=_NAMES,
        **more,
    )
