"""Rows and tables to Arrow: nothing is lost on the way, and what is neither is refused in plain words."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
import io
import json
import math
import warnings
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from finopsnb.errors import PluginOutputError
from finopsnb.plugins import tabular

BERLIN = ZoneInfo("Europe/Berlin")


class Category(enum.Enum):
    USAGE = "Usage"


class Level(enum.IntEnum):
    HIGH = 3


@dataclass
class Charge:
    BilledCost: Decimal
    Tags: dict[str, str] = field(default_factory=dict)


class Model(BaseModel):
    BilledCost: Decimal
    Region: str | None = None


Named = namedtuple("Named", "BilledCost Owner")


def column(*values: Any) -> pa.ChunkedArray:
    return tabular.to_arrow([{"v": value} for value in values]).column("v")


def texts(*values: Any) -> list[Any]:
    made = column(*values)
    assert made.type == pa.string(), made.type
    return made.to_pylist()


# what is refused


async def coroutine() -> list[dict[str, int]]:
    return []


async def async_generator() -> Any:
    yield {"a": 1}


WRONG = {
    "a number": lambda: 42,
    "nothing": lambda: None,
    "text": lambda: "costs.csv",
    "bytes": lambda: b"a,b",
    "a truth value": lambda: True,
    "a coroutine": coroutine,
    "an async generator": async_generator,
    "a frame without columns": pd.DataFrame,
    "a frame of an index only": lambda: pd.DataFrame(index=[1, 2]),
    "a polars frame without columns": pl.DataFrame,
    "an Arrow table without columns": lambda: pa.table({}),
    "a pandas series": lambda: pd.Series([1.5]),
    "a polars series": lambda: pl.Series([1]),
    "an Arrow array": lambda: pa.array([1]),
    "an Arrow chunked array": lambda: pa.chunked_array([[1]]),
    "one row": lambda: {"BilledCost": 1},
    "one dataclass": lambda: Charge(Decimal(1)),
    "an empty dict": dict,
    "a function": lambda: len,
    "a class": lambda: dict,
    "an object": object,
    "a set": lambda: {1, 2},
    "a range": lambda: range(3),
    "an array": lambda: np.zeros((2, 2)),
    "an expression": lambda: pl.col("a"),
    "a list of numbers": lambda: [1, 2],
    "a list of text": lambda: ["EC2"],
    "a list of nothing": lambda: [None],
    "a list of lists": lambda: [[1, 2], [3, 4]],
    "a generator of numbers": lambda: iter([1, 2]),
    "a row among numbers": lambda: [{"a": 1}, 2],
    "a file": lambda: io.StringIO("a,b\n1,2\n"),
    "rows without columns": lambda: [{}, {}],
    "a number as column name": lambda: [{1: 2}],
    "an empty column name": lambda: [{" ": 2}],
    "numbered frame columns": lambda: pd.DataFrame([[1, 2]]),
    "a frame with a column twice": lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "a table with a column twice": lambda: pa.table([[1], [2]], names=["a", "a"]),
    "an index that is a column too": lambda: pd.DataFrame({"a": [1]}, index=pd.Index([1], name="a")),
    "columns of different lengths": lambda: {"a": [1], "b": [1, 2]},
    "an object in a cell": lambda: [{"a": object()}],
    "an object in a frame's cell": lambda: pd.DataFrame({"a": [object()]}),
    "keys that read the same": lambda: [{"Tags": {1: "a", "1": "b"}}],
}


@pytest.mark.parametrize("shape", WRONG)
@pytest.mark.parametrize("read", [tabular.to_arrow, lambda obj, what: list(tabular.chunks(obj, what=what))])
def test_a_wrong_shape_is_refused_naming_what_was_expected_and_what_came(shape: str, read: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a coroutine that is never awaited warns
        with pytest.raises(PluginOutputError) as caught:
            read(WRONG[shape](), what="the output of acme")
    assert "output of acme" in caught.value.what
    assert "Expected rows" in caught.value.why
    assert "polars" in caught.value.why
    assert caught.value.hint


@pytest.mark.parametrize(
    ("shape", "said", "hint"),
    [
        ("nothing", "The output is None,", "return rows"),
        ("text", "is a str,", "read_csv"),
        ("a coroutine", "is a coroutine,", "asyncio.run"),
        ("one row", "is a dict,", "return [row]"),
        ("a function", "is a builtin_function_or_method,", "return len()"),
        ("a pandas series", "is a pandas.Series,", "to_frame()"),
        ("a list of numbers", "An item of the output is an int,", "one dict for each row"),
        ("a frame with a column twice", "has the column a twice", "rename one a"),
        ("columns of different lengths", "{'a': 1, 'b': 2}", "equally long"),
        ("an object in a cell", "has in column a a value of type object", "use numbers"),
    ],
)
def test_the_message_speaks_of_the_case_at_hand(shape: str, said: str, hint: str) -> None:
    with pytest.raises(PluginOutputError) as caught:
        tabular.to_arrow(WRONG[shape](), what="the output")
    assert said in caught.value.what
    assert hint in caught.value.hint


def test_rows_refuses_the_same() -> None:
    for shape in (42, None, "a", [1], {"a": 1}):
        with pytest.raises(PluginOutputError):
            list(tabular.rows(shape))


def test_a_failure_of_the_authors_generator_is_the_authors() -> None:
    def broken() -> Iterator[dict[str, int]]:
        yield {"a": 1}
        raise ConnectionError("page 2")

    with pytest.raises(ConnectionError, match="page 2"):
        tabular.to_arrow(broken())


# rows


def test_rows_of_every_kind_stand_side_by_side() -> None:
    table = tabular.to_arrow(
        [
            {"BilledCost": Decimal("1.10"), "Tags": {"team": "web"}},
            Charge(Decimal("2.2"), {"team": "db"}),
            Model(BilledCost=Decimal("3"), Region="eu"),
            Named(Decimal("4"), "x"),
        ]
    )
    assert table.column_names == ["BilledCost", "Tags", "Region", "Owner"]
    assert table.column("BilledCost").to_pylist() == [Decimal("1.10"), Decimal("2.2"), Decimal("3"), Decimal("4")]
    assert table.column("Tags").to_pylist() == ['{"team": "web"}', '{"team": "db"}', None, None]
    assert table.column("Owner").to_pylist() == [None, None, None, "x"]


def test_no_rows_are_no_mistake() -> None:
    assert tabular.to_arrow([]).num_rows == 0
    assert tabular.to_arrow(iter([])).num_rows == 0
    assert list(tabular.chunks([])) == []
    assert list(tabular.rows([])) == []
    empty = tabular.to_arrow(pd.DataFrame({"a": pd.Series([], dtype="int64")}))
    assert (empty.num_rows, empty.schema.field("a").type) == (0, pa.int64())
    assert tabular.to_arrow({"a": []}).column_names == ["a"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((True, None), pa.bool_()),
        ((1, None, 2), pa.int64()),
        ((1.5, math.nan), pa.float64()),
        (("a", None), pa.string()),
        ((b"\x00",), pa.binary()),
        ((Decimal("1.10"), None), pa.decimal128(3, 2)),
        ((dt.date(2026, 1, 1),), pa.date32()),
        ((dt.datetime(2026, 1, 1),), pa.timestamp("us")),
        ((dt.datetime(2026, 1, 1, tzinfo=dt.UTC),), pa.timestamp("us", "UTC")),
        ((dt.time(1, 2),), pa.time64("us")),
        ((dt.timedelta(seconds=1),), pa.duration("us")),
        ((None, None), pa.string()),
        ((1, 2.5), pa.float64()),
        ((1, Decimal("2.5")), pa.decimal128(2, 1)),
        ((2**70, 1), pa.decimal128(22, 0)),
        ((Level.HIGH, 1), pa.int64()),
        ((np.int64(1), 2), pa.int64()),
        ((np.float32(0.5), 2.0), pa.float64()),
        ((np.datetime64("2026-01-01T01"), None), pa.timestamp("us")),
        ((pd.Timestamp("2026-01-01", tz="UTC"), pd.NaT, pd.NA), pa.timestamp("us", "UTC")),
        ((pa.scalar(1), 2), pa.int64()),
    ],
    ids=repr,
)
def test_one_type_keeps_its_type(values: tuple[Any, ...], kind: pa.DataType) -> None:
    assert column(*values).type == kind


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0.1, Decimal("1.10"), 3, "4,5"), ["0.1", "1.10", "3", "4,5"]),
        ((2**60, 0.5), [str(2**60), "0.5"]),
        ((True, 1), ["true", "1"]),
        ((Decimal("NaN"), Decimal("1")), ["NaN", "1"]),
        ((Decimal("1e30"), Decimal("1e-30")), ["1E+30", "1E-30"]),
        ((10**60,), [str(10**60)]),
        ((Category.USAGE, None), ["Usage", None]),
        ((PurePosixPath("/a/b"),), ["/a/b"]),
        ((SecretStr("hidden"),), ["**********"]),
        ((dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),) * 2,
        ((dt.date(2026, 1, 1), "soon"), ["2026-01-01", "soon"]),
        ((b"\xff", "x"), ["ff", "x"]),
        (("web", math.nan), ["web", None]),
        (("\udc80", "é"), ["\\udc80", "é"]),
        (([1, Decimal("2.0"), {3}],), ['[1, "2.0", [3]]']),
        (({"cost": math.inf, "by": Category.USAGE, "at": dt.date(2026, 1, 1)},),
         ['{"cost": "inf", "by": "Usage", "at": "2026-01-01"}']),
        ((np.array([1, 2]),), ["[1, 2]"]),
        ((Charge(Decimal("1.0")),), ['{"BilledCost": "1.0", "Tags": {}}']),
        ((np.datetime64("2026-01-01T00:00:00.000000001"),), ["2026-01-01T00:00:00.000000001"]),
        ((pd.Timestamp("2026-01-01 00:00:00.000000001"),), ["2026-01-01T00:00:00.000000001"]),
        ((dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=5))),), ["0001-01-01T00:00:00+05:00"]),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_what_has_no_common_type_becomes_text_that_says_all(values: Any, expected: list[Any]) -> None:
    if isinstance(expected, tuple):
        expected = [value.isoformat() for value in values]
    assert texts(*values) == expected


def test_a_number_of_any_length_keeps_its_digits() -> None:
    (said,) = texts(10**5000)
    assert len(said) == 5001


def test_aware_times_are_utc_and_the_repeated_hour_is_told_apart() -> None:
    first = dt.datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    made = column(first, first.replace(fold=1)).to_pylist()
    assert [m.strftime("%H:%M") for m in made] == ["00:30", "01:30"]


def test_tables_of_the_plugins_own_secrets_in_models_stay_masked() -> None:
    class Login(BaseModel):
        token: SecretStr

    assert "hidden" not in str(tabular.to_arrow([{"login": Login(token="hidden")}]).to_pylist())


# the property: no row, no key, no cent lost

money = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=None, min_value=-(10**20), max_value=10**20),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.none(),
)
anything = st.one_of(
    money,
    st.text(st.characters(codec="utf-8")),
    st.booleans(),
    st.dates(),
    st.datetimes(timezones=st.sampled_from([None, dt.UTC, BERLIN])),
    st.binary(),
    st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")), max_size=3),
)
names = st.sampled_from(["BilledCost", "ServiceName", "Tags", "x_Owner", "x_Größe"])
row_of_anything = st.dictionaries(names, anything, min_size=1)


@given(st.lists(row_of_anything, min_size=1, max_size=12))
@settings(deadline=None)
def test_no_row_and_no_key_is_lost(rows: list[dict[str, Any]]) -> None:
    table = tabular.to_arrow(rows)
    assert table.num_rows == len(rows)
    assert table.column_names == list(dict.fromkeys(key for row in rows for key in row))
    for name in table.column_names:
        nulls = [value is None for value in table.column(name).to_pylist()]
        assert nulls == [row.get(name) is None for row in rows]


def exactly(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


@given(st.lists(money, min_size=1, max_size=12))
@settings(deadline=None)
def test_no_cent_is_lost(values: list[Any]) -> None:
    made = column(*values).to_pylist()
    for before, after in zip(values, made, strict=True):
        # the text of a double is its shortest form that reads back as the same double
        as_double = isinstance(before, float) and isinstance(after, str)
        assert exactly(float(after) if as_double else after) == exactly(before)


@given(st.lists(row_of_anything, min_size=1, max_size=12), st.integers(1, 5))
@settings(deadline=None)
def test_chunks_hold_the_same_rows_as_the_whole(rows: list[dict[str, Any]], size: int) -> None:
    whole = tabular.to_arrow(rows)
    parts = list(tabular.chunks(rows, rows=size))
    assert all(0 < part.num_rows <= size for part in parts)
    assert pa.concat_tables(parts).to_pylist() == whole.to_pylist()
    from_generator = list(tabular.chunks(iter(rows), rows=size))
    assert sum(part.num_rows for part in from_generator) == len(rows)
    assert {name for part in from_generator for name in part.column_names} == set(whole.column_names)


@given(st.lists(row_of_anything, max_size=8))
@settings(deadline=None)
def test_rows_are_given_back_as_they_are_and_are_copies(rows: list[dict[str, Any]]) -> None:
    given_back = list(tabular.rows(rows))
    assert repr(given_back) == repr(rows)
    for row in given_back:
        row["changed"] = True
    assert not any("changed" in row for row in rows)


@given(st.lists(row_of_anything, min_size=1, max_size=12))
@settings(deadline=None, max_examples=40)
def test_the_engine_reads_whatever_comes_out(rows: list[dict[str, Any]]) -> None:
    con = duckdb.connect()
    con.register("incoming", tabular.to_arrow(rows))
    assert con.sql("select count(*) from incoming").fetchall() == [(len(rows),)]


# tables


def frames() -> dict[str, Any]:
    table = pa.table({"ServiceName": ["EC2", "S3"], "BilledCost": pa.array([Decimal("1.10"), None], pa.decimal128(38, 18))})
    con = duckdb.connect()
    con.register("held", table)
    return {
        "arrow": table,
        "batch": table.to_batches()[0],
        "reader": table.to_reader(),
        "pandas": table.to_pandas(),
        "polars": pl.from_arrow(table),
        "lazy polars": pl.from_arrow(table).lazy(),
        "duckdb": con.sql("select * from held"),
        "ibis": ibis.memtable(table),
        "columns": {"ServiceName": ["EC2", "S3"], "BilledCost": [Decimal("1.10"), None]},
        "columns of arrays": {"ServiceName": np.array(["EC2", "S3"]), "BilledCost": table.column("BilledCost")},
        "list of tables": [table.slice(0, 1), table.slice(1, 1)],
        "generator of tables": (table.slice(i, 1) for i in range(2)),
        "capsule": Capsule(table),
        "array capsule": ArrayCapsule(table.to_batches()[0]),
        "rows": table.to_pylist(),
        "generator of pages": (page for page in [table.to_pylist()[:1], table.to_pylist()[1:]]),
    }


class Capsule:
    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)


class ArrayCapsule:
    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self.batch.__arrow_c_array__(requested_schema)


KINDS = (
    "arrow", "batch", "reader", "pandas", "polars", "lazy polars", "duckdb", "ibis", "columns", "columns of arrays",
    "list of tables", "generator of tables", "capsule", "array capsule", "rows", "generator of pages",
)  # fmt: skip


def test_the_kinds_are_all_of_them() -> None:
    assert tuple(frames()) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table_gives_the_same_rows(kind: str) -> None:
    expected = [
        {"ServiceName": "EC2", "BilledCost": Decimal("1.10")},
        {"ServiceName": "S3", "BilledCost": None},
    ]
    assert tabular.is_tabular(frames()[kind])
    assert tabular.to_arrow(frames()[kind]).to_pylist() == expected
    assert list(tabular.rows(frames()[kind])) == expected
    parts = list(tabular.chunks(frames()[kind], rows=1))
    assert [part.num_rows for part in parts] == [1, 1]
    assert [row for part in parts for row in part.to_pylist()] == expected


def test_what_looks_tabular() -> None:
    assert tabular.is_tabular([])
    assert not any(tabular.is_tabular(wrong) for wrong in (42, None, "a", b"a", {"a": 1}, [1], Charge(Decimal(1)), pd.DataFrame))
    assert not tabular.is_tabular(Named(1, 2))


def test_is_expression() -> None:
    assert tabular.is_expression(ibis.memtable({"a": [1]}))
    assert not tabular.is_expression(pa.table({"a": [1]}))


def test_the_index_of_pandas_stays_only_when_it_is_named() -> None:
    frame = pd.DataFrame({"a": [1]}, index=[7])
    assert tabular.to_arrow(frame).column_names == ["a"]
    assert tabular.to_arrow(frame.rename_axis("day")).to_pylist() == [{"day": 7, "a": 1}]
    two = frame.assign(b=2).set_index(["a", "b"]).assign(c=3).rename_axis(["a", None])
    assert tabular.to_arrow(two).to_pylist() == [{"a": 1, "c": 3}]


def test_pandas_columns_that_arrow_does_not_know() -> None:
    frame = pd.DataFrame(
        {
            "month": pd.period_range("2026-01", periods=2, freq="M"),
            "bin": pd.interval_range(0, 2),
            "kind": pd.Categorical(["x", None]),
            "mixed": [Decimal("1.10"), "free"],
            "tags": [{"a": "b"}, None],
            "count": pd.array([1, None], dtype="Int64"),
            "when": pd.to_datetime(["2026-01-01", None], utc=True),
        }
    )
    first, second = tabular.to_arrow(frame).to_pylist()
    assert first["month"] == "2026-01"
    assert (first["bin"], first["kind"], second["kind"]) == ("(0, 1]", "x", None)
    assert (first["mixed"], second["mixed"]) == ("1.10", "free")
    assert (json.loads(first["tags"]), second["tags"]) == ({"a": "b"}, None)
    assert (second["count"], second["when"]) == (None, None)


def test_polars_columns_that_arrow_does_not_know() -> None:
    frame = pl.DataFrame({"wide": pl.Series([2**100], dtype=pl.Int128), "any": pl.Series([{"a": "b"}], dtype=pl.Object)})
    assert tabular.to_arrow(frame).to_pylist() == [{"wide": Decimal(2**100), "any": '{"a": "b"}'}]


def test_arrow_types_that_duckdb_refuses_are_changed_without_loss() -> None:
    table = pa.table(
        {
            "narrow": pa.array([Decimal("1.5")], pa.decimal256(50, 2)),
            "wide": pa.array([Decimal(10) ** 45], pa.decimal256(50, 2)),
            "half": pa.array([np.float16(1.5)], pa.float16()),
            "none": pa.nulls(1),
            "word": pa.array(["x"]).dictionary_encode(),
        }
    )
    con = duckdb.connect()
    con.register("incoming", tabular.to_arrow(table))
    ((narrow, wide, half, none, word),) = con.sql("select * from incoming").fetchall()
    assert (narrow, Decimal(wide), half, none, word) == (Decimal("1.5"), Decimal(10) ** 45, 1.5, None, "x")


def test_tags_of_the_engine_come_back_as_dicts() -> None:
    relation = duckdb.connect().sql("select map {'team': 'web'} as Tags")
    assert list(tabular.rows(relation)) == [{"Tags": {"team": "web"}}]


def test_tables_that_disagree_on_a_type_meet_as_text() -> None:
    tables = [
        pa.table({"x": [1]}),
        pa.table({"x": ["a"], "y": [2]}),
        pa.table({"x": pa.array([{"k": Decimal("1.0")}])}),
    ]
    assert tabular.to_arrow(tables).to_pylist() == [
        {"x": "1", "y": None},
        {"x": "a", "y": 2},
        {"x": '{"k": "1.0"}', "y": None},
    ]


# bounded memory


def test_a_generator_is_read_as_far_as_asked() -> None:
    read: list[int] = []

    def pages() -> Iterator[list[dict[str, int]]]:
        for page in range(1000):
            read.append(page)
            yield [{"n": page * 10 + i} for i in range(10)]

    parts = tabular.chunks(pages(), rows=100)
    assert next(parts).num_rows == 100
    assert len(read) == 10


def test_a_reader_is_read_as_far_as_asked_and_small_batches_are_put_together() -> None:
    read: list[int] = []
    schema = pa.schema([("n", pa.int64())])

    def batches() -> Iterator[pa.RecordBatch]:
        for page in range(1000):
            read.append(page)
            yield pa.record_batch([pa.array(range(10))], schema=schema)

    parts = tabular.chunks(pa.RecordBatchReader.from_batches(schema, batches()), rows=100)
    assert next(parts).num_rows == 100
    assert len(read) == 10


def test_rows_and_tables_may_come_mixed_and_keep_their_order() -> None:
    def mixed() -> Iterator[Any]:
        yield {"a": 1}
        yield [{"a": 2}, {"a": 3}]
        yield pd.DataFrame({"a": [4]})
        yield {"a": [5, 6]}
        yield {"a": 7}

    assert [row["a"] for part in tabular.chunks(mixed(), rows=2) for row in part.to_pylist()] == [1, 2, 3, 4, 5, 6, 7]
    assert [row["a"] for row in tabular.rows(mixed())] == [1, 2, 3, 4, 5, 6, 7]


def test_a_column_that_is_empty_for_a_while_keeps_its_type() -> None:
    rows = [{"cost": Decimal("1.5")}, {"cost": None}, {"cost": None}]
    kinds = [part.schema.field("cost").type for part in tabular.chunks(iter(rows), rows=1)]
    assert kinds == [pa.decimal128(2, 1)] * 3


def test_the_coroutine_that_was_refused_is_closed() -> None:
    started = coroutine()
    with pytest.raises(PluginOutputError):
        tabular.to_arrow(started)
    with pytest.raises(RuntimeError, match="cannot reuse"):
        asyncio.run(started)
