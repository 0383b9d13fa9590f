"""Requests against servers that answer well, badly, slowly and without end."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from finopsnb.errors import DeliveryError
from finopsnb.plugins.outbound import Outbound, Reply
from finopsnb.plugins.secrets import masker
from tests.plugins.outbound.certificates import own_certificate
from tests.plugins.outbound.listening import Names

HERE = ["127.0.0.1", "localhost"]
Speak = Callable[[socket.socket], None]


class Spoken:
    """What came to a server: the bytes of each request."""

    def __init__(self, port: int) -> None:
        self.port, self.url, self.requests = port, f"http://127.0.0.1:{port}/hook", list[bytes]()


@contextmanager
def speaking(answer: bytes | Speak, context: ssl.SSLContext | None = None) -> Iterator[Spoken]:
    """A server that reads a request, then says ``answer``, byte for byte."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        spoken = Spoken(listener.getsockname()[1])
        stopped = threading.Event()

        def serve() -> None:
            while not stopped.is_set():
                try:
                    listener.settimeout(0.02)
                    sock = listener.accept()[0]
                except OSError:
                    continue
                with sock:
                    _serve(sock, answer, spoken, context)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield spoken
        stopped.set()
        thread.join()


def _serve(sock: socket.socket, answer: bytes | Speak, spoken: Spoken, context: ssl.SSLContext | None) -> None:
    sock.settimeout(5)
    try:
        sock = context.wrap_socket(sock, server_side=True) if context else sock
        spoken.requests.append(_request(sock))
        if callable(answer):
            answer(sock)
        else:
            sock.sendall(answer)
    except OSError:
        pass  # the client gave up, which is what several tests want
    finally:
        sock.close()


def _request(sock: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(2**16)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
    while len(body) < length:
        body += sock.recv(2**16)
    return head + b"\r\n\r\n" + body


def reply(body: bytes = b"ok", status: str = "200 OK", *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


def ask(server: Spoken, **options: float) -> Reply:
    return Outbound(HERE, **options).request("POST", server.url, json={"text": "hello"})  # type: ignore[arg-type]


def test_a_request_carries_its_headers_and_body_and_brings_the_reply() -> None:
    with speaking(reply(b'{"id": 7}', "201 Created", "X-Request-Id: a1")) as server:
        answer = Outbound(HERE).request("POST", server.url + "/ä?q=1#part", json={"text": "grüß"}, headers={"X-Team": "core"})
    assert (answer.status, answer.json(), answer.headers["x-request-id"]) == (201, {"id": 7}, "a1")
    assert answer.accepted() is answer
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /hook/%C3%A4?q=1 HTTP/1.1"
    assert {f"Host: 127.0.0.1:{server.port}", "X-Team: core", "Content-Type: application/json", "Connection: close"} <= set(lines)
    assert json.loads(body) == {"text": "grüß"}


def test_without_a_body_a_get_has_none_and_a_post_an_empty_one() -> None:
    with speaking(reply()) as server:
        Outbound(HERE).request("GET", server.url)
        Outbound(HERE).request("POST", server.url)
    assert [b"Content-Length" in one for one in server.requests] == [False, True]


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with speaking(reply()) as server:
        assert ask(server).ok


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_a_redirect_is_an_error_that_says_so_and_nobody_follows_it(status: str) -> None:
    leads = rf"answered {status[:3]}, which leads elsewhere, and no redirect"
    with speaking(reply()) as goal:
        away = reply(b"", status, f"Location: {goal.url}?token=abc")
        with speaking(away) as server, pytest.raises(DeliveryError, match=leads) as caught:
            ask(server)
    assert goal.requests == []
    assert not caught.value.transient
    assert "token" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "header", "transient", "after"),
    [
        ("400 Bad Request", "X: y", False, None),
        ("403 Forbidden", "X: y", False, None),
        ("429 Too Many", "Retry-After: 7", True, 7.0),
        ("503 Busy", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", True, 0.0),
        ("500 Oops", "Retry-After: soon", True, None),
    ],
)
def test_a_refusal_says_whether_and_when_to_try_again(status: str, header: str, transient: bool, after: float | None) -> None:
    masker.add("hunter2-hunter2")
    with speaking(reply(b"no_service: hunter2-hunter2", status, header)) as server:
        answer = ask(server)
    with pytest.raises(DeliveryError, match=rf"127.0.0.1 answered {status[:3]}") as caught:
        answer.accepted()
    error = caught.value
    assert (error.status, error.transient, error.retry_after, error.uncertain) == (int(status[:3]), transient, after, False)
    assert error.why == "no_service: ****"


def endless(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        sock.sendall(b"x" * 2**14)


def endless_head(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        sock.sendall(b"X-Header: " + b"y" * 1000 + b"\r\n")


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
WITHOUT_END = {
    "long": reply(b"x" * (64 * 1024 + 1)),
    "endless": endless,
    "endless head": endless_head,
    "continued for ever": b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
    "chunks": CHUNKED + (b"4000\r\n" + b"x" * 0x4000 + b"\r\n") * 5 + b"0\r\n\r\n",
}
BROKEN = {
    "nothing": b"",
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    "no http": b"SSH-2.0-OpenSSH_9\r\n",
    "broken chunk": CHUNKED + b"zz",
}


@pytest.mark.parametrize("answer", WITHOUT_END.values(), ids=WITHOUT_END)
def test_a_reply_without_end_is_not_read_to_its_end(answer: bytes | Speak) -> None:
    with speaking(answer) as server, pytest.raises(DeliveryError) as caught:
        ask(server)
    assert "longer than 64 KiB" in str(caught.value) or "broke before the reply" in str(caught.value)
    assert caught.value.uncertain


def in_two_parts(sock: socket.socket) -> None:
    """As most servers send it: the head, and the body when it is there; then the connection ends."""
    sock.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n")
    time.sleep(0.05)
    sock.sendall(b"ok")


def test_a_body_that_comes_after_its_head_is_read() -> None:
    with speaking(in_two_parts) as server:
        assert ask(server).body == b"ok"


def test_a_reply_of_just_the_permitted_size_is_read() -> None:
    with speaking(reply(b"x" * 64 * 1024)) as server:
        assert len(ask(server).body) == 64 * 1024


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_a_broken_reply_may_have_been_a_success(answer: bytes) -> None:
    with speaking(answer) as server, pytest.raises(DeliveryError, match="broke before the reply was complete") as caught:
        ask(server)
    assert caught.value.transient
    assert caught.value.uncertain


def dripping(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        sock.sendall(b"x")
        time.sleep(0.02)


def dripping_head(sock: socket.socket) -> None:
    for letter in b"HTTP/1.1 200 OK\r\n" * 100:
        sock.sendall(bytes([letter]))
        time.sleep(0.02)


def silent(sock: socket.socket) -> None:
    sock.recv(1)


@pytest.mark.parametrize(
    ("answer", "limits"),
    [(silent, {"read_seconds": 0.15}), (dripping, {"all_seconds": 0.3}), (dripping_head, {"all_seconds": 0.3})],
    ids=["silent", "dripping", "dripping head"],
)
def test_a_slow_server_is_given_up(answer: Speak, limits: dict[str, float]) -> None:
    begun = time.monotonic()
    with speaking(answer) as server:
        with pytest.raises(DeliveryError, match="did not answer in time") as caught:
            ask(server, **limits)
        assert time.monotonic() - begun < 2
    assert caught.value.transient
    assert caught.value.uncertain


def test_a_name_that_is_not_resolved_in_time_is_given_up() -> None:
    answered = threading.Event()

    def slow(*_: object, **__: object) -> list[tuple[object, ...]]:
        answered.wait(5)
        return []

    with pytest.raises(DeliveryError, match="cannot be found") as caught:
        Outbound(resolve=slow, connect_seconds=0.05).request("GET", "http://slow.example/")
    answered.set()
    assert caught.value.transient


def test_nobody_there_is_a_delivery_error_and_certain() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    with pytest.raises(DeliveryError, match="cannot be reached") as caught:
        Outbound(["127.0.0.1"]).request("GET", f"http://127.0.0.1:{port}/s3cr3t")
    assert (caught.value.transient, caught.value.uncertain) == (True, False)
    assert "s3cr3t" not in str(caught.value)


def test_the_second_address_of_a_name_is_tried() -> None:
    with speaking(reply()) as server:
        names = Names(two_example=[["127.0.0.2", "127.0.0.1"]])
        outbound = Outbound(["two.example"], resolve=names)
        assert outbound.request("GET", f"http://two.example:{server.port}/").ok


def test_a_reply_that_is_no_json_is_an_error() -> None:
    with speaking(reply(b"<html>")) as server, pytest.raises(DeliveryError, match="not JSON"):
        ask(server).json()


def test_a_host_may_be_allowed_with_its_port_only() -> None:
    with speaking(reply()) as server:
        assert Outbound([f"127.0.0.1:{server.port}"]).request("GET", server.url).ok
        assert Outbound(f"127.0.0.1:{server.port}").request("GET", server.url).ok


def test_another_protocol_gets_a_guarded_connection() -> None:
    with speaking(reply(b"hi")) as server, Outbound(["localhost"]).connect("localhost", server.port) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 200")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_certificate(tmp_path_factory.mktemp("tls") / "own.pem", "hooks.example")


@pytest.mark.parametrize(
    ("host", "trusted", "ok"), [("hooks.example", True, True), ("hooks.example", False, False), ("other.example", True, False)]
)
def test_tls_is_verified_by_the_name_and_not_by_the_address(
    host: str, trusted: bool, ok: bool, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    names = Names(hooks_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    outbound = Outbound([host], https_only=True, resolve=names)
    with speaking(reply(), context) as server:
        url = f"https://{host}:{server.port}/services/s3cr3t"
        if ok:
            assert outbound.request("POST", url, json={}).ok
            return
        with pytest.raises(DeliveryError, match=f"The certificate of {host} is not to be trusted") as caught:
            outbound.request("POST", url, json={})
    assert server.requests == []
    assert not caught.value.transient
