"""Working one step ahead: the next chunk is read and converted while the one before is stored."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any, TypeVar

__all__ = ["ahead"]

T = TypeVar("T")

_END = object()
_POLL_SECONDS = 0.1


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The items in their order, the next one made in a thread of its own while the caller works on one.

    At most two are held. What making them raises is raised here, at its place; closing this iterator ends the thread
    after the item it is at, and closes ``items`` there.

    >>> list(ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    made: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(maxsize=1)
    stopped = threading.Event()
    worker = threading.Thread(target=_work, args=(items, made, stopped), name="finopsnb-ahead", daemon=True)
    worker.start()
    try:
        while True:
            item, error = made.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stopped.set()
        worker.join()


def _work(items: Iterator[Any], made: queue.Queue[tuple[Any, BaseException | None]], stopped: threading.Event) -> None:
    with closing(_closable(items)) as source:
        try:
            for item in source:
                if not _put(made, (item, None), stopped):
                    return
            _put(made, (_END, None), stopped)
        except BaseException as error:  # noqa: BLE001 - it is raised where the items are asked for
            _put(made, (None, error), stopped)


def _put(made: queue.Queue[tuple[Any, BaseException | None]], thing: tuple[Any, BaseException | None], stopped: threading.Event) -> bool:
    """Whether somebody still wants it."""
    while not stopped.is_set():
        try:
            made.put(thing, timeout=_POLL_SECONDS)
        except queue.Full:
            continue
        return True
    return False


def _closable(items: Iterator[T]) -> Any:
    return (item for item in items) if not hasattr(items, "close") else items
