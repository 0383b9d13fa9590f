"""The other side of a channel, on loopback: a server that takes what is posted, and answers as a test says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Posted:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``answers`` are given one after another, then ``last`` for ever; an answer is a status with headers and a body, or a function."""

    url: str = ""
    answers: list[Any] = field(default_factory=list)
    last: Any = (200, {}, b"ok")
    posts: list[Posted] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://").split("/")[0]

    def kept(self) -> dict[str, Posted]:
        """What a receiver that honours Idempotency-Key has kept: the first of each key."""
        kept: dict[str, Posted] = {}
        for post in self.posts:
            kept.setdefault(post.headers["idempotency-key"], post)
        return kept


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            if len(body := self.rfile.read(length)) < length:
                self.close_connection = True  # cut off: nobody has sent this
                return
            receiver.posts.append(Posted(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            answer = receiver.answers.pop(0) if receiver.answers else receiver.last
            status, headers, text = answer(self) if callable(answer) else answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that gives up is what several tests want."""

    with Server(("127.0.0.1", 0), Handler) as http:
        receiver.url = f"http://127.0.0.1:{http.server_port}/services/T0/B0/s3cr3t"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            http.shutdown()
            thread.join()


def slow(seconds: float) -> Callable[[Any], Any]:
    def answer(_: Any) -> Any:
        time.sleep(seconds)
        return (200, {}, b"ok")

    return answer
