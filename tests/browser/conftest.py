"""Browser tests need Chromium; without it they are skipped, but never in continuous integration."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browser.lab import CHROMIUM, Lab

ROOT = Path(__file__).parent.parent.parent

OpenLab = Callable[..., Lab]


@pytest.fixture(scope="module", autouse=True)
def chromium() -> Path:
    if CHROMIUM.exists():
        return CHROMIUM
    message = f"no Chromium at {CHROMIUM}: apt-get install chromium, or set FINOPSNB_CHROMIUM"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="module")
def open_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenLab]:
    """Opens a notebook of the repository in a copy of what it needs, so that nothing in the checkout changes."""
    with ExitStack() as opened:

        def open_copy(notebook: str) -> Lab:
            folder = tmp_path_factory.mktemp("lab")
            shutil.copytree(ROOT / "data" / "sample", folder / "data" / "sample")
            (folder / notebook).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / notebook, folder / notebook)
            return opened.enter_context(Lab(folder, notebook))

        yield open_copy
