"""FOCUS cost and usage files: CSV, compressed CSV and Parquet, one file, a folder or a pattern."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import Field

from finopsnb.plugins import PluginMetadata, PluginType
from finopsnb.plugins.exports import FileConfig, FileTelemetry
from finopsnb.plugins.exports.files import ReadFile
from finopsnb.plugins.exports.spreadsheets import as_written
from finopsnb.plugins.exports.totals import KEYS, MEASURES, summed
from finopsnb.plugins.files import BillingFile, read_file

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FocusFilesPlugin"]

_NAMES = {name.casefold(): name for name in (*KEYS, "ChargePeriodStart", *MEASURES)}


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
            kept = as_written(table, self.config.date_format, self.config.amounts).select(_wanted(table.column_names))
            yield kept.rename_columns([_NAMES[name.casefold()] for name in kept.column_names])


def _wanted(names: Sequence[str]) -> list[str]:
    """The columns that totals are made of, as the file writes them; the first of those that differ by case only."""
    return list({name.casefold(): name for name in reversed(names) if name.casefold() in _NAMES}.values())
