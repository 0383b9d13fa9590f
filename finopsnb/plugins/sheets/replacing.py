"""A file in place of an earlier one: whole or not at all, and not touched where nothing changes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from filecmp import cmp
from pathlib import Path
from typing import Literal

from finopsnb.errors import FinopsError

__all__ = ["Outcome", "put"]

#: what became of a thing on the other side
Outcome = Literal["inserted", "updated", "unchanged"]


def put(target: Path, write: Callable[[Path], None]) -> Outcome:
    """Have ``write`` fill a file beside the target, which takes its place at the end, and only if nothing failed.

    A target that has the same bytes already stays as it is, its time too. Raises FinopsError where it cannot be written; the
    earlier file then stays.
    """
    place = target.resolve()
    if not place.parent.is_dir():
        raise FinopsError(f"There is no folder {target.parent}.", hint=f"mkdir -p {target.parent}")
    beside = place.with_name(f".{uuid.uuid4().hex}{place.suffix}")
    try:
        write(beside)
        return _take_place(beside, place)
    except OSError as error:
        raise FinopsError(f"{target} cannot be written.", why=error.strerror or str(error)) from error
    finally:
        beside.unlink(missing_ok=True)


def _take_place(beside: Path, place: Path) -> Outcome:
    present = place.exists()
    if present and place.is_file() and cmp(beside, place, shallow=False):
        return "unchanged"
    beside.replace(place)
    return "updated" if present else "inserted"
