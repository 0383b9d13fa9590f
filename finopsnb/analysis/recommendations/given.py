"""Tables that a person brings: utilisation and prices, as a file, rows or a data frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError, SourceError, nearest
from finopsnb.plugins import sheets, tabular

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["USE_NAMES", "given_table"]

#: other names of columns of utilisation
USE_NAMES = {"observed_days": "days", "mem_p95": "memory_p95", "cpu_peak": "cpu_max", "memory_peak": "memory_max"}

_WRITTEN = {"string": "text", "float64": "a number", "decimal(38, 18)": "an amount", "boolean": "true or false", "int64": "a whole number"}


def given_table(
    given: Any,
    said: str,
    needed: Mapping[str, str],
    optional: Mapping[str, str],
    execute: Execute,
    aliases: Mapping[str, str] | None = None,
) -> ir.Table | None:
    """The columns of ``needed`` and ``optional`` (name to type) in their types, null where an optional one is not there.

    ``given`` is the path of a CSV, XLSX or Parquet file, rows, or a table of any kind; None or "" gives None. ``said`` names it in errors.
    Names are found whatever their case, ``hourly price`` as hourly_price, and by ``aliases``; other columns are left out. Raises
    FinopsError for a missing column, and for a value that cannot be read as its type, which is quoted.
    """
    import ibis

    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    arrow = _read(given, said)
    kinds = {**needed, **optional}
    own = _own(arrow.column_names, aliases or {})
    _require(needed, own, said, arrow.num_rows)
    table = ibis.memtable(arrow.rename_columns([f"c{place}" for place in range(arrow.num_columns)]))
    places = {name: f"c{arrow.column_names.index(own[name.lower()])}" for name in kinds if name.lower() in own}
    texts = {name: table[place].cast("string").strip().nullif("") for name, place in places.items()}
    read = table.select(
        **{name: texts[name].try_cast(kind) if name in texts else ibis.null(kind) for name, kind in kinds.items()},
        **{f"_{name}": text for name, text in texts.items()},
    )
    found = execute(read)
    _require_readable(found, {name: kinds[name] for name in texts}, said)
    return ibis.memtable(found.select(list(kinds)))


def _own(names: Iterable[str], aliases: Mapping[str, str]) -> dict[str, str]:
    """Each name as it is looked for, with the name that the table has."""
    plain = {name.strip().lower().replace(" ", "_"): name for name in names}
    return {aliases[name]: own for name, own in plain.items() if name in aliases} | plain


def _read(given: Any, said: str) -> pa.Table:
    if not isinstance(given, str | Path):
        return tabular.to_arrow(given, what=said)
    import pyarrow as pa
    from pyarrow import csv, parquet

    path = Path(given).expanduser()
    try:
        if path.suffix.lower() == ".parquet":
            return parquet.read_table(path)
        if path.suffix.lower() in sheets.XLSX_SUFFIXES:
            return sheets.read_sheet(path)
        with path.open(encoding="utf-8-sig") as file:
            names = next(iter(file), "").strip().split(",")
        texts = csv.ConvertOptions(column_types={name.strip('" '): pa.string() for name in names})
        return csv.read_csv(path, convert_options=texts)
    except (OSError, UnicodeDecodeError, pa.ArrowInvalid) as error:
        raise SourceError(f"{said} cannot be read.", why=str(error), hint="the path of a CSV, XLSX or Parquet file, or rows") from error


def _require(needed: Mapping[str, str], own: Mapping[str, str], said: str, rows: int) -> None:
    missing = [name for name in needed if name.lower() not in own]
    if missing and (rows or own):
        near = nearest(missing[0].lower(), own)
        raise FinopsError(
            f"{said} has no column {', '.join(missing)}.",
            why=f"Its columns are {', '.join(own.values()) or 'none'}.",
            hint=f"rename {own[near]} to {missing[0]}" if near else f"a table with {', '.join(needed)}",
        )
    if missing:
        raise FinopsError(f"{said} has no rows.", hint=f"a table with {', '.join(needed)}")


def _require_readable(found: pa.Table, kinds: Mapping[str, str], said: str) -> None:
    import pyarrow.compute as pc

    for name, kind in kinds.items():
        wrong = found.filter(pc.and_(pc.is_null(found[name]), pc.is_valid(found[f"_{name}"])))
        if wrong.num_rows:
            rows = "1 row" if wrong.num_rows == 1 else f"{wrong.num_rows} rows"
            raise FinopsError(
                f"{said} has {rows} with a {name} that cannot be read.",
                why=f"{'It' if wrong.num_rows == 1 else 'One of them'} is {wrong[f'_{name}'][0].as_py()!r}.",
                hint=f"{name} is {_WRITTEN[kind]}",
            )
