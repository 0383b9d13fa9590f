"""A copy of a DuckDB file that another process is writing to, taken so that it is of one moment.

DuckDB writes new blocks beside those that its header leads to, and turns the header over at a checkpoint. While the
header is the same before and after, every block that it leads to was the same too, and the log, copied last, belongs to
it.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from pathlib import Path

from finopsnb.errors import StoreDamaged, StoreLocked

__all__ = ["take"]

_HEADER_BYTES = 3 * 4096
_TRIES = 8


def take(file: Path) -> Path:
    """Copy the file and its log into a private temporary folder, open the copy once, and give its path.

    The folder is the caller's to remove. Raises StoreLocked when the file kept changing meanwhile, StoreDamaged
    when it cannot be read.
    """
    folder = Path(tempfile.mkdtemp(prefix="finopsnb-snapshot-"))
    try:
        return _taken(file, folder / "snapshot.duckdb")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _taken(file: Path, copy: Path) -> Path:
    failure: StoreDamaged | None = None
    for number in range(_TRIES):
        time.sleep(random.SystemRandom().uniform(0.05, 0.2) * number)
        if not _copied(file, copy):
            continue
        try:
            _verify(copy, file)
            return copy
        except StoreDamaged as error:
            failure = error
    raise failure or StoreLocked(f"{file} is being written to right now.", why="No two readings agreed.", hint="try again")


def _copied(file: Path, copy: Path) -> bool:
    header = _header(file)
    shutil.copyfile(file, copy)
    copy.chmod(0o600)
    _copy_log(_log(file), _log(copy))
    return header == _header(file) == _header(copy)


def _copy_log(log: Path, copy: Path) -> None:
    copy.unlink(missing_ok=True)
    try:
        shutil.copyfile(log, copy)
    except FileNotFoundError:  # checkpointed: there is none
        return
    copy.chmod(0o600)


def _header(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_HEADER_BYTES)


def _log(file: Path) -> Path:
    return file.with_name(file.name + ".wal")


def _verify(copy: Path, original: Path) -> None:
    """Take in the log, bring the tables of the copy up to date, and leave it closed."""
    from finopsnb.store import migrations, opening

    con = opening.connect(str(copy), read_only=False)
    try:
        migrations.migrate(con, str(original), migrations.check_version(con, str(original)))
    finally:
        con.close()
