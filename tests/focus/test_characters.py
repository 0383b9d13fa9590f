"""Names that look the same are the same, and what was in ASCII is not looked at again."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finopsnb.focus.characters import normalised

TWINS = ["Caf\u00e9", "Cafe\u0301"]

texts = st.lists(st.one_of(st.none(), st.text(max_size=8), st.sampled_from([*TWINS, "a\0b", "\u202egpj.exe"])), max_size=12)


@settings(max_examples=60, deadline=None)
@given(values=texts, skipped=st.integers(0, 3), kind=st.sampled_from([pa.string(), pa.large_string()]))
def test_texts_are_in_one_form(values: list[str | None], skipped: int, kind: pa.DataType) -> None:
    table = pa.table({"Owner": pa.array(values, kind), "n": pa.array(range(len(values)), pa.int64())}).slice(skipped)
    made, found = normalised(table)
    wanted = [None if value is None else unicodedata.normalize("NFC", value.replace("\0", "")) for value in values[skipped:]]
    assert made["Owner"].to_pylist() == wanted
    assert made.schema == table.schema
    assert sum(one.rows for one in found) == sum(now != was for now, was in zip(wanted, values[skipped:], strict=True))


def test_a_finding_says_which_column_and_shows_one() -> None:
    _, (found,) = normalised(pa.table({"ServiceName": [*TWINS, None, "a\0b"], "Tags": ["{}"] * 4}))
    assert (found.rule, found.column, found.rows, found.example) == ("characters-normalised", "ServiceName", 2, "Caf\u00e9")


@pytest.mark.parametrize("name", ["_raw", "_part"])
def test_what_a_row_was_is_kept_as_it_was(name: str) -> None:
    table = pa.table({name: TWINS})
    assert normalised(table) == (table, [])
