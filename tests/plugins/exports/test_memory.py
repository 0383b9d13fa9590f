"""What a source of files remembers."""

from __future__ import annotations

import os

from finopsnb.plugins.exports.memory import Memory, digest_of
from finopsnb.plugins.files import BillingFile


def known(memory, path, *periods):
    memory.note(BillingFile.at(path), periods, digest_of(BillingFile.at(path)))


def test_a_file_is_the_same_by_its_stamp_or_by_its_content(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("one")
    memory = Memory("1")
    known(memory, path, "2026-10-01")
    assert memory.changed([BillingFile.at(path)]) == []
    os.utime(path, (1, 1))
    assert memory.changed([BillingFile.at(path)]) == []
    path.write_text("two")
    os.utime(path, (2, 2))
    assert [file.name for file in memory.changed([BillingFile.at(path)])] == [str(path)]


def test_what_was_read_with_other_settings_is_read_anew(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("one")
    memory = Memory("1")
    known(memory, path, "2026-10-01")
    file = BillingFile.at(path)
    assert Memory.of(memory.state(), "1").changed([file]) == []
    assert Memory.of(memory.state(), "2").changed([file]) == [file]
    assert Memory.of(memory.state(), "1", full=True).changed([file]) == [file]
    assert list(Memory.of(memory.state(), "2").forget_missing([])) == [str(path)]  # its rows are still to be taken out
    assert Memory.of(None, "1").changed([file]) == [file]


def test_files_that_share_a_period_and_files_that_are_gone(tmp_path):
    memory = Memory("1")
    for name, periods in {"a": ["2026-09-01", "2026-10-01"], "b": ["2026-10-01"], "c": ["2026-11-01"]}.items():
        (tmp_path / name).write_text(name)
        known(memory, tmp_path / name, *periods)
    assert memory.sharing(["2026-10-01"]) == {str(tmp_path / "a"), str(tmp_path / "b")}
    assert list(memory.forget_missing([str(tmp_path / "a"), str(tmp_path / "c")])) == [str(tmp_path / "b")]
    assert memory.sharing(["2026-10-01"]) == {str(tmp_path / "a")}
