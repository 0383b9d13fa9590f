"""Duplicates within and across parts, with and without a key, and the sums and counts of any mixture of rows."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finopsnb.errors import StoreError
from finopsnb.store import Batch, Store
from tests.store.costs import collect, costs, row, table


def parts(*contents: list[dict[str, object]]) -> list[Batch]:
    return [Batch(table(rows), f"part-{n}") for n, rows in enumerate(contents)]


def test_equal_lines_of_one_bill_are_all_kept(store: Store) -> None:
    assert collect(store, parts([row(), row(), row()])).rows_duplicate == 0
    assert len(costs(store)) == 3


def test_a_row_of_another_part_is_kept_once(store: Store) -> None:
    done = collect(store, parts([row("1"), row("2")], [row("2"), row("3")]))
    assert (done.rows_stored, done.rows_duplicate) == (3, 1)
    assert [cost for cost, _ in costs(store)] == [1, 2, 3]


def test_the_part_with_most_copies_counts(store: Store) -> None:
    done = collect(store, parts([row()], [row(), row(), row()], [row(), row()]))
    assert (done.rows_stored, done.rows_duplicate) == (3, 3)


def test_null_is_a_value_like_others_when_rows_are_compared(store: Store) -> None:
    done = collect(store, parts([row(ResourceId=None)], [row(ResourceId=None), row()]))
    assert (done.rows_stored, done.rows_duplicate) == (2, 1)


def test_rows_whose_hashes_collide_are_both_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from finopsnb.store import refusing

    plain = refusing.run

    def colliding(cursor: object, statement: str, params: object = ()) -> object:
        return plain(cursor, _constant(statement), params)

    def _constant(statement: str) -> str:
        head, found, tail = statement.partition(" as select _n, _part, hash(")
        return f"{head} as select _n, _part, 42 as h from _stage" if found else head + tail

    monkeypatch.setattr(refusing, "run", colliding)
    done = collect(store, parts([row("1")], [row("2")], [row("1")]))
    assert [cost for cost, _ in costs(store)] == [1, 2]
    assert done.rows_duplicate == 1


def test_with_a_key_equal_rows_are_duplicates_and_others_are_quarantined(store: Store) -> None:
    rows = [
        row("1", x_Line="a"),
        row("1", x_Line="a"),
        row("9", x_Line="a"),
        row("2", x_Line="b"),
        row("2", x_Line=None),
    ]
    done = collect(store, [Batch(table([*rows, rows[-1]]))], row_key=["Line"])
    assert (done.rows_in, done.rows_stored, done.rows_quarantined, done.rows_duplicate) == (6, 4, 1, 1)
    assert [cost for cost, _ in costs(store)] == [1, 2, 2, 2]
    kept = store.query("select reason, raw::json ->> 'BilledCost' as cost from quarantine").to_pylist()
    assert kept == [{"reason": "x_Line: same key, different content", "cost": "9.000000000000000000"}]


def test_a_key_of_two_columns(store: Store) -> None:
    rows = [
        row("1", x_Id="a", x_At="1"),
        row("1", x_Id="a", x_At="2"),
        row("1", x_Id="a", x_At=None),
        row("1", x_Id="a", x_At=None),
    ]
    done = collect(store, [Batch(table(rows))], row_key=["x_Id", "x_At"])
    assert (done.rows_stored, done.rows_duplicate) == (3, 1)


def test_which_row_of_a_key_is_kept_does_not_change(store: Store) -> None:
    rows = [row(str(n), x_Id="a") for n in range(2000)]
    for _ in range(3):
        collect(store, [Batch(table(rows))], row_key=["x_Id"])
        assert [cost for cost, _ in costs(store)] == [0]


def test_a_key_that_is_no_column_is_refused_with_the_near_name(store: Store) -> None:
    with pytest.raises(StoreError, match=r"(?s)row_key names no column: ResourceID2.*did you mean ResourceId"):
        collect(store, [row()], row_key=["ResourceID2"])
    assert costs(store) == []


COSTS = st.sampled_from(["1", "-2.5", "0.1", "1.81E-8", "0.000000000000000001", "NaN", "1,234.50", "1_000", "€5", "1e309", "", "NULL"])
ROWS = st.builds(
    lambda cost, resource, currency: row(cost, ResourceId=resource, BillingCurrency=currency),
    COSTS,
    st.sampled_from(["i-1", "i-2", None]),
    st.sampled_from(["USD", "EUR"]),
)
PARTS = st.lists(st.lists(ROWS, max_size=6), min_size=1, max_size=3)
UNREADABLE = {"NaN", "1,234.50", "1_000", "€5", "1e309"}


def _content(one: dict[str, object]) -> tuple[object, ...]:
    cost = str(one["BilledCost"])
    return (Decimal(cost) if cost not in ("", "NULL") else None, one["ResourceId"], one["BillingCurrency"])


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(tmp_path_factory.mktemp("store") / "finops.duckdb")


@settings(max_examples=12, deadline=None, derandomize=True)
@given(contents=PARTS)
def test_counts_and_sums_add_up_whatever_comes(shared_store: Store, contents: list[list[dict[str, object]]]) -> None:
    done = collect(shared_store, parts(*contents), source=repr(contents))
    good = [Counter(_content(one) for one in rows if one["BilledCost"] not in UNREADABLE) for rows in contents]
    stored: Counter[tuple[object, ...]] = Counter()
    for one in good:
        stored |= one
    assert done.rows_in == sum(map(len, contents)) == done.rows_stored + done.rows_quarantined + done.rows_duplicate
    assert done.rows_stored == stored.total()
    assert done.rows_quarantined == done.rows_in - sum(one.total() for one in good)
    run_id = shared_store.execute("select max(run_id) as n from runs")["n"][0].as_py()
    found = shared_store.query("select BilledCost, ResourceId, BillingCurrency from costs where _run_id = ?", [run_id]).to_pylist()
    assert Counter(tuple(one.values()) for one in found) == stored
    expected = {
        currency: sum((cost * n for (cost, _, of), n in stored.items() if of == currency and cost is not None), Decimal(0))
        for currency in {of for _, _, of in stored}
    }
    assert done.totals == expected
    assert shared_store.query("select count(*) as n from quarantine where run_id = ?", [run_id])["n"][0].as_py() == done.rows_quarantined
