"""focus-files on real and broken files, through a session."""

from __future__ import annotations

import gzip
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
    for full in (False, True, False, True, True):
        assert len(session.collect("focus-files", full=full)) == 1000
    assert billed(session) == SAMPLE
    assert session.runs().rows_stored.tolist() == [1000, 1000, 0, 1000, 1000]  # what did not change is not read again


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


def adds_up(session):
    run = session.last_run
    assert run["rows_in"] == run["rows_stored"] + run["rows_quarantined"] + run["rows_duplicate"]
    return run["rows_in"], run["rows_stored"], run["rows_quarantined"], run["rows_duplicate"]


def test_two_exports_that_overlap_are_counted_once(session, focus_sample, tmp_path):
    header, *lines = focus_sample.read_text().splitlines(keepends=True)
    for name, part in (("a.csv", lines[:600]), ("b.csv", lines[400:])):
        (tmp_path / name).write_text(header + "".join(part))
    session.load("focus-files", path=str(tmp_path))
    session.collect("focus-files")
    assert billed(session) == SAMPLE
    assert adds_up(session) == (1200, 1000, 0, 200)


def test_bad_rows_go_to_the_quarantine_with_their_lines(session, focus_sample, tmp_path):
    header, *lines = focus_sample.read_text().splitlines(keepends=True)
    bad = {10: "1,2,3\n", 500: '"' + lines[500], 999: lines[999][:200]}
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(header + "".join(bad.get(n, line) for n, line in enumerate(lines)))
    session.load("focus-files", path=str(tmp_path))
    session.collect("focus-files")
    assert adds_up(session) == (2000, 997, 6, 997)
    kept = session.frame("quarantine").sort_values(["part", "line"])
    assert kept.line.tolist() == [12, 502, 1001] * 2
    assert kept.reason.str.contains("3 fields where the header has 44").sum() == 2
    assert kept.raw.tolist()[0] == "1,2,3"
    [finding] = session.findings().query("rule == 'unreadable-value' and rows == 6").to_dict("records")
    assert finding["column"] == ""


def test_a_file_that_is_cut_in_two_is_mended_by_the_whole_one(session, focus_sample, tmp_path):
    file = tmp_path / "bill.csv"
    whole = focus_sample.read_text()
    file.write_text(whole[: len(whole) // 2])
    session.load("focus-files", path=str(file))
    session.collect("focus-files")
    assert adds_up(session)[2] == 1
    file.write_text(whole)
    session.collect("focus-files")
    assert billed(session) == SAMPLE


def test_a_broken_file_stores_nothing_of_itself_or_another(session, focus_sample, tmp_path):
    shutil.copy(focus_sample, tmp_path / "a.csv")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(focus_sample.read_bytes())[:-100])
    session.load("focus-files", path=str(tmp_path))
    with pytest.raises(SourceError, match="cut short"):
        session.collect("focus-files")
    assert len(session.frame("costs")) == 0


def test_settings_are_checked_by_name(session):
    with pytest.raises(PluginConfigError) as error:
        session.load("focus-files", pth="x")
    assert set(error.value.problems) == {"path", "pth"}
    assert "path" in error.value.problems["pth"]


def test_health_says_how_many_files_there_are(session, focus_sample):
    plugin = session.load("focus-files", path=str(focus_sample))
    assert plugin.health_check()["files"] == 1
    assert session.health().healthy.tolist() == [True]


SNAKE = "billing_account_id,billing_period_start,billing_currency,charge_period_start,billed_cost,Effective Cost\n"


@pytest.mark.parametrize(
    ("row", "settings"),
    [
        ("7,2026-01-01,USD,2026-01-01,1.25,1.5\n", {}),
        ("7,01/01/26,USD,01/01/26,$1.25,$ 1.5\n", {"date_format": "%m/%d/%y", "amounts": "$"}),
    ],
)
def test_columns_under_other_spellings_are_read_and_proved(session, tmp_path, row, settings):
    (tmp_path / "a.csv").write_text(SNAKE + row)
    (tmp_path / "b.csv").write_text("nothing,of,focus\n1,2,3\n")
    session.load("focus-files", path=str(tmp_path), **settings)
    session.collect("focus-files")
    proof = session.reconcile("focus-files")
    assert proof[proof.source_rows > 0].stored_total.tolist() == [Decimal("1.25"), Decimal("1.5")]
    assert proof.status.unique().tolist() == ["matches"]
    assert session.sql("select ChargePeriodStart from costs").ChargePeriodStart.dt.month.tolist() == [1]
