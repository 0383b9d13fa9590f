"""Issues of a GitHub repository by its REST API: listed, made, updated, and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from finopsnb.errors import DeliveryError

from ._ticket_findings import Finding
from ._ticket_requests import Api, understood
from ._tickets import Ticket

__all__ = ["GitHubRepository"]

OURS = "finopsnb"
#: only as the last line: the text of a finding stands before it
_MARK = re.compile(r"\n<!-- finopsnb:finding=([0-9a-f]{24}) -->\s*\Z")
_PAGE, _MOST_PAGES = 50, 400
_NEXT = re.compile(r'<[^>]*>;\s*rel="next"')
_REFUSED = ("not_planned", "duplicate")
_TICKS = re.compile("`+")


class GitHubRepository:
    """A repository, ``owner/name``; issues are found again by a comment at the end of their text that has the mark of their finding."""

    def __init__(self, api: Api, repository: str, labels: list[str], in_progress: list[str]) -> None:
        self._api, self._labels, self._in_progress = api, labels, {label.casefold() for label in in_progress}
        self._path = f"/repos/{quote(repository, safe='/')}/issues"

    def tickets(self, recent: list[str]) -> dict[str, Ticket]:  # noqa: ARG002 - a list shows at once what was made
        """By mark, of several with one mark the oldest."""
        found: dict[str, Ticket] = {}
        with understood(self._api.url):
            for issue in self._issues():
                ticket = self._ticket(issue)
                if ticket.mark and "pull_request" not in issue:
                    found.setdefault(ticket.mark, ticket)
        return found

    def look(self, number: str) -> Ticket | None:
        reply = self._api.get(f"{self._path}/{int(number)}")
        with understood(self._api.url):
            return None if reply is None else self._ticket(reply.json())

    def create(self, finding: Finding) -> str:
        content = {**_content(finding), "labels": [OURS, finding.table, *self._labels]}
        made = self._api.make(self._path, content)
        with understood(self._api.url):
            return str(int(made["number"]))

    def update(self, ticket: Ticket, finding: Finding) -> None:
        self._api.put("PATCH", f"{self._path}/{int(ticket.number)}", _content(finding))

    def _issues(self) -> Iterator[dict[str, Any]]:
        for page in range(1, _MOST_PAGES + 1):
            query = f"labels={OURS}&state=all&sort=created&direction=asc&per_page={_PAGE}&page={page}"
            reply = self._api.get(f"{self._path}?{query}")
            if reply is None:
                raise DeliveryError(f"There is no repository at {self._path}, or the token may not see its issues.")
            yield from reply.json()
            if not _NEXT.search(reply.headers.get("link", "")):
                return
        raise DeliveryError("The repository has more issues than can be looked through.", why=f"It has over {_PAGE * _MOST_PAGES:,}.")

    def _ticket(self, issue: dict[str, Any]) -> Ticket:
        mark = _MARK.search((issue.get("body") or "").replace("\r\n", "\n"))
        assignee = str((issue.get("assignee") or {}).get("login") or "")
        reason = str(issue.get("state_reason") or "")
        key = f"#{int(issue['number'])}"
        state = f"{issue['state']}, {reason}" if reason else str(issue["state"])
        labels = {str(label.get("name", "") if isinstance(label, dict) else label).casefold() for label in issue.get("labels") or []}
        return Ticket(
            number=str(int(issue["number"])),
            key=key,
            mark=mark[1] if mark else "",
            url=str(issue.get("html_url") or ""),
            title=str(issue.get("title") or ""),
            state=state,
            decision=_decision(issue["state"], reason, bool(assignee) or not labels.isdisjoint(self._in_progress)),
            reason=f"{key}: {state.replace('_', ' ')}",
            assignee=assignee,
            updated=str(issue.get("updated_at") or ""),
        )


def _decision(state: str, reason: str, taken: bool) -> str:
    if state == "closed":
        return "dismissed" if reason in _REFUSED else "implemented"
    return "accepted" if taken else "open"


def _content(finding: Finding) -> dict[str, Any]:
    """Title and text; the mark is the last line."""
    facts = "\n".join(f"- {word}: {_code(text)}" for word, text in [*finding.facts, ("Status at finopsnb", finding.status)])
    text = f"{_block(finding.text)}\n\n" if finding.text else ""
    return {"title": _plain(finding.title), "body": f"{text}{facts}\n\n<!-- finopsnb:finding={finding.mark} -->"}


def _plain(title: str) -> str:
    """A title in which nobody is mentioned, no issue is meant, and nothing is code or a sign."""
    return re.sub(r"([@#`:])(?=\S)", "\\1\u200b", title)


def _code(text: str) -> str:
    """As code, where GitHub sees no mention, no link and no markup; the ticks around are longer than any within."""
    ticks = _fence(text, 1)
    return f"{ticks} {text} {ticks}"


def _block(text: str) -> str:
    fence = _fence(text, 3)
    return f"{fence}text\n{text}\n{fence}"


def _fence(text: str, least: int) -> str:
    return "`" * max(least, 1 + max((len(run) for run in _TICKS.findall(text)), default=0))
