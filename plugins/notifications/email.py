"""Messages by mail, over SMTP with STARTTLS or TLS."""

from __future__ import annotations

import re
import smtplib
import ssl
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, SecretStr, StringConstraints, model_validator

from finopsnb.errors import DeliveryError
from finopsnb.plugins import PluginMetadata, PluginType
from finopsnb.plugins.messages import SubscribedPlugin, Subscription
from finopsnb.plugins.outbound import Outbound

from ._mailing import GuardedSMTP, conversation, mail, posted
from ._posting import priority_of, title_and_rest

__all__ = ["EmailPlugin"]

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_ASCII = r"[!#-'*+/-9=?A-Z^-~.-]+"
Mailbox = Annotated[str, StringConstraints(pattern=re.compile(rf"^{_ASCII}@[A-Za-z0-9.-]+$"), max_length=254)]


class EmailPlugin(SubscribedPlugin):
    """Sends mails with words, the same as HTML, and where ``metadata`` has a ``chart`` its picture.

    The Message-ID is made of the key of the message: mail systems that know one again show it once.
    """

    class Config(Subscription):
        """The server, who writes, and to whom."""

        host: str = Field(min_length=1, description="The mail server: smtp.example.com")
        port: int | None = Field(None, gt=0, lt=65536, description="587 for STARTTLS and 465 for TLS unless given")
        security: Literal["starttls", "tls", "none"] = Field(
            "starttls", description="How the connection is encrypted; none only for a server that allowed_hosts names"
        )
        username: str = Field("", description="The user at the server, where it wants one")
        password: SecretStr | None = Field(None, description="The user's password, as a reference: env:NAME")
        sender: Mailbox = Field(description="Who writes: costs@example.com")
        recipients: list[Mailbox] = Field(min_length=1, description="To whom")
        allowed_hosts: list[str] = Field(default_factory=list, description="The server by its name, where its address is private")

        @model_validator(mode="after")
        def _encrypted(self) -> EmailPlugin.Config:
            if self.security == "none" and (self.password or not self.allowed_hosts):
                raise ValueError("without encryption no password is sent, and only to a server that allowed_hosts names")
            return self

    metadata = PluginMetadata(
        name="email",
        version="1.0.0",
        author="The finopsnb authors",
        description="Sends messages by mail over SMTP with STARTTLS or TLS, as text and HTML, with a chart as a picture.",
        plugin_type=PluginType.NOTIFICATION,
        tags=("notification", "email", "smtp"),
        license="Apache-2.0",
    )
    deduplicates: ClassVar[bool] = True

    config: Config

    def initialize(self) -> None:
        """Make the guard; nothing is looked up or connected to."""
        self.outbound = Outbound(self.config.allowed_hosts)

    def send_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> bool:
        """Send one mail; raises DeliveryError where the server did not take it."""
        letter, config = self._mail(message, priority, dict(metadata or {})), self.config
        try:
            smtp = GuardedSMTP(self.outbound, config.host, self._port, tls=config.security == "tls")
            with conversation(smtp):
                self._greet(smtp)
                refused = posted(smtp, config.sender, config.recipients, letter)
        except smtplib.SMTPResponseException as error:
            raise self._failed(f"answered {error.smtp_code}", transient=400 <= error.smtp_code < 500) from None
        except smtplib.SMTPNotSupportedError as error:
            raise self._failed(f"cannot do what the settings want: {error}", transient=False) from None
        except ssl.SSLCertVerificationError as error:
            raise self._failed(f"has a certificate that is not to be trusted: {error.verify_message}", transient=False) from None
        except (smtplib.SMTPException, OSError):
            raise self._failed("broke the connection off", transient=True) from None
        if refused:
            self.context.logger.warning("the mail server refused %d of %d recipients", len(refused), len(config.recipients))
        return True

    def preview_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> dict[str, Any]:
        """The headers and both texts of the mail that would be sent, and how many bytes it has."""
        letter = self._mail(message, priority, dict(metadata or {}))
        parts = {part.get_content_type(): part for part in letter.walk() if not part.is_multipart()}
        texts = {kind: parts[kind].get_content() for kind in ("text/plain", "text/html")}
        return {name: str(value) for name, value in letter.items()} | texts | {"bytes": len(letter.as_bytes())}

    @property
    def _port(self) -> int:
        return self.config.port or _PORTS[self.config.security]

    def _mail(self, message: str, priority: str, told: dict[str, Any]) -> Any:
        title, rest = title_and_rest(message, told)
        return mail(self.config.sender, self.config.recipients, title, rest, priority_of(priority), told)

    def _greet(self, smtp: smtplib.SMTP) -> None:
        """Encrypt before anything is said; a server that offers no STARTTLS gets nothing."""
        if self.config.security == "starttls":
            smtp.starttls(context=self.outbound.tls_context())
        if self.config.password is not None:
            smtp.login(self.config.username, self.config.password.get_secret_value())
        else:
            smtp.ehlo_or_helo_if_needed()

    def _failed(self, what: str, *, transient: bool) -> DeliveryError:
        return DeliveryError(f"The mail server {self.config.host} {what}.", why="The mail was not sent.", transient=transient)
