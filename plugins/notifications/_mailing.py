"""A mail as it is sent: words, the same as HTML, a chart as a picture inside; and the conversation with the server."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate
from html import escape
from types import SimpleNamespace
from typing import Any

from finopsnb.errors import DeliveryError
from finopsnb.plugins.outbound import Outbound

__all__ = ["GuardedSMTP", "conversation", "mail", "posted"]

#: for the whole conversation
_SECONDS = 60.0
_COLOURS = {"low": "#6b6b6b", "normal": "#0072b2", "high": "#b36b00", "critical": "#b34700"}


class GuardedSMTP(smtplib.SMTP):
    """A client whose connection is made by the guard; with ``tls`` it is encrypted from the first byte."""

    def __init__(self, outbound: Outbound, host: str, port: int, *, tls: bool) -> None:
        self._outbound, self._tls = outbound, tls
        super().__init__(host, port, local_hostname="[127.0.0.1]", timeout=outbound.read_seconds)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 - as smtplib calls it
        sock = self._outbound.connect(host, port)
        return self._outbound.tls_context().wrap_socket(sock, server_hostname=host) if self._tls else sock


def mail(sender: str, recipients: Sequence[str], title: str, text: str, priority: str, metadata: Mapping[str, Any]) -> EmailMessage:
    """The message; its Message-ID is made of the key of the message, so that a second delivery has the same."""
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"], message["To"] = sender, ", ".join(recipients)
    message["Subject"] = " ".join(f"{'[critical] ' if priority == 'critical' else ''}{title}".split())[:200] or "finopsnb"
    message["Date"] = formatdate(usegmt=True)
    if key := metadata.get("idempotency_key"):
        message["Message-ID"] = f"<{key}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Importance"] = {"low": "low", "high": "high", "critical": "high"}.get(priority, "normal")
    facts = {str(name): str(value) for name, value in (metadata.get("facts") or {}).items()}
    picture = _picture(metadata.get("chart"))
    message.set_content("\n".join([title, "", text, *(f"{name}: {value}" for name, value in facts.items())]))
    message.add_alternative(_html(title, text, facts, priority, picture is not None), subtype="html")
    if picture is not None:
        html: Any = message.get_payload()[1]  # type: ignore[index]
        html.add_related(picture, "image", "png", cid="<chart@finopsnb>", disposition="inline", filename="chart.png")
    return message


def posted(smtp: smtplib.SMTP, sender: str, recipients: Sequence[str], message: EmailMessage) -> list[str]:
    """Hand a message to the server; the recipients that it refused. Raises DeliveryError where it refused all, or the message."""
    _require(smtp.mail(sender), "the sender")
    refused = {one: answer for one in recipients if (answer := smtp.rcpt(one))[0] not in (250, 251)}
    if len(refused) == len(recipients):
        _require(next(iter(refused.values())), "every recipient")
    try:
        _require(smtp.data(message.as_bytes()), "the message")
    except (OSError, smtplib.SMTPServerDisconnected):
        what = "The mail server took the message, and did not say so."
        raise DeliveryError(what, why="The connection broke.", transient=True, uncertain=True) from None
    return list(refused)


@contextlib.contextmanager
def conversation(smtp: smtplib.SMTP) -> Iterator[None]:
    """Say goodbye at the end, and care for no answer: the message was taken, or was not. A server that drips its answers is cut off."""

    def cut() -> None:
        with contextlib.suppress(OSError, AttributeError):
            smtp.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    timer = threading.Timer(_SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.quit()
    finally:
        timer.cancel()
        smtp.close()


def _require(answer: tuple[int, bytes], what: str) -> None:
    code, said = answer
    if not 200 <= code < 300:
        why = " ".join(said.decode("utf-8", "replace").split())[:200]
        raise DeliveryError(f"The mail server refused {what} with {code}.", why=why, status=code, transient=400 <= code < 500)


def _html(title: str, text: str, facts: Mapping[str, str], priority: str, picture: bool) -> str:
    colour = _COLOURS.get(priority, _COLOURS["normal"])
    rows = "".join(f"<tr><th align='left'>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts.items())
    lines = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())
    image = '<p><img src="cid:chart@finopsnb" alt="chart"></p>' if picture else ""
    return (
        '<!doctype html><html><body style="font-family: system-ui, sans-serif">'
        f'<h2 style="border-left: 6px solid {colour}; padding-left: 8px">{escape(title)}</h2>{lines}{image}'
        f"{f'<table>{rows}</table>' if rows else ''}</body></html>"
    )


def _picture(spec: Any) -> bytes | None:
    """A chart, or its Vega-Lite specification, as PNG."""
    if spec is None:
        return None
    from finopsnb.charts.rendering import to_png

    return to_png(spec if hasattr(spec, "to_dict") else SimpleNamespace(to_dict=lambda: spec))
