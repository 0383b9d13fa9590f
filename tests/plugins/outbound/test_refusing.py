"""Nothing leaves for an address that only this machine can reach: each refused, and nobody connected to."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from finopsnb.errors import DeliveryError, FinopsError, OutboundRefused
from finopsnb.plugins.outbound import Outbound
from finopsnb.plugins.outbound.addresses import why_forbidden
from tests.plugins.outbound.listening import Listening, Names, listening

FORBIDDEN = [
    "http://127.0.0.1:PORT/hook",
    "http://127.8.9.10:PORT/hook",
    "http://localhost:PORT/hook",
    "http://LOCALHOST.:PORT/hook",
    "http://2130706433:PORT/hook",
    "http://0x7f000001:PORT/hook",
    "http://0x7f.0.0.1:PORT/hook",
    "http://0177.0.0.1:PORT/hook",
    "http://017700000001:PORT/hook",
    "http://127.1:PORT/hook",
    "http://127.0.1:PORT/hook",
    "http://127.000.000.001:PORT/hook",
    "http://127。0。0。1:PORT/hook",
    "http://①②⑦.⓪.⓪.①:PORT/hook",
    "http://0:PORT/hook",
    "http://0.0.0.0:PORT/hook",
    "http://[::1]:PORT/hook",
    "http://[::]:PORT/hook",
    "http://[::ffff:127.0.0.1]:PORT/hook",
    "http://[::ffff:7f00:1]:PORT/hook",
    "http://[0:0:0:0:0:ffff:7f00:0001]:PORT/hook",
    "http://[::127.0.0.1]:PORT/hook",
    "http://[::ffff:0:127.0.0.1]:PORT/hook",
    "http://[2002:7f00:1::]:PORT/hook",
    "http://[64:ff9b::127.0.0.1]:PORT/hook",
    "http://[64:ff9b:1::127.0.0.1]:PORT/hook",
    "http://[2001:0:7f00:1::]:PORT/hook",
    "http://[fe80::1%25lo]:PORT/hook",
    "http://[fd00:ec2::254]:PORT/hook",
    "http://169.254.169.254:PORT/latest/meta-data/",
    "http://2852039166:PORT/latest/meta-data/",
    "http://168.63.129.16:PORT/machine",
    "http://100.100.100.200:PORT/latest/meta-data/",
    "http://10.0.0.8:PORT/",
    "http://172.31.255.255:PORT/",
    "http://192.168.1.1:PORT/",
    "http://100.64.0.1:PORT/",
    "http://224.0.0.1:PORT/",
    "http://255.255.255.255:PORT/",
    "http://user@hooks.example:PORT/",
    "http://hooks.example@127.0.0.1:PORT/",
    "http://hooks.example:pass@[::1]:PORT/",
    "http://public.example\\@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\.public.example/",
    "http://127.0.0.1 .public.example:PORT/",
    "http://127.0.0.1%2f.public.example:PORT/",
    "http://127.0.0.1%00.public.example:PORT/",
    "http://public.example:PORT/\r\nX-Other: yes",
    " http://127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/",
    "http:///127.0.0.1:PORT/",
    "//127.0.0.1:PORT/",
    "ftp://127.0.0.1:PORT/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:PORT/_x",
    "http://private.example:PORT/",
    "http://mixed.example:PORT/",
    "http://mapped.example:PORT/",
    "http://[127.0.0.1]:PORT/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:0/",
    "",
]


@pytest.fixture
def port() -> Iterator[Listening]:
    with listening() as found:
        yield found


@pytest.fixture
def names() -> Names:
    return Names(
        private_example=[["127.0.0.1"]],
        mixed_example=[["93.184.216.34", "127.0.0.1"]],
        mapped_example=[["::ffff:127.0.0.1"]],
        public_example=[["93.184.216.34"]],
    )


@pytest.mark.parametrize("url", FORBIDDEN)
def test_an_address_of_this_machine_is_refused_in_every_spelling_and_never_connected_to(url: str, port: Listening, names: Names) -> None:
    with pytest.raises(OutboundRefused):
        Outbound(resolve=names).request("POST", url.replace("PORT", str(port.port)), json={"text": "hello"})
    assert port.connections() == 0


def test_the_look_up_is_made_once_and_the_address_that_was_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(turning_example=[["93.184.216.34"], ["127.0.0.1"]])
    tried: list[tuple[str, int]] = []

    def refuse(_: socket.socket, address: tuple[str, int]) -> None:
        tried.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    class Socket(socket.socket):
        connect = refuse  # type: ignore[assignment]

    monkeypatch.setattr("finopsnb.plugins.outbound.connecting.socket.socket", Socket)
    with pytest.raises(DeliveryError) as caught:
        Outbound(resolve=names).request("GET", "http://turning.example/hook")
    assert tried == [("93.184.216.34", 80)]
    assert names.asked == ["turning.example"]
    assert (caught.value.transient, caught.value.uncertain) == (True, False)


def test_after_the_answer_turned_it_is_refused(port: Listening) -> None:
    names = Names(turned_example=[["127.0.0.1"], ["93.184.216.34"]])
    with pytest.raises(OutboundRefused, match=r"turned.example, which is 127.0.0.1: that address is loopback"):
        Outbound(resolve=names).request("GET", f"http://turned.example:{port.port}/")
    assert port.connections() == 0


@pytest.mark.parametrize("allowed", [["hooks.example"], ["10.0.0.1"], ["localhost"], ["127.0.0.1:1"]])
def test_only_the_host_that_is_allowed_is_allowed(allowed: list[str], port: Listening) -> None:
    with pytest.raises(OutboundRefused):
        Outbound(allowed).request("GET", f"http://127.0.0.1:{port.port}/")
    assert port.connections() == 0


def test_other_hosts_than_the_only_ones_are_refused(port: Listening) -> None:
    outbound = Outbound(["127.0.0.1"], only_hosts=["hooks.slack.com"], https_only=True)
    with pytest.raises(OutboundRefused, match=r"over http\."):
        outbound.request("GET", "http://hooks.slack.com/services/T0/B0/secret")
    for url in (f"https://127.0.0.1:{port.port}/", "https://hooks.slack.com.evil.example/", "https://evil.example/hooks.slack.com"):
        with pytest.raises(OutboundRefused, match=r"only hosts here are hooks\.slack\.com"):
            outbound.request("GET", url)
    assert port.connections() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Team": "a\r\nX-Other: b"},
        {"X-Team": "a\n b"},
        {"X-Team\r\nX-Other": "b"},
        {"X Team": "b"},
        {"X-Team": "é"},
        {"": "b"},
        {"Host": "elsewhere.example"},
        {"transfer-encoding": "chunked"},
        {"Content-Length": "3"},
    ],
)
def test_a_header_holds_nothing_but_itself(headers: dict[str, str], port: Listening) -> None:
    with pytest.raises(OutboundRefused):
        Outbound(["127.0.0.1"]).request("POST", f"http://127.0.0.1:{port.port}/", body=b"x", headers=headers)
    assert port.connections() == 0


@pytest.mark.parametrize("method", ["get", "CONNECT", "GET / HTTP/1.1\r\nX: y\r\n\r\nGET"])
def test_a_method_is_one_of_a_few(method: str, port: Listening) -> None:
    with pytest.raises(OutboundRefused):
        Outbound(["127.0.0.1"]).request(method, f"http://127.0.0.1:{port.port}/")
    assert port.connections() == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/services/T0/B0/s3cr3t-path?sig=s3cr3t-query",
        "https://user:s3cr3t-user@hooks.example/s3cr3t-path",
        "s3cr3t-scheme-s3cr3t-scheme://x/",
        "http://nobody.invalid/s3cr3t-path",
    ],
)
def test_an_error_shows_no_more_of_an_address_than_its_host(url: str) -> None:
    def nowhere(*_: object, **__: object) -> list[tuple[object, ...]]:
        raise socket.gaierror(-2, "Name or service not known")

    outbound = Outbound(resolve=socket.getaddrinfo if "127" in url else nowhere)
    with pytest.raises(FinopsError) as caught:
        outbound.request("GET", url)
    assert "s3cr3t-path" not in str(caught.value)
    assert "s3cr3t-query" not in str(caught.value)
    assert "s3cr3t-user" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("1.1.1.1", ""),
        ("2606:4700::1111", ""),
        ("64:ff9b::8.8.8.8", ""),
        ("2002:0808:0808::1", ""),
        ("::ffff:8.8.8.8", ""),
        ("2001:200::1", ""),
        ("5f00::1", "reserved"),
        ("fe80::1%eth0", "link-local"),
        ("ff02::1", "multicast"),
        ("192.0.0.192", "a metadata service"),
        ("2001:db8::1", "reserved"),
        ("somewhere", "no IP address"),
    ],
)
def test_what_an_address_is(address: str, kind: str) -> None:
    assert why_forbidden(address) == kind
