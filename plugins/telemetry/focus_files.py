"""FOCUS cost and usage files: CSV, compressed CSV and Parquet, one file, a folder or a pattern."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin
from finopsnb.plugins.files import find_files, read_files

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FocusFilesPlugin"]


class FocusFilesPlugin(TelemetryPlugin):
    """Collects files that are in FOCUS columns already (1.0 to 1.4); the session checks and repairs them."""

    metadata = PluginMetadata(
        name="focus-files",
        version="1.0.0",
        author="The finopsnb authors",
        description="Collects FOCUS billing files: CSV, CSV.gz and Parquet; a file, a folder or a pattern.",
        plugin_type=PluginType.TELEMETRY,
        tags=("focus", "files", "csv", "parquet"),
        license="Apache-2.0",
    )

    class Config(BaseModel):
        path: str = Field(description="A file, a folder or a pattern, such as exports/*.csv", min_length=1)
        source: str = Field("", description="A name for what is collected, when the path may change; the path otherwise")
        delimiter: str = Field("", description="What separates the columns of a CSV; found out when empty", max_length=1)
        encoding: str = Field("utf-8", description="utf-8, utf-16 or latin-1")

    config: Config

    @property
    def source(self) -> str:
        return self.config.source or str(Path(self.config.path).expanduser().absolute())

    def collect_telemetry(self) -> Iterator[tuple[str, pa.Table]]:
        files = find_files(self.config.path)
        self.context.logger.info("reading %d files", len(files))
        yield from read_files(files, delimiter=self.config.delimiter, encoding=self.config.encoding)

    def health_check(self) -> dict[str, Any]:
        return {**super().health_check(), "files": len(find_files(self.config.path))}
