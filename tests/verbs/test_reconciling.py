"""The proof that totals match the bill: source = stored + quarantined + duplicate + rounding, or the rows are named."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finopsnb.errors import FinopsError, PluginNotFound, PluginOutputError, UnknownRun
from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin
from finopsnb.plugins.exports.totals import summed
from finopsnb.plugins.testing import new_session
from tests.plugins.plugins_in_tests import BellPlugin, RowsPlugin, cost_row

JANUARY = "2026-01"


class Bills(TelemetryPlugin):
    """Yields the parts that a test gives it, and adds them up."""

    metadata = PluginMetadata(name="bills", version="1.0.0", plugin_type=PluginType.TELEMETRY)
    called = "bills"
    claimed: Any = None

    def initialize(self) -> None:
        self.parts: dict[str, list[dict[str, Any]]] = {}
        self.changed: list[str] = []

    @property
    def source(self) -> str:
        return self.called

    def _tables(self) -> Any:
        for name, rows in self.parts.items():
            yield name, pa.table({key: pa.array([row.get(key) for row in rows], pa.string()) for key in rows[0]})

    def collect_telemetry(self, full: bool = False) -> Any:
        self.asked = full
        yield from self._tables()
        self.context.remember("seen", list(self.parts))

    def control_totals(self) -> Any:
        return summed(table for _, table in self._tables()) if self.claimed is None else self.claimed

    def changes(self, since: datetime) -> list[str]:
        assert since.tzinfo is not None
        return self.changed


@pytest.fixture(scope="module")
def shared():
    with new_session() as session:
        for cls in (Bills, RowsPlugin, BellPlugin):
            session.plugins.registry.register(cls)
        session.frames = "arrow"
        yield session


@pytest.fixture
def session(shared):
    for run_id in shared.runs()["run_id"].to_pylist():
        shared.forget(run_id)
    shared.reload("bills") if shared.plugins.get("bills") else shared.load("bills")
    return shared


def collected(session, *rows, **parts):
    plugin = session.plugins.get("bills")
    plugin.parts = {**({"a.csv": list(rows)} if rows else {}), **parts}
    session.collect("bills")
    return plugin


def told(session, measure="BilledCost", **options):
    return [row for row in session.reconcile("bills", **options).to_pylist() if row["measure"] == measure]


def only(session, **options):
    [row] = told(session, **options)
    return row


def test_a_collection_matches_its_source_to_the_last_digit(session):
    collected(session, cost_row(BilledCost="1.25"), cost_row(BilledCost="-0.000000000000000001", EffectiveCost=None))
    row = only(session)
    assert (row["BillingAccountId"], row["BillingPeriodStart"], row["BillingCurrency"]) == ("007", datetime(2026, 1, 1, tzinfo=UTC), "USD")
    assert row["source_total"] == row["stored_total"] == Decimal("1.249999999999999999")
    assert (row["difference"], row["rounding"], row["status"], row["source_rows"], row["stored_rows"]) == (0, 0, "matches", 2, 2)
    assert only(session, measure="EffectiveCost")["source_total"] == Decimal("1.25")


def test_what_lies_beyond_18_decimals_is_the_rounding(session):
    collected(session, cost_row(BilledCost="19.047780136168644627485419"), cost_row(BilledCost="-0.0000000000000000000000000001"))
    row = only(session)
    assert row["source_total"] == Decimal("19.0477801361686446274854189999")
    assert row["stored_total"] == Decimal("19.047780136168644627")
    assert row["rounding"] == Decimal("0.0000000000000000004854189999")
    assert (row["difference"], row["status"]) == (0, "matches")


def test_quarantined_and_duplicate_money_is_counted(session):
    rows = [cost_row(BilledCost="1"), cost_row(BilledCost="2", ListCost="€"), cost_row(BilledCost="4")]
    keys = dict.fromkeys(key for row in rows for key in row)
    whole = [{key: row.get(key) for key in keys} for row in rows]
    collected(session, **{"a.csv": whole, "b.csv": [whole[2]]})
    row = only(session)
    assert (row["source_total"], row["stored_total"], row["quarantined"], row["duplicate"], row["difference"]) == (11, 5, 2, 4, 0)
    assert (row["source_rows"], row["stored_rows"], row["quarantined_rows"], row["duplicate_rows"]) == (4, 2, 1, 1)


def test_an_amount_that_cannot_be_read_is_said(session):
    collected(session, cost_row(BilledCost="1"), cost_row(BilledCost="1,5"))
    row = only(session)
    assert (row["status"], row["unreadable"], row["difference"], row["source_total"]) == ("unreadable amounts", 1, 0, 1)


AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=28)
ROWS = st.tuples(
    AMOUNTS, AMOUNTS, st.sampled_from(["USD", "EUR", "JPY"]), st.sampled_from(["001", "002"]), st.sampled_from([None, "1.5", "x"])
)
PARTS = st.lists(st.lists(ROWS, min_size=1, max_size=6), min_size=1, max_size=3)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(parts=PARTS)
def test_source_is_stored_and_quarantined_and_duplicate_and_rounding(shared, parts):
    plugin = shared.plugins.get("bills") or shared.load("bills")
    plugin.called, plugin.claimed, plugin.changed = repr(parts), None, []
    plugin.parts = {
        f"{n}.csv": [
            cost_row(
                BilledCost=f"{billed:f}",
                EffectiveCost=f"{effective:f}",
                BillingCurrency=currency,
                BillingAccountId=account,
                ListCost=listed,
            )
            for billed, effective, currency, account, listed in rows
        ]
        for n, rows in enumerate(parts)
    }
    shared.collect("bills")
    rows = shared.reconcile("bills").to_pylist()
    with localcontext(prec=80):
        for row in rows:
            assert row["difference"] == 0
            assert row["source_total"] == row["rounding"] + row["stored_total"] + row["quarantined"] + row["duplicate"]
            place = 0 if row["measure"] == "BilledCost" else 1
            mine = [one for part in parts for one in part if one[2:4] == (row["BillingCurrency"], row["BillingAccountId"])]
            assert row["source_total"] == sum(one[place] for one in mine)
            assert row["rounding"] == sum(one[place] - one[place].quantize(Decimal("1E-18"), ROUND_HALF_EVEN) for one in mine)
            assert row["source_rows"] == len(mine) == row["stored_rows"] + row["quarantined_rows"] + row["duplicate_rows"]
    assert len(rows) == 2 * len({one[2:4] for part in parts for one in part})


# differences


def test_money_that_the_source_has_and_the_store_has_not_is_a_difference_with_its_rows(session):
    plugin = collected(session, cost_row(BilledCost="1"), cost_row(BilledCost="2", ResourceId="i-2"))
    plugin.parts = {"a.csv": [*plugin.parts["a.csv"], cost_row(BilledCost="4", ResourceId="i-3")]}
    plugin.parts["a.csv"].remove(cost_row(BilledCost="2", ResourceId="i-2"))
    row = only(session)
    assert (row["difference"], row["status"]) == (2, "differs")
    rows = session.reconcile("bills", rows=True).to_pylist()
    assert [(one["difference"], one["part"], one["ResourceId"], one["BilledCost"]) for one in rows] == [
        ("stored, not in the source", "a.csv", "i-2", 2),
        ("in the source, not stored", "a.csv", "i-3", 4),
    ]
    assert plugin.asked is True
    plugin.changed = ["a.csv"]
    assert only(session)["status"] == "source changed"


def test_looking_for_the_rows_changes_nothing(session):
    plugin = collected(session, cost_row())
    session.reconcile("bills", rows=True)
    runs = session.runs()
    plugin.parts = {"b.csv": [cost_row()]}
    session.reconcile("bills", rows=True)
    assert session.runs().equals(runs)
    assert session._store.get_state("bills", "seen") == ["a.csv"]
    assert plugin.context.remembered == {}
    assert plugin.context.run_id is None


def test_money_of_a_forgotten_run_is_missing(session):
    collected(session, cost_row(BilledCost="3"))
    session.collect("bills")
    session.forget(session.last_run["run_id"])
    row = only(session)
    assert (row["stored_total"], row["difference"], row["status"]) == (0, 3, "differs")


def test_money_that_is_stored_and_gone_from_the_source_is_a_difference(session):
    plugin = collected(session, cost_row(BilledCost="3"), cost_row(BilledCost="5", BillingAccountId="008"))
    plugin.parts = {"a.csv": [cost_row(BilledCost="3")]}
    assert [(row["BillingAccountId"], row["difference"]) for row in told(session)] == [("007", 0), ("008", -5)]


def test_what_was_set_aside_long_ago_of_what_the_source_has_no_more_is_not_told(session):
    plugin = collected(session, cost_row(ListCost="1"), cost_row(BillingAccountId="008", ListCost="x"))
    plugin.parts = {"a.csv": [cost_row()]}
    session.collect("bills")
    assert [row["BillingAccountId"] for row in told(session)] == ["007"]


# invoices


@pytest.mark.parametrize(
    "invoices",
    [
        {f"007:{JANUARY}:USD": "10.01"},
        {("007", "2026-01-01", "usd"): Decimal("10.01")},
        [{"BillingAccountId": "007", "BillingPeriodStart": "2026-01", "BillingCurrency": "USD", "amount": 10.01}],
    ],
)
def test_a_bill_is_held_against_its_invoice(session, invoices):
    collected(session, cost_row(BilledCost="10.0084"))
    row = only(session, invoices=invoices)
    assert (row["invoice_total"], row["invoice_difference"]) == (Decimal("10.01"), Decimal("0.0016"))
    assert only(session, measure="EffectiveCost", invoices=invoices)["invoice_total"] is None


@pytest.mark.parametrize(
    ("invoices", "message"),
    [
        ({"007:2026-02:USD": "1"}, r"(?s)Nothing was billed for the invoice 007:2026-02:USD.*007:2026-01-01:USD"),
        ({"007": "1"}, "does not name an invoice"),
        ({"007:January:USD": "1"}, "'January' is no billing period"),
        ({"007:2026-01:USD": "1,5"}, "'1,5' is no amount"),
        ({"007:2026-01:USD": float("nan")}, "is no amount"),
        ([{"BillingAccountId": "007"}], "no column BillingPeriodStart, BillingCurrency, amount"),
    ],
)
def test_an_invoice_that_is_for_nothing_is_refused(session, invoices, message):
    collected(session, cost_row())
    with pytest.raises(FinopsError, match=message):
        session.reconcile("bills", invoices)


# who can be asked


def test_a_run_is_reconciled_with_the_source_of_its_plugin(session):
    collected(session, cost_row())
    run_id = session.last_run["run_id"]
    assert session.reconcile(run_id).equals(session.reconcile("bills"))
    session.plugins.get("bills").called = "others"
    with pytest.raises(FinopsError, match=f"Run {run_id} collected bills, and bills is loaded for others"):
        session.reconcile(run_id)
    session.unload("bills")
    with pytest.raises(FinopsError, match=rf'(?s)Run {run_id} was made by bills, which is not loaded.*session.load\("bills"\)'):
        session.reconcile(run_id)


def test_what_cannot_be_reconciled_says_why(session):
    with pytest.raises(PluginNotFound):
        session.reconcile("nobody")
    with pytest.raises(UnknownRun):
        session.reconcile(999)
    with pytest.raises(FinopsError, match=r'(?s)bills has not collected yet.*session.collect\("bills"\)'):
        session.reconcile("bills")
    session.load("rows")
    session.load("bell")
    with pytest.raises(FinopsError, match=r"(?s)rows cannot be reconciled.*Of the loaded plugins bills can"):
        session.reconcile("rows")
    assert session.plugins.get("rows").is_ready, "a question that it cannot answer is no fault"
    with pytest.raises(FinopsError, match="bell collects nothing"):
        session.reconcile("bell")


def test_totals_of_another_shape_are_refused(session):
    plugin = collected(session, cost_row())
    plugin.claimed = pa.table({"total": [1]})
    with pytest.raises(PluginOutputError, match=r"bills.control_totals\(\) has no column BillingAccountId"):
        session.reconcile("bills")


def test_the_answer_comes_as_any_kind_of_frame(session):
    collected(session, cost_row(BilledCost="1234567890123.1234567890123456789012345678"))
    frame = session.reconcile("bills", frames="pandas")
    assert frame.source_total[0] == Decimal("1234567890123.1234567890123456789012345678")
    assert session.reconcile("bills", frames="arrow")["source_total"].type == pa.decimal256(76, 28)
    assert session.reconcile("bills", rows=True, frames="polars").height == 0


def test_a_restated_period_shows_its_old_and_its_new_total(session):
    collected(session, cost_row(BilledCost="1.50"), cost_row(BilledCost="7", BillingCurrency="EUR"))
    collected(session, cost_row(BilledCost="2"), cost_row(BilledCost="7", BillingCurrency="EUR"))
    first, second = session.runs()["restated"].to_pylist()[-2:]
    assert (first, second) == (None, "2026-01 USD 1.5 → 2")


def test_the_focus_sample_matches_to_the_last_digit(shared_data):
    with new_session() as session:
        session.load("focus-files", path=str(shared_data / "focus" / "focus_sample_1.0.csv"))
        session.collect("focus-files")
        frame = session.reconcile("focus-files")
        assert len(frame) == 8
        assert set(frame.status) == {"matches"}
        assert set(frame.difference) == {0}
        assert frame[frame.measure == "BilledCost"].source_total.sum() == Decimal("20.52022672899")
        assert len(session.reconcile("focus-files", rows=True)) == 0
