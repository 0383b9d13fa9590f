"""Anomalies in words, and as the records that the charts draw."""

from __future__ import annotations

from decimal import Decimal

from finopsnb.charts import money
from finopsnb.charts.data import Records, milliseconds, shown

from ._anomalies_data import Anomaly, Found
from ._settings import others_told

__all__ = ["bars", "description", "expected_a_day", "finding", "heading", "points", "state_of", "subtitle"]

_LONG = 70


def finding(found: Found) -> str:
    """How many are open and what they cost; the largest."""
    open_ones = [one for one in found.anomalies if one.status == "open"]
    told = open_ones or found.anomalies
    number = f"{len(told)} {'open ' if open_ones else ''}anomal{'y' if len(told) == 1 else 'ies'}"
    more, less = (sum((one.impact for one in told if one.impact * sign > 0), Decimal(0)) for sign in (1, -1))
    parts = [_money(found, more) + " more" if more else "", _money(found, -less) + " less" if less else ""]
    said = " and ".join(part for part in parts if part) or "as much"
    return f"{number}{'' if open_ones else ', none open'}: {said} than expected; the largest: {_title(told[0])}"


def subtitle(found: Found) -> list[str]:
    """How to read the bars, and what is not in them."""
    lines = [f"What ended on {found.since} or later, by what it cost more or less than was expected of its days ({shown(found.currency)})."]
    if len(found.anomalies) > found.top:
        lines.append(f"{len(found.anomalies) - found.top} smaller ones are not drawn: %finops show anomalies top=30")
    told = others_told(found.others)
    return [*lines, told] if told else lines


def description(found: Found) -> str:
    """The finding, and each anomaly as a sentence."""
    each = [f"{_title(one)}: {state_of(found, one)}." for one in found.anomalies[: found.top]]
    return " ".join([f"{finding(found)}.", *each])


def state_of(found: Found, one: Anomaly) -> str:
    """What it cost, what was expected, and what has become of it."""
    siblings = f", with {one.siblings} more series" if one.siblings else ""
    change = money(one.impact, shown(found.currency), sign=True)
    return f"{_money(found, one.actual)} and not {_money(found, one.expected)} ({change}{siblings}), {shown(one.status)}"


def bars(found: Found) -> Records:
    """What was expected, and what it cost, of the largest; two of one name by a number."""
    rows: Records = []
    for one in found.anomalies[: found.top]:
        name = _short(f"{shown(one.kind)}, {one.start}: {_place(one)}")
        if any(row["name"] == name for row in rows):
            name = f"{name} ({len(rows) + 1})"
        rows.append({"name": name, "before": _float(one.expected), "now": _float(one.actual)})
    return rows


def points(one: Anomaly) -> Records:
    """A point for each day."""
    return [{"day": milliseconds(day), "when": day.isoformat(), "cost": _float(cost)} for day, cost in one.days.items()]


def expected_a_day(one: Anomaly) -> float | None:
    """The mean of its days; not known where several series changed together, for what was expected is then that of all."""
    return None if one.siblings else _float(one.expected / ((one.end - one.start).days + 1))


def heading(one: Anomaly) -> str:
    return _title(one)


def _title(one: Anomaly) -> str:
    return shown(one.title)


def _place(one: Anomaly) -> str:
    """What it is an anomaly of: the title without what it is and since when."""
    return _title(one).rpartition(": ")[0] or _title(one)


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def _money(found: Found, amount: Decimal) -> str:
    return money(amount, shown(found.currency))


def _float(amount: Decimal) -> float:
    return round(float(amount), 4)
