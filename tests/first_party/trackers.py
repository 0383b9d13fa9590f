"""Jira and GitHub on the loopback: as much of their documented APIs as findings need, and their bad days."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LABEL = "finopsnb"


class Tracker(ThreadingHTTPServer):
    """``issues`` is what it holds. ``faults`` are taken one a request that fits: (method, kind).

    kinds: "429" (come again in 3 s), "403" (the same, as GitHub says it), "500" (nothing was done), "500-done", "dropped-done",
    "slow", "huge", "odd", "redirect".
    """

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.issues: list[dict[str, Any]] = []
        self.faults: list[tuple[str, str]] = []
        self.asked: list[tuple[str, str, str]] = []
        self.hidden: set[str] = set()  # what a search does not show yet
        self.lag = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Tracker
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"null")
        with self.server.lock:
            self.server.asked.append((self.command, self.path, self.headers.get("Authorization") or ""))
            fault = self._fault()
            answer = (500, {"message": "nothing was done"}) if fault in ("429", "403", "500") else self.answer(body)
        self._reply(fault, *answer)

    def _fault(self) -> str:
        for place, (method, kind) in enumerate(self.server.faults):
            if method == self.command and (method != "POST" or not self.path.endswith("/search/jql")):
                del self.server.faults[place]
                return kind
        return ""

    def _reply(self, fault: str, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        if fault == "slow":
            time.sleep(0.6)
        if fault == "dropped-done":
            self.close_connection = True
            self.connection.close()
            return
        status = {"429": 429, "403": 403, "500": 500, "500-done": 502, "redirect": 302}.get(fault, status)
        text = b"" if content is None else json.dumps({"no": "issue"} if fault == "odd" else content).encode()
        text = b'{"x": "' + b"y" * (5 * 2**20) + b'"}' if fault == "huge" else text
        self.send_response(status)
        for name, value in {**(headers or {}), **({"Retry-After": "3"} if fault in ("429", "403") else {})}.items():
            self.send_header(name, value)
        if fault == "redirect":
            self.send_header("Location", "http://169.254.169.254/")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        try:
            self.wfile.write(text)
        except OSError:  # the other side has read enough
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = _serve

    def answer(self, body: Any) -> tuple[Any, ...]:
        raise NotImplementedError

    def log_message(self, *_: Any) -> None:
        pass


class _Jira(_Handler):
    page = 2

    def answer(self, body: Any) -> tuple[Any, ...]:
        path = urlsplit(self.path).path
        if self.command == "POST" and path == "/rest/api/3/search/jql":
            return self._search(body)
        if self.command == "POST" and path == "/rest/api/3/issue":
            return self._create(body["fields"])
        found = next((one for one in self.server.issues if path == f"/rest/api/3/issue/{one['id']}"), None)
        if found is None:
            return 404, {"errorMessages": ["Issue does not exist or you do not have permission to see it."]}
        if self.command == "PUT":
            found["fields"].update(body["fields"])
            found["puts"] = found.get("puts", 0) + 1
            return 204, None
        return 200, found

    def _search(self, asked: dict[str, Any]) -> tuple[Any, ...]:
        match = re.fullmatch(rf'project = "(\w+)" AND labels = "{LABEL}" ORDER BY id ASC', asked["jql"])
        if match is None:
            return 400, {"errorMessages": ["The JQL is wrong."]}
        fresh = {str(number) for number in asked.get("reconcileIssues", [])}
        if self.server.lag > 0:
            self.server.lag -= 1
        elif self.server.lag == 0:
            self.server.hidden.clear()
        shown = [
            one
            for one in self.server.issues
            if LABEL in one["fields"]["labels"] and (one["id"] not in self.server.hidden or one["id"] in fresh)
        ]
        start = int(asked.get("nextPageToken", "0"))
        answer: dict[str, Any] = {"issues": shown[start : start + self.page], "isLast": start + self.page >= len(shown)}
        return 200, answer if answer["isLast"] else {**answer, "nextPageToken": str(start + self.page)}

    def _create(self, fields: dict[str, Any]) -> tuple[Any, ...]:
        if "\n" in fields["summary"] or len(fields["summary"]) > 255 or any(" " in label for label in fields["labels"]):
            return 400, {"errors": {"summary": "The summary is invalid."}}
        number = str(10_000 + len(self.server.issues))
        status = {"name": "To Do", "statusCategory": {"key": "new"}}
        issue = {
            "id": number,
            "key": f"FIN-{len(self.server.issues) + 1}",
            "fields": {**fields, "status": status, "resolution": None, "assignee": None},
        }
        self.server.issues.append(issue)
        self.server.hidden.add(number)
        return 201, {"id": number, "key": issue["key"], "self": "x"}


class _GitHub(_Handler):
    def answer(self, body: Any) -> tuple[Any, ...]:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if not path.startswith("/repos/larkspur/costs/issues"):
            return 404, {"message": "Not Found"}
        if path.endswith("/issues"):
            return self._create(body) if self.command == "POST" else self._list(int(query["page"][0]), query)
        found = next((one for one in self.server.issues if path.endswith(f"/{one['number']}")), None)
        if found is None:
            return 410, {"message": "This issue was deleted"}
        if self.command == "PATCH":
            found.update(body)
            found["puts"] = found.get("puts", 0) + 1
        return 200, found

    def _list(self, page: int, query: dict[str, list[str]]) -> tuple[Any, ...]:
        size = 2
        assert (query["state"], query["labels"], query["per_page"]) == (["all"], [LABEL], ["50"])
        shown = [one for one in self.server.issues if LABEL in [label["name"] for label in one["labels"]]]
        more = page * size < len(shown)
        link = {"Link": f'<{self.server.url}/repositories/1/issues?page={page + 1}>; rel="next"'} if more else {}
        return 200, shown[(page - 1) * size : page * size], link

    def _create(self, body: dict[str, Any]) -> tuple[Any, ...]:
        number = len(self.server.issues) + 1
        labels = [{"name": label} for label in body["labels"]]
        state = {"state": "open", "state_reason": None, "assignee": None, "html_url": f"https://github.com/larkspur/costs/issues/{number}"}
        self.server.issues.append({**body, "number": number, "labels": labels, **state, "updated_at": "2026-01-02T03:04:05Z"})
        return 201, self.server.issues[-1]


@contextmanager
def serving(kind: str) -> Iterator[Tracker]:
    """A tracker of that kind, jira or github, until the end."""
    with Tracker({"jira": _Jira, "github": _GitHub}[kind]) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
