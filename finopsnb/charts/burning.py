"""A budget's cumulative spend against its amount and thresholds, with its forecast and the band around it."""

from __future__ import annotations

from datetime import date
from typing import Any

from finopsnb.charts.data import Records, base, shared
from finopsnb.charts.styling import INK, PALETTE, RISE, axis_format, money_format
from finopsnb.charts.trends import time_scale

__all__ = ["burn_down"]

#: the height of a label in pixels, and the width in which there is room for the names of thirteen months
_LINE, _WIDE = 12, 900


def burn_down(
    rows: Records,
    marks: Records,
    *,
    currency: str,
    title: Any,
    description: str,
    extent: tuple[date, date],
    band: str = "",
    width: int = 480,
    height: int = 180,
) -> Any:
    """Spend as a line, its forecast dashed with the band around it, an even pace in grey, and rules at the amounts in ``marks``.

    Fields of ``rows``, a day each: ``middle`` (milliseconds, UTC; the end of the day), ``when`` (text), and, cumulative, ``pace``,
    ``actual``, ``forecast``, ``low`` and ``high``, null where there is none. Fields of ``marks``: ``level`` (an amount), ``label`` and
    ``whole`` (true for the budget itself). ``extent`` is the first day and the day after the last, ``band`` names the band in
    tooltips.
    """
    import altair as alt

    first, after = extent
    months = (after - first).days / 31
    scale, axis = time_scale(extent, 1 if months <= 2 else round(months * _WIDE / width))
    amounts = [row[name] for row in rows for name in ("actual", "forecast", "high", "pace") if row[name] is not None]
    levels = [mark["level"] for mark in marks]
    top = max([*amounts, *levels], default=1.0)
    bottom = min([0.0, *(row["low"] or 0.0 for row in rows), *amounts])
    domain = alt.Scale(domain=[bottom, top * 1.06], nice=False)
    y = alt.Axis(format=axis_format([top]), tickCount=4, orient="right", minExtent=40, maxExtent=40)
    x = shared(alt.X)("middle:T", scale=scale, axis=axis, title=None)
    source = base(rows)

    def line(name: str, **style: Any) -> Any:
        drawn = source.transform_filter(f"isValid(datum.{name})").mark_line(**style)
        return drawn.encode(x=x, y=shared(alt.Y)(f"{name}:Q", scale=domain, axis=y, title=None))

    around = source.transform_filter("isValid(datum.high)").mark_area(color=PALETTE[0], opacity=0.22, aria=False)
    layers = [
        around.encode(x=x, y=shared(alt.Y)("low:Q", scale=domain, axis=y, title=None), y2="high:Q"),
        line("pace", color=INK, strokeWidth=1, aria=False),
        *_rules(_readable(marks, height / ((top * 1.06 - bottom) or 1.0)), domain, width),
        line("forecast", color=PALETTE[0], strokeDash=[5, 4]),
        line("actual", color=PALETTE[0], strokeWidth=2.5),
        _hovered(source, x, domain, _told(currency, band)),
    ]
    return shared(alt.LayerChart)(layer=layers).properties(width=width, height=height, title=title, description=description)


def _readable(marks: Records, pixels: float) -> Records:
    """The marks without the labels through which the next rule would run; the budget's own always has its label."""

    def is_free(mark: dict[str, Any]) -> bool:
        above = [one["level"] - mark["level"] for one in marks if one["level"] > mark["level"]]
        return bool(mark["whole"]) or min(above, default=_LINE / pixels) * pixels >= _LINE

    return [{**mark, "label": mark["label"] if is_free(mark) else ""} for mark in marks]


def _rules(marks: Records, domain: Any, width: int) -> list[Any]:
    import altair as alt

    whole = "datum.whole"
    y = shared(alt.Y)("level:Q", scale=domain)
    rules = (
        base(marks)
        .mark_rule(aria=False)
        .encode(
            y=y,
            color=alt.condition(whole, alt.value(RISE), alt.value(INK)),
            strokeDash=alt.condition(whole, alt.value([1, 0]), alt.value([2, 3])),
            size=alt.condition(whole, alt.value(1.5), alt.value(1)),
        )
    )
    texts = base(marks).mark_text(align="left", baseline="bottom", dx=3, dy=-2, limit=width - 10, fontSize=10)
    return [rules, texts.encode(x=alt.value(0), y=y, text="label:N", color=alt.condition(whole, alt.value(RISE), alt.value(INK)))]


def _told(currency: str, band: str) -> list[Any]:
    import altair as alt

    names = {"actual": "Spent", "forecast": "Forecast", "pace": "Even pace"}
    if band:
        names |= {"low": f"{band} from", "high": f"{band} to"}
    money, tooltip = money_format(currency), shared(alt.Tooltip)
    amounts = [tooltip(f"{name}:Q", title=f"{text} ({currency})", format=money) for name, text in names.items()]
    return [tooltip("when:N", title="Until"), *amounts]


def _hovered(source: Any, x: Any, domain: Any, told: list[Any]) -> Any:
    """A point on the line for each day that is seen only by the pointer."""
    import altair as alt

    points = source.transform_calculate(here="isValid(datum.actual) ? datum.actual : datum.forecast").transform_filter(
        "isValid(datum.here)"
    )
    return points.mark_point(opacity=0, size=120, filled=True).encode(x=x, y=shared(alt.Y)("here:Q", scale=domain), tooltip=told)
