"""Working one step ahead changes nothing but the time."""

from __future__ import annotations

import threading

import pytest

from finopsnb.plugins.exports.ahead import ahead


def test_what_making_an_item_raises_is_raised_at_its_place():
    def items():
        yield 1
        raise ValueError("no more")

    made = ahead(items())
    assert next(made) == 1
    with pytest.raises(ValueError, match="no more"):
        next(made)


def test_closing_ends_the_thread_and_closes_what_it_reads():
    closed = threading.Event()

    def items():
        try:
            while True:
                yield threading.current_thread().name
        finally:
            closed.set()

    made = ahead(items())
    assert next(made) == "finopsnb-ahead"
    made.close()
    assert closed.is_set()
    assert "finopsnb-ahead" not in {thread.name for thread in threading.enumerate()}
