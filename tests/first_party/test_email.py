"""email against a real SMTP server on loopback."""

from __future__ import annotations

import email
import socket
import ssl
import threading
from collections.abc import Iterator
from email import policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

import finopsnb
from finopsnb.errors import DeliveryError, FinopsError
from finopsnb.plugins import PluginRegistry
from finopsnb.session import Session
from finopsnb.verbs.outbox import Pace
from tests.plugins.outbound.certificates import own_certificate

EVIL = "<script>alert(1)</script> <img src=x onerror=y> https://evil.example\r\nBcc: all@example.com"


class Postbox:
    """What aiosmtpd hands over; ``answers`` are given to DATA one after another."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.recipients: list[list[str]] = []
        self.answers: list[str] = []
        self.refused: set[str] = set()

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address in self.refused:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_certificate(tmp_path_factory.mktemp("tls") / "own.pem", "localhost")


def free_port() -> int:
    """Controller cannot be asked which port it was given."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def tls_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def authenticate(server, session, envelope, mechanism, data) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"me", b"hunter2-hunter2")
    return AuthResult(success=right, handled=False)


@pytest.fixture
def postbox(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    """A server with STARTTLS and AUTH, whose certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    box: Any = Postbox()
    options = {"authenticator": authenticate, "auth_require_tls": True, "tls_context": tls_of(certificate)}
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    box.port = controller.server.sockets[0].getsockname()[1]
    yield box
    controller.stop()


@pytest.fixture
def session() -> Iterator[Session]:
    registry = PluginRegistry()
    registry.discover_plugins("finopsnb_plugins")
    with finopsnb.open(":memory:", registry=registry, frames="arrow") as opened:
        opened._outbox.pace = Pace(interval=0.0, flush_seconds=0.0)
        yield opened
    registry.unload_all()


def load(session: Session, port: int, **settings: Any) -> Any:
    given = {"host": "localhost", "port": port, "sender": "costs@example.com", "recipients": ["team@example.com", "boss@example.com"]}
    return session.load("email", **{**given, "allowed_hosts": ["localhost"], **settings})


def test_a_mail_has_words_and_the_same_as_html(session, postbox):
    load(session, postbox.port)
    facts = {"Owner": "web <b>", "Money": "12.50 USD"}
    assert session.notify("email", "EC2 doubled\nIt was 10 and is 20 & more.", "critical", {"facts": facts}) is True
    mail = postbox.mails[0]
    assert (mail["Subject"], mail["From"], mail["To"]) == (
        "[critical] EC2 doubled",
        "costs@example.com",
        "team@example.com, boss@example.com",
    )
    assert (mail["Importance"], mail["Auto-Submitted"]) == ("high", "auto-generated")
    key = session.outbox()["idempotency_key"].to_pylist()[0]
    assert mail["Message-ID"] == f"<{key}@example.com>"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "It was 10 and is 20 & more." in text
    assert "Owner: web <b>" in text
    assert "20 &amp; more" in html
    assert "web &lt;b&gt;" in html
    assert postbox.recipients == [["team@example.com", "boss@example.com"]]


def test_a_chart_is_a_picture_inside(session, postbox):
    import altair as alt
    import pandas as pd

    chart = alt.Chart(pd.DataFrame({"day": [1, 2], "cost": [3.0, 4.0]})).mark_bar().encode(x="day:O", y="cost:Q")
    load(session, postbox.port)
    assert session.notify("email", "Costs of the week", metadata={"chart": chart}) is True
    parts = {part.get_content_type(): part for part in postbox.mails[0].walk()}
    assert parts["image/png"].get_content().startswith(b"\x89PNG")
    assert parts["image/png"]["Content-ID"] == "<chart@finopsnb>"
    assert parts["image/png"].get_content_disposition() == "inline"
    assert 'src="cid:chart@finopsnb"' in parts["text/html"].get_content()


def test_text_from_data_is_only_text_and_no_header(session, postbox):
    load(session, postbox.port, events=["alert_triggered"])
    session.trigger("alert_triggered", alert={"id": "1", "title": EVIL, "kind": EVIL, "description": EVIL})
    session.notify("email", EVIL, metadata={"title": EVIL, "facts": {EVIL: EVIL}})
    session.deliver()
    assert len(postbox.mails) == 2
    for mail in postbox.mails:
        assert mail["Bcc"] is None
        assert "Bcc: all@example.com" in mail["Subject"]
        html = mail.get_body(("html",)).get_content()
        assert not {"<script", "<img"} & set(html.split(">"))
        assert "<script" not in html
    assert any("https[:]//evil.example" in mail.get_body(("plain",)).get_content() for mail in postbox.mails)
    assert postbox.recipients == [["team@example.com", "boss@example.com"]] * 2


def test_a_user_is_known_by_the_password_over_tls_only(session, postbox, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2-hunter2")
    load(session, postbox.port, username="me", password="env:MAIL_PASSWORD")
    assert session.notify("email", "hello") is True
    monkeypatch.setenv("OTHER_PASSWORD", "wrong-password")
    load(session, postbox.port, username="me", password="env:OTHER_PASSWORD")
    with pytest.raises(DeliveryError, match="answered 535") as caught:
        session.notify("email", "hello")
    assert "wrong-password" not in str(caught.value)


@pytest.mark.parametrize(("answer", "status"), [("451 4.3.0 greylisted", "failed"), ("554 5.7.1 spam", "given_up")])
def test_a_refusal_is_for_now_or_for_good(answer, status, session, postbox):
    load(session, postbox.port)
    session._outbox.pace.jitter = lambda low, high: 0.0
    postbox.answers = [answer]
    if status == "given_up":
        with pytest.raises(DeliveryError, match="refused the message with 554"):
            session.notify("email", "hello")
    else:
        assert session.notify("email", "hello") is False
    assert session.outbox()["attempts"].to_pylist()[0] >= 1
    session.outbox(retry=[1]) if status == "given_up" else None
    session.deliver()
    assert session.outbox()["status"].to_pylist() == ["sent"]
    ids = {mail["Message-ID"] for mail in postbox.mails}
    assert len(ids) == 1


def test_one_refused_recipient_does_not_stop_the_others_and_all_do(session, postbox, caplog):
    load(session, postbox.port)
    postbox.refused = {"boss@example.com"}
    assert session.notify("email", "hello") is True
    assert postbox.recipients == [["team@example.com"]]
    assert "refused 1 of 2 recipients" in caplog.text
    postbox.refused = {"boss@example.com", "team@example.com"}
    with pytest.raises(DeliveryError, match="refused every recipient with 550"):
        session.notify("email", "hello")


def test_tls_from_the_first_byte(session, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    box: Any = Postbox()

    class Encrypted(Controller):
        def _trigger_server(self) -> None:  # its own does not trust the certificate
            context = ssl.create_default_context(cafile=str(certificate))
            with socket.create_connection(("127.0.0.1", self.port)) as sock, context.wrap_socket(sock, server_hostname="localhost") as tls:
                tls.recv(100)

    controller = Encrypted(box, hostname="127.0.0.1", port=free_port(), ssl_context=tls_of(certificate))
    controller.start()
    try:
        load(session, controller.server.sockets[0].getsockname()[1], security="tls")
        assert session.notify("email", "hello") is True
    finally:
        controller.stop()
    assert len(box.mails) == 1


def test_a_server_that_is_not_to_be_trusted_or_offers_no_tls_gets_nothing(session, postbox, monkeypatch, tmp_path):
    other = own_certificate(tmp_path / "other.pem", "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    load(session, postbox.port)
    with pytest.raises(DeliveryError, match="not to be trusted"):
        session.notify("email", "hello")
    box: Any = Postbox()
    plain = Controller(box, hostname="127.0.0.1", port=free_port())
    plain.start()
    try:
        load(session, plain.server.sockets[0].getsockname()[1])
        with pytest.raises(DeliveryError, match="cannot do what the settings want"):
            session.notify("email", "hello")
    finally:
        plain.stop()
    assert postbox.mails == box.mails == []


def test_a_server_that_hangs_up_after_the_mail_may_have_it(session, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_takes_and_hangs_up, args=(listener,), daemon=True)
        thread.start()
        load(session, listener.getsockname()[1], security="none")
        assert session.notify("email", "hello") is False
        thread.join()
    row = session.outbox().to_pylist()[0]
    assert (row["status"], row["doubts"]) == ("failed", 1)


def _takes_and_hangs_up(listener: Any) -> None:
    sock, _ = listener.accept()
    with sock, sock.makefile("rwb", buffering=0) as stream:
        stream.write(b"220 hi\r\n")
        for answer in (b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"):
            stream.readline()
            stream.write(answer)
        while stream.readline() != b".\r\n":
            pass


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipients": ["a@b.example\r\nBcc: c@d.example"]},
        {"sender": "Costs <a@b.example>"},
        {"recipients": []},
        {"security": "none", "allowed_hosts": []},
        {"security": "none", "password": "x"},
    ],
)
def test_settings_that_would_do_harm_are_refused(wrong, session):
    with pytest.raises(FinopsError):
        load(session, 25, **wrong)


def test_private_servers_are_refused_unless_they_are_named(session):
    load(session, 25, allowed_hosts=[])
    with pytest.raises(FinopsError, match="loopback"):
        session.notify("email", "hello")


def test_dry_run_shows_the_mail(session):
    load(session, 25)
    shown = session.notify("email", "hello\nworld", dry_run=True)
    assert shown["Subject"] == "hello"
    assert "world" in shown["text/plain"]
