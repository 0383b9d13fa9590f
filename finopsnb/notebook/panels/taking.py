"""What the Data tab found, taken out of it: as a DataFrame under a name of the user's, as CSV that is safe for spreadsheets, or as Parquet.

All rows that were found are taken with all their columns, not the page alone. No variable and no file of the user's is written over.
"""

from __future__ import annotations

import builtins
import json
import keyword
import re
import weakref
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from finopsnb import notebook
from finopsnb.commands.texts import count, shown_path
from finopsnb.commands.writing import Code, called
from finopsnb.errors import CommandError
from finopsnb.notebook.panels.parts import button, entry

if TYPE_CHECKING:
    from finopsnb.notebook.panels.panel import Panel

__all__ = ["MOST", "Taking", "sql_code", "statement_of"]

#: rows that are taken at most: they pass through the memory of the kernel
MOST = 1_000_000


class Taking:
    """A name and three buttons; ``asked`` gives the table that is shown and the rows that were found in it."""

    def __init__(self, panel: Panel, asked: Callable[[], tuple[str, Any]]) -> None:
        self._panel, self._session, self._asked = panel, panel.session, asked
        self._mine: dict[str, weakref.ref[Any]] = {}
        self._name = entry("Take as", "a name that is free")
        self.widget = widgets.HBox(
            [
                self._name,
                button("To DataFrame", "all rows that were found, as a variable", lambda: panel.do(self._to_frame)),
                button("CSV", "all rows that were found, as a file for spreadsheets", lambda: panel.do(lambda: self._to_file(".csv"))),
                button("Parquet", "all rows that were found, as a Parquet file", lambda: panel.do(lambda: self._to_file(".parquet"))),
            ],
            layout={"flex_flow": "row wrap"},
        )

    def _to_frame(self) -> tuple[str, Code]:
        table, rows = self._asked()
        variables = _variables()
        name = self._variable(table, variables)
        total = self._counted(rows)
        frame = variables[name] = self._session.frame(rows)
        self._mine[name] = weakref.ref(frame)
        statement = statement_of(rows)
        code = Code(f"{name} = {sql_code(statement)}", f"%%finops sql -o {name}\n{statement}")
        return f"{name} is a DataFrame of {count(total, 'row')} now", code

    def _to_file(self, suffix: str) -> tuple[str, Code]:
        table, rows = self._asked()
        path = _free_path(self._name.value.strip() or table, suffix)
        total = self._counted(rows)
        written = self._session.export(rows, path)
        told = f"{shown_path(written)}: {count(total, 'row')}, {written.stat().st_size / 1024:,.0f} kB"
        if rows.equals(self._session.table(table)):
            return told, called("export", table, str(path))
        call = f"session.export({sql_code(statement_of(rows), frames='arrow')}, {json.dumps(str(path), ensure_ascii=False)})"
        return told, Code(call, "# no magic writes chosen rows: take the Python")

    def _counted(self, rows: Any) -> int:
        total = int(self._session.frame(rows.aggregate(n=rows.count()), frames="arrow")["n"][0].as_py())
        if total > MOST:
            why = f"At most {MOST:,} are taken at a time."
            raise CommandError(f"{total:,} rows are too many to take.", why=why, hint="choose some by Where, or ask for sums: %finops sql")
        return total

    def _variable(self, table: str, variables: MutableMapping[str, Any]) -> str:
        """The name that was typed, or one that is free."""
        typed = self._name.value.strip()
        if typed and (not typed.isidentifier() or keyword.iskeyword(typed) or hasattr(builtins, typed)):
            raise CommandError(f"{typed} cannot be the name of a variable.", hint=f"{table}_rows")
        if typed and not self._is_free(typed, variables):
            why = "It is not written over from here."
            raise CommandError(f"There is a variable {typed} already.", why=why, hint=f"another name, or: del {typed}")
        names = (f"{table}_rows{'' if number == 1 else f'_{number}'}" for number in range(1, 10_000))
        return typed or next(name for name in names if self._is_free(name, variables))

    def _is_free(self, name: str, variables: MutableMapping[str, Any]) -> bool:
        """Whether nothing has that name, or what was taken under it before."""
        mine = self._mine.get(name)
        return name not in variables or (mine is not None and mine() is variables[name])


def statement_of(rows: Any) -> str:
    """The SQL of an expression."""
    import ibis

    return str(ibis.to_sql(rows, dialect="duckdb"))


def sql_code(statement: str, **options: str) -> str:
    """The Python that asks for a statement, over several lines where that can be."""
    plain = '"""' not in statement and "\\" not in statement
    text = f'"""\n{statement}\n"""' if plain else json.dumps(statement, ensure_ascii=False)
    return f"session.sql({', '.join([text, *(f'{key}={json.dumps(value)}' for key, value in options.items())])})"


def _variables() -> MutableMapping[str, Any]:
    """Where the user's variables are. Raises CommandError where there is no notebook."""
    if (state := notebook.state()) is not None:
        return state.variables
    from IPython.core.getipython import get_ipython

    ask: Callable[[], Any] = get_ipython
    if (shell := ask()) is None:
        raise CommandError("There is no notebook whose variable it could be.", hint="%load_ext finopsnb")
    variables: MutableMapping[str, Any] = shell.user_ns
    return variables


def _free_path(name: str, suffix: str) -> Path:
    """A file of that name in the working folder that there is not yet: ``costs.csv``, ``costs-2.csv``."""
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise CommandError(
            f"{name} cannot be the name of a file here.", why="It is put into the working folder.", hint="letters and digits"
        )
    stem = name.removesuffix(suffix)
    names = (f"{stem}{'' if number == 1 else f'-{number}'}{suffix}" for number in range(1, 10_000))
    return next(path for path in map(Path, names) if not path.exists())
