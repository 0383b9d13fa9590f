"""The base of plugins that collect from an HTTP API, or from files that its replies were saved to."""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator

from finopsnb.errors import FinopsError, SourceError, StoreClosed
from finopsnb.plugins.api.amounts import as_totals, told
from finopsnb.plugins.api.fetching import Server, shown
from finopsnb.plugins.api.replies import Row, Rows, parsed, table_of
from finopsnb.plugins.api.windows import Collected, Window, day_of
from finopsnb.plugins.exports import CostExport, ExportConfig
from finopsnb.plugins.exports.conversion import Converter
from finopsnb.plugins.exports.totals import summing
from finopsnb.plugins.files import BillingFile, find_files
from finopsnb.plugins.telemetry import TelemetryPlugin

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ApiConfig", "ApiExport", "read_reply"]

_DOCUMENTS = (".json", ".json.gz")
_SUFFIXES = (*_DOCUMENTS, ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".csv", ".csv.gz", ".parquet")
_SAVED_BYTES = 256 * 2**20


class ApiConfig(ExportConfig):
    """Where to ask, or where saved replies are."""

    path: str = Field("", description="Saved replies instead of a server: a JSON file, a folder or a pattern")
    url: str = Field("", description="The address of the server, such as http://localhost:9003", pattern=r"^(https?://[^\s?#]+)?$")
    days: int = Field(30, ge=1, le=3660, description="How many days back the first collection begins, unless since says another day")
    lag_days: int = Field(3, ge=0, le=366, description="How many days each collection asks for again, since they may have been restated")
    billing_account: str = Field("", description="BillingAccountId of rows whose reply names none")
    currency: str = Field("USD", description="BillingCurrency of rows whose reply names none", pattern="^[A-Z]{3}$")

    @model_validator(mode="after")
    def _one_place(self) -> ApiConfig:
        if bool(self.path) == self.has_server:
            raise ValueError("give either url (a server) or path (saved replies)")
        return self

    @property
    def has_server(self) -> bool:
        """Whether a server is asked."""
        return bool(self.url)


class ApiExport(CostExport):
    """Collects from an API, window by window, or from its saved replies.

    A subclass says how to ask (:meth:`server`, :meth:`fetch`), what rows a reply has (:meth:`rows`), and, as for every
    export, what becomes of a row (:meth:`convert`) and which of its texts are the bill (:meth:`control`); ``variant`` is
    then the kind of row. A day that was asked for again takes the place of what was stored of that day, and of nothing else.
    """

    Config: ClassVar[Any] = ApiConfig
    config: ApiConfig

    places: ClassVar[frozenset[str]] = frozenset({"path", "source", "storage_options", "days", "lag_days", "api_key"})

    #: what time it is
    now: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))

    @abstractmethod
    def server(self) -> Server:
        """The server to ask."""

    @abstractmethod
    def fetch(self, server: Server, window: Window) -> Iterator[tuple[Window, list[Any]]]:
        """The replies for pieces of the window that make up the whole of it, in order."""

    @abstractmethod
    def rows(self, replies: Mapping[str, Any]) -> Mapping[str, Rows]:
        """The rows of replies, by the same names; each row has ``start``, the time its charge begins."""

    def amounts(self, replies: Mapping[str, Any]) -> Mapping[str, Rows]:
        """The rows that the bill is read from; where costs are shared out, the rows before that."""
        return self.rows(replies)

    @property
    def source(self) -> str:
        """The name that was given, or the path, or the address and what of it is asked for."""
        about = "".join(f"#{one}" for one in self.about if one)
        return self.config.source or (f"{shown(self.server().url)}{about}" if self.config.has_server else super().source)

    @property
    def about(self) -> Sequence[str]:
        """What of its costs the server is asked for, where it has several bills: each is a source of its own."""
        return (self.config.billing_account,)

    @property
    def owner(self) -> str:
        """The key, where nothing but the key says whose costs the server answers with."""
        return ""

    def find(self) -> list[BillingFile]:
        return find_files(self.config.path, _SUFFIXES, storage_options=self.config.storage_options or None)

    def collect_telemetry(self, full: bool = False, since: str = "", until: str = "") -> Iterator[tuple[str, pa.Table | None]]:
        """What is new since the last collection; of a server all from the day ``since`` to before the day ``until``."""
        days = day_of(since, "since"), day_of(until, "until")
        if self.config.has_server:
            yield from self._collect(full, *days)
        elif any(days):
            raise FinopsError(
                f"{self.metadata.name} collects files here, and files have no since and until.", hint="a path with fewer files"
            )
        else:
            yield from super().collect_telemetry(full)

    def control_totals(self) -> pa.Table:
        """What the files add up to, or what the server said when it was asked."""
        if not self.config.has_server:
            return super().control_totals()
        return as_totals(self._collected().totals.values())

    def changes(self, since: datetime) -> list[str]:
        """The files that changed; what a server would say now is not known."""
        return [] if self.config.has_server else super().changes(since)

    def health_check(self) -> dict[str, Any]:
        """What every plugin says, and the number of ``files`` or the ``url``; the server is not asked."""
        if not self.config.has_server:
            return super().health_check()
        return {**TelemetryPlugin.health_check(self), "url": shown(self.server().url)}

    # ---- a server

    def _collect(self, full: bool, since: date | None, until: date | None) -> Iterator[tuple[str, pa.Table | None]]:
        collected, today = self._collected(), self.now().astimezone(UTC).date()
        self._own(collected, full)
        days, lag = self.config.days, self.config.lag_days
        window = collected.following(today, first_days=days, lag=lag, since=since, until=until, full=full)
        if window.days():
            yield from self._ask(window, collected)
        self._remember(collected, Window(window.start, max(window.start, min(window.end, today))))

    def _ask(self, window: Window, collected: Collected) -> Iterator[tuple[str, pa.Table | None]]:
        with self.server() as server, Converter(self.convert, self._made) as converter, self._telling() as tell:
            for piece, replies in self.fetch(server, window):
                named = {f"reply {number}": reply for number, reply in enumerate(replies, 1)}
                rows, amounts = _by_day(self.rows(named), piece), _by_day(self.amounts(named), piece)
                for day in self._days_to_store(piece, rows, collected):
                    collected.totals[day] = tell(amounts.get(day, {}))
                    yield from ((self._part(day), table) for table in _tables(converter, rows.get(day, {})))
                    yield self._part(day), None  # a day may have no charge any more
            self._tell(converter)

    @contextlib.contextmanager
    def _telling(self) -> Iterator[Callable[[Rows], list[dict[str, Any]]]]:
        """Gives what raw rows add up to."""
        with Converter(self.control, self._made) as control, summing() as add_up:
            yield lambda rows: told(add_up(_tables(control, rows)))

    def _days_to_store(self, piece: Window, rows: Mapping[str, Any], collected: Collected) -> Iterator[str]:
        """Where a server no longer has a day, what was collected of it stays, unless it is not what the settings ask for."""
        for day in map(str, piece.days()):
            is_lost = not rows.get(day) and any(one["rows"] for one in collected.totals.get(day, ()))
            if is_lost:
                becomes = "of them before is kept" if collected.keeps else "of them with other settings is taken out"
                message = f"days of which the server has nothing any more; what was collected {becomes}"
                self.context.report("reply-empty", "ChargePeriodStart", message, rows=1, example=day, severity="warning")
            if not is_lost or not collected.keeps:
                yield day

    def _own(self, collected: Collected, full: bool) -> None:
        """Let nobody's days take the place of another's: raises SourceError for another key, unless everything is asked for again."""
        owner = sha256(f"{self.source} {self.owner}".encode()).hexdigest()[:16] if self.owner else ""
        if owner and collected.owner not in ("", owner) and not full:
            raise SourceError(
                f"{self.source} was collected with another key; nothing was stored.",
                why="If it is the key of another organisation, its days would take the place of those that are stored.",
                hint='billing_account="..." names the organisation; of a new key of the same one: '
                f'session.collect("{self.metadata.name}", full=True)',
            )
        collected.owner = owner

    def _collected(self) -> Collected:
        with contextlib.suppress(StoreClosed):  # a plugin that was loaded without a session remembers nothing
            return Collected.of(self.context.get_state(self._windows_key), self._made)
        return Collected(self._made)

    def _remember(self, collected: Collected, window: Window) -> None:
        if window.days():
            collected.add(window)
            self.context.remember(self._windows_key, collected.state())
        else:
            self.context.report("up-to-date", message="no day is complete that was not collected; full=True asks for all days again")

    @property
    def _windows_key(self) -> str:
        return f"windows:{self.source}"

    def _part(self, day: str) -> str:
        return f"{self.source}?day={day}"

    # ---- files

    def _read(self, converter: Converter, file: BillingFile) -> Iterator[pa.Table]:
        if not self.is_reply(file):
            yield from super()._read(converter, file)
            return
        flatten = self.amounts if converter.convert == self.control else self.rows
        yield from _tables(converter, self.saved_rows(flatten, file))

    @staticmethod
    def is_reply(file: BillingFile) -> bool:
        """Whether a file is one document; of others each line is a row."""
        return file.path.lower().endswith(_DOCUMENTS)

    def saved_rows(self, flatten: Callable[[Mapping[str, Any]], Mapping[str, Rows]], file: BillingFile) -> Rows:
        """The rows of a file of saved replies."""
        return flatten({file.name: read_reply(file)})[file.name]


def read_reply(file: BillingFile) -> Any:
    """A saved reply, compressed or not; raises SourceError."""
    import pyarrow as pa

    try:
        with file.local() as path, pa.input_stream(str(path), compression="detect") as stream:
            body: bytes = stream.read(_SAVED_BYTES + 1)
    except SourceError:
        raise
    except OSError as error:
        raise SourceError(f"The file {file.name} cannot be read; nothing of it was stored.", why=str(error)[:200]) from error
    if len(body) > _SAVED_BYTES:
        raise SourceError(f"The file {file.name} holds more than {_SAVED_BYTES // 2**20} MB; no page of an API is so long.")
    return parsed(body, f"The file {file.name}")


def _by_day(replies: Mapping[str, Rows], piece: Window) -> dict[str, dict[str, list[Row]]]:
    """The rows of all replies by the day on which their charge begins; a row that says none goes with the first."""
    found: dict[str, dict[str, list[Row]]] = {}
    days = [str(day) for day in piece.days()]
    for kind, row in ((kind, row) for rows in replies.values() for kind, some in rows.items() for row in some):
        day = str(row["start"] or days[0])[:10]
        if day not in days:
            raise SourceError(f"The server answered for {day} when it was asked for {piece.as_text}; nothing was stored.")
        found.setdefault(day, {}).setdefault(kind, []).append(row)
    return found


def _tables(converter: Converter, rows: Rows) -> Iterator[pa.Table]:
    for kind, some in rows.items():
        if some:
            yield from converter.tables(table_of(some), kind)
