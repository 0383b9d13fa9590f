"""What was noticed about a table: one Finding per rule and column, with how many rows and an example."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

__all__ = ["ACTIONS", "SEVERITIES", "Finding", "merge"]

#: the most severe first; findings are sorted so
SEVERITIES = ("error", "warning", "info")

#: repaired: the stored value differs from the incoming one; kept: stored as it came; quarantined: the row was set aside
ACTIONS = ("repaired", "kept", "quarantined")


@dataclass(frozen=True)
class Finding:
    """One rule that ``rows`` rows of ``column`` meet; 0 rows where it is about the column itself.

    ``example`` is the least of the values concerned as text, so that the same table always gives the same finding.
    """

    rule: str
    column: str
    rows: int
    example: str
    severity: str
    action: str
    message: str

    @property
    def order(self) -> tuple[int, str, str]:
        """Where it is sorted: by severity, rule, column."""
        return SEVERITIES.index(self.severity), self.rule, self.column


def merge(findings: Iterable[Finding]) -> list[Finding]:
    """The findings of many batches as those of one table: the same rule and column added up, sorted.

    >>> batch = Finding("null-text", "Tags", 2, "NULL", "info", "repaired", "the text NULL was taken as null")
    >>> [(finding.column, finding.rows) for finding in merge([batch, batch])]
    [('Tags', 4)]
    """
    merged: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = finding.rule, finding.column
        merged[key] = _both(merged[key], finding) if key in merged else finding
    return sorted(merged.values(), key=lambda finding: finding.order)


def _both(one: Finding, other: Finding) -> Finding:
    first, second = sorted([one, other], key=lambda finding: (finding.order, finding.message))
    example = min(filter(None, [first.example, second.example]), default="")
    return replace(first, rows=first.rows + second.rows, example=example)
