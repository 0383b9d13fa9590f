"""Issues of a Jira project by its REST API, version 3: searched, made, updated, and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from finopsnb.errors import DeliveryError

from ._ticket_findings import Finding
from ._ticket_requests import Api, understood
from ._tickets import Ticket

__all__ = ["JiraProject"]

OURS = "finopsnb"
_MARK = re.compile(rf"{OURS}-([0-9a-f]{{24}})")
_FIELDS = ["summary", "labels", "status", "resolution", "assignee", "updated"]
_PAGE, _MOST_PAGES = 50, 400
#: categories of statuses, as every Jira has them, whatever the statuses are called
_NEW, _DONE = "new", "done"
_REFUSED = re.compile(r"won.?t|declin|reject|duplicate|cannot reproduce|cancel|obsolete|not (a bug|planned)|invalid|abandon", re.IGNORECASE)


class JiraProject:
    """A project; issues are found again by a label that has the mark of their finding."""

    def __init__(self, api: Api, project: str, issue_type: str, labels: list[str]) -> None:
        self._api, self._project, self._type = api, project, issue_type
        self._labels = [re.sub(r"\s+", "-", label) for label in labels]

    def tickets(self, recent: list[str]) -> dict[str, Ticket]:
        """By mark, of several with one mark the oldest; the last of ``recent`` as they are now, and not as the index has them."""
        found: dict[str, Ticket] = {}
        with understood(self._api.url):
            for ticket in map(self._ticket, self._search([int(number) for number in recent[-_PAGE:]])):
                if ticket.mark and (ticket.mark not in found or int(ticket.number) < int(found[ticket.mark].number)):
                    found[ticket.mark] = ticket
        return found

    def look(self, number: str) -> Ticket | None:
        """The issue by its number, which stays when it is moved to another project."""
        reply = self._api.get(f"/rest/api/3/issue/{int(number)}?fields={','.join(_FIELDS)}")
        with understood(self._api.url):
            return None if reply is None else self._ticket(reply.json())

    def create(self, finding: Finding) -> str:
        fields = {"project": {"key": self._project}, "issuetype": {"name": self._type}, **_content(finding)}
        labels = [OURS, f"{OURS}-{finding.mark}", finding.table, *self._labels]
        made = self._api.make("/rest/api/3/issue", {"fields": {**fields, "labels": labels}})
        with understood(self._api.url):
            return str(int(made["id"]))

    def update(self, ticket: Ticket, finding: Finding) -> None:
        self._api.put("PUT", f"/rest/api/3/issue/{int(ticket.number)}", {"fields": _content(finding)})

    def _search(self, numbers: list[int]) -> Iterator[dict[str, Any]]:
        name = self._project.replace("\\", "\\\\").replace('"', '\\"')
        question: dict[str, Any] = {
            "jql": f'project = "{name}" AND labels = "{OURS}" ORDER BY id ASC',
            "fields": _FIELDS,
            "maxResults": _PAGE,
        }
        if numbers:
            question["reconcileIssues"] = numbers
        for _ in range(_MOST_PAGES):
            page = self._api.ask("/rest/api/3/search/jql", question)
            yield from page.get("issues", [])
            following = page.get("nextPageToken")
            if page.get("isLast", not following) or not following or following == question.get("nextPageToken"):
                return
            question["nextPageToken"] = following
        raise DeliveryError(f"{self._project} has more issues than can be looked through.", why=f"It has over {_PAGE * _MOST_PAGES:,}.")

    def _ticket(self, issue: dict[str, Any]) -> Ticket:
        fields = issue.get("fields") or {}
        marks = [found[1] for label in fields.get("labels") or [] if (found := _MARK.fullmatch(label))]
        status, resolution = fields.get("status") or {}, (fields.get("resolution") or {}).get("name") or ""
        state = str(status.get("name") or "")
        decision = _decision((status.get("statusCategory") or {}).get("key"), f"{state} {resolution}")
        return Ticket(
            number=str(int(issue["id"])),
            key=str(issue["key"]),
            mark=marks[0] if marks else "",
            url=f"{self._api.url}/browse/{quote(issue['key'], safe='')}",
            title=str(fields.get("summary") or ""),
            state=state,
            decision=decision,
            reason=f"{issue['key']}: {resolution or state}",
            assignee=str((fields.get("assignee") or {}).get("displayName") or ""),
            updated=str(fields.get("updated") or ""),
        )


def _decision(category: str | None, said: str) -> str:
    if category == _DONE:
        return "dismissed" if _REFUSED.search(said) else "implemented"
    return "open" if category in (_NEW, "undefined", None) else "accepted"


def _content(finding: Finding) -> dict[str, Any]:
    return {"summary": finding.title, "description": _document(finding)}


def _document(finding: Finding) -> dict[str, Any]:
    """An Atlassian document: texts of the data are text nodes, in which nothing is a mention, a link or markup."""
    facts = [_item(word, text) for word, text in [*finding.facts, ("Status at finopsnb", finding.status)]]
    text = [{"type": "codeBlock", "content": [_text(finding.text)]}] if finding.text else []
    return {"type": "doc", "version": 1, "content": [*text, {"type": "bulletList", "content": facts}]}


def _item(word: str, text: str) -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": [_text(f"{word}: ", "strong"), _text(text, "code")]}
    return {"type": "listItem", "content": [paragraph]}


def _text(text: str, mark: str = "") -> dict[str, Any]:
    return {"type": "text", "text": text, **({"marks": [{"type": mark}]} if mark else {})}
