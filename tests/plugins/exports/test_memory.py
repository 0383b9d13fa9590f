"""What a source of files remembers."""

from __future__ import annotations

import os

import pyarrow as pa
import pytest

from finopsnb.plugins.exports import memory as remembering
from finopsnb.plugins.exports.memory import Memory, digest_of
from finopsnb.plugins.exports.periods import periods_of
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


def test_a_file_that_was_only_touched_is_looked_at_once(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("one")
    memory = Memory("1")
    known(memory, path)
    os.utime(path, (1, 1))
    assert memory.changed([BillingFile.at(path)]) == []
    monkeypatch.setattr(remembering, "digest_of", None)
    assert Memory.of(memory.state(), "1").changed([BillingFile.at(path)]) == []


def test_a_file_that_says_nothing_of_its_time_may_have_changed():
    file = BillingFile("https://host/a.csv", 3, "")
    memory = Memory("1")
    memory.note(file, ["2026-10-01"], "")
    assert memory.changed([file]) == [file]
    assert memory.changed([file], doubtful=False) == []
    assert memory.changed([BillingFile(file.name, 4, "")], doubtful=False) != []


def test_what_was_kept_in_another_form_says_nothing(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("one")
    memory = Memory("1")
    known(memory, path)
    assert Memory.of({**memory.state(), "form": 1}, "1").changed([BillingFile.at(path)]) != []


TIMES = {
    "as FOCUS has it": ("BillingPeriodStart", "2026-10-01T00:00:00Z"),
    "another spelling": ("billing_period_start", "2026-10-01"),
    "an older name, in capitals": ("BILLINGPERIODSTART", "2026-10-01 00:00:00"),
    "blanks": (" BillingPeriodStart", " 2026-10-01T00:00:00Z "),
    "a zone": ("BillingPeriodStart", "2026-09-30T19:00:00-05:00"),
    "the month of the charge": ("ChargePeriodStart", "2026-10-07T01:00:00Z"),
    "the charge in a zone": ("charge period start", "2026-09-30T22:00:00-03:00"),
}


@pytest.mark.parametrize("case", TIMES)
def test_a_period_is_the_same_however_it_is_written(case):
    name, text = TIMES[case]
    assert periods_of(pa.table({name: [text]})) == {"2026-10-01"}


def test_periods_of_rows_that_do_not_all_say_one():
    assert periods_of(pa.table({"BilledCost": ["1"]})) == set()
    broken = pa.table({"ChargePeriodStart": ["2026-10-07", "2026-11-07"], "_reason": pa.array([None, "2 fields"], pa.string())})
    assert periods_of(broken) == {"2026-10-01"}
    starts = pa.table({"BillingPeriodStart": ["2026-10-01", "NULL"], "ChargePeriodStart": ["2026-10-07", "2026-09-30"]})
    assert periods_of(starts) == {"2026-09-01", "2026-10-01"}
    typed = pa.array([1790812800], pa.timestamp("s", "UTC"))
    assert periods_of(pa.table({"BillingPeriodStart": typed}), starts.slice(0, 1)) == {"2026-10-01"}
