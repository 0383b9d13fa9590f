"""Tables that people keep, read back."""

from __future__ import annotations

import http.server
import sys
import threading
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
import xlsxwriter

from finopsnb.errors import FinopsError, SourceError
from finopsnb.plugins.sheets import put, read_sheet, reading, typed, write_table

ROWS = [["account", "owner", "price", "since"], ["007", "web", 1.25, datetime(2026, 1, 2)], [123456789012, None, 2, datetime(2026, 3, 1)]]


def workbook(path, **sheets):
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for line, row in enumerate(rows):
                for place, value in enumerate(row):
                    if isinstance(value, datetime):
                        sheet.write_datetime(line, place, value, day)
                    elif value is not None:
                        sheet.write(line, place, value)
    return path


def test_a_workbook_comes_as_texts_and_keeps_its_digits(tmp_path):
    table = read_sheet(workbook(tmp_path / "a.xlsx", Owners=ROWS, Other=[["x"], [1]]))
    assert table["account"].to_pylist() == ["007", "123456789012"]
    assert table["owner"].to_pylist() == ["web", None]
    assert table["price"].to_pylist() == ["1.25", "2"]
    assert read_sheet(tmp_path / "a.xlsx", sheet="Other").to_pydict() == {"x": ["1"]}
    with pytest.raises(SourceError, match="has no sheet other") as wrong:
        read_sheet(tmp_path / "a.xlsx", sheet="other")
    assert wrong.value.hint == 'sheet="Other"'


def test_what_is_written_is_read_back(tmp_path):
    table = pa.table({"id": ["1", "02"], "price": pa.array([Decimal("1.5"), None], pa.decimal128(38, 18))})
    for name in ("a.csv", "a.xlsx", "a.parquet"):
        back = typed(read_sheet(write_table(table, tmp_path / name)), {"price": "number"}, name)
        assert back.to_pydict() == table.to_pydict(), name


def test_kinds_are_read_and_a_wrong_cell_is_quoted():
    given = {"n": [" 1.5 ", "", None], "w": ["7", None, "-3"], "d": ["2026-01-02", "2026-01-02 13:00:00", ""], "b": ["true", "FALSE", None]}
    times = {"t": ["2026-01-02", "2026-01-02 03:00", "2026-01-02T03:00:00+02:00"]}
    table = typed(pa.table({**given, **times}), {"n": "number", "w": "whole", "d": "date", "b": "boolean", "t": "time"}, "owners.csv")
    assert table["n"].to_pylist() == [Decimal("1.5"), None, None]
    assert table["w"].to_pylist() == [7, None, -3]
    assert table["d"].to_pylist() == [date(2026, 1, 2)] * 2 + [None]
    assert table["b"].to_pylist() == [True, False, None]
    assert [t.astimezone(UTC).hour for t in table["t"].to_pylist()] == [0, 3, 1]
    with pytest.raises(SourceError, match=r"column n of owners.csv has 'x', which is not a number"):
        typed(pa.table({"n": ["1", "x"]}), {"n": "number"}, "owners.csv")
    with pytest.raises(SourceError, match="has no column prise") as wrong:
        typed(pa.table({"price": ["1"]}), {"prise": "number"}, "owners.csv")
    assert wrong.value.hint == 'columns={"price": "number"}'


def test_what_cannot_be_read_says_why(tmp_path, monkeypatch):
    (tmp_path / "broken.xlsx").write_bytes(b"PK no workbook")
    with pytest.raises(SourceError, match="cannot be read as a workbook"):
        read_sheet(tmp_path / "broken.xlsx")
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n3\n4,5\n6,7\n")
    with pytest.raises(SourceError, match=r"1 rows of .* cannot be read; nothing was stored") as wrong:
        read_sheet(tmp_path / "ragged.csv")
    assert "Line 3" in str(wrong.value)
    with pytest.raises(SourceError, match="is not one file"):
        read_sheet(tmp_path)
    with pytest.raises(SourceError, match="has no sheets"):
        read_sheet(tmp_path / "ragged.csv", sheet="Owners")
    with pytest.raises(SourceError, match=r"Column 2 of .* has no name"):
        read_sheet(workbook(tmp_path / "unnamed.xlsx", A=[["a", None], [1, 2]]))
    monkeypatch.setattr(reading, "_UNPACKED_BYTES", 100)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/workbook.xml", "0" * 1000)
    with pytest.raises(SourceError, match="unpacks to"):
        read_sheet(tmp_path / "bomb.xlsx")
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    monkeypatch.setattr(reading, "_UNPACKED_BYTES", 2**30)
    with pytest.raises(FinopsError, match="fastexcel is not installed") as missing:
        read_sheet(workbook(tmp_path / "a.xlsx", A=[["a"], [1]]))
    assert missing.value.hint == 'pip install "finopsnb[excel]"'


class _Sheets(http.server.BaseHTTPRequestHandler):
    """As Google answers: an export is elsewhere, and one that is not shared is a page to log in."""

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        if self.path.startswith("/moved"):
            self.send_response(307)
            self.send_header("Location", "/export?format=csv")
            self.end_headers()
            return
        page = self.path.startswith("/login")
        body = b"<!DOCTYPE html><html><head>\n<body>log in</body>\n" if page else b"account,owner\n007,web\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if page else "text/csv")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Sheets) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


def test_a_sheet_behind_an_address_is_read(server):
    assert read_sheet(f"{server}/moved/export?format=csv").to_pydict() == {"account": ["007"], "owner": ["web"]}
    with pytest.raises(SourceError, match="web page") as wrong:
        read_sheet(f"{server}/login")
    assert "share the sheet" in wrong.value.hint


def test_a_file_is_replaced_whole_or_not_touched(tmp_path):
    target = tmp_path / "a.txt"
    assert put(target, lambda path: path.write_text("1")) == "inserted"
    before = target.stat().st_mtime_ns
    assert put(target, lambda path: path.write_text("1")) == "unchanged"
    assert target.stat().st_mtime_ns == before
    assert put(target, lambda path: path.write_text("2")) == "updated"

    def fails(path):
        path.write_text("3")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put(target, fails)
    assert (target.read_text(), list(tmp_path.iterdir())) == ("2", [target])
