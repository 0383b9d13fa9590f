"""Reading billing files: finding them, keeping every cell, and saying what is wrong with a broken one."""

from __future__ import annotations

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finopsnb.errors import SourceError
from finopsnb.plugins import files as files_module
from finopsnb.plugins.files import find_files, read_file, read_files

HEADER = "BilledCost,BillingCurrency,BillingAccountId\n"
ROW = "1.50,USD,007\n"


def write(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode(encoding)) if name.endswith(".gz") else text.encode(encoding))
    return path


def rows(path, **options):
    return [row for table in read_file(path, **options) for row in table.to_pylist()]


def test_cells_stay_text_with_their_leading_zeros_and_line_numbers(tmp_path):
    assert rows(write(tmp_path, "a.csv", HEADER + ROW)) == [
        {"BilledCost": "1.50", "BillingCurrency": "USD", "BillingAccountId": "007", "_line": 2}
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_compressed_and_differently_delimited(tmp_path, name, delimiter):
    text = (HEADER + ROW).replace(",", delimiter)
    assert rows(write(tmp_path, name, text))[0]["BillingAccountId"] == "007"


@pytest.mark.parametrize(("encoding", "bom"), [("utf-8", "\ufeff"), ("latin-1", ""), ("utf-16", "")])
def test_encodings_and_byte_order_marks(tmp_path, encoding, bom):
    path = write(tmp_path, "a.csv", bom + HEADER + "1,USD,Müller\n", encoding)
    [row] = rows(path, encoding=encoding)
    assert next(iter(row)) == "BilledCost"
    assert row["BillingAccountId"] == "Müller"


def test_empty_and_missing_cells_are_told_apart(tmp_path):
    [row] = rows(write(tmp_path, "a.csv", HEADER + '1,"",\n'))
    assert row["BillingCurrency"] == ""
    assert row["BillingAccountId"] is None


def test_line_breaks_in_quotes_and_doubled_names(tmp_path):
    [row] = rows(write(tmp_path, "a.csv", 'a,a,b\n1,"x\ny","say ""hi"""\n'))
    assert (row["a"], row["a_1"], row["b"]) == ("1", "x\ny", 'say "hi"')


def test_parquet_keeps_its_types(tmp_path):
    pq.write_table(pa.table({"BilledCost": pa.array([1, 2], pa.int32())}), tmp_path / "a.parquet")
    [table] = read_file(tmp_path / "a.parquet")
    assert table.schema.field("BilledCost").type == pa.int32()
    assert table.column("_line").to_pylist() == [1, 2]


def test_a_file_without_rows_still_shows_its_columns(tmp_path):
    [table] = read_file(write(tmp_path, "a.csv", HEADER))
    assert table.num_rows == 0
    assert "BillingCurrency" in table.column_names


def test_chunks_are_bounded_and_lines_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(files_module, "CHUNK_ROWS", 2048)
    tables = list(read_file(write(tmp_path, "a.csv", HEADER + ROW * 5000)))
    assert len(tables) > 1
    assert [n for t in tables for n in t.column("_line").to_pylist()] == list(range(2, 5002))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADER + ROW + "1.5,USD\n" + ROW, "Line 3 has 2 fields where the header has 3"),
        (HEADER + ROW * 30000 + "1.5,USD\n", "Line 30002 has 2 fields"),
        (HEADER + ROW + "1,2,3,4\n", "Line 3 has 4 or more fields"),
        (HEADER + ROW + '"1.5,USD,007\n', "Line 3 is not well-formed"),
        ("", "no header line"),
        ("\n\n", "no header line"),
    ],
)
def test_a_broken_csv_names_the_line(tmp_path, text, says):
    with pytest.raises(SourceError, match=says):
        rows(write(tmp_path, "a.csv", text))


def test_a_wrong_encoding_and_a_truncated_archive_are_named(tmp_path):
    with pytest.raises(SourceError, match="encoding") as error:
        rows(write(tmp_path, "a.csv", HEADER + "1,USD,Müller\n", "latin-1"))
    assert "latin-1" in error.value.hint
    path = write(tmp_path, "b.csv.gz", HEADER + ROW * 100_000)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SourceError, match=r"b\.csv\.gz"):
        rows(path)


def test_folders_patterns_and_hidden_files(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("b.csv", "a.csv", "sub/c.parquet", ".hidden.csv", "notes.md", "_tmp.csv"):
        (tmp_path / name).write_text(HEADER)
    assert [p.name for p in find_files(tmp_path)] == ["a.csv", "b.csv", "c.parquet"]
    assert [p.name for p in find_files(tmp_path / "*.csv")] == ["a.csv", "b.csv"]
    assert [p.name for p in find_files(str(tmp_path / "**" / "*.parquet"))] == ["c.parquet"]


def test_nothing_found_offers_the_near_name(tmp_path):
    (tmp_path / "billing.csv").write_text(HEADER)
    with pytest.raises(SourceError, match="No billing file") as error:
        find_files(tmp_path / "biling.csv")
    assert "billing.csv" in error.value.hint
    with pytest.raises(SourceError, match="There is no folder"):
        find_files(tmp_path / "nowhere" / "x.csv")


def test_each_table_comes_with_its_file(tmp_path):
    paths = [write(tmp_path, name, HEADER + ROW) for name in ("a.csv", "b.csv")]
    assert [part for part, _ in read_files(paths)] == [str(p.resolve()) for p in paths]
