"""Files that are safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import sys
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from finopsnb import exporting
from finopsnb.errors import FinopsError
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


def test_a_session_exports_tables_frames_and_expressions(tmp_path):
    with new_session() as session:
        for place, data in enumerate(["runs", session.frame("runs"), session.table("runs"), [{"a": 1}]]):
            written = session.export(data, tmp_path / f"{place}.csv")
            assert written.read_text().startswith('"run_id"' if place < 3 else '"a"')


def test_what_cannot_be_written_says_why(tmp_path, monkeypatch):
    one = pa.table({"a": [1]})
    with pytest.raises(FinopsError, match="neither a CSV nor an XLSX"):
        exporting.write_table(one, tmp_path / "a.txt")
    with pytest.raises(FinopsError, match="There is no folder"):
        exporting.write_table(one, tmp_path / "no" / "a.csv")
    monkeypatch.setattr(exporting, "_EXCEL_ROWS", 1)
    with pytest.raises(FinopsError, match="do not fit into a sheet"):
        exporting.write_table(one, tmp_path / "a.xlsx")
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(FinopsError, match="xlsxwriter is not installed") as wrong:
        exporting.write_table(one, tmp_path / "a.xlsx")
    assert wrong.value.hint == 'pip install "finopsnb[excel]"'
    assert list(tmp_path.iterdir()) == []
