"""The widget of :class:`finopsnb.charts.exploring.Explorer`: two days, two buttons, a line of status, and a chart that is heard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    from finopsnb.charts.exploring import Explorer

__all__ = ["controls"]


def controls(explorer: Explorer) -> Any:
    """The widget; raises FinopsError without the package that it needs for charts that are heard."""
    import ipywidgets as widgets

    chart = _heard(explorer)
    first, last = (widgets.DatePicker(description=text, value=day) for text, day in _days(explorer))
    show, back = (widgets.Button(description=text, tooltip=tip) for text, tip in _BUTTONS)
    # plain text, never markup: an error may have any name of a bill in it
    status = widgets.Label(value=explorer.status)

    def follow() -> None:
        status.value = " ".join(explorer.status.split("\n"))
        if chart.chart is not explorer.chart:
            chart.chart = explorer.chart
            listen()
        for picker, (_, day) in zip((first, last), _days(explorer), strict=True):
            picker.value = day

    def listen() -> None:
        from finopsnb.charts.exploring import BRUSH

        if hasattr(chart.selections, BRUSH):
            chart.selections.observe(brushed, [BRUSH])

    def brushed(change: Any) -> None:
        if explorer.brushed(change["new"].value):
            follow()

    def asked(_: Any) -> None:
        explorer.show(first.value, last.value + timedelta(days=1) if last.value else None)
        follow()

    def returned(_: Any) -> None:
        explorer.back()
        follow()

    show.on_click(asked)
    back.on_click(returned)
    listen()
    return widgets.VBox([widgets.HBox([first, last, show, back]), status, chart])


_BUTTONS = (("Show these days", "Ask the engine for the days between both"), ("Back", "The days that it began with"))


def _days(explorer: Explorer) -> list[tuple[str, date | None]]:
    """Both ends as a person says them: the last day counts."""
    return [("From", explorer.start), ("To", explorer.end - timedelta(days=1) if explorer.end else None)]


def _heard(explorer: Explorer) -> Any:
    """The chart as a widget that carries its libraries; it speaks when a drag has come to rest."""
    from finopsnb.charts.exploring import REST

    try:
        from altair.jupyter.jupyter_chart import JupyterChart
    except ImportError as error:
        raise FinopsError("A chart that is heard needs the package anywidget.", hint='pip install "finopsnb[live]"') from error
    make: Callable[..., Any] = JupyterChart
    JupyterChart.enable_offline(True)
    options = {"actions": False, "renderer": "svg", "tooltip": True}
    return make(explorer.chart, debounce_wait=REST, max_wait=False, embed_options=options)
