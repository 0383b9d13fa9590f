"""The base of plugins that collect a provider's native cost export."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from finopsnb.errors import SourceError
from finopsnb.plugins.exports.ahead import ahead
from finopsnb.plugins.exports.conversion import Conversion, Converter, gathered
from finopsnb.plugins.exports.files import FileConfig, FileTelemetry, ReadFile
from finopsnb.plugins.exports.raw import Raw
from finopsnb.plugins.files import BillingFile, read_file

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CostExport", "ExportConfig"]

_FOCUS = frozenset({"BilledCost", "BillingCurrency", "ChargePeriodStart"})


class ExportConfig(FileConfig):
    """Where the export is, and what of it is kept beside FOCUS."""

    keep: list[str] = Field(default_factory=list, description="Further native columns to keep, each as x_ and its name")


class CostExport(FileTelemetry):
    """Collects native cost exports; a subclass says what becomes of a row, and which column is the bill.

    :meth:`convert` and :meth:`control` are called with the columns of each kind of file, and must say the same each time:
    they describe, and the engine does the work. A file that is in FOCUS columns already goes on as it is.
    """

    Config: ClassVar[type[Any]] = ExportConfig
    config: ExportConfig

    #: what a file of this kind is called, and columns that it has under one of their names each
    called: ClassVar[str] = "cost export"
    needs: ClassVar[Sequence[tuple[str, ...]]] = ()

    @abstractmethod
    def convert(self, raw: Raw, variant: str) -> Conversion:
        """What becomes of the rows of a file with these columns."""

    @abstractmethod
    def control(self, raw: Raw, variant: str) -> Conversion:
        """The bill as the raw columns tell it: BillingAccountId, BillingPeriodStart, BillingCurrency, and as texts
        BilledCost and EffectiveCost (null where the export has no such column)."""

    def prepare(self, files: Sequence[BillingFile]) -> None:
        """Look at all files of the source before the first is read."""

    def variant(self, file: BillingFile) -> str:  # noqa: ARG002 - for those that override it
        """What :meth:`convert` has to know of a file beside its columns."""
        return ""

    @contextmanager
    def reading(self) -> Iterator[ReadFile]:
        """Files to tables in FOCUS columns."""
        self.prepare(self.find())
        with Converter(self.convert, self._made) as converter:
            yield lambda file: ahead(self._read(converter, file))
            self._tell(converter)

    def _tell(self, converter: Converter) -> None:
        for (rule, column), (one, rows) in sorted(converter.counted.items()):
            severity = getattr(one, "severity", "info")
            self.context.report(rule, column, one.message, rows=rows, severity=severity)

    def control_totals(self) -> pa.Table:
        """What the files add up to, read from their raw columns apart from the conversion; see ``session.reconcile``."""
        from finopsnb.plugins.exports.totals import summed

        files = self.find()
        self.prepare(files)
        with Converter(self.control, self._made) as converter:
            return summed(table for file in files for table in self._read(converter, file))

    def _read(self, converter: Converter, file: BillingFile) -> Iterator[pa.Table]:
        variant = self.variant(file)

        def columns(names: Sequence[str]) -> list[str]:
            if self._is_focus(names):
                return list(names)
            self._require(file, names)
            return converter.wanted(names, variant)

        chunks = read_file(file, delimiter=self.config.delimiter, encoding=self.config.encoding, columns=columns)
        for chunk in gathered(chunks):
            if self._is_focus(chunk.column_names):
                yield chunk
            else:
                yield from converter.tables(chunk, variant)

    @staticmethod
    def _is_focus(names: Sequence[str]) -> bool:
        return set(names) >= _FOCUS

    def _require(self, file: BillingFile, names: Sequence[str]) -> None:
        raw = Raw(tuple(names))
        missing = [" or ".join(alternatives) for alternatives in self.needs if not raw.has(*alternatives)]
        if missing:
            raise SourceError(
                f"{file.name} is not a {self.called}; nothing of it was stored.",
                why=f"It has no column {', '.join(missing)}. Its columns are {', '.join(names[:12])}{' ...' if len(names) > 12 else ''}.",
                hint=f"a path that names only files of a {self.called}",
            )
