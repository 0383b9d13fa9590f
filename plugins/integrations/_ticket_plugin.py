"""What the plugins for trackers share: their settings, sending findings, and receiving what was decided of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from finopsnb.errors import FinopsError
from finopsnb.plugins import IntegrationPlugin
from finopsnb.plugins.tabular import to_arrow

from ._ticket_findings import TABLES, Finding, findings_of
from ._tickets import Memory, Ticket, Tracker, push

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TicketConfig", "TicketPlugin"]

_COLUMNS = ("ticket", "url", "title", "state", "decision", "assignee", "updated", "table", "plugin", "finding")


class TicketConfig(BaseModel):
    """Which findings become tickets, and how the tracker is reached."""

    findings: list[Literal["recommendations", "violations"]] = Field(["recommendations", "violations"], description="What becomes a ticket")
    minimum_money: Decimal = Field(Decimal(0), ge=0, description="What a recommendation saves a month at least, or a violation costs")
    most_new: int = Field(50, ge=0, description="How many tickets one sync makes at most, those with the most money first")
    labels: list[str] = Field(default_factory=list, description="Labels that new tickets get beside our own")
    allowed_hosts: list[str] = Field(
        default_factory=list, description="Hosts that may have a private address, as a tracker in the own network"
    )
    timeout_seconds: float = Field(10.0, gt=0, description="How long the tracker may take for a step of an answer")


class TicketPlugin(IntegrationPlugin):
    """A plugin writes :meth:`tracker` and :attr:`place`."""

    sends = None
    config: Any
    #: the table that what is received goes to
    receives = "tickets"

    @property
    def place(self) -> str:
        """The project or repository, as it is told."""
        raise NotImplementedError

    def tracker(self) -> Tracker:
        """What speaks to it."""
        raise NotImplementedError

    def send_data(self, data: Any = None, table: str = "") -> bool:
        """Make a ticket of each open finding that has none, and bring those that have one up to date.

        Without ``data`` the findings of the settings; else rows of the recommendations or violations, as ``table`` says. False where
        some were not taken: what is missing comes with the next sync, and nothing twice. Raises FinopsError for another table,
        and where the tracker cannot be reached.
        """
        findings = self._stored() if data is None else self._given(data, table)
        done = push(self.tracker(), findings, Memory(self.context, self.place), self.config.most_new)
        told = [f"{done.left} more are left for the next sync"] if done.left else []
        self.context.synced(
            self.place,
            rows=done.inserted + done.updated + done.unchanged,
            inserted=done.inserted,
            updated=done.updated,
            unchanged=done.unchanged,
            detail="; ".join([*done.failures[:5], *told]),
        )
        for failure in done.failures:
            self.context.logger.warning("%s: not taken: %s", self.place, failure)
        return not done.failures

    def receive_data(self) -> Iterator[tuple[str, pa.Table]]:
        """All tickets that are about findings; what was decided since it was received last goes to the findings.

        Done is implemented, won't do is dismissed with its reason, in progress is accepted, and what was reopened is open again. What
        people decide here in between stays, until something else is decided there.
        """
        seen = dict(self.context.get_state(f"seen/{self.place}", {}))
        known = {finding.mark: finding for finding in self._stored(every=True)}
        tickets = sorted(
            self.tracker().tickets(Memory(self.context, self.place).numbers).values(), key=lambda ticket: (len(ticket.key), ticket.key)
        )
        for ticket in tickets:
            if finding := known.get(ticket.mark):
                self._decide(finding, ticket, seen)
        self.context.remember(f"seen/{self.place}", seen)
        self.context.synced(self.receives, rows=len(tickets), detail=self.place)
        yield self.receives, _listing(tickets, known)

    def _decide(self, finding: Finding, ticket: Ticket, seen: dict[str, str]) -> None:
        before = seen.get(ticket.mark, "open")
        news = ticket.decision if ticket.decision != before else ""
        seen[ticket.mark] = ticket.decision
        said = {"reason": "" if news == "open" else ticket.reason, "assignee": ticket.assignee, "ticket": ticket.key}
        self.context.decide(finding.table, finding.plugin, finding.identity, status=news, **said)

    def _stored(self, every: bool = False) -> list[Finding]:
        tables = list(TABLES) if every else self.config.findings
        minimum = Decimal("-Infinity") if every else self.config.minimum_money
        rows = {table: self.context.execute(self.context.table(table)).to_pylist() for table in tables}
        return [finding for table in tables for finding in findings_of(table, rows[table], minimum)]

    def _given(self, data: Any, table: str) -> list[Finding]:
        if table not in TABLES:
            why = "Tickets are made of findings."
            raise FinopsError(
                f"No ticket is made of {table or 'this'}.", why=why, hint=f'session.sync("{self.name}", table="recommendations")'
            )
        columns = self.context.table(table).columns
        rows = [{**dict.fromkeys(columns), **row} for row in to_arrow(data, what="the findings").to_pylist()]
        return findings_of(table, rows, self.config.minimum_money)


def _listing(tickets: list[Ticket], known: dict[str, Finding]) -> pa.Table:
    import pyarrow as pa

    rows = []
    for ticket in tickets:
        finding = known.get(ticket.mark)
        about = (finding.table, finding.plugin, finding.identity) if finding else (None, None, None)
        values = (ticket.key, ticket.url, ticket.title, ticket.state, ticket.decision, ticket.assignee, ticket.updated, *about)
        rows.append(dict(zip(_COLUMNS, values, strict=True)))
    return pa.Table.from_pylist(rows, pa.schema({name: pa.string() for name in _COLUMNS}))
