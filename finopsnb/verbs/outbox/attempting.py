"""One attempt: the rows of a message as the plugin is given them, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from finopsnb.errors import DeliveryError, FinopsError, OutboundRefused, PluginOutputError
from finopsnb.plugins.hooks import describe_error
from finopsnb.plugins.secrets import masker
from finopsnb.verbs.outbox.pacing import GIVE_UP

if TYPE_CHECKING:
    from finopsnb.plugins.base import PluginBase
    from finopsnb.store.delivering import Outcome

__all__ = ["Attempt", "attempted", "settled", "told_by"]


@dataclass(frozen=True)
class Attempt:
    """Whether the channel has the message; ``error`` is what was raised instead, or None where it said no."""

    ok: bool
    error: BaseException | None = None

    @property
    def retry_after(self) -> float | None:
        return self.error.retry_after if isinstance(self.error, DeliveryError) else None

    @property
    def transient(self) -> bool:
        """Whether it may work later; what the libraries of other authors raise about a connection counts as that."""
        if isinstance(self.error, DeliveryError):
            return self.error.transient
        return isinstance(self.error, OSError)

    @property
    def doubtful(self) -> bool:
        """Whether the channel may have it all the same."""
        if isinstance(self.error, DeliveryError):
            return self.error.uncertain
        return isinstance(self.error, OSError) or (self.error is not None and not isinstance(self.error, Exception))

    @property
    def text(self) -> str:
        if self.error is None:
            return "" if self.ok else "The channel refused it."
        words = " ".join(self.error.lines()) if isinstance(self.error, FinopsError) else describe_error(self.error)
        return masker.mask(" ".join(words.split()))[:500]


def told_by(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The message, its priority and its metadata: of one row as they were written, of several as a digest."""
    from finopsnb.plugins.messages import summed_up

    first = rows[0]
    if len(rows) > 1:
        told = summed_up(rows)
    else:
        told = {"priority": first["priority"], "message": first["message"], "metadata": json.loads(first["metadata"] or "{}")}
    extra = {"title": first["title"], "event": first["event"]} if len(rows) == 1 else {"event": "digest"}
    told["metadata"] = {
        **{name: value for name, value in extra.items() if value},
        **told["metadata"],
        "idempotency_key": first["sent_as"],
        "again": any(row["doubts"] for row in rows),
    }
    return told


def attempted(plugin: PluginBase, told: Mapping[str, Any]) -> Attempt:
    """Hand a message to a plugin. What its code raises is the outcome, as it is of a wrong answer; Ctrl-C too."""
    sender: Any = plugin
    try:
        answer = sender.send_notification(told["message"], told["priority"], dict(told["metadata"]))
    except BaseException as error:  # noqa: BLE001 - it is kept, and raised again where somebody waits
        return Attempt(False, error)
    if isinstance(answer, bool):
        return Attempt(answer)
    kind = "nothing" if answer is None else f"a {type(answer).__name__}"
    what = f"{plugin.name}.send_notification() returned {kind} and not True or False."
    return Attempt(False, PluginOutputError(what, plugin=plugin.name, phase="run"))


def settled(attempt: Attempt, plugin: PluginBase, rows: Sequence[Mapping[str, Any]], now: datetime, delay: float) -> Outcome:
    """What the rows of a message are after an attempt; ``delay`` is how long the channel is left alone."""
    from finopsnb.store.delivering import Outcome

    again = now + timedelta(seconds=delay)
    paused = again if attempt.retry_after is not None else None
    if attempt.ok:
        return Outcome("sent")
    if attempt.doubtful and not getattr(plugin, "deduplicates", False):
        once_more = (attempt.transient or _interrupted(attempt)) and _resends(plugin) and not any(row["doubts"] for row in rows)
        return Outcome("failed" if once_more else "uncertain", attempt.text, again if once_more else None, paused, doubtful=True)
    if attempt.transient or _interrupted(attempt):
        if now - min(row["created_at"] for row in rows) < GIVE_UP:
            return Outcome("failed", attempt.text, again, paused, doubtful=attempt.doubtful)
        return Outcome("given_up", f"It was tried for {GIVE_UP.days} days. {attempt.text}", None, paused)
    if attempt.doubtful:
        return Outcome("uncertain", attempt.text, doubtful=True)
    return Outcome("given_up", attempt.text, logged=attempt.error is None or isinstance(attempt.error, DeliveryError | OutboundRefused))


def _resends(plugin: PluginBase) -> bool:
    return getattr(plugin.config, "when_uncertain", "resend") == "resend"


def _interrupted(attempt: Attempt) -> bool:
    return attempt.error is not None and not isinstance(attempt.error, Exception)
