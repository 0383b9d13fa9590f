"""The Data tab: the tables, their columns, a page of rows that the engine sorts and filters, a profile, and the SQL of it all.

What reaches the widget is one page of at most 50 rows and 10 columns, each value cut at 60 characters, however large the table is.
"""

from __future__ import annotations

import json
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from finopsnb.amounts import plain
from finopsnb.commands.texts import count
from finopsnb.commands.writing import Code
from finopsnb.notebook.display import Html, tag
from finopsnb.notebook.panels.parts import Pages, area, button, choice, entry, show, table
from finopsnb.notebook.panels.taking import Taking, sql_code, statement_of
from finopsnb.verbs.browsing import OPERATORS, Look, profile, wanted

if TYPE_CHECKING:
    from finopsnb.notebook.panels.panel import Panel

__all__ = ["DataTab"]

ROWS, COLUMNS = 50, 10
_LONGEST = 60
_PROFILED = ("column", "type", "filled", "distinct, about", "least", "greatest", "commonest")
_NUMERIC = ("int", "decimal", "float", "double")


class DataTab:
    """A table at a time; it is asked again when something is chosen, not when something happens elsewhere, but for the runs."""

    title = "Data"

    def __init__(self, panel: Panel) -> None:
        self.panel, self.session = panel, panel.session
        self._told, self._schema, self._rows, self._profile = (widgets.HTML() for _ in range(4))
        self._pages, self._sides = Pages(ROWS, self._look), Pages(COLUMNS, self._look)
        self._table = choice("Table", self._names(), self._chosen)
        self._sort = choice("Sort by", [("as it comes", "")], self._asked)
        self._order = choice("Order", [("the least first", False), ("the greatest first", True)], self._asked)
        self._column = choice("Where", [("any column", "")], self._asked)
        self._operator = choice("Is", OPERATORS, self._asked)
        self._text = entry("Value", "", self._asked, continuous_update=False)
        self._sql = area("SQL", 8, layout={"display": "none", "width": "98%"})
        buttons = [
            button("Profile", "what stands in the columns that are shown", lambda: self.panel.attempt(self._draw_profile)),
            button("Columns", "all columns with their types", self._toggle_schema),
            button("Show SQL", "the statement behind this page, to be copied", lambda: self.panel.do(self._show_sql, changes=False)),
        ]
        self._schema.layout.display = "none"
        row = {"flex_flow": "row wrap"}
        self.widget = widgets.VBox(
            [
                widgets.HBox([self._table, self._sort, self._order], layout=row),
                widgets.HBox([self._column, self._operator, self._text], layout=dict(row)),
                self._told,
                self._rows,
                widgets.HBox([_labelled("rows", self._pages), _labelled("columns", self._sides)], layout=dict(row)),
                widgets.HBox(buttons, layout=dict(row)),
                Taking(panel, lambda: (self._table.value, self._expression())).widget,
                self._sql,
                self._profile,
                self._schema,
            ]
        )
        self._busy, self._seen, self._filled = False, -1, list[str]()

    def draw(self) -> None:
        """Show the page as things are now; the store is asked again only after something was run or forgotten."""
        if self._seen < 0:
            self._chosen(self._table.value)
        elif self._seen != self.panel.changes:
            self._filled = self._with_values()
            self._look()
        self._seen = self.panel.changes

    def static(self) -> Html:
        """The tables with their rows and what they hold."""
        rows = [(r["name"], f"{r['rows']:,}", r["columns"], r["description"]) for r in self.session.tables(frames="arrow").to_pylist()]
        return table(("table", "rows", "columns", ""), rows, count(len(rows), "table"), ("rows", "columns"))

    def _names(self) -> list[str]:
        names = [row["name"] for row in self.session.tables(frames="arrow").to_pylist()]
        return sorted(names, key=lambda name: name != "costs")

    def _chosen(self, name: str) -> None:
        """Another table: its columns are offered, and everything begins anew."""
        self._busy = True  # each of these would ask the engine
        columns = [(column, column) for column in self.session.table(name).columns]
        self._sort.options, self._column.options = [("as it comes", ""), *columns], [("any column", ""), *columns]
        self._text.value, self._busy = "", False
        self._fold()
        self._filled = self._with_values()
        self._asked(None)
        self._draw_schema()

    def _asked(self, _: Any) -> None:
        if not self._busy:
            self._pages.first()
            self._look()

    def _look(self) -> None:
        self.panel.attempt(self._draw_rows)

    def _expression(self) -> Any:
        look = Look(self._sort.value or "", self._order.value, self._column.value or "", self._operator.value, self._text.value)
        return wanted(self.session.table(self._table.value), look)

    def _with_values(self) -> list[str]:
        """The columns that hold a value: of the others there may be dozens."""
        rows = self.session.table(self._table.value)
        counts = self._one(rows.aggregate(**{f"c{n}": rows[name].count() for n, name in enumerate(rows.columns)}))
        return [name for n, name in enumerate(rows.columns) if counts[f"c{n}"]] or list(rows.columns)

    def _page(self, rows: Any) -> tuple[Any, int]:
        """The page of those rows, and how many rows there are."""
        total = int(self._one(rows.aggregate(rows=rows.count()))["rows"])
        place = self._pages.cut(total)
        shown = self._filled[self._sides.cut(len(self._filled))]
        return rows.select(shown).limit(ROWS, offset=place.start), total

    def _one(self, expression: Any) -> dict[str, Any]:
        return dict(self.session.frame(expression, frames="arrow").to_pylist()[0])

    def _draw_rows(self) -> None:
        rows = self._expression()
        page, total = self._page(rows)
        kinds = {name: str(kind) for name, kind in page.schema().items()}
        numbers = [name for name, kind in kinds.items() if kind.lstrip("!").startswith(_NUMERIC)]
        found = self.session.frame(page, frames="arrow").to_pylist()
        said = [[_told(value) for value in row.values()] for row in found]
        show(
            self._rows,
            tag("div", table(list(kinds), said, f"{self._table.value}: {count(total, 'row')}", numbers), style="overflow-x: auto"),
        )

    def _draw_profile(self) -> None:
        rows = self._expression()
        page, _ = self._page(rows)
        columns = list(page.columns)
        found = self._one(profile(rows, columns))
        said = [_profiled(found, place, name, str(page.schema()[name])) for place, name in enumerate(columns)]
        told = f"profile of {count(found['rows'], 'row')}"
        show(self._profile, table(_PROFILED, said, told, ("filled", "distinct, about")))

    def _draw_schema(self) -> None:
        described = self.session.describe(self._table.value, frames="arrow").to_pylist()
        rows = [(row["column"], row["type"], _yes(row["nullable"]), row["allowed"]) for row in described]
        show(self._schema, table(("column", "type", "may be null", "allowed values"), rows, f"columns of {self._table.value}"))

    def _toggle_schema(self) -> None:
        self._schema.layout.display = "flex" if self._schema.layout.display == "none" else "none"

    def _fold(self) -> None:
        """What belongs to another table is taken away."""
        self._sides.first()
        show(self._profile, Html(""))
        self._sql.layout.display = "none"

    def _show_sql(self) -> tuple[str, Code]:
        page, _ = self._page(self._expression())
        statement = statement_of(page)
        code = Code(sql_code(statement), f"%%finops sql\n{statement}")
        self._sql.value, self._sql.layout.display = str(code), "flex"
        return "the statement of this page", code


def _labelled(what: str, pages: Pages) -> Any:
    return widgets.HBox(
        [widgets.HTML(value=tag("span", f"{what}: ")), pages.widget], layout={"align_items": "center", "margin": "0 1.5em 0 0"}
    )


def _told(value: Any) -> str:
    """A value in a cell: a map as JSON, an amount with the digits that it has, an instant in UTC, long text cut."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if value.time() == time() else "%Y-%m-%d %H:%M:%S")
    is_map = isinstance(value, list) and bool(value) and all(isinstance(one, tuple) for one in value)
    text = json.dumps(dict(value), ensure_ascii=False) if is_map else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _profiled(found: dict[str, Any], place: int, name: str, kind: str) -> tuple[object, ...]:
    rows = found["rows"]
    share = f"{found[f'filled_{place}'] / rows:.0%}" if rows else ""
    values = (_told(found[f"{measure}_{place}"]) for measure in ("least", "greatest", "commonest"))
    return (name, kind, share, f"{found[f'distinct_{place}'] or 0:,}", *values)


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"
