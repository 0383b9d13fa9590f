"""A socket that gives up in time, however slowly the other side drips, and reads no more than it may."""

from __future__ import annotations

import io
import socket
import time
from typing import IO

__all__ = ["Deadline", "DeadlineSocket", "TooLong"]


class TooLong(OSError):
    """More came than may be read."""


class Deadline:
    """A point in time that a request has to be over by."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, most: float) -> float:
        """Seconds that one step may take, no more than ``most``. Raises TimeoutError where there are none."""
        seconds = min(most, self._end - time.monotonic())
        if seconds <= 0:
            raise TimeoutError("the time is over")
        return seconds


class DeadlineSocket:
    """As much of a socket as ``http.client`` needs: each step has ``seconds``, all of them the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline, seconds: float, most_bytes: int) -> None:
        self._sock, self._deadline, self._seconds = sock, deadline, seconds
        self._left = most_bytes

    def sendall(self, data: bytes) -> None:
        """Send all of it; the time of a socket is that of the whole call."""
        self._sock.settimeout(self._deadline.left(self._seconds))
        self._sock.sendall(data)

    def receive_into(self, buffer: memoryview) -> int:
        """What is there now, at least a byte, or 0 at the end. Raises TooLong."""
        self._sock.settimeout(self._deadline.left(self._seconds))
        count = self._sock.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise TooLong("more came than may be read")
        return count

    def makefile(self, *_: str) -> IO[bytes]:
        """What ``http.client`` reads a reply from; only for reading."""
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """Nothing yet: ``http.client`` closes before it has read the body of a last reply. Who opened the socket closes it."""


class _Reader(io.RawIOBase):
    def __init__(self, sock: DeadlineSocket) -> None:
        self._from = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._from.receive_into(buffer)
