"""Sources of files from one collection to the next: what is read again, whose rows a file's are, and that it adds up."""

from __future__ import annotations

import itertools
import os

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from finopsnb.plugins.testing import new_session

COLUMNS = "BillingAccountId,BillingPeriodStart,BillingPeriodEnd,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,BilledCost"
HEADERS = {
    "focus": COLUMNS,
    "spelled": "billing_account_id,billing_period_start,billing_period_end,billing_currency,charge_period_start,"
    "charge_period_end,billed_cost",
    "no period": COLUMNS.replace("BillingPeriodStart,BillingPeriodEnd,", ""),
}
PERIODS = ("2026-01-01T00:00:00Z", '" 2026-01-01"', "2025-12-31T19:00:00-05:00", "2026-02-01T00:00:00Z")

clock = itertools.count(1)


def line(cost, day=1, period=PERIODS[0], header="focus"):
    month = 2 if period == PERIODS[3] else 1
    said = [] if header == "no period" else [period, f"2026-{month + 1:02}-01T00:00:00Z"]
    charge = f"2026-{month:02}-{day:02}T00:00:00Z,2026-{month:02}-{day + 1:02}T00:00:00Z"
    return ",".join(["1", *said, "USD", charge, str(cost)])


def write(path, *lines, header="focus"):
    """Its stamp differs from all before, however fast the disk is."""
    path.write_text("\n".join([HEADERS[header], *lines]) + "\n")
    now = next(clock)
    os.utime(path, (now, now))


@pytest.fixture(scope="module")
def sessions():
    """Two, whose stores are apart; what the specification asks of values is not the question."""
    with pytest.MonkeyPatch.context() as patch, new_session() as one, new_session() as other:
        patch.setattr("finopsnb.focus.check", lambda *_, **__: [])
        yield one, other


@pytest.fixture
def session(sessions):
    return sessions[0]


def collect(session, path, source="", **options):
    """The source: a folder is one of its own."""
    session.load("focus-files", path=str(path), source=source)
    session.collect("focus-files", frames="none", **options)


def stored(session, source):
    """The amounts of a source, and what of it is in quarantine."""
    plugin = session.plugins.get("focus-files")
    rows = session.sql("select * from cost_rows where _source = ?", [source or plugin.source], frames="arrow").to_pylist()
    costs = sorted((str(one["BillingPeriodStart"]), str(one["ChargePeriodStart"]), one["BilledCost"]) for one in rows)
    bad = session.quarantine(frames="arrow").to_pylist()
    return costs, sorted((one["part"], one["line"], one["reason"]) for one in bad if one["source"] == (source or plugin.source))


def amounts(session, source=""):
    return [cost for *_, cost in stored(session, source)[0]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"header": "spelled"}, {"header": "spelled"}),
        ({"header": "no period"}, {}),
        ({"period": PERIODS[1]}, {"period": PERIODS[1]}),
        ({"period": PERIODS[0]}, {"period": PERIODS[2]}),
    ],
)
def test_a_row_of_two_files_stays_one_however_its_period_is_written(session, tmp_path, one, other):
    write(tmp_path / "a.csv", line(10, **one), header=one.get("header", "focus"))
    write(tmp_path / "b.csv", line(10, **other), header=other.get("header", "focus"))
    collect(session, tmp_path)
    assert amounts(session) == [10]
    write(tmp_path / "b.csv", line(10, **other), line(5, day=2, **other), header=other.get("header", "focus"))
    collect(session, tmp_path)
    assert amounts(session) == [10, 5]


def test_a_file_that_another_source_took_is_read_again(session, tmp_path):
    write(tmp_path / "a.csv", line(10))
    write(tmp_path / "b.csv", line(5, day=2))
    collect(session, tmp_path)
    collect(session, tmp_path / "a.csv")
    collect(session, tmp_path)
    assert amounts(session) == [10, 5]
    assert set(session.reconcile("focus-files").status) == {"matches"}


def test_a_file_that_is_only_gone_from_a_source_stays_with_another(session, tmp_path):
    write(tmp_path / "a.csv", line(10))
    write(tmp_path / "b.csv", line(5, day=2))
    source = f"january {tmp_path}"
    collect(session, tmp_path / "*.csv", source)
    collect(session, tmp_path)
    collect(session, tmp_path / "b.csv", source)
    assert (amounts(session, source), amounts(session, str(tmp_path))) == ([5], [10])
    collect(session, tmp_path)
    assert (amounts(session, source), amounts(session)) == ([], [10, 5])


def test_what_is_known_of_files_that_were_not_read_again_is_still_told(session, tmp_path):
    write(tmp_path / "a.csv", line(10), "x,y")
    write(tmp_path / "b.csv", line(7, period=PERIODS[3]))
    collect(session, tmp_path)
    bad = stored(session, "")[1]
    assert [(part, number) for part, number, _ in bad] == [(str(tmp_path / "a.csv"), 3)]
    write(tmp_path / "b.csv", line(8, period=PERIODS[3]))
    collect(session, tmp_path)
    assert stored(session, "")[1] == bad
    told = session.findings().merge(session.runs()[["run_id", "source"]]).query(f"source == '{tmp_path}'")
    assert told.rule.tolist().count("unreadable-value") == 1
    assert told[["rule", "column"]].duplicated().sum() == 0
    write(tmp_path / "a.csv", line(10))
    collect(session, tmp_path)
    assert stored(session, "")[1] == []


def test_what_was_set_aside_of_a_file_goes_with_it(session, tmp_path):
    write(tmp_path / "a.csv", line(10))
    write(tmp_path / "b.csv", line(5).replace("2026-01-02T00:00:00Z", "soon"))
    collect(session, tmp_path)
    assert len(stored(session, "")[1]) == 1
    (tmp_path / "b.csv").unlink()
    collect(session, tmp_path)
    assert stored(session, "")[1] == []
    assert set(session.reconcile("focus-files").status) == {"matches"}


#: few rows, written in many ways, so that files often share some
LINES = st.lists(st.tuples(st.sampled_from([1, "oops", 1]), st.just(1), st.sampled_from(PERIODS)), min_size=1, max_size=2)
HEADER = st.sampled_from(list(HEADERS))
STEPS = st.tuples(
    st.sampled_from(["write", "append", "remove", "touch", "take", "forget", "set"]),
    st.sampled_from(["a.csv", "b.csv"]),
    st.tuples(HEADER, LINES),
)


class Source:
    """A folder that is collected after each step, and what may happen to it."""

    def __init__(self, session, folder):
        self.session, self.folder, self.signs = session, folder, ""

    def collect(self):
        self.session.load("focus-files", path=str(self.folder), amounts=self.signs)
        self.session.collect("focus-files", frames="none")

    def write(self, path, header, lines):
        write(path, *(line(*one, header) for one in lines), header=header)

    def append(self, path, header, lines):
        """A row more, that no other file has."""
        if path.exists():
            header = next(name for name, columns in HEADERS.items() if columns == path.read_text().split("\n")[0])
            write(path, *path.read_text().split("\n")[1:-1], line(7, 9, lines[0][-1], header), header=header)

    def remove(self, path, *_):
        if len(list(self.folder.iterdir())) > 1:
            path.unlink(missing_ok=True)

    def touch(self, path, *_):
        if path.exists():
            os.utime(path, (now := next(clock), now))

    def take(self, path, *_):
        if path.exists():
            collect(self.session, path, "another")

    def forget(self, *_):
        """The newest run that has rows of it, good or bad."""
        kept = "select _run_id as run_id from cost_rows where _source = $source union select run_id from quarantine where source = $source"
        runs = self.session.sql(kept, {"source": str(self.folder)}, frames="arrow")["run_id"].drop_null().to_pylist()
        if runs:
            self.session.forget(max(runs))

    def set(self, *_):
        self.signs = "" if self.signs else "$"


@given(first=st.lists(st.tuples(HEADER, LINES), min_size=2, max_size=2), steps=st.lists(STEPS, min_size=2, max_size=4))
@settings(max_examples=6, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
def test_whatever_happens_a_collection_is_as_a_first_one(sessions, tmp_path_factory, first, steps):
    source = Source(sessions[0], folder := tmp_path_factory.mktemp("source"))
    for name, (header, lines) in zip(("a.csv", "b.csv"), first, strict=True):
        source.write(folder / name, header, lines)
    source.collect()
    for what, name, said in steps:
        getattr(source, what)(folder / name, *said)
        source.collect()
    fresh = f"fresh {folder}"
    sessions[1].load("focus-files", path=str(folder), source=fresh, amounts=source.signs)
    sessions[1].collect("focus-files", frames="none", full=True)
    assert stored(sessions[0], str(folder)) == stored(sessions[1], fresh)
