"""Finding files: a path, a folder, a pattern, and what is said when there is none."""

from __future__ import annotations

import hashlib
import os
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from finopsnb.errors import SourceError
from finopsnb.plugins.files import BillingFile, find_files, read_files
from finopsnb.plugins.files.remote import RemoteFile
from tests.plugins.files.written import HEADER, ROW, write


def names(found):
    return [Path(file.name).name for file in found]


def test_folders_patterns_and_hidden_files(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("b.csv", "a.csv", "sub/c.parquet", ".hidden.csv", "notes.md", "_tmp.csv", "manifest.json"):
        (tmp_path / name).write_text(HEADER)
    assert names(find_files(tmp_path)) == ["a.csv", "b.csv", "c.parquet"]
    assert names(find_files(tmp_path, (".json",))) == ["manifest.json"]
    assert names(find_files(tmp_path / "*.csv")) == ["a.csv", "b.csv"]
    assert names(find_files(str(tmp_path / "**" / "*.parquet"))) == ["c.parquet"]


def test_nothing_found_offers_the_near_name(tmp_path):
    (tmp_path / "billing.csv").write_text(HEADER)
    with pytest.raises(SourceError, match="No billing file") as error:
        find_files(tmp_path / "biling.csv")
    assert "billing.csv" in error.value.hint
    with pytest.raises(SourceError, match="There is no folder"):
        find_files(tmp_path / "nowhere" / "x.csv")


def test_a_file_has_an_absolute_name_a_size_a_stamp_and_a_hash(tmp_path, monkeypatch):
    path = write(tmp_path, "a.csv", HEADER + ROW)
    monkeypatch.chdir(tmp_path)
    [file] = find_files("a.csv")
    assert (file.name, file.size) == (str(path.resolve()), len(HEADER + ROW))
    assert file.sha256() == hashlib.sha256(path.read_bytes()).hexdigest()
    with file.local() as place:
        assert place == path.resolve()
    with pytest.raises(FrozenInstanceError):
        file.name = "other"


def test_the_stamp_changes_with_the_file(tmp_path):
    path = write(tmp_path, "a.csv", HEADER)
    before = BillingFile.at(path)
    assert BillingFile.at(path) == before
    path.touch()
    assert BillingFile.at(path).stamp != before.stamp


def test_a_file_that_is_gone_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"gone\.csv"):
        BillingFile.at(tmp_path / "gone.csv")
    path = write(tmp_path, "a.csv", HEADER)
    file = BillingFile.at(path)
    path.unlink()
    with pytest.raises(SourceError, match=r"a\.csv"):
        file.sha256()


def test_each_table_comes_with_its_file(tmp_path):
    paths = [write(tmp_path, name, HEADER + ROW) for name in ("a.csv", "b.csv")]
    assert [part for part, _ in read_files(find_files(tmp_path))] == [str(p.resolve()) for p in paths]


def test_an_unknown_kind_of_address_names_the_known_ones():
    with pytest.raises(SourceError, match="s3://"):
        find_files("ftp://host/bill.csv")


def test_devices_pipes_and_names_with_nul_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path, tmp_path / "pipe.csv", "/dev/null", "a\0b.csv"):
        with pytest.raises(SourceError, match="No billing file"):
            find_files(path)


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "a\\..\\evil.csv", "evil.CSV.GZ", "evil"])
def test_no_name_leads_a_copy_out_of_its_folder(tmp_path, monkeypatch, name):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    system = pytest.importorskip("fsspec").filesystem("memory")
    system.pipe("/evil", HEADER.encode())
    with RemoteFile(f"s3://bucket/{name}", None, "", "/evil", system).local() as copy:
        assert copy.parent.parent == tmp_path
        assert copy.name in ("copy.csv", "copy.csv.gz")
    assert list(tmp_path.iterdir()) == []
