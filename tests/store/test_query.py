"""The user's SQL reads the tables and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from finopsnb.errors import QueryRefused
from finopsnb.store import Store, reading
from tests.store.costs import collect, fingerprint, row

READING = [
    "select 1",
    "from costs",
    "values (1)",
    "with a as (select 1) select * from a -- a comment",
    "select 1;",
    "describe costs",
    "show tables",
    "summarize runs",
    "explain select * from costs",
    "explain analyze select count(*) from costs",
    "pivot costs on ChargeCategory in ('Usage') using sum(BilledCost)",
]
REFUSED = [
    "",
    "-- nothing",
    "select 1; select 2",
    "insert into runs (plugin) values ('me')",
    "delete from cost_rows",
    "update runs set plugin = 'x'",
    "drop table runs",
    "create table mine (a int)",
    "create temp table mine (a int)",
    "create or replace view costs as select 1",
    "with a as (insert into state values ('a', 'b', 'c', now()) returning *) select * from a",
    "explain analyze delete from cost_rows",
    "explain analyze insert into state values ('a', 'b', 'c', now())",
    "select nextval('run_ids')",
    "copy costs to '{file}'",
    "copy costs from '{file}'",
    "export database '{file}'",
    "attach '{file}' as other",
    "attach ':memory:' as other",
    "install httpfs",
    "load httpfs",
    "set memory_limit = '1GB'",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset lock_configuration",
    "pragma database_list",
    "call duckdb_tables()",
    "checkpoint",
    "vacuum",
    "use memory",
    "begin",
    "commit",
    "prepare p as select 1",
    "from '{file}'",
    "select * from read_csv('{file}')",
    "select * from read_text('{file}')",
    "select * from read_blob('/etc/passwd')",
    "select * from read_parquet('http://127.0.0.1:1/a.parquet')",
    "select * from read_json_auto('{file}')",
    "select * from glob('/*')",
    "select * from sniff_csv('{file}')",
    "select * from query('delete from cost_rows')",
    "select * from force_checkpoint()",
    "select * from enable_logging()",
    "select getenv('HOME')",
    "selec 1",
    "select nothing_of_that_name from costs",
    "select 'x'::int",
]


@pytest.mark.parametrize("sql", READING)
def test_reading_statements_give_a_table(store: Store, sql: str) -> None:
    assert isinstance(store.query(sql), pa.Table)


@pytest.mark.parametrize("sql", REFUSED)
def test_everything_else_is_refused_and_changes_nothing(store: Store, tmp_path: Path, sql: str) -> None:
    file = tmp_path / "data.csv"
    file.write_text("a\n1\n")
    with pytest.raises(QueryRefused) as caught:
        store.query(sql.format(file=file))
    assert caught.value.what
    assert caught.value.why
    assert "LINE 1" not in str(caught.value)
    assert store.execute("select table_name from duckdb_tables() where table_name = 'mine'").num_rows == 0
    assert (file.read_text(), store.execute("from runs").num_rows) == ("a\n1\n", 0)


def test_python_variables_cannot_be_read(store: Store) -> None:
    secret = pa.table({"a": [1]})
    with pytest.raises(QueryRefused, match="secret does not exist"):
        store.query("select * from secret")
    with pytest.raises(Exception, match="secret does not exist"):
        store.execute("select * from secret")
    assert secret.num_rows == 1


def test_values_are_bound(store: Store) -> None:
    collect(store, [row("1", ServiceName="a'; drop table runs; --"), row("2", ServiceName="b")])
    by_place = store.query("select BilledCost from costs where ServiceName = ?", ["a'; drop table runs; --"])
    by_name = store.query("select BilledCost from costs where ServiceName = $service", {"service": "b"})
    assert [int(one) for table in (by_place, by_name) for one in table["BilledCost"].to_pylist()] == [1, 2]
    with pytest.raises(QueryRefused, match="parameters"):
        store.query("select ?")


def test_a_limit_is_on_the_rows_and_not_on_the_statement(store: Store) -> None:
    assert store.query("select range as n from range(300000) order by n desc -- last", limit=3)["n"].to_pylist() == [
        299999,
        299998,
        299997,
    ]
    assert store.query("select range as n from range(250000)", limit=200_001).num_rows == 200_001
    empty = store.query("select BilledCost from costs", limit=0)
    assert (empty.num_rows, empty.column_names) == (0, ["BilledCost"])
    assert store.query("select 1 as a", limit=10).num_rows == 1
    with pytest.raises(QueryRefused, match="limit=-1"):
        store.query("select 1", limit=-1)
    assert store.query("select range from range(100000000)", limit=1).num_rows == 1


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("select * from cost", "did you mean costs"),
        ("select BiledCost from costs", "did you mean BilledCost"),
        ("select * from zzz", "the tables are costs"),
        ("pivot costs on ChargeCategory using sum(BilledCost)", "in ('Usage'"),
        ("delete from costs", "session.forget"),
        ("select * from 'a.csv'", "focus-files"),
    ],
)
def test_a_refusal_says_what_was_meant_or_what_to_do(store: Store, sql: str, what: str) -> None:
    with pytest.raises(QueryRefused) as caught:
        store.query(sql)
    assert what in caught.value.hint


def test_a_refused_query_leaves_the_store_as_it_was(store: Store) -> None:
    collect(store, [row("1")])
    before = fingerprint(store)
    for sql in ("select 'x'::int", "delete from cost_rows", "select 1; drop table runs"):
        with pytest.raises(QueryRefused):
            store.query(sql)
    assert fingerprint(store) == before
    collect(store, [row("1")])


def test_an_expression_that_was_asked_is_compiled_once_and_answered_from_the_store_at_hand(tmp_path: Path) -> None:
    def total(store: Store) -> list[Any]:
        return store.execute(store.table("costs").aggregate(total=lambda costs: costs.BilledCost.sum()))["total"].to_pylist()

    with Store.open(tmp_path / "a.duckdb") as first, Store.open(tmp_path / "b.duckdb") as second:
        collect(first, [row("1")])
        collect(second, [row("2")])
        reading._COMPILED.clear()
        assert [total(first), total(second), total(first)] == [[1], [2], [1]]
        assert len(reading._COMPILED) == 1
        collect(second, [row("2", x_Team="web")])
        assert total(second) == [2]
        assert "x_Team" in second.execute(second.table("costs")).column_names
