"""A pytest plugin for a suite that takes minutes: which tests come first, and where coverage is measured.

Tests of a file use the same fixtures, and conversions that were compiled before: `--dist loadfile` keeps a file in one worker, and
the long files come first, so that the workers end together. (Not `loadgroup`: pytest 9.2 gives no place for the names of
groups that pytest-xdist 3.8 writes.)

Measuring makes compiling an expression take nearly twice the time. What is about plugins and notebooks runs without it: those are
not measured themselves, and of what they stand on each module has tests of its own. So do the longest of the others, which go through
many modules with many bills.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest
from coverage import Coverage

#: what takes longest, the longest first
_LONG = (
    "tests/browser",
    "tests/test_wheel.py",
    "notebooks",
    "tests/first_party",
    "tests/test_session.py",
    "tests/test_cli.py",
    "tests/charts/test_builders.py",
    "tests/verbs",
    "tests/focus",
    "tests/store",
    "tests/analysis",
    "tests/notebook/",
    "tests/commands",
    "tests/plugins",
)
_NOT_MEASURED = (
    "tests/browser",
    "tests/test_wheel.py",
    "notebooks",
    "tests/first_party",
    "tests/data",
    "tests/notebooks",
    "tests/analysis/test_allocation.py",
    "tests/charts/test_builders.py::test_text_of_the_data_stays_in_the_data",
    "tests/focus/test_spec_examples.py",
    "tests/plugins/exports/test_files.py",
    "tests/store/test_faults.py",
    "tests/verbs/test_reconciling.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    measuring = Coverage.current()
    if measuring is None or not item.nodeid.startswith(_NOT_MEASURED):
        return (yield)
    measuring.stop()
    try:
        return (yield)
    finally:
        measuring.start()


def _place(item: pytest.Item) -> int:
    return next((i for i, folder in enumerate(_LONG) if item.nodeid.startswith(folder)), len(_LONG))
