"""One ticket for each finding: found again by its mark, brought up to date, and never made twice.

finding ──▶ a ticket with its mark? ──yes──▶ says something else? ──▶ update
                 │ no
                 ├─ remembered: the ticket itself is asked for, since a search may lag behind
                 ├─ begun and not known how it ended (a crash, a 500): searched for again, some seconds long
                 └─ made: intention first, then the request, then its number
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from finopsnb.errors import DeliveryError
from finopsnb.plugins import PluginContext

from ._ticket_findings import Finding
from ._ticket_requests import pause

__all__ = ["Memory", "Pushed", "Ticket", "Tracker", "push"]

#: how long is waited for a search to show what may have been made
_LATE = (1.0, 2.0, 4.0)
#: after so many failures one after the other the rest is not tried
_ENOUGH = 3


@dataclass(frozen=True)
class Ticket:
    """What the other side says of a ticket: ``number`` is for machines, ``key`` for people.

    ``decision`` is accepted, dismissed, implemented or open.
    """

    number: str
    key: str
    mark: str
    url: str
    title: str
    state: str
    decision: str
    reason: str
    assignee: str
    updated: str


class Tracker(Protocol):
    """A place that has tickets."""

    def tickets(self, recent: list[str]) -> dict[str, Ticket]:
        """Those with a mark, by it; of several with one mark the oldest. ``recent`` are numbers that a search may not show yet."""

    def look(self, number: str) -> Ticket | None:
        """The ticket, or None where it is gone."""

    def create(self, finding: Finding) -> str:
        """Make a ticket; its number."""

    def update(self, ticket: Ticket, finding: Finding) -> None:
        """Have the ticket say what the finding says."""


class Memory:
    """What was made for which mark, kept at once: ``{mark: {"number", "digest"}}``; an empty number is an intention."""

    def __init__(self, context: PluginContext, place: str) -> None:
        self._context, self._name = context, f"tickets/{place}"
        self.known: dict[str, dict[str, str]] = dict(context.get_state(self._name, {}))

    def keep(self, mark: str, number: str, digest: str) -> None:
        """Remember, so that also a process that ends now has."""
        entry = {"number": number, "digest": digest}
        if self.known.get(mark) != entry:
            self.known[mark] = entry
            self._context.set_state(self._name, self.known)

    @property
    def numbers(self) -> list[str]:
        """Of all tickets, the newest last."""
        return [entry["number"] for entry in self.known.values() if entry["number"]]


@dataclass
class Pushed:
    """What became of the findings on the other side."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    left: int = 0
    failures: list[str] = field(default_factory=list)


def push(tracker: Tracker, findings: Iterable[Finding], memory: Memory, most_new: int) -> Pushed:
    """Bring the tickets up to date; no more than ``most_new`` are made. Raises where the tracker cannot be asked at all."""
    done, row = Pushed(), 0
    there = tracker.tickets(memory.numbers)
    for finding in findings:
        try:
            _one(tracker, finding, there, memory, done, most_new)
            row = 0
        except DeliveryError as error:
            done.failures.append(f"{finding.title}: {error.what}")
            row += 1
            if row == _ENOUGH:
                done.failures.append("the rest was not tried")
                break
    return done


def _one(tracker: Tracker, finding: Finding, there: dict[str, Ticket], memory: Memory, done: Pushed, most_new: int) -> None:
    mark, entry = finding.mark, memory.known.get(finding.mark, {})
    ticket = there.get(mark) or _remembered(tracker, mark, entry, memory)
    if ticket is not None:
        if entry.get("digest") == finding.digest and entry["number"] == ticket.number:
            done.unchanged += 1
            return
        tracker.update(ticket, finding)
        done.updated += 1
        memory.keep(mark, ticket.number, finding.digest)
    elif finding.is_wanted and done.inserted < most_new:
        memory.keep(mark, "", "")
        memory.keep(mark, _made(tracker, finding, memory), finding.digest)
        done.inserted += 1
    elif finding.is_wanted:
        done.left += 1


def _remembered(tracker: Tracker, mark: str, entry: dict[str, str], memory: Memory) -> Ticket | None:
    """The ticket that was made for it, also where somebody took the mark off there; not one that is about something else."""
    if not entry:
        return None
    if not entry["number"]:
        return _late(tracker, mark, memory)
    ticket = tracker.look(entry["number"])
    return ticket if ticket and ticket.mark in ("", mark) else None


def _made(tracker: Tracker, finding: Finding, memory: Memory) -> str:
    """Its number. Where the reply says nothing of whether it was made, it is looked for; it is never made again in this run."""
    try:
        return tracker.create(finding)
    except DeliveryError as error:
        unknown = error.uncertain or (error.status or 0) >= 500
        found = _late(tracker, finding.mark, memory) if unknown else None
        if found is None:
            raise
        return found.number


def _late(tracker: Tracker, mark: str, memory: Memory) -> Ticket | None:
    """What a search shows only some seconds later."""
    for seconds in _LATE:
        pause(seconds)
        if found := tracker.tickets(memory.numbers).get(mark):
            return found
    return None
