"""Fixtures that every part of the suite may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real billing files; tests that need it are skipped where it is not there."""
    folder = Path(os.environ.get("FINOPSNB_SHARED_DATA") or _BESIDE_THE_CHECKOUT)
    if not folder.is_dir():
        pytest.skip(f"no real billing files in {folder}: set FINOPSNB_SHARED_DATA to a folder that has them")
    return folder
