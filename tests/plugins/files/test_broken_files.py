"""Broken files: rows are set aside with their line and text, or the whole file is refused; nothing is lost."""

from __future__ import annotations

import gzip

import pytest

from finopsnb.errors import SourceError
from finopsnb.plugins.files import marking
from tests.plugins.files.written import HEADER, ROW, bad, good, rows, write

SHORT = "2 fields where the header has 3"
OPEN = "a quote that is not closed"


@pytest.mark.parametrize(
    ("text", "lines", "found"),
    [
        pytest.param("1,2,3\n1,2\n4,5,6\n", [2, 4], [(3, SHORT, "1,2")], id="one field short"),
        pytest.param("1,2,3\n1,2,3,4\n4,5,6\n", [2, 4], [(3, "4 fields where the header has 3", "1,2,3,4")], id="one too many"),
        pytest.param("1,2,3\n1\n4,5,6\n", [2, 4], [(3, "1 field where the header has 3", "1")], id="one field"),
        pytest.param("1,2,3\n4,5", [2], [(3, SHORT, "4,5")], id="truncated"),
        pytest.param('1,2,3\n4,5,"6', [2], [(3, OPEN, '4,5,"6')], id="truncated in a quote"),
        pytest.param('1,2,3\n"1,2,3\n4,5,6\n7,8,9\n', [2, 4, 5], [(3, OPEN, '"1,2,3')], id="open quote"),
        pytest.param('1,2,3\n1,2,"3\n4,5,6\n"7",8,9\n', [2, 4, 5], [(3, OPEN, '1,2,"3')], id="open quote before a quoted cell"),
        pytest.param('1,2,3\n"1"x,2,3\n4,5,6\n', [2, 4], [(3, "text behind a closing quote", '"1"x,2,3')], id="text behind a quote"),
        pytest.param('1,"x\ny",3\n1,2\n4,"5\n\n6",6\n7,8,9\n', [2, 5, 8], [(4, SHORT, "1,2")], id="cells over several lines"),
        pytest.param('1,2,3\n1,"x\ny"\n4,5,6\n', [2, 5], [(3, SHORT, '1,"x\ny"')], id="a short row over two lines"),
        pytest.param("1,2,3\n\n\n1,2\n4,5,6\n", [2, 6], [(5, SHORT, "1,2")], id="blank lines"),
        pytest.param('1,2,3\r\n1,2\r\n4,"5\r\n5",6\r\n', [2, 4], [(3, SHORT, "1,2")], id="Windows line ends"),
        pytest.param("1,2,3\r\n4,5,6\n7,8,9\r\n", [2, 3, 4], [], id="both line ends"),
        pytest.param('1,2,3\n4, "5,5" ,6\n7,8\n', [2, 3], [(4, SHORT, "7,8")], id="blanks around quotes"),
        pytest.param('1,2,3\n4,5"5,6\n7,8\n', [2, 3], [(4, SHORT, "7,8")], id="a quote within a cell"),
        pytest.param("1,2", [], [(2, SHORT, "1,2")], id="one cut row and no other"),
        pytest.param("1,Müller,3\n1,ü\n4,5,6\n", [2, 4], [(3, SHORT, "1,ü")], id="other letters"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_bad_row_is_set_aside_and_all_others_are_read(tmp_path, name, text, lines, found):
    path = write(tmp_path, name, "a,b,c\n" + text)
    assert bad(path) == found
    assert [row["_line"] for row in rows(path) if row["_reason"] is None] == lines


def test_bad_rows_are_found_in_columns_that_are_not_wanted(tmp_path):
    path = write(tmp_path, "a.csv", 'a,b,c\n1,2,3\n4,5\n7,8,"9\n1,2,3\n')
    assert [line for line, _, _ in bad(path, columns=lambda names: ["a"])] == [3, 4]
    assert good(path, columns=lambda names: ["a"]) == [{"a": "1"}, {"a": "1"}]


@pytest.mark.parametrize("broken", ["1.5,USD", '1.5,USD,"007', '1.5,"USD"x,7', '"1.5,USD,007'])
@pytest.mark.parametrize("at", [0, 30_000, 39_999])
def test_nothing_is_lost_around_a_bad_row_of_a_long_file(tmp_path, monkeypatch, broken, at):
    """In a file of several blocks, some of which were given before the engine met the bad row."""
    monkeypatch.setattr(marking, "CHUNK_ROWS", 4096)
    lines = [f"{n},USD,{'x' * 60}" for n in range(40_000)]
    lines[at] = broken
    path = write(tmp_path, "a.csv", HEADER + "\n".join(lines))
    found = [(row["_line"], row["BilledCost"]) for row in rows(path) if row["_reason"] is None]
    assert found == [(n + 2, str(n)) for n in range(40_000) if n != at]
    assert [(line, raw) for line, _, raw in bad(path)] == [(at + 2, broken)]


def test_a_line_longer_than_the_engine_takes_is_set_aside_in_part(tmp_path):
    path = write(tmp_path, "a.csv", HEADER + ROW + f"1,{'x' * 5_000_000},3\n" + ROW)
    [(line, reason, raw)] = bad(path)
    assert (line, reason, len(raw) < 2000) == (3, "longer than 2,000,000 bytes", True)
    assert [row["_line"] for row in rows(path) if row["_reason"] is None] == [2, 4]


@pytest.mark.parametrize(
    ("text", "options", "says", "hint"),
    [
        pytest.param("", {}, "no header line", "", id="empty"),
        pytest.param("\n\n", {}, "no header line", "", id="blank"),
        pytest.param('a,"b,c\n1,2,3\n', {}, "header line is not well-formed", "quote", id="open quote in the header"),
        pytest.param('"' + "\n" * 500_000, {}, "header line is not well-formed", "quote", id="no end of the header"),
        pytest.param(HEADER + ROW, {"delimiter": ";"}, "';' does not occur in its header line", 'delimiter=","', id="wrong delimiter"),
        pytest.param((HEADER + ROW).replace(",", "^"), {}, "none of the usual", 'delimiter="^"', id="rare delimiter"),
        pytest.param((HEADER + ROW).replace(",", "\t"), {"delimiter": ","}, r"'\\t'", r'delimiter="\t"', id="a tab"),
        pytest.param(HEADER + "1;2;3\n4;5;6\n", {}, "2 of its 2 rows", "delimiter", id="rows unlike the header"),
        pytest.param("a,b,c\n" + "1,2\n" * 3 + "1,2,3\n" * 2, {}, "3 of its 5 rows .* line 2", "delimiter", id="most rows bad"),
        pytest.param(HEADER + ROW, {"encoding": "no-such"}, "unknown encoding: no-such", "latin-1", id="unknown encoding"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_refused(tmp_path, text, options, says, hint):
    with pytest.raises(SourceError, match=says) as error:
        rows(write(tmp_path, "a.csv", text), **options)
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param((HEADER + ROW + "1,USD,Müller\n").encode("latin-1"), 3, id="latin-1"),
        pytest.param((HEADER + "1,USD,Müller\n").encode() + "1,USD,Müller\n".encode("latin-1"), 3, id="mixed"),
        pytest.param((HEADER + "1,USD\n1,USD,Müller\n").encode("latin-1"), 3, id="with a short row"),
        pytest.param((HEADER + ROW + '1,"U\nMüller\n').encode("latin-1"), 4, id="behind an open quote"),
        pytest.param((HEADER + ROW + '1,"U\nMüller\n",3\n').encode("latin-1"), 4, id="in a cell over two lines"),
    ],
)
def test_another_encoding_is_refused_with_its_line(tmp_path, content, line):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=f"Line {line} is not in the encoding") as error:
        rows(path)
    assert 'encoding="latin-1"' in error.value.hint


def test_utf_16_is_recognised(tmp_path):
    with pytest.raises(SourceError, match="UTF-16") as error:
        rows(write(tmp_path, "a.csv", HEADER + ROW, "utf-16"))
    assert error.value.hint == 'encoding="utf-16"'


def damaged(content):
    return content[:-8] + b"\0\0\0\0" + content[-4:]


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.zst", "a.jsonl.gz"])
def test_a_truncated_archive_is_refused(tmp_path, name):
    text = '{"a":1}\n' * 100_000 if "json" in name else HEADER + "".join(f"{n},USD,{n * n}\n" for n in range(100_000))
    path = write(tmp_path, name, text)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SourceError, match="cut short or damaged") as error:
        rows(path)
    assert name in str(error.value)


def test_an_archive_with_a_wrong_checksum_is_refused(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(damaged(gzip.compress((HEADER + ROW).encode())))
    with pytest.raises(SourceError, match="cut short or damaged"):
        rows(path)


def test_what_a_browser_unpacked_is_to_be_renamed(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_text(HEADER + ROW)
    with pytest.raises(SourceError, match="not compressed") as error:
        rows(path)
    assert error.value.hint.endswith("a.csv")


def test_copies_are_gone_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    rows(write(tmp_path, "a.csv", HEADER + ROW + "1,2\n", "utf-16"), encoding="utf-16")
    assert list((tmp_path / "temporary").iterdir()) == []
