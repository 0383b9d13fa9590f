"""Files that are safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import sys
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from finopsnb.errors import FinopsError
from finopsnb.plugins.sheets import writing as exporting
from finopsnb.plugins.testing import new_session

EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0"]
GOOD = ["web", "a=b", "'x", "", None, "5 - 3", "größer"]


def table():
    texts = EVIL + GOOD
    return pa.table(
        {
            "text": texts,
            "=name": pa.array(texts).dictionary_encode(),
            "amount": pa.array([Decimal("-5.25")] * len(texts), pa.decimal128(38, 18)),
            "number": pa.array([-1.5] * len(texts)),
            "at": pa.array([datetime(2025, 1, 2, 3, tzinfo=UTC)] * len(texts), pa.timestamp("us", tz="UTC")),
            "flag": pa.array([True, None] * 7 + [False]),
            "Tags": pa.array([[("=a", "b")]] * len(texts), pa.map_(pa.string(), pa.string())),
        }
    )


def lines(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_csv_defangs_texts_and_leaves_numbers(tmp_path):
    rows = lines(exporting.write_table(table(), tmp_path / "a.csv"))
    assert [row["text"] for row in rows] == [f"'{text}" for text in EVIL] + [text or "" for text in GOOD]
    assert [row["'=name"] for row in rows] == [row["text"] for row in rows]
    assert {(row["amount"], row["number"]) for row in rows} == {("-5.250000000000000000", "-1.5")}
    assert rows[0]["Tags"] == '{"=a": "b"}'


def test_raw_opts_out(tmp_path):
    rows = lines(exporting.write_table(table(), tmp_path / "a.csv", raw=True))
    assert [row["=name"] for row in rows][: len(EVIL)] == EVIL


def test_xlsx_has_texts_numbers_and_no_formula(tmp_path):
    file = exporting.write_table(table(), tmp_path / "a.xlsx")
    with zipfile.ZipFile(file) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "&#39;=1+1" in sheet or "'=1+1" in sheet
    assert sheet.count("<v>-5.25</v>") == len(EVIL + GOOD)


@pytest.mark.parametrize(
    ("values", "written"),
    [
        (pa.array(["=1", "x"], pa.string_view()), ["'=1", "x"]),
        (pa.array(["=1", "x"], pa.large_string()).dictionary_encode(), ["'=1", "x"]),
        (pa.array([b"=1", b"\xff"], pa.binary_view()), ["'=1", "ff"]),
        (pa.array([b"0123456789abcdef"] * 2, pa.uuid()), ["0123456789abcdef"] * 2),
        (pa.array([[1], []], pa.list_(pa.int8())), ["[1]", "[]"]),
        (pa.array([pa.scalar((0, 1, 0), pa.month_day_nano_interval())] * 2), None),
        (pa.array([datetime(2025, 6, 30, 22, tzinfo=UTC)] * 2, pa.timestamp("us", "Europe/Berlin")), ["2025-06-30 22:00:00.000000Z"] * 2),
        (pa.array([float("inf"), float("nan")]), ["inf", "nan"]),
    ],
)
def test_every_type_is_written(tmp_path, values, written):
    assert exporting.write_table(pa.table({"a": values}), tmp_path / "a.xlsx").exists()
    rows = [row["a"] for row in lines(exporting.write_table(pa.table({"a": values}), tmp_path / "a.csv"))]
    assert written is None or rows == written


def cells(path):
    with zipfile.ZipFile(path) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def test_what_excel_has_no_number_for_is_a_text(tmp_path):
    early, moment = datetime(1890, 1, 1), datetime(2025, 6, 30, 22, tzinfo=UTC)
    columns = {
        "number": [float("inf")],
        "early": [early],
        "at": pa.array([moment], pa.timestamp("us", "Europe/Berlin")),
    }
    sheet = cells(exporting.write_table(pa.table(columns), tmp_path / "a.xlsx"))
    assert "<t>inf</t>" in sheet
    assert "<t>1890-01-01 00:00:00</t>" in sheet
    assert "<v>45838.916666666" in sheet


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
@pytest.mark.parametrize("through", ["file", "link"])
def test_the_earlier_file_stays_when_an_export_fails(tmp_path, monkeypatch, name, through):
    (tmp_path / "files").mkdir()
    file = exporting.write_table(table(), tmp_path / "files" / name)
    path = tmp_path / name if through == "link" else file
    if through == "link":
        path.symlink_to(file)
    before = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("xlsxwriter.worksheet.Worksheet.write_string", fail)
        patch.setattr("pyarrow.csv.write_csv", fail)
        with pytest.raises(FinopsError, match="cannot be written"):
            exporting.write_table(table(), path)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]
    exporting.write_table(table().slice(0, 1), path)
    assert file.read_bytes() != before
    assert path.is_symlink() == (through == "link")


def fail(*_):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("text", ["y" * 32_768, "😀" * 16_384])
def test_a_text_that_does_not_fit_into_a_cell_is_not_cut(tmp_path, text):
    with pytest.raises(FinopsError, match="a has a text of 32,768 characters") as wrong:
        exporting.write_table(pa.table({"a": ["short", None, text]}), tmp_path / "a.xlsx")
    assert wrong.value.hint == '"a.csv"'
    assert text[1:] in cells(exporting.write_table(pa.table({"a": [text[1:]]}), tmp_path / "a.xlsx"))
    assert lines(exporting.write_table(pa.table({"a": [text]}), tmp_path / "a.csv")) == [{"a": text}]


def test_a_session_exports_tables_frames_and_expressions(tmp_path):
    with new_session() as session:
        for place, data in enumerate(["runs", session.frame("runs"), session.table("runs"), [{"a": 1}]]):
            written = session.export(data, tmp_path / f"{place}.csv")
            assert written.read_text().startswith('"run_id"' if place < 3 else '"a"')


def test_what_cannot_be_written_says_why(tmp_path, monkeypatch):
    one = pa.table({"a": [1]})
    with pytest.raises(FinopsError, match="is no file that a table is written to"):
        exporting.write_table(one, tmp_path / "a.txt")
    with pytest.raises(FinopsError, match="There is no folder"):
        exporting.write_table(one, tmp_path / "no" / "a.csv")
    monkeypatch.setattr(exporting, "_EXCEL_COLUMNS", 0)
    with pytest.raises(FinopsError, match="1 columns do not fit"):
        exporting.write_table(one, tmp_path / "a.xlsx")
    monkeypatch.setattr(exporting, "_EXCEL_ROWS", 1)
    with pytest.raises(FinopsError, match="do not fit into a sheet"):
        exporting.write_table(one, tmp_path / "a.xlsx")
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(FinopsError, match="xlsxwriter is not installed") as wrong:
        exporting.write_table(one, tmp_path / "a.xlsx")
    assert wrong.value.hint == 'pip install "finopsnb[excel]"'
    assert list(tmp_path.iterdir()) == []
