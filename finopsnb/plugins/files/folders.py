"""Folders for copies that last as long as a file is read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["private_folder"]


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that is gone afterwards, and that nobody else may look into."""
    with tempfile.TemporaryDirectory(prefix="finopsnb-") as folder:
        yield Path(folder)
