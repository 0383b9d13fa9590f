"""Browser tests need Chromium; without it they are skipped, but never in continuous integration.

One server and one browser serve them all; they end with the last of these tests, for Playwright keeps an event loop running.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.browser.lab import CHROMIUM, ROOT, Lab, Server, chromium

OpenLab = Callable[..., Lab]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        message = f"no Chromium at {CHROMIUM}: apt-get install chromium, or set FINOPSNB_CHROMIUM"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def open_lab(server: Server, browser: Browser, request: pytest.FixtureRequest) -> Iterator[OpenLab]:
    """Opens a notebook of the repository in a copy of what it needs, so that nothing in the checkout changes."""
    place = request.module.__name__.rpartition(".")[2]
    with ExitStack() as opened:

        def open_copy(notebook: str, text: str | None = None, **about: object) -> Lab:
            """``text`` is the notebook, where it is none of the repository."""
            folder = server.folder / place
            shutil.copytree(ROOT / "data" / "sample", folder / "data" / "sample", dirs_exist_ok=True)
            (folder / notebook).parent.mkdir(parents=True, exist_ok=True)
            (folder / notebook).write_text((ROOT / notebook).read_text() if text is None else text)
            return opened.enter_context(Lab(server, browser, f"{place}/{notebook}", **about))  # type: ignore[arg-type]

        yield open_copy
