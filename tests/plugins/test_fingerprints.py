"""Keys by content: different arguments, different keys; the same content, the same key."""

from __future__ import annotations

import copy
import datetime as dt
from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from finopsnb.plugins.decorators.fingerprints import fingerprint

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@dataclass
class Point:
    x: Any


class Model(BaseModel):
    x: Any


class Stranger:
    __hash__ = None  # type: ignore[assignment]


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


DIFFERENT: dict[str, tuple[Any, ...]] = {
    "numbers": (1, 1.0, True, Decimal(1), "1", b"1", np.int64(1), np.int32(1), np.float64(1), 1 + 0j, None),
    "zeros": (0.0, -0.0, 0, False, Decimal(0), Decimal("-0"), Decimal("0.0")),
    "containers": ([1], (1,), {1}, frozenset({1}), {1: 1}, [[1]], [1, 1], [1.0], [True], OrderedDict({1: 1})),
    "nested": ({"a": [1, {"b": 1}]}, {"a": [1, {"b": 1.0}]}, {"a": [1, {"b": True}]}, {"a": [1], "b": 1}),
    "boundaries": (("a", "bc"), ("ab", "c"), ("abc",), ("a", ("b", "c")), "abc", ["abc"]),
    "times": (
        NOON,
        NOON.astimezone(ZoneInfo("Europe/London")),
        NOON.astimezone(dt.timezone(dt.timedelta(hours=1))),
        NOON.replace(tzinfo=None),
        NOON.date(),
        NOON.isoformat(),
        NOON.replace(fold=1),
        pd.Timestamp(NOON),
        pd.Timestamp(NOON) + pd.Timedelta(1),
        np.datetime64("2026-06-01"),
        np.datetime64("2026-06-01", "ns"),
    ),
    "bytes": (b"a", bytearray(b"a"), "a"),
    "records": (Point(1), Point(1.0), Point(Point(1)), Model(x=1), Model(x=1.0), {"x": 1}),
    "arrays": (
        np.zeros(4),
        np.zeros((2, 2)),
        np.zeros(4, "f4"),
        np.zeros(4, "i8"),
        np.array([0, 0, 0, -0.0]),
        np.array([0.0] * 4, dtype=object),
        np.array([0] * 4, dtype=object),
        np.array(["a"]),
        np.array(["b"]),
        np.array(["a"], dtype=np.dtypes.StringDType()),
        np.array(["b"], dtype=np.dtypes.StringDType()),
        np.array([(1, 2)], dtype=[("a", "i4"), ("b", "i4")]),
        np.array([(1, 2)], dtype=[("a", "i4"), ("c", "i4")]),
        np.ma.array([0.0] * 4, mask=[0, 0, 0, 1]),
        np.ma.array([0.0] * 4, mask=[0, 0, 1, 0]),
    ),
    "pandas": (
        frame(a=[1, 2]),
        frame(b=[1, 2]),
        frame(a=[1, 3]),
        frame(a=[1.0, 2.0]),
        frame(a=pd.array([1, 2], dtype="Int64")),
        frame(a=[1, 2], b=[1, 2]),
        frame(a=[1, 2]).set_index(pd.Index([5, 6])),
        frame(a=[1, 2]).rename_axis("i"),
        frame(a=["1", "2"]),
        frame(a=pd.Categorical(["1", "2"])),
        frame(a=pd.Categorical(["1", "2"], ordered=True)),
        frame(a=np.array([1, 2], dtype=object)),
        frame(a=np.array([1, True], dtype=object)),
        frame(a=[{"k": 1}, None]),
        frame(a=[{"k": 2}, None]),
        frame(a=pd.to_datetime(["2026-01-01", "2026-01-02"])),
        frame(a=pd.to_datetime(["2026-01-01", "2026-01-02"], utc=True)),
        frame(a=pd.to_datetime(["2026-01-01", "2026-01-03"])),
        frame(a=pd.period_range("2026-01", periods=2, freq="M")),
        frame(a=pd.arrays.SparseArray([1, 2])),
        pd.Series([1, 2]),
        pd.Series([1, 2], name="a"),
        pd.Index([1, 2]),
        pd.MultiIndex.from_tuples([(1, 2)]),
        pd.MultiIndex.from_tuples([(1, 3)]),
    ),
    "polars": (
        pl.DataFrame({"a": [1, 2]}),
        pl.DataFrame({"b": [1, 2]}),
        pl.DataFrame({"a": [1, 3]}),
        pl.DataFrame({"a": [1.0, 2.0]}),
        pl.Series("a", [1, 2]),
        pl.Series("a", [2**100], dtype=pl.Int128),
        pl.DataFrame({"a": pl.Series([{"k": 1}], dtype=pl.Object)}),
        pl.DataFrame({"a": pl.Series([{"k": 2}], dtype=pl.Object)}),
    ),
    "arrow": (
        pa.table({"a": [1, 2]}),
        pa.table({"a": [1, None]}),
        pa.table({"a": [1.0, 2.0]}),
        pa.table({"b": [1, 2]}),
        pa.array([1, 2]),
        pa.array([1, 3]),
        pa.chunked_array([[1], [2]]),
        pa.record_batch({"a": [1, 2]}),
    ),
    "expressions": (ibis.table({"a": "int"}, name="t"), pl.col("a"), pl.col("b"), pl.LazyFrame({"a": [1]})),
    "functions": (len, max, lambda: 1, lambda: 1),
    "types": (int, float, Point),
    "missing": (None, float("nan"), pd.NA, pd.NaT, Decimal("NaN"), np.float64("nan"), "nan"),
    "strangers": (Stranger(), Stranger(), object(), object()),
}


@pytest.mark.parametrize("kind", DIFFERENT)
def test_different_values_have_different_keys(kind: str) -> None:
    keys = [fingerprint(value) for value in DIFFERENT[kind]]
    assert len(set(keys)) == len(keys), [v for v, k in zip(DIFFERENT[kind], keys, strict=True) if keys.count(k) > 1]


@pytest.mark.parametrize("kind", [kind for kind in DIFFERENT if kind not in ("strangers", "expressions")])
def test_a_copy_has_the_same_key(kind: str) -> None:
    for value in DIFFERENT[kind]:
        assert fingerprint(copy.deepcopy(value)) == fingerprint(value), value


def test_a_key_of_another_interpreter_session_of_the_same_frame_is_the_same() -> None:
    assert fingerprint(frame(a=["x", None])) == fingerprint(frame(a=["x", None]))


def test_a_subclass_of_a_frame_is_read_as_a_frame() -> None:
    class Bill(pd.DataFrame): ...

    assert fingerprint(Bill({"a": [1]})) == fingerprint(Bill({"a": [1]}))
    assert fingerprint(Bill({"a": [1]})) != fingerprint(Bill({"a": [2]}))
    assert fingerprint(Bill({"a": [1]})) != fingerprint(frame(a=[1]))


def test_a_stranger_is_kept_alive_so_that_its_address_is_not_used_again() -> None:
    keys = {fingerprint(Stranger()) for _ in range(1000)}
    assert len(keys) == 1000


def test_equality_that_gives_no_answer_is_no_equality() -> None:
    class Vague:
        def __eq__(self, other: object) -> Any:
            return Vague()

        def __hash__(self) -> int:
            return 1

    one, two = Vague(), Vague()
    assert fingerprint(one) == fingerprint(one)
    assert fingerprint(one) != fingerprint(two)


def test_the_order_of_a_set_does_not_matter_and_that_of_a_dict_does() -> None:
    assert fingerprint({"a", "b", "c"}) == fingerprint({"c", "b", "a"})
    assert fingerprint({"a": 1, "b": 2}) != fingerprint({"b": 2, "a": 1})


def told_apart(value: Any) -> Any:
    """What ``repr`` shows, types included: a slow and independent reading of the content."""
    if isinstance(value, dict):
        return ["dict", [(told_apart(k), told_apart(v)) for k, v in value.items()]]
    if isinstance(value, list | tuple):
        return [type(value).__name__, [told_apart(item) for item in value]]
    return [type(value).__name__, repr(value)]


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, float("nan")]),
    st.text("ab", max_size=2),
    st.binary(max_size=1),
    st.sampled_from([Decimal("1"), Decimal("1.0"), Decimal("-0"), Decimal("NaN")]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    ),
    max_leaves=6,
)


@given(values, values)
def test_keys_are_equal_exactly_when_the_content_is(one: Any, two: Any) -> None:
    assert (fingerprint(one) == fingerprint(two)) == (told_apart(one) == told_apart(two))
    assert fingerprint(copy.deepcopy(one)) == fingerprint(one)


@given(st.lists(st.floats(width=32), max_size=8), st.lists(st.floats(width=32), max_size=8))
def test_arrays_are_equal_exactly_when_their_bytes_are(one: list[float], two: list[float]) -> None:
    a, b = np.array(one), np.array(two)
    assert (fingerprint(a) == fingerprint(b)) == (a.tobytes() == b.tobytes())
    assert (fingerprint(pd.Series(a)) == fingerprint(pd.Series(b))) == (a.tobytes() == b.tobytes())
