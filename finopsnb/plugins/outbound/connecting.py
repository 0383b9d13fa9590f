"""One look-up, every address of it checked, and a connection to one of those that were checked."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from finopsnb.errors import DeliveryError, OutboundRefused
from finopsnb.plugins.outbound.addresses import why_forbidden
from finopsnb.plugins.outbound.deadlines import Deadline

__all__ = ["Checked", "Resolve", "checked", "connected"]

Resolve = Callable[..., list[tuple[Any, ...]]]


class Checked(NamedTuple):
    """An address that may be connected to."""

    family: int
    address: tuple[Any, ...]


def checked(host: str, port: int, resolve: Resolve, allowed: bool, deadline: Deadline, seconds: float) -> list[Checked]:
    """Every address of a host. Raises OutboundRefused unless each is public, or the host is ``allowed`` by its name."""
    found = _looked_up(host, port, resolve, deadline.left(seconds))
    for one in found if not allowed else ():
        ip = str(one.address[0])
        if why := why_forbidden(ip):
            meant = ip if ip == host else f"{host}, which is {ip},"
            raise OutboundRefused(
                f"Nothing is sent to {meant.rstrip(',')}: that address is {why}.",
                why="A setting may not lead to what only this machine can reach.",
                hint=f'allowed_hosts=["{host}"] in the settings of the plugin, if it is meant',
            )
    return found


def connected(host: str, addresses: list[Checked], deadline: Deadline, seconds: float) -> socket.socket:
    """A connection to the first address that answers. Raises DeliveryError: nothing was sent."""
    connecting, trouble = Deadline(deadline.left(seconds)), "It has no address."
    for family, address in addresses:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(connecting.left(seconds))
            sock.connect(address)
        except OSError as error:
            sock.close()
            trouble = f"{error.strerror or 'It did not answer in time'}."
            continue
        return sock
    raise DeliveryError(f"{host} cannot be reached.", why=trouble, transient=True)


def _looked_up(host: str, port: int, resolve: Resolve, seconds: float) -> list[Checked]:
    """Asked once: an answer that changes between two questions has no second one to change for."""
    try:
        answers = _within(seconds, lambda: resolve(host, port, type=socket.SOCK_STREAM))
    except TimeoutError:
        raise DeliveryError(f"{host} cannot be found.", why="Its name was not resolved in time.", transient=True) from None
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "Its name cannot be resolved"
        raise DeliveryError(f"{host} cannot be found.", why=f"{why}.", transient=True) from None
    return [Checked(answer[0], answer[4]) for answer in answers]


def _within(seconds: float, function: Callable[[], Any]) -> Any:
    """What a function returns or raises, if it does so in time: the system's look-up has no time limit of its own."""
    outcome: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            outcome.put((function(), None))
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            outcome.put((None, error))

    threading.Thread(target=work, name="finopsnb look-up", daemon=True).start()
    try:
        value, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value
