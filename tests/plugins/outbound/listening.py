"""A port on loopback that nobody may reach, and a resolver that says what a test wants."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Listening:
    """Listens on all addresses of this machine; ``connections`` counts who came, and accepts nobody's request."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.port = int(sock.getsockname()[1])

    def connections(self) -> int:
        count = 0
        while True:
            try:
                self._sock.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1


@contextmanager
def listening() -> Iterator[Listening]:
    with socket.socket() as sock:
        sock.bind(("0.0.0.0", 0))
        sock.listen(64)
        sock.setblocking(False)
        yield Listening(sock)


class Names:
    """A resolver: each name has a list of answers, one per look-up, the last of them for ever; ``asked`` is what was looked up."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): list(lists) for name, lists in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        lists = self.answers.get(host)
        if lists is None:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = lists.pop(0) if len(lists) > 1 else lists[0]
        return [entry(address, port) for address in addresses]


def entry(address: str, port: int) -> tuple[Any, ...]:
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
