"""A pytest plugin that puts the long files first, so that workers which share the tests out by file end together.

Tests of a file use the same fixtures, and conversions that were compiled before: `--dist loadfile` keeps a file in one worker.
(Not `loadgroup`: pytest 9.2 gives no place for the names of groups that pytest-xdist 3.8 writes.)
"""

from __future__ import annotations

import pytest

#: what takes longest, the longest first
_LONG = ("tests/browser", "tests/test_wheel.py", "notebooks", "tests/first_party", "tests/focus", "tests/store", "tests/analysis")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    file = item.nodeid.partition("::")[0]
    return next((i for i, folder in enumerate(_LONG) if file.startswith(folder)), len(_LONG))
