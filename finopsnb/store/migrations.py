"""From the tables of any earlier version to those of this one, in a single transaction.

``STEPS[n]`` brings version n to version n + 1. A step that was released is never changed; a new one is added.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any

from finopsnb.errors import StoreDamaged, StoreTooNew
from finopsnb.store import receiving, schema
from finopsnb.store.sql import one, run, transaction

__all__ = ["STEPS", "check_version", "is_current", "made_by", "migrate"]

#: tables that came after a version, which a file of that version or an earlier one cannot have from us
_ADDED = {1: ("run_totals", "exchange_rates"), 5: ("outbox",), 6: ("received_tables",)}


def _add_tables(cursor: Any) -> None:
    schema.create_tables(cursor, _ADDED[1])


def _add_outbox(cursor: Any) -> None:
    schema.create_tables(cursor, _ADDED[5])


def _add_received(cursor: Any) -> None:
    schema.create_tables(cursor, _ADDED[6])
    schema.complete(cursor)


STEPS: tuple[Callable[[Any], None], ...] = (
    *(schema.create, _add_tables, schema.complete, schema.complete, schema.complete),
    _add_outbox,
    _add_received,
)

#: steps that bring earlier tables to what ``schema.create`` makes at once: on those they change nothing, and cost 0.1 s
_CATCHING_UP = frozenset({_add_tables, schema.complete, _add_outbox, _add_received})


def made_by() -> str:
    """The version of finopsnb that runs.

    >>> made_by().count(".") >= 1
    True
    """
    try:
        return metadata.version("finopsnb")
    except metadata.PackageNotFoundError:
        return "0.0"


def migrate(cursor: Any, path: str, version: int) -> None:
    """Bring the tables of this version (:func:`check_version`) up to date, or make them; all steps or none.

    Raises StoreDamaged for tables with our names that are not ours.
    """
    if version == 0:
        _make(cursor)
    elif not _is_current(cursor, version):
        _bring_up(cursor, path, version)


def _make(cursor: Any) -> None:
    with transaction(cursor):
        for step in STEPS:
            if step not in _CATCHING_UP:
                step(cursor)
        _sign(cursor)


def _bring_up(cursor: Any, path: str, version: int) -> None:
    later = {name for last, names in _ADDED.items() if version <= last for name in names}
    present = _tables(cursor)
    received = receiving.views(cursor) if "received_tables" in present - later else set()
    if taken := sorted((present - received) & later):
        raise _not_ours(path, taken)
    with transaction(cursor):
        receiving.give_way(cursor, received & set(schema.TABLES))
        for step in STEPS[version:]:
            step(cursor)
        if added := schema.missing_columns(cursor):
            schema.add_columns(cursor, added)
        _sign(cursor)


def _sign(cursor: Any) -> None:
    run(cursor, "delete from meta")
    run(cursor, "insert into meta values (?, ?)", [len(STEPS), made_by()])


def is_current(cursor: Any, path: str) -> bool:
    """Nothing is to be done before the tables can be used."""
    return _is_current(cursor, check_version(cursor, path))


def _is_current(cursor: Any, version: int) -> bool:
    return version == len(STEPS) and not schema.missing_columns(cursor)


def check_version(cursor: Any, path: str) -> int:
    """The version of the tables in the file, 0 where there are none."""
    present = _tables(cursor)
    if "meta" not in present:
        _refuse_strangers(present, path)
        return 0
    version, maker = _meta(cursor, path)
    if version > len(STEPS):
        raise StoreTooNew(
            f"{path} was made by finopsnb {maker}; this is {made_by()}.",
            why=f"Its tables are of version {version}; known are those up to {len(STEPS)}. The file is unchanged.",
            hint=f'pip install "finopsnb>={maker}"',
        )
    return version


def _meta(cursor: Any, path: str) -> tuple[int, str]:
    columns = schema.held(cursor, "meta")
    if not set(schema.TABLES["meta"].columns) <= set(columns) or one(cursor, "select count(*) from meta")[0] != 1:
        raise _not_ours(path, ["meta"])
    version, maker = one(cursor, "select schema_version, made_by from meta")
    return int(version), str(maker)


def _tables(cursor: Any) -> set[str]:
    found = run(
        cursor,
        "select table_name from duckdb_tables() where schema_name = 'main' and database_name = current_database() "
        "union all select view_name from duckdb_views() where schema_name = 'main' and not internal "
        "and database_name = current_database()",
    )
    return {name for (name,) in found.fetchall()}


def _refuse_strangers(present: set[str], path: str) -> None:
    if taken := sorted(present & {*schema.TABLES, "costs"}):
        raise _not_ours(path, taken)


def _not_ours(path: str, taken: list[str]) -> StoreDamaged:
    return StoreDamaged(
        f"{path} has tables that finopsnb did not make: {', '.join(taken)}.",
        why="finopsnb needs these names for its own tables. The file is unchanged.",
        hint='finopsnb.open("another.duckdb")',
    )
