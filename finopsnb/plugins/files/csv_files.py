"""CSV files as tables of text. The engine reads strictly, as fast as it can; a file that it refuses is taken apart first."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.errors import SourceError
from finopsnb.plugins.files.dialect import Dialect, dialect_of, is_utf8
from finopsnb.plugins.files.expanding import Limits, opened
from finopsnb.plugins.files.folders import private_folder
from finopsnb.plugins.files.marking import Columns, marked, projected, rejected, spelled, tables
from finopsnb.plugins.files.problems import NOTHING_STORED
from finopsnb.plugins.files.rejecting import Salvaged, salvage

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CsvFile", "as_utf8"]

#: rows of a table that are compared with their second reading
_COMPARED = 1_000


@dataclass
class CsvFile:
    """A CSV file in UTF-8 at ``path``, which errors call ``name``."""

    connection: Any
    path: Path
    name: str
    delimiter: str
    columns: Columns | None
    limits: Limits

    def read(self) -> Iterator[pa.Table]:
        """The rows, with _line, _reason and _raw; raises SourceError, and what the engine raises."""
        import duckdb
        import numpy as np

        dialect = dialect_of(self.path, self.name, self.delimiter)
        relation = self._relation(self.path, dialect)
        given, last = 0, None
        try:
            for table in tables(relation):
                first = given + dialect.header_lines + 1
                yield spelled(marked(table, np.arange(first, first + len(table))), dialect.spelled)
                given, last = given + len(table), table.slice(max(0, len(table) - _COMPARED))
        except (duckdb.Error, OSError) as error:  # from the second batch on Arrow raises, and not the engine
            if "Invalid Input Error" not in str(error):
                raise
            yield from self._salvaged(dialect, given, last)

    def _relation(self, path: Path, dialect: Dialect) -> Any:
        relation = self.connection.read_csv(
            str(path),
            columns=dict.fromkeys(dialect.names, "VARCHAR"),
            delimiter=dialect.delimiter,
            header=True,
            auto_detect=False,
            quotechar='"',
            escapechar='"',
            strict_mode=True,
            allow_quoted_nulls=False,
        )
        return projected(relation, self.columns, self.name)

    def _salvaged(self, dialect: Dialect, given: int, last: pa.Table | None) -> Iterator[pa.Table]:
        with private_folder() as folder:
            with opened(self.path, self.name, self.limits) as stream:
                salvaged = salvage(stream, self.name, dialect, folder)
            relation = self._relation(salvaged.good, dialect)
            yield from (spelled(table, dialect.spelled) for table in self._good(relation, salvaged, given, last))
            yield from _bad(salvaged.bad, relation)

    def _good(self, relation: Any, salvaged: Salvaged, given: int, last: pa.Table | None) -> Iterator[pa.Table]:
        """The good rows behind those that were given before the engine met a bad one."""
        start = 0
        for table in tables(relation):
            end = start + len(table)
            if last is not None and end >= given:
                self._require_same(last, table, given - start)
                last = None
            rest = table.slice(max(0, given - start))
            yield marked(rest, salvaged.lines.of(end - len(rest), len(rest)))
            start = end

    def _require_same(self, last: pa.Table, table: pa.Table, end: int) -> None:
        count = min(len(last), end)
        if not last.slice(len(last) - count).equals(table.slice(end - count, count)):
            raise SourceError(
                f"The file {self.name} cannot be read{NOTHING_STORED}",
                why="Its quotes can be understood in more than one way.",
                hint="export the file again, or mend the quotes",
            )


def _bad(path: Path, relation: Any) -> Iterator[pa.Table]:
    import pyarrow as pa

    schema = relation.limit(0).to_arrow_table().schema
    with pa.ipc.open_stream(str(path)) as batches:
        for batch in batches:
            if len(batch):
                yield rejected(batch, schema)


@contextmanager
def as_utf8(path: Path, name: str, encoding: str, limits: Limits) -> Iterator[Path]:
    """The file itself, or a private copy in UTF-8: the engine reads no other encoding."""
    if is_utf8(encoding):
        yield path
        return
    with private_folder() as folder:
        copy = folder / "copy.csv"
        with (
            opened(path, name, limits) as stream,
            io.TextIOWrapper(stream, encoding=encoding, newline="") as text,
            copy.open("w", encoding="utf-8", newline="") as target,
        ):
            shutil.copyfileobj(text, target, 1 << 20)
        yield copy
