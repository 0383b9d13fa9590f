"""Well-formed CSV and Parquet files: every cell as it stands, in chunks, with line numbers."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finopsnb.errors import SourceError
from finopsnb.plugins.files import marking, read_file
from tests.plugins.files.written import HEADER, ROW, good, rows, write


def test_cells_stay_text_with_their_leading_zeros_and_line_numbers(tmp_path):
    assert rows(write(tmp_path, "a.csv", HEADER + ROW)) == [
        {"BilledCost": "1.50", "BillingCurrency": "USD", "BillingAccountId": "007", "_line": 2, "_reason": None, "_raw": None}
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.csv.zst"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_compressed_and_differently_delimited(tmp_path, name, delimiter):
    text = (HEADER + ROW).replace(",", delimiter)
    assert rows(write(tmp_path, name, text))[0]["BillingAccountId"] == "007"


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize(("encoding", "bom"), [("utf-8", "\ufeff"), ("latin-1", ""), ("utf-16", "")])
def test_encodings_and_byte_order_marks(tmp_path, name, encoding, bom):
    path = write(tmp_path, name, bom + HEADER + "1,USD,Müller\n", encoding)
    [row] = rows(path, encoding=encoding)
    assert next(iter(row)) == "BilledCost"
    assert row["BillingAccountId"] == "Müller"


def test_empty_and_missing_cells_are_told_apart(tmp_path):
    [row] = rows(write(tmp_path, "a.csv", HEADER + '1,"",\n'))
    assert row["BillingCurrency"] == ""
    assert row["BillingAccountId"] is None


def test_line_breaks_in_quotes(tmp_path):
    [row] = rows(write(tmp_path, "a.csv", 'a,b,c\n1,"x\ny","say ""hi"""\n'))
    assert (row["a"], row["b"], row["c"]) == ("1", "x\ny", 'say "hi"')


def test_a_header_over_two_lines(tmp_path):
    [row] = rows(write(tmp_path, "a.csv", '"a\nb",c\n1,2\n'))
    assert (row["a\nb"], row["_line"]) == ("1", 3)


def test_names_that_come_twice_in_either_case_are_numbered_and_none_hides_ours(tmp_path):
    [row] = good(write(tmp_path, "a.csv", "a,a,A,,_line,_reason\n1,2,3,4,5,6\n"))
    assert row == {"a": "1", "a_1": "2", "A_2": "3", "column_4": "4", "x_line": "5", "x_reason": "6"}


def test_parquet_keeps_its_types(tmp_path):
    pq.write_table(pa.table({"BilledCost": pa.array([1, 2], pa.int32()), "_reason": ["a", "b"]}), tmp_path / "a.parquet")
    [table] = read_file(tmp_path / "a.parquet")
    assert table.schema.field("BilledCost").type == pa.int32()
    assert table.column("_line").to_pylist() == [1, 2]
    assert table.column("x_reason").to_pylist() == ["a", "b"]
    assert table.column("_reason").null_count == 2


def test_what_is_no_parquet_is_said_to_be_none(tmp_path):
    with pytest.raises(SourceError, match=r"a\.parquet") as error:
        rows(write(tmp_path, "a.parquet", HEADER))
    assert "Parquet" in error.value.hint


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.jsonl"])
def test_only_the_wanted_columns_are_read(tmp_path, name):
    path = write(tmp_path, name, '{"a":"1","b.c":"2","c":"3"}\n' if name == "a.jsonl" else "a,b.c,c\n1,2,3\n")
    if name == "a.parquet":
        pq.write_table(pa.table({"a": ["1"], "b.c": ["2"], "c": ["3"]}), path)
    seen = []
    [row] = good(path, columns=lambda names: seen.append(names) or ["c", "b.c"])
    assert row == {"c": "3", "b.c": "2"}
    assert seen == [["a", "b.c", "c"]]
    with pytest.raises(SourceError, match="no column d"):
        rows(path, columns=lambda names: ["d"])


@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_a_file_without_rows_is_one_empty_table(tmp_path, name):
    [table] = read_file(write(tmp_path, name, "[]" if name == "a.json" else HEADER))
    assert table.num_rows == 0
    assert {"_line", "_reason", "_raw"} <= set(table.column_names)
    assert ("BillingCurrency" in table.column_names) is (name == "a.csv")


def test_chunks_are_bounded_and_lines_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(marking, "CHUNK_ROWS", 2048)
    tables = list(read_file(write(tmp_path, "a.csv", HEADER + ROW * 5000)))
    assert len(tables) > 1
    assert [n for t in tables for n in t.column("_line").to_pylist()] == list(range(2, 5002))
