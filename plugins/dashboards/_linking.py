"""Charts that share named data and follow each other's selections, each selection declared once for the whole.

The data lies in ``datasets`` of the whole: costs (period and key as numbers, cost), keys and periods, which say what these numbers stand
for. Added to several charts, a selection would be guessed by Altair to be one or several; so it is declared at the top.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["declared", "linked", "view_names"]

_PERIOD = ["middle", "span", "when", "days"]


def linked(key_fields: list[str], narrowed_by: Iterable[Any]) -> Any:
    """The costs with the names of their keys and periods, inside the selections."""
    import altair as alt

    chart = alt.Chart(alt.NamedData("costs"))
    for number, fields in {"key": key_fields, "period": _PERIOD}.items():
        found = alt.LookupData(data=alt.NamedData(f"{number}s"), key=number, fields=fields)
        chart = chart.transform_lookup(lookup=number, from_=found)
    for selection in narrowed_by:
        chart = chart.transform_filter(selection)
    return chart


def declared(parameter: Any, views: tuple[str, ...], chart: Any) -> Any:
    """A selection that is heard in these views of a composition. Altair numbers the names of layers (``split_1``)."""
    import altair as alt

    heard = [name for name in view_names(chart) if name.rpartition("_")[0] in views or name in views]
    return alt.TopLevelSelectionParameter(name=parameter.name, select=parameter.param.select, views=heard)


def view_names(chart: Any) -> Iterator[str]:
    """The names of all views of a composition."""
    for kind in ("hconcat", "vconcat", "layer"):
        for part in getattr(chart, kind, ()):
            yield from view_names(part)
    if isinstance(name := getattr(chart, "name", None), str):
        yield name
