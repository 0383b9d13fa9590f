"""FOCUS cost and usage files: CSV, compressed CSV and Parquet, one file, a folder or a pattern."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import Field

from finopsnb.plugins import PluginMetadata, PluginType
from finopsnb.plugins.exports import FileConfig, FileTelemetry
from finopsnb.plugins.exports.files import ReadFile
from finopsnb.plugins.exports.totals import KEYS, MEASURES, summed
from finopsnb.plugins.exports.written import as_written, focus_columns
from finopsnb.plugins.files import BillingFile, read_file

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FocusFilesPlugin"]

#: what totals are made of
_TOTALLED = (*KEYS, "ChargePeriodStart", *MEASURES)


class FocusFilesPlugin(FileTelemetry):
    """Collects files that are in FOCUS columns already (1.0 to 1.4); the session checks and repairs them."""

    metadata = PluginMetadata(
        name="focus-files",
        version="1.0.0",
        author="The finopsnb authors",
        description="Collects FOCUS billing files: CSV, CSV.gz and Parquet; a file, a folder, a pattern or an address.",
        plugin_type=PluginType.TELEMETRY,
        tags=("focus", "files", "csv", "parquet"),
        license="Apache-2.0",
    )

    class Config(FileConfig):
        date_format: str = Field("", description="How a spreadsheet wrote the dates, such as %m/%d/%y; ISO 8601 when empty")
        amounts: str = Field("", description="What a spreadsheet put into amounts and means nothing, such as $,")

    config: Config

    @contextmanager
    def reading(self) -> Iterator[ReadFile]:
        """The files as they are."""
        yield self._tables

    def control_totals(self) -> pa.Table:
        """The raw BilledCost and EffectiveCost of the files, added up apart from the collection."""
        return summed(table for file in self.find() for table in self._totalled(file))

    def _tables(self, file: BillingFile) -> Iterator[pa.Table]:
        for table in read_file(file, delimiter=self.config.delimiter, encoding=self.config.encoding):
            yield as_written(table, self.config.date_format, self.config.amounts)

    def _totalled(self, file: BillingFile) -> Iterator[pa.Table]:
        for table in read_file(file, delimiter=self.config.delimiter, encoding=self.config.encoding, columns=_wanted):
            if found := _found(table.column_names):
                kept = as_written(table, self.config.date_format, self.config.amounts).select(list(found.values()))
                yield kept.rename_columns(list(found))


def _found(names: Sequence[str]) -> dict[str, str]:
    """The columns that totals are made of, with the names that the file has for them."""
    return {column: name for column, name in focus_columns(names).items() if column in _TOTALLED}


def _wanted(names: Sequence[str]) -> list[str]:
    """Their names in the file; of a file that has none any name, since nothing is read without a column."""
    return list(_found(names).values()) or list(names[:1])
