"""Compressed files that expand beyond reason stop with an error, and leave nothing behind."""

from __future__ import annotations

import resource
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finopsnb.errors import SourceError
from finopsnb.plugins.files import Limits, read_file
from tests.plugins.files.written import HEADER, ROW, rows, write

SMALL = Limits(ratio=100, size=10_000)
BOMB = HEADER + ROW * 100_000


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        pytest.param("a.csv.gz", BOMB, {}, id="gzip"),
        pytest.param("a.csv.zst", BOMB, {}, id="zstd"),
        pytest.param("a.csv.gz", BOMB, {"encoding": "utf-16"}, id="in another encoding"),
        pytest.param("a.csv.gz", HEADER + "1,2\n" + ROW * 100_000, {}, id="with a bad row"),
        pytest.param("a.csv.gz", HEADER + "0" * 5_000_000, {}, id="one line"),
        pytest.param("a.jsonl.gz", '{"a":1}\n' * 100_000, {}, id="JSON lines"),
        pytest.param("a.json.gz", "[" + '{"a":1},' * 100_000 + "{}]", {}, id="a JSON array"),
        pytest.param("a.json.gz", '{"a":\n"' + "x" * 5_000_000 + '"}', {}, id="a JSON object"),
    ],
)
def test_a_bomb_is_stopped(tmp_path, temporary, name, text, options):
    path = write(tmp_path, name, text, options.get("encoding", "utf-8"))
    with pytest.raises(SourceError, match="expands beyond reason") as error:
        rows(path, limits=SMALL, **options)
    assert f"{path.stat().st_size:,} bytes" in error.value.why
    assert ("unzstd" if name.endswith("zst") else "gunzip") in error.value.hint
    assert list(temporary.iterdir()) == []


def test_both_limits_must_be_passed(tmp_path):
    path = write(tmp_path, "a.csv.gz", BOMB)
    assert len(rows(path, limits=Limits(ratio=1_000_000, size=10))) == 100_000
    assert len(rows(path, limits=Limits(ratio=1, size=10_000_000))) == 100_000


def test_a_parquet_file_that_says_it_is_small_and_is_not(tmp_path):
    column = pa.DictionaryArray.from_arrays(pa.array([0], pa.int8()).take(pa.array([0] * 1_000_000)), pa.array(["same"]))
    pq.write_table(pa.table({"a": column}), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="expands beyond reason"):
        rows(tmp_path / "a.parquet", limits=SMALL)


def test_a_bomb_needs_no_memory(tmp_path):
    """200 MB of zeros in 200 kB; the peak of the process grows by far less."""
    path = write(tmp_path, "a.csv.gz", HEADER + "0" * 200_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SourceError, match="expands"):
        rows(path, limits=Limits(ratio=100, size=150_000_000))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_the_thread_that_unpacks_ends_with_a_reader_that_is_left(tmp_path):
    reader = read_file(write(tmp_path, "a.csv.gz", HEADER + ROW * 1_000_000))
    next(reader)
    reader.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("finopsnb-unpacking")]
