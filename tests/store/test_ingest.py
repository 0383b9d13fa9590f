from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from finopsnb.errors import StoreError, UnknownRun
from finopsnb.store import Batch, Store, staging
from tests.store.costs import collect, costs, fingerprint, last_status, row, runs, table

OCTOBER = {"BillingPeriodStart": "2024-10-01T00:00:00Z", "BillingPeriodEnd": "2024-11-01T00:00:00Z"}


def test_costs_are_stored_with_their_types_and_their_run(store: Store) -> None:
    done = collect(store, [row("1.810000000000000001"), row("-2", ResourceId="i-2", Id="007")])
    assert (done.rows_in, done.rows_stored, done.rows_quarantined, done.rows_duplicate) == (2, 2, 0, 0)
    assert costs(store) == [(Decimal(-2), "i-2"), (Decimal("1.810000000000000001"), "i-1")]
    assert costs(store, "x_Id", "BillingAccountId", "_run_id")[0] == ("007", "0012", 1)
    assert done.totals == {"USD": Decimal("-0.189999999999999999")}
    assert done.periods == ["2024-09-01"]


def test_the_run_has_counts_totals_and_periods(store: Store) -> None:
    collect(store, [row("1"), row("2", BillingCurrency="EUR")])
    collect(store, [row("5"), row("x")])
    assert runs(store)[1] | {"seconds": 0} == {
        "run_id": 2,
        "status": "succeeded",
        "seconds": 0,
        "rows_in": 2,
        "rows_stored": 1,
        "rows_quarantined": 1,
        "rows_duplicate": 0,
        "rows_replaced": 2,
        "billed": '{"USD": "5"}',
        "billed_before": '{"EUR": "2", "USD": "1"}',
        "periods": '["2024-09-01"]',
        "error": None,
    }


def test_the_same_collection_five_times_is_the_same_table_and_five_runs(store: Store) -> None:
    rows = [row(str(n), Tags=f'{{"b": "2", "a": "{n % 3}"}}') for n in range(20)]
    prints = []
    for _ in range(5):
        collect(store, rows)
        prints.append(fingerprint(store))
    assert len(set(prints)) == 1
    assert [one["status"] for one in runs(store)] == ["succeeded"] * 5


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 0, 2, 1, 0]])
def test_overlapping_windows_in_any_order_end_the_same(store: Store, order: list[int]) -> None:
    windows = [[row("1"), row("2")], [row("3", **OCTOBER)], [row("7"), row("3", **OCTOBER)]]
    for number in order:
        collect(store, [Batch(table(windows[number]))])
    collect(store, [Batch(table(windows[2]))])
    assert [cost for cost, _ in costs(store)] == [3, 7]


def test_a_restated_period_replaces_only_itself(store: Store) -> None:
    collect(store, [Batch(table([row("1"), row("2", **OCTOBER)]))])
    done = collect(store, [Batch(table([row("1.25")]))])
    assert [cost for cost, _ in costs(store)] == [Decimal("1.25"), 2]
    assert (done.replaced.rows, done.replaced.totals) == (1, {"USD": Decimal(1)})


def test_other_accounts_sources_and_plugins_stay(store: Store) -> None:
    collect(store, [Batch(table([row("1", BillingAccountId="A"), row("2", BillingAccountId="B")]))])
    collect(store, [Batch(table([row("4")]))], source="other")
    collect(store, [Batch(table([row("8")]))], plugin="another")
    collect(store, [Batch(table([row("16", BillingAccountId="A")]))])
    assert [cost for cost, _ in costs(store)] == [2, 4, 8, 16]


def test_rows_without_an_account_restate_the_whole_period(store: Store) -> None:
    collect(store, [Batch(table([row("1", BillingAccountId="A")]))])
    collect(store, [Batch(table([row("2", BillingAccountId=None)]))])
    assert [cost for cost, _ in costs(store)] == [2]
    collect(store, [Batch(table([row("4", BillingAccountId="A")]))])
    assert [cost for cost, _ in costs(store)] == [4]


def test_rows_without_a_billing_period_are_replaced_too(store: Store) -> None:
    rows = table([row("1", BillingPeriodStart=None)])
    for _ in range(2):
        collect(store, [Batch(rows)])
    assert [cost for cost, _ in costs(store)] == [1]


def test_a_restated_part_is_replaced_whatever_period_it_was_of(store: Store) -> None:
    collect(store, [Batch(table([row("1", **OCTOBER)]), "a.csv")])
    collect(store, [Batch(table([row("2")]), "a.csv")])
    assert [cost for cost, _ in costs(store)] == [2]


def test_files_of_two_versions_are_held_against_the_older_one(store: Store) -> None:
    newer = {**row("2"), "ServiceProviderName": "AWS", "HostProviderName": "AWS"}
    done = collect(store, [Batch(table([row("1")]), "old.csv"), Batch(table([newer]), "new.csv")])
    assert not [found for found in done.findings if found.column in ("ServiceProviderName", "HostProviderName")]


@pytest.mark.parametrize(("part", "left"), [("page 1", [1, 2]), ("/bills/a.csv", [2]), ("s3://bills/a.csv", [2])])
def test_a_file_is_the_same_whatever_source_names_it_and_a_page_is_not(store: Store, part: str, left: list[int]) -> None:
    collect(store, [Batch(table([row("1")]), part)], source="one")
    collect(store, [Batch(table([row("2")]), part)], source="two")
    assert [cost for cost, _ in costs(store)] == left


def remembering(store: Store, source: str, **values: object) -> None:
    run_id = store.start_run("files", "telemetry", "collect", source=source)
    store.ingest(run_id, [Batch(table([row("1")]), "/bills/a.csv")], plugin="files", source=source, remembered=lambda: values)


def test_a_source_that_loses_rows_to_another_starts_over(store: Store) -> None:
    remembering(store, "a:one", **{"files:a:one": {"made": "1", "n": 1}, "files:b": {"made": "1"}, "cursor:a:one": [7]})
    remembering(store, "two", **{"files:two": {"made": "1"}})
    assert store.get_state("files", "files:a:one") == {"made": "", "n": 1}
    assert [store.get_state("files", key) for key in ("files:b", "files:two")] == [{"made": "1"}] * 2
    assert store.get_state("files", "cursor:a:one") is None


def test_a_part_that_is_only_gone_from_a_source_stays_with_the_one_that_took_it(store: Store) -> None:
    batch, gone = Batch(table([row("1")]), "/bills/a.csv"), Batch(table([row()]).slice(0, 0), "/bills/a.csv")
    collect(store, [batch], source="one")
    collect(store, [batch], source="two")
    assert collect(store, [gone], source="one").replaced.rows == 0
    assert collect(store, [gone], source="two").replaced.rows == 1


@pytest.mark.parametrize("content", [{"ListCost": "x"}, {}])
def test_a_part_whose_rows_are_all_set_aside_is_taken_too(store: Store, content: dict[str, str]) -> None:
    collect(store, [Batch(table([row("1")]), "/bills/b.csv")], source="one")
    rows = table([row("1", **content)])
    collect(store, [Batch(rows, "/bills/a.csv"), Batch(rows, "/bills/b.csv")], source="two")
    assert [cost for cost, _ in costs(store)] == ([] if content else [1])


def test_a_part_that_is_empty_now_is_emptied(store: Store) -> None:
    collect(store, [row("1")])
    done = collect(store, [Batch(table([row()]).slice(0, 0), "a.csv")])
    assert (costs(store), done.rows_in, done.replaced.rows) == ([], 0, 1)


def test_no_batches_change_nothing(store: Store) -> None:
    collect(store, [row("1")])
    done = collect(store, [])
    assert (done.rows_in, done.replaced.rows, len(costs(store))) == (0, 0, 1)


def test_an_iterator_that_fails_leaves_nothing_and_its_own_error(store: Store) -> None:
    collect(store, [row("1")])
    before = fingerprint(store)

    def half() -> Iterator[Batch]:
        yield Batch(table([row(str(n)) for n in range(500)]), "b.csv")
        raise RuntimeError("the API is gone")

    with pytest.raises(RuntimeError, match="the API is gone"):
        collect(store, half())
    assert (fingerprint(store), last_status(store)) == (before, "running")
    store.fail_run(2, "failed", "the API is gone")
    assert (last_status(store), runs(store)[1]["error"]) == ("failed", "the API is gone")
    assert collect(store, [row("2")]).rows_stored == 1


def test_ctrl_c_in_the_source_leaves_nothing(store: Store) -> None:
    def pressed() -> Iterator[Batch]:
        yield Batch(table([row()]))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect(store, pressed())
    store.fail_run(1, "cancelled")
    assert (costs(store), last_status(store)) == ([], "cancelled")
    assert store.execute("select * from duckdb_temporary_files()").num_rows == 0
    assert collect(store, [row("2")]).rows_stored == 1


def test_unreadable_rows_are_kept_with_line_part_reason_and_what_came(store: Store) -> None:
    rows = table([row("1", _line=2), row("€5", _line=3), row("NaN", _line=4)])
    done = collect(store, [Batch(rows, "a.csv")])
    assert (done.rows_stored, done.rows_quarantined) == (1, 2)
    kept = store.query("select part, line, reason, raw::json ->> 'BilledCost' as cost from quarantine order by line")
    assert kept.to_pylist()[0] == {
        "part": "a.csv",
        "line": 3,
        "reason": "BilledCost: '€5' is not a decimal number",
        "cost": "€5",
    }
    (found,) = [one for one in done.findings if one.rule == "unreadable-value"]
    assert (found.column, found.rows, found.severity, found.action) == ("BilledCost", 2, "error", "quarantined")


def test_charges_far_ahead_are_quarantined_and_a_clock_that_jumped_back_quarantines_nothing(path: Path) -> None:
    times = iter([dt.datetime(2024, 9, 10, tzinfo=dt.UTC)] * 4 + [dt.datetime(1970, 1, 1, tzinfo=dt.UTC)] * 9)
    near, far = "2024-09-11T23:00:00Z", "2024-09-13T00:00:00Z"
    with Store.open(path, clock=lambda: next(times)) as store:
        done = collect(store, [row("1", ChargePeriodStart=near), row("2", ChargePeriodStart=far)])
        assert (done.rows_stored, done.rows_quarantined) == (1, 1)
        assert "48 hours" in store.query("select reason from quarantine")["reason"][0].as_py()
        assert [one.rule for one in done.findings if one.action == "quarantined"] == ["charge-in-future"]
        next(times, None)
        assert collect(store, [row("1", ChargePeriodStart=near)]).rows_stored == 1


def test_findings_are_written_with_their_run(store: Store) -> None:
    done = collect(store, [row("1", ChargeFrequency="Usage-based", Id="7")])
    stored = store.query('select run_id, rule, "column", rows, severity, action from findings where run_id = 1').to_pylist()
    assert len(stored) == len(done.findings) > 0
    assert {
        "run_id": 1,
        "rule": "value-case",
        "column": "ChargeFrequency",
        "rows": 1,
        "severity": "warning",
        "action": "repaired",
    } in stored


def test_findings_of_many_chunks_are_added_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "CHUNK_ROWS", 2)
    seen: list[int] = []
    run_id = store.start_run("files", "telemetry", "collect")
    batches = [Batch(table([row(str(n), ChargeFrequency="one-time")])) for n in range(7)]
    done = store.ingest(run_id, batches, plugin="files", source="s", on_progress=seen.append)
    assert seen == [2, 4, 6, 7]
    assert [one.rows for one in done.findings if one.rule == "value-case"] == [7]


@pytest.mark.parametrize(("ready", "sizes"), [(True, [4, 1]), (False, [2, 2, 1])])
def test_rows_that_are_ready_are_handed_on_by_row_groups(monkeypatch: pytest.MonkeyPatch, ready: bool, sizes: list[int]) -> None:
    monkeypatch.setattr(staging, "PIECE_ROWS", 2)
    monkeypatch.setattr(staging, "_GROUP_ROWS", 4)
    ((chunk, _),) = staging.gathered([Batch(table([row(str(n)) for n in range(5)]), ready=ready)], set())
    assert [len(piece) for piece in chunk.to_batches()] == sizes
    assert chunk["_n"].to_pylist() == [0, 1, 2, 3, 4]


def test_a_reader_is_taken_batch_by_batch(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "CHUNK_ROWS", 100)
    alive: list[int] = []
    seen: list[int] = []

    def produced() -> Iterator[pa.RecordBatch]:
        for number in range(10):
            alive.append(number * 100 - (seen[-1] if seen else 0))
            yield table([row(str(number * 100 + n)) for n in range(100)]).to_batches()[0]

    reader = pa.RecordBatchReader.from_batches(table([row()]).schema, produced())
    run_id = store.start_run("files", "telemetry", "collect")
    done = store.ingest(run_id, [Batch(reader)], plugin="files", source="s", on_progress=seen.append)
    assert done.rows_stored == 1000
    assert max(alive) <= 200, "rows waited in Python beyond the chunk that is gathered"


def test_batches_of_other_columns_and_types_go_together(store: Store) -> None:
    done = collect(
        store,
        [
            Batch(table([row("1", x_rank=7)])),
            Batch(table([row("2", x_rank="high", x_only="yes")])),
            Batch(table([row("4", X_RANK="low")])),
        ],
    )
    assert costs(store, "BilledCost", "x_rank", "x_only") == [(1, "7", None), (2, "high", "yes"), (4, "low", None)]
    assert "type-widened" in {one.rule for one in done.findings}


def test_an_x_column_whose_type_changes_between_runs_becomes_text(store: Store) -> None:
    collect(store, [Batch(table([row("1", x_rank=7)]))], source="old")
    assert store.schema("costs")["x_rank"] == "BIGINT"
    done = collect(store, [row("2", x_rank="high")])
    assert costs(store, "x_rank") == [("7",), ("high",)]
    assert "type-widened" in {one.rule for one in done.findings}
    assert "type-widened" not in {one.rule for one in collect(store, [row("2", x_rank=9)]).findings}


@pytest.mark.parametrize("name", ['x_a"b', "x_a; drop table runs", "x_'", "_run_id", "_n", "x_Ünï", "x_" + "y" * 300, "a.b"])
def test_any_column_name_is_only_a_name(store: Store, name: str) -> None:
    collect(store, [row("1", **{name: "v"})])
    (kept,) = [one for one in store.schema("costs") if one.startswith("x_")]
    assert kept.endswith(name)
    assert [one[kept] for one in store.query("from costs").to_pylist()] == ["v"]
    assert len(runs(store)) == 1


@pytest.mark.parametrize("text", ["'; drop table costs; --", '"', "%s {} ? $1", "\\", "Robert\u202e", "\udcff"])
def test_any_plugin_source_and_part_is_only_a_value(store: Store, text: str) -> None:
    batch = [Batch(table([row("1")]), text)]
    for _ in range(2):
        run_id = store.start_run(text, "telemetry", text, source=text, origin=text)
        store.ingest(run_id, batch, plugin=text.encode("utf-8", "replace").decode(), source=text)
    assert len(costs(store)) == 1


def test_an_overlap_with_another_source_is_told(store: Store) -> None:
    collect(store, [row("1"), row("2")], source="old folder")
    done = collect(store, [row("1")], source="new folder")
    (found,) = [one for one in done.findings if one.rule == "overlapping-source"]
    assert (found.rows, found.severity) == (2, "warning")
    assert "old folder" in found.message
    assert not [one for one in collect(store, [row("1", BillingAccountId="9")], plugin="p").findings if one.rule == "overlapping-source"]


def test_a_run_is_ingested_once_and_must_exist(store: Store) -> None:
    collect(store, [row("1")])
    with pytest.raises(StoreError, match="ended already"):
        store.ingest(1, [Batch(table([row("2")]))], plugin="files", source="s")
    with pytest.raises(UnknownRun, match="no run 9"):
        store.ingest(9, [], plugin="files", source="s")
    assert [cost for cost, _ in costs(store)] == [1]


def test_a_failed_run_after_success_stays_a_success(store: Store) -> None:
    collect(store, [row("1")])
    store.fail_run(1, "failed", "too late")
    assert last_status(store) == "succeeded"


def test_forget_removes_what_a_run_stored_and_keeps_its_row(store: Store) -> None:
    collect(store, [row("1", Tags='{"a": "1"}'), row("x")])
    collect(store, [Batch(table([row("2", Tags='{"b": "1"}')]))], source="other")
    assert store.forget(1) == 1
    assert [cost for cost, _ in costs(store)] == [2]
    assert store.query("select count(*) as n from quarantine where run_id = 1")["n"].to_pylist() == [0]
    assert store.query("select count(*) as n from findings where run_id = 1")["n"].to_pylist() == [0]
    assert store.query("select tags_text from tag_sets")["tags_text"].to_pylist() == ['{"b":"1"}']
    assert [one["status"] for one in runs(store)] == ["forgotten", "succeeded"]
    remembering(store, "third", cursor={"n": 1}, **{"files:third": {"made": "1"}, "files:other": {"made": "1"}})
    store.forget(3)
    assert [store.get_state("files", f"files:{source}")["made"] for source in ("third", "other")] == ["", "1"]
    assert store.get_state("files", "cursor") == {"made": "", "n": 1}
    with pytest.raises(UnknownRun, match="runs are 1 to 3"):
        store.forget(7)


def test_one_thread_reads_while_another_ingests(store: Store) -> None:
    collect(store, [row(str(n)) for n in range(100)])
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            found = store.query("select count(*) as n, sum(BilledCost) as s from costs").to_pylist()[0]
            if found != {"n": 100, "s": Decimal(4950)}:
                wrong.append(found)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(3):
            collect(store, [row(str(n)) for n in range(100)])
    finally:
        stop.set()
        reader.join()
    assert wrong == []


def test_two_threads_ingest_at_once(store: Store) -> None:
    sources = [f"s{n}" for n in range(4)]
    rows = {source: [Batch(table([row("1", **{f"x_{source}": "v"})]))] for source in sources}
    threads = [threading.Thread(target=collect, args=(store, rows[source], "files", source)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one["status"] for one in runs(store)] == ["succeeded"] * 4
    assert len(costs(store)) == 4
    assert {f"x_{s}" for s in sources} <= set(store.schema("costs"))


def test_memory_stores_take_everything_too() -> None:
    with Store.open(":memory:") as store:
        assert collect(store, [row("1"), row("x")]).rows_quarantined == 1
        assert store.forget(1) == 1


def test_the_real_sample(store: Store, shared_data: Path) -> None:
    import pyarrow.csv as csv

    file = shared_data / "focus" / "focus_sample_1.0.csv"
    names = csv.read_csv(file).column_names
    options = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    for _ in range(2):
        done = collect(store, [Batch(csv.read_csv(file, convert_options=options), file.name)])
    assert (done.rows_in, done.rows_stored, done.replaced.rows) == (1000, 1000, 1000)
    summed = store.query("select ProviderName, sum(BilledCost) as cost from costs group by all order by all").to_pylist()
    assert [(one["ProviderName"], one["cost"]) for one in summed] == [
        ("AWS", Decimal("18.0066386184")),
        ("Microsoft", Decimal("1.97651418586")),
        ("Oracle", Decimal("0.53707392473")),
    ]
    assert sum(one.rows for one in done.findings if one.rule == "empty-text") == 56
