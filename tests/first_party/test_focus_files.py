"""focus-files on real and broken files, through a session."""

from __future__ import annotations

import shutil
from decimal import Decimal

import pytest

from finopsnb.errors import PluginConfigError, SourceError
from finopsnb.plugins.testing import new_session


@pytest.fixture
def session():
    with new_session() as session:
        yield session


@pytest.fixture
def focus_sample(shared_data):
    return shared_data / "focus" / "focus_sample_1.0.csv"


def billed(session):
    frame = session.sql("select ProviderName, sum(BilledCost) as billed from costs group by all")
    return dict(zip(frame.ProviderName, frame.billed, strict=True))


SAMPLE = {
    "AWS": Decimal("18.0066386184"),
    "Microsoft": Decimal("1.97651418586"),
    "Oracle": Decimal("0.53707392473"),
}


def test_the_focus_sample_is_stored_to_the_last_digit(session, focus_sample):
    session.load("focus-files", path=str(focus_sample))
    assert len(session.collect("focus-files")) == 1000
    assert billed(session) == SAMPLE


def test_the_findings_on_the_focus_sample(session, focus_sample):
    session.load("focus-files", path=str(focus_sample))
    session.collect("focus-files")
    findings = session.findings()

    def rows(rule, column=None):
        chosen = findings[findings.rule == rule]
        return int((chosen if column is None else chosen[chosen.column == column]).rows.sum())

    assert rows("value-case", "ChargeFrequency") == 7
    assert rows("not-null", "ContractedCost") == 7
    assert rows("empty-text") == 56
    assert rows("null-text") == 8973
    assert rows("billed-before-charge") == 1
    assert findings[findings.rule == "column-not-focus"].column.tolist() == ["Id"]
    rounded = findings[findings.rule == "effective-cost-rounded"]
    assert rounded.severity.tolist() == ["warning"]
    assert rounded.example.tolist() == ["AWS, Oracle"]


def test_five_collections_are_the_same_table_and_five_runs(session, focus_sample):
    session.load("focus-files", path=str(focus_sample))
    for _ in range(5):
        session.collect("focus-files")
    assert billed(session) == SAMPLE
    assert session.runs().rows_stored.tolist() == [1000] * 5


def test_a_file_that_came_alone_and_then_in_a_folder_is_not_counted_twice(session, focus_sample, tmp_path):
    shutil.copy(focus_sample, tmp_path / "september.csv")
    session.load("focus-files", path=str(tmp_path / "september.csv"))
    session.collect("focus-files")
    session.load("focus-files", path=str(tmp_path))
    session.collect("focus-files")
    assert billed(session) == SAMPLE


def test_the_same_rows_in_two_files_are_counted_as_duplicates(session, focus_sample, tmp_path):
    for name in ("a.csv", "b.csv"):
        shutil.copy(focus_sample, tmp_path / name)
    session.load("focus-files", path=str(tmp_path))
    session.collect("focus-files")
    assert billed(session) == SAMPLE
    run = session.last_run
    assert (run["rows_in"], run["rows_stored"], run["rows_duplicate"]) == (2000, 1000, 1000)


def test_a_broken_file_stores_nothing_and_the_mended_one_everything(session, focus_sample, tmp_path):
    file = tmp_path / "bill.csv"
    whole = focus_sample.read_text()
    file.write_text(whole[: len(whole) // 2])
    session.load("focus-files", path=str(file))
    with pytest.raises(SourceError, match="Line"):
        session.collect("focus-files")
    assert len(session.frame("costs")) == 0
    file.write_text(whole)
    session.collect("focus-files")
    assert billed(session) == SAMPLE


def test_settings_are_checked_by_name(session):
    with pytest.raises(PluginConfigError) as error:
        session.load("focus-files", pth="x")
    assert set(error.value.problems) == {"path", "pth"}
    assert "path" in error.value.problems["pth"]


def test_health_says_how_many_files_there_are(session, focus_sample):
    plugin = session.load("focus-files", path=str(focus_sample))
    assert plugin.health_check()["files"] == 1
    assert session.health().healthy.tolist() == [True]
