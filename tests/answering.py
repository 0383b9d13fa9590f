"""A real HTTP server on loopback that answers what a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Answer:
    """One reply; ``body`` may be bytes, or anything that JSON can say. With ``cut`` the connection ends too early."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass
class Asked:
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


Respond = Callable[[Asked], Any]


@dataclass
class Answering:
    """``url`` is where it listens, ``asked`` what came; ``respond`` may be exchanged while it runs."""

    url: str
    respond: Respond
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def answering(respond: Respond) -> Iterator[Answering]:
    """Run such a server; ``respond`` gives an Answer, or a body for a plain 200."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(parts.path, parse_qs(parts.query), {name.lower(): value for name, value in self.headers.items()})
            server.asked.append(asked)
            said = server.respond(asked)
            answer = said if isinstance(said, Answer) else Answer(said)
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(body) + 10 * answer.cut), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = Answering(f"http://127.0.0.1:{http.server_port}", respond)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()
