"""A pytest plugin that shares the tests out among workers by the file they are in, the long files first.

Tests of a file use the same fixtures, and conversions that were compiled before; without this each worker would make
them again for the tests that it happens to get. What takes long comes first, so that the workers end together.
"""

from __future__ import annotations

import pytest

#: what takes longest, the longest first
_LONG = ("tests/browser", "tests/test_wheel.py", "notebooks", "tests/first_party", "tests/focus", "tests/store", "tests/analysis")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(_file(item)))
    items.sort(key=_place)


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _place(item: pytest.Item) -> int:
    return next((i for i, folder in enumerate(_LONG) if _file(item).startswith(folder)), len(_LONG))
