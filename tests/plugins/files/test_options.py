"""What opens an address is shown nowhere: neither what is in the address nor the options of its file system."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

import finopsnb
from finopsnb.errors import SourceError
from finopsnb.plugins.exports import FileConfig
from finopsnb.plugins.files import hidden_options
from finopsnb.plugins.secrets import masker

pytest.importorskip("fsspec", reason="the extra finopsnb[remote] is not installed")

NOWHERE = "127.0.0.1:1"
OPTIONS = {
    "endpoint_url": "http://in-the-clear",
    "key": "canary-key",
    "client_kwargs": {"auth": ["bob", "canary-auth"], "headers": {"X-Any": "canary-header"}},
    "anything": {"canary-whole", ("canary-part",)},
}


class Login(NamedTuple):
    login: str
    password: str


@pytest.mark.parametrize(
    "address",
    [
        f"https://me:canary-pass@{NOWHERE}/x.csv?sig=canary-signature-0123456789",
        f"https://canary-token@{NOWHERE}/x.csv",
        f"https://{NOWHERE}/x.csv?month=in-the-clear&token=canary",
    ],
)
def test_no_surface_shows_what_opens_an_address(tmp_path, address):
    pytest.importorskip("aiohttp")
    database = tmp_path / "costs.duckdb"
    with finopsnb.open(database) as session:
        plugin = session.load("focus-files", path=address, storage_options=OPTIONS)
        assert plugin.config.path == address
        assert plugin.config.storage_options == OPTIONS
        with pytest.raises(SourceError):
            session.collect("focus-files")
        described = json.dumps(session.plugins.registry.describe(), default=str)
        told = f"{plugin.config!r} {plugin.config.storage_options!r} {described} {session.runs().to_csv()}"
    assert "canary" not in told
    assert "in-the-clear" in told
    assert b"canary" not in database.read_bytes()


def test_an_option_is_hidden_unless_it_is_harmless():
    hidden = hidden_options(OPTIONS)
    assert hidden == OPTIONS
    assert "canary" not in repr(hidden)
    assert "canary" not in json.dumps(masker.mask_value(hidden))
    assert "in-the-clear" in repr(hidden)


def test_an_option_that_has_to_stay_what_it_is_is_covered():
    options = {"auth": Login("bob", "canary-basic"), "raw": b"canary-raw", "anon": False, "timeout": 30}
    assert hidden_options(options) == options
    assert type(hidden_options(options)["auth"]) is Login
    assert "canary" not in json.dumps(masker.mask_value(options))


def test_a_config_that_is_made_by_hand_hides_its_options_too():
    assert "canary" not in repr(FileConfig(path="s3://bucket", storage_options=OPTIONS).storage_options)
