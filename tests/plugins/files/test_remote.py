"""Files behind addresses, on real servers: found, fetched whole or not at all, and no secret told."""

from __future__ import annotations

import logging
import sys
import traceback

import pytest

from finopsnb.errors import SourceError
from finopsnb.plugins.files import find_files, hidden_options, remote
from finopsnb.plugins.files.addresses import public_name, source_name
from tests.plugins.files.servers import http_server, s3_server
from tests.plugins.files.written import HEADER, ROW, good, write

pytest.importorskip("s3fs", reason="the extra finopsnb[remote] is not installed")
registry = pytest.importorskip("fsspec.registry")._registry

SIGNED = "sig=s3cr3t-signature-0123456789"


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    for sub in ("", "private", "broken", "bills"):
        (folder / sub).mkdir(exist_ok=True)
        for name in ("a.csv", "b.csv.gz"):
            write(folder / sub, name, HEADER + ROW * 1000)
    (folder / "bills" / "notes.md").write_text("nothing")
    with http_server(folder) as address:
        yield address


@pytest.fixture(scope="module")
def bucket():
    boto3 = pytest.importorskip("boto3")
    with s3_server() as address:
        options = {"endpoint_url": address, "key": "an-access-key-id", "secret": "s3cr3t-access-key"}
        client = boto3.client(
            "s3",
            endpoint_url=address,
            aws_access_key_id=options["key"],
            aws_secret_access_key=options["secret"],
            region_name="us-east-1",
        )
        client.create_bucket(Bucket="bills")
        for key in ("2024/a.csv", "2024/sub/b.csv", "2024/notes.md", "2024/_tmp.csv", "c.csv"):
            client.put_object(Bucket="bills", Key=key, Body=(HEADER + ROW).encode())
        client.put_object(Bucket="bills", Key="empty/", Body=b"")
        yield options, client
        client.close()


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_file_over_http(web, temporary):
    [file] = find_files(f"{web}/b.csv.gz")
    assert file.name == f"{web}/b.csv.gz"
    assert file.size > 0
    assert file.stamp != ""
    assert len(good(file)) == 1000
    assert len(file.sha256()) == 64
    assert list(temporary.iterdir()) == []


def test_the_copy_is_private_and_gone_afterwards(web):
    [file] = find_files(f"{web}/a.csv")
    with file.local() as copy:
        assert copy.stat().st_mode & 0o777 == 0o600
        assert copy.parent.stat().st_mode & 0o777 == 0o700
        assert copy.read_text().startswith(HEADER)
    assert not copy.parent.exists()


@pytest.mark.parametrize("path", ["bills/", "bills/*.csv*"])
def test_a_folder_over_http_where_it_is_listed(web, path):
    files = find_files(f"{web}/{path}")
    assert [file.name for file in files] == [f"{web}/bills/a.csv", f"{web}/bills/b.csv.gz"]
    assert all(file.size and file.stamp for file in files)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("s3://bills/c.csv", ["s3://bills/c.csv"]),
        ("s3://bills/2024", ["s3://bills/2024/a.csv", "s3://bills/2024/sub/b.csv"]),
        ("s3://bills/2024/", ["s3://bills/2024/a.csv", "s3://bills/2024/sub/b.csv"]),
        ("s3://bills/2024/*.csv", ["s3://bills/2024/a.csv"]),
        ("s3://bills/**/b.csv", ["s3://bills/2024/sub/b.csv"]),
    ],
)
def test_files_of_a_bucket(bucket, temporary, path, names):
    files = find_files(path, storage_options=bucket[0])
    assert [file.name for file in files] == names
    assert [good(file) for file in files] == [[{"BilledCost": "1.50", "BillingCurrency": "USD", "BillingAccountId": "007"}]] * len(names)
    assert list(temporary.iterdir()) == []


def test_options_that_hide_themselves_open_a_bucket(bucket):
    options = hidden_options(bucket[0])
    assert bucket[0]["secret"] not in repr(options)
    [file] = find_files("s3://bills/c.csv", storage_options=options)
    assert len(good(file)) == 1


def test_a_bucket_is_seen_as_it_is_and_not_as_it_was(bucket):
    options, client = bucket
    client.put_object(Bucket="bills", Key="changing/a.csv", Body=HEADER.encode())
    [before] = find_files("s3://bills/changing/", storage_options=options)
    client.put_object(Bucket="bills", Key="changing/a.csv", Body=(HEADER + ROW).encode())
    client.put_object(Bucket="bills", Key="changing/b.csv", Body=HEADER.encode())
    after = find_files("s3://bills/changing/", storage_options=options)
    assert [file.name for file in after] == ["s3://bills/changing/a.csv", "s3://bills/changing/b.csv"]
    assert after[0].stamp != before.stamp


@pytest.mark.parametrize(
    "path", ["s3://bills/gone.csv", "s3://bills/gone/", "s3://bills/*.parquet", "s3://no-such-bucket/a.csv", "s3://bills/empty/"]
)
def test_nothing_in_a_bucket(bucket, path):
    with pytest.raises(SourceError, match="No billing file") as error:
        find_files(path, storage_options=bucket[0])
    assert path in error.value.what


@pytest.mark.parametrize("path", ["gone.csv", "gone/"])
def test_404(web, path):
    with pytest.raises(SourceError, match="No billing file"):
        find_files(f"{web}/{path}")


def test_a_server_that_breaks_off(web, temporary):
    [file] = find_files(f"{web}/broken/a.csv")
    with pytest.raises(SourceError, match="cannot be fetched; nothing of it was stored"):
        good(file)
    assert list(temporary.iterdir()) == []


def test_a_server_that_is_not_there(bucket):
    with pytest.raises(SourceError, match="cannot be fetched"):
        find_files("http://127.0.0.1:9/a.csv")


def private(web, how):
    if how == "password":
        return web.replace("http://", "http://reader:hunter2-hunter2@") + "/private/a.csv"
    return f"{web}/private/a.csv?{SIGNED}"


@pytest.mark.parametrize("how", ["password", "signature"])
def test_a_secret_in_an_address_opens_it_and_is_not_told(web, caplog, how):
    with caplog.at_level(logging.DEBUG):
        [file] = find_files(private(web, how))
        assert len(good(file)) == 1000
    assert file.name == f"{web}/private/a.csv"
    told = f"{file!r} {caplog.text}"
    assert "hunter2" not in told
    assert "s3cr3t" not in told


@pytest.mark.parametrize("how", ["password", "signature"])
@pytest.mark.parametrize("folder", ["broken", "gone"])
def test_no_secret_is_in_an_error_or_its_traceback(web, how, folder):
    address = private(web, how).replace("private", folder)
    with pytest.raises(SourceError) as error:
        good(find_files(address)[0])
    told = "".join(traceback.format_exception(error.value))
    assert "hunter2" not in told
    assert "s3cr3t" not in told


def test_the_wrong_password_is_refused(web):
    with pytest.raises(SourceError, match="401"):
        find_files(f"{web}/private/a.csv")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://u:p@host:1/a.csv?sig=x#y", "https://host:1/a.csv"),
        ("HTTPS://host/a b.csv", "https://host/a b.csv"),
        ("https://host/a@b.csv", "https://host/a@b.csv"),
        ("az://container/a.csv?sv=1&sig=x", "az://container/a.csv"),
        ("abfss://container@account.dfs.core.windows.net/a.csv", "abfss://container@account.dfs.core.windows.net/a.csv"),
        ("abfss://me:p@account/a.csv", "abfss://account/a.csv"),
        ("s3://bucket/2024/?.csv", "s3://bucket/2024/?.csv"),
        ("https://host/a.csv?X-Amz-Signature=x&X-Amz-Date=1", "https://host/a.csv"),
        ("https://host/a.csv?token=abc123&Expires=1", "https://host/a.csv"),
    ],
)
def test_names(address, name):
    assert public_name(address) == name


def test_what_an_address_asks_for_is_in_its_name_and_its_signature_is_not():
    one, other = (public_name(f"https://host/bills?month={month}&sig=x&se=1") for month in (1, 2))
    assert one != other
    assert public_name("https://host/bills?sig=y&se=2&month=1") == one
    assert public_name(one) == one
    assert "month" not in one
    assert source_name(one) != source_name(other)


def test_files_that_differ_by_what_is_asked_for(web):
    one, other = (find_files(f"{web}/b.csv.gz?month={month}")[0] for month in (1, 2))
    assert one.name != other.name
    assert one.path == other.path == f"{web}/b.csv.gz"
    assert len(good(one)) == 1000


def test_files_that_cannot_be_told_apart(web, monkeypatch):
    monkeypatch.setattr(remote, "_found", lambda *_: [{"name": f"{web}/a.csv?sig={n}", "type": "file"} for n in (1, 2)])
    with pytest.raises(SourceError, match=r"Two files have the name http://127.0.0.1:\d+/a.csv;"):
        find_files(f"{web}/bills/")


@pytest.mark.parametrize(
    ("address", "hint"), [("s3://b/a.csv", 'pip install "finopsnb[remote]"'), ("gs://b/a.csv", "gcsfs"), ("az://b/a.csv", "adlfs")]
)
@pytest.mark.parametrize("missing", [("fsspec",), ("s3fs", "gcsfs", "adlfs")])
def test_a_missing_package_names_the_extra(monkeypatch, address, hint, missing):
    for package in missing:
        monkeypatch.setitem(sys.modules, package, None)
    for scheme in ("s3", "gs", "az"):
        monkeypatch.delitem(registry, scheme, raising=False)
    with pytest.raises(SourceError, match="package is missing") as error:
        find_files(address)
    assert hint in error.value.hint
