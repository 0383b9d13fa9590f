"""Several dashboards with options in common: each is handed those that it takes, and one that fails stands for itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.cost import day_of
from finopsnb.analysis.ranges import require_days
from finopsnb.errors import FinopsError, nearest
from finopsnb.plugins.secrets import masker

if TYPE_CHECKING:
    from finopsnb.charts import Dashboards, Drawn, Explorer
    from finopsnb.plugins.registry import PluginRegistry

__all__ = ["Given", "as_drawn", "compose", "dated", "explore", "given_of"]

#: a name, several, or each with options of its own
Given = str | Sequence[str] | Mapping[str, Mapping[str, Any]]
_DATES = ("start", "end")


def given_of(dashboards: Given) -> dict[str, dict[str, Any]]:
    """Each dashboard with its own options; raises FinopsError for none at all.

    >>> given_of(["cost-overview"]), given_of({"cost-overview": {"by": "region"}})
    ({'cost-overview': {}}, {'cost-overview': {'by': 'region'}})
    """
    names = [dashboards] if isinstance(dashboards, str) else dashboards
    given = {name: dict(names[name]) if isinstance(names, Mapping) else {} for name in names}
    if not given:
        raise FinopsError("Which dashboards?", hint='session.dashboard(["cost-overview", "anomalies"])')
    return given


def as_drawn(dashboards: Any) -> Dashboards | None:
    """What ``session.dashboard`` gave, if it is that; without importing the charts."""
    drawn: Dashboards | None = dashboards if hasattr(dashboards, "parts") and hasattr(dashboards, "save") else None
    return drawn


def dated(start: date | str | None, end: date | str | None) -> dict[str, date]:
    """The days that are given; raises FinopsError for one that is none, and for a range that is empty."""
    days = {key: day_of(value) for key, value in zip(_DATES, (start, end), strict=True) if value is not None}
    require_days(days.get("start"), days.get("end"))
    return days


def compose(
    registry: PluginRegistry, render: Callable[..., Any], given: Mapping[str, dict[str, Any]], common: Mapping[str, Any]
) -> Dashboards:
    """Draw all of them; raises FinopsError for a name or an option that none knows, and where none of them can be drawn."""
    from finopsnb.charts import Dashboards

    taken = {name: _taken_by(registry, name) for name in given}
    _refuse_unknown(common, taken)
    parts = [
        _drawn(render, name, {**{key: value for key, value in common.items() if key in taken[name]}, **own}) for name, own in given.items()
    ]
    if all(part.error is not None for part in parts):
        raise next(part.error for part in parts if part.error is not None)
    return Dashboards(parts)


def explore(
    registry: PluginRegistry, render: Callable[..., Any], name: str, days: Mapping[str, date], options: Mapping[str, Any]
) -> Explorer:
    """One dashboard whose days can be changed; raises FinopsError for one that takes none, and for an option that it does not have."""
    from finopsnb.charts import Explorer

    taken = _taken_by(registry, name)
    if not set(_DATES) <= taken:
        raise FinopsError(f"{name} takes no range of days, so there is nothing to change.", hint=f'session.render("{name}")')
    _refuse_unknown(options, {name: taken})
    return Explorer(name, lambda start, end: render(name, start=start, end=end, **options), days.get("start"), days.get("end"))


def _drawn(render: Callable[..., Any], name: str, options: dict[str, Any]) -> Drawn:
    from finopsnb.charts import Drawn

    try:
        return Drawn(name, render(name, **options))
    except FinopsError as error:  # it is told in the dashboard's place
        error.what, error.why, error.hint = (masker.mask(text) for text in (error.what, error.why, error.hint))
        return Drawn(name, error=error)


def _taken_by(registry: PluginRegistry, name: str) -> set[str]:
    """The options that a dashboard names: parameters of its ``render``, and its settings where that takes any."""
    settings = {field["key"] for field in registry.fields(name)}
    plugin: Any = registry.record(name).cls
    parameters = inspect.signature(plugin.render).parameters.values()
    named = {one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)} - {"self"}
    return named | settings if any(one.kind is one.VAR_KEYWORD for one in parameters) else named


def _refuse_unknown(common: Mapping[str, Any], taken: Mapping[str, set[str]]) -> None:
    """Dates are for those that take them; any other option must be somebody's."""
    known = sorted({*_DATES, *(option for options in taken.values() for option in options)})
    for option in common:
        if option not in known:
            near = nearest(option, known)
            raise FinopsError(
                f"No dashboard takes the option {option}: not {', '.join(taken)}.",
                why=f"There are {', '.join(known)}.",
                hint=f"{near}=..." if near else f"%finops info {next(iter(taken))}",
            )
