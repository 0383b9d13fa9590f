"""Tables and dashboards as files for others, and tables of others from files: owners, prices, cost centres."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, field_validator

from finopsnb.errors import FinopsError, nearest
from finopsnb.plugins import IntegrationPlugin, PluginMetadata, PluginType
from finopsnb.plugins.files import hidden_options, source_name
from finopsnb.plugins.sheets import TABLE_SUFFIXES, Kind, Outcome, put, read_sheet, table_writer, typed
from finopsnb.plugins.tabular import to_arrow

from ._pages import chart_writer, is_chart

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

__all__ = ["FilesPlugin"]


class ImportedTable(BaseModel):
    """A table that is kept elsewhere."""

    path: str = Field(
        min_length=1, description="A CSV, Parquet or XLSX file, or an address; that of a Google sheet that is shared by link, too"
    )
    sheet: str = Field("", description="Of a workbook the sheet; the first one when empty")
    columns: dict[str, Kind] = Field(default_factory=dict, description="What columns hold, as {price: number}; the others are texts")
    delimiter: str = Field("", description="What separates the columns of a CSV; found out when empty", max_length=1)


class FilesConfig(BaseModel):
    """Where files are written to, and which tables are read from files."""

    folder: str = Field(".", description="Where files go whose path is not given, and what paths are relative to")
    format: str = Field(".parquet", description="What a table is written as when no path is given: .parquet, .csv, .xlsx or .html")
    imports: dict[str, ImportedTable] = Field(default_factory=dict, description="Tables to receive, each a name and where it is")
    storage_options: dict[str, Any] = Field(
        default_factory=dict, description="For addresses: what the file system is opened with, such as endpoint_url", repr=False
    )

    @field_validator("format")
    @classmethod
    def _known(cls, suffix: str) -> str:
        if suffix not in TABLE_SUFFIXES:
            raise ValueError(f"a table is written as {', '.join(TABLE_SUFFIXES)}")
        return suffix

    @field_validator("storage_options")
    @classmethod
    def _hide_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        return hidden_options(options)


class FilesPlugin(IntegrationPlugin):
    """Writes Parquet, CSV, XLSX, HTML, PNG and PDF files, and reads mapping tables from CSV, XLSX and Parquet."""

    metadata = PluginMetadata(
        name="files",
        version="1.0.0",
        author="The finopsnb authors",
        description="Writes tables and dashboards as Parquet, CSV, XLSX, HTML, PNG, PDF; reads tables such as owners from files.",
        plugin_type=PluginType.INTEGRATION,
        tags=("files", "xlsx", "csv", "parquet", "google-sheets", "export", "import"),
        license="Apache-2.0",
    )

    Config = FilesConfig
    config: FilesConfig

    def send_data(self, data: Any, table: str = "", path: str = "", raw: bool = False) -> bool:
        """Write a table or a chart to ``path``, or to the folder by its name, in place of an earlier file.

        A file that would be the same stays untouched. ``raw`` writes texts that a spreadsheet would run as they are. Raises
        FinopsError for an ending that does not fit.
        """
        target = self._target(path, table, ".html" if is_chart(data) else self.config.format)
        if is_chart(data):
            outcome, rows = self._drawn(data, target, table), None
        else:
            arrow: pa.Table = to_arrow(data, what="the table")
            outcome, rows = put(target, table_writer(arrow, target, raw=raw)), arrow.num_rows
        counts = {kind: int(kind == outcome) for kind in ("inserted", "updated", "unchanged")}
        self.context.synced(source_name(str(target)), rows=rows, detail=f"{table or 'a table'}: file {outcome}", **counts)
        return True

    def receive_data(self, table: str = "", path: str = "", sheet: str = "") -> Iterator[tuple[str, pa.Table]]:
        """The tables of ``imports``, or the one named ``table``, or the one at ``path``."""
        for name, one in self._wanted(table, path, sheet).items():
            place = one.path if "://" in one.path else str(Path(self.config.folder).expanduser() / Path(one.path).expanduser())
            rows = read_sheet(place, sheet=one.sheet, delimiter=one.delimiter, storage_options=self.config.storage_options or None)
            self.context.synced(name, rows=rows.num_rows, detail=source_name(place))
            yield name, typed(rows, one.columns, source_name(place))

    def health_check(self) -> dict[str, Any]:
        """Also whether XLSX can be read and written here: ``xlsx``."""
        from importlib.util import find_spec

        ready = all(find_spec(package) for package in ("xlsxwriter", "fastexcel"))
        return {**super().health_check(), "xlsx": "ready" if ready else 'pip install "finopsnb[excel]"'}

    def _drawn(self, chart: Any, target: Path, title: str) -> Outcome:
        """A page of PDF has its fonts in any order, so the same page is told by what it was drawn from."""
        drawn = [sha256(json.dumps(chart.to_dict(), default=str).encode()).hexdigest(), str(target.resolve())]
        key = f"page/{target.name}"
        if target.suffix.lower() == ".pdf" and target.is_file() and self.context.get_state(key) == drawn:
            return "unchanged"
        outcome = put(target, chart_writer(chart, target, title))
        if target.suffix.lower() == ".pdf":
            self.context.set_state(key, drawn)
        return outcome

    def _target(self, path: str, table: str, suffix: str) -> Path:
        if not path and not table:
            raise FinopsError("The file has no name.", hint='path="owners.xlsx"')
        return Path(self.config.folder).expanduser() / Path(path or f"{table}{suffix}").expanduser()

    def _wanted(self, table: str, path: str, sheet: str) -> dict[str, ImportedTable]:
        imports = self.config.imports
        if path:
            known = imports.get(table)
            given = {"path": path, **({"sheet": sheet} if sheet else {})}
            return {table or _stem(path): known.model_copy(update=given) if known else ImportedTable(**given)}
        if not imports:
            raise FinopsError(
                "There is nothing to receive: no table is named under imports.", hint='imports={"owners": {"path": "owners.csv"}}'
            )
        if table and table not in imports:
            near = nearest(table, imports) or next(iter(imports))
            raise FinopsError(f"imports names no table {table}.", why=f"It names {', '.join(imports)}.", hint=f'table="{near}"')
        return {table: imports[table]} if table else imports


def _stem(path: str) -> str:
    """A name for what is at a path: ``exports/Cost owners.csv`` is ``cost_owners``."""
    name = Path(source_name(path).rpartition("/")[2]).stem.split("?")[0].lower()
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
