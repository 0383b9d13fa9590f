"""FOCUS cost and usage files: CSV, compressed CSV and Parquet, one file, a folder or a pattern."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin
from finopsnb.plugins.exports.totals import KEYS, MEASURES, summed
from finopsnb.plugins.files import BillingFile, find_files, read_file, read_files, source_name

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FocusFilesPlugin"]

_NAMES = {name.casefold(): name for name in (*KEYS, "ChargePeriodStart", *MEASURES)}


class FocusFilesPlugin(TelemetryPlugin):
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

    class Config(BaseModel):
        path: str = Field(description="A file, a folder or a pattern, such as exports/*.csv, or an address: s3://, https://", min_length=1)
        source: str = Field("", description="A name for what is collected, when the path may change; the path otherwise")
        delimiter: str = Field("", description="What separates the columns of a CSV; found out when empty", max_length=1)
        encoding: str = Field("utf-8", description="utf-8, utf-16 or latin-1")

        storage_options: dict[str, Any] = Field(
            default_factory=dict, description="For addresses: what the file system is opened with, such as endpoint_url", repr=False
        )

    config: Config

    @property
    def source(self) -> str:
        return self.config.source or source_name(self.config.path)

    def find(self) -> list[BillingFile]:
        """The files of this source; raises SourceError when there is none."""
        return find_files(self.config.path, storage_options=self.config.storage_options)

    def collect_telemetry(self, full: bool = False) -> Iterator[tuple[str, pa.Table]]:
        """The rows of all files; ``full`` says what is done in any case."""
        files = self.find()
        self.context.logger.info("reading %d files", len(files))
        yield from read_files(files, delimiter=self.config.delimiter, encoding=self.config.encoding)

    def control_totals(self) -> pa.Table:
        """The raw BilledCost and EffectiveCost of the files, added up apart from the collection."""
        return summed(table for file in self.find() for table in self._amounts(file))

    def _amounts(self, file: BillingFile) -> Iterator[pa.Table]:
        for table in read_file(file, delimiter=self.config.delimiter, encoding=self.config.encoding, columns=_wanted):
            kept = table.select(_wanted(table.column_names))
            yield kept.rename_columns([_NAMES[name.casefold()] for name in kept.column_names])

    def changes(self, since: datetime) -> list[str]:
        """The files that were written after ``since``."""
        return [file.name for file in self.find() if file.stamp.isdigit() and int(file.stamp) > since.timestamp() * 1e9]

    def health_check(self) -> dict[str, Any]:
        return {**super().health_check(), "files": len(self.find())}


def _wanted(names: Sequence[str]) -> list[str]:
    """The columns that totals are made of, as the file writes them; the first of those that differ by case only."""
    return list({name.casefold(): name for name in reversed(names) if name.casefold() in _NAMES}.values())
