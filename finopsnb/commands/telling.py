"""Commands that tell people: a message through a channel, and what became of all messages."""

from __future__ import annotations

import json
from argparse import Namespace
from collections import Counter
from typing import Any

from finopsnb.commands.state import State
from finopsnb.commands.texts import count, visible
from finopsnb.commands.vocabulary import SHELL, Result, argument, command
from finopsnb.commands.work import made_ready
from finopsnb.errors import CommandError, nearest
from finopsnb.frames import to_frame

__all__: list[str] = []

_PRIORITIES = ("low", "normal", "high", "critical")
_CONFIG = argument("--config", metavar="FILE", faces=(SHELL,), completes="files", help="take settings from [NAME] of this TOML file")


@command(
    "notify",
    "send a message through a notification plugin; or show what would be sent",
    argument("name", completes="channels"),
    argument("message", nargs="+", metavar="MESSAGE", help="the text; its first line is the title"),
    argument("--priority", default="normal", metavar="P", completes="priorities", help="low, normal (default), high or critical"),
    argument("--dry-run", action="store_true", help="send nothing, and show what would be sent"),
    _CONFIG,
    group="work",
    examples=('notify slack "EC2 is 40 % over its budget" --priority high', 'notify email "March is closed" --dry-run'),
    notes="What the channel does not take now stays in the outbox, and is tried again.",
)
def notify(state: State, arguments: Namespace) -> Result:
    if arguments.priority not in _PRIORITIES:
        near = nearest(arguments.priority, _PRIORITIES) or "normal"
        raise CommandError(f"There is no priority {visible(arguments.priority)}.", hint=f"--priority {near}")
    made_ready(state, [arguments.name], [], arguments)
    session, message = state.session, " ".join(arguments.message)
    if arguments.dry_run:
        shown = session.notify(arguments.name, message, arguments.priority, dry_run=True)
        line = visible(json.dumps(shown, indent=2, ensure_ascii=False), keep="\n")
        return Result(shown if state.face != SHELL else None, f"{line}\nnothing was sent")
    sent = session.notify(arguments.name, message, arguments.priority)
    return Result(sent if state.face != SHELL else None, _outcome(session, arguments.name))


@command(
    "outbox",
    "messages and what became of them; or send what is due, send again, or give up",
    argument("--status", metavar="STATUS", completes="statuses", help="only those that are so: pending, failed, given_up, uncertain, sent"),
    argument("--send", action="store_true", help="send what is due for the loaded plugins, and wait for it"),
    argument("--retry", action="append", metavar="ID", completes="messages", help="send a message again, by its number or all of a status"),
    argument("--drop", action="append", metavar="ID", completes="messages", help="never send a message, by its number or all of a status"),
    group="work",
    examples=("outbox", "outbox --send", "outbox --retry 7 --send", "outbox --drop uncertain"),
    notes="In the shell, --send loads the plugins that have messages to send, with their settings in finopsnb.toml.",
    frame=True,
)
def outbox(state: State, arguments: Namespace) -> Result:
    session = state.session
    if arguments.retry or arguments.drop:
        session.outbox(retry=arguments.retry or (), drop=arguments.drop or (), frames="arrow")
    if arguments.send:
        _load_channels(state)
        session.deliver(wait=True, frames="arrow")
    table = session.outbox(arguments.status, frames="arrow")
    counts = Counter(table["status"].to_pylist())
    told = ", ".join(f"{number:,} {status.replace('_', ' ')}" for status, number in sorted(counts.items()))
    return Result(to_frame(table, state.kind), f"{count(table.num_rows, 'message')}: {told}" if counts else "no messages")


def _load_channels(state: State) -> None:
    """In the shell nothing is loaded yet: those plugins are whose messages are open."""
    if state.face != SHELL:
        return
    table = state.session.outbox(frames="arrow")
    rows = table.select(["plugin", "status"]).to_pylist()
    for name in sorted({row["plugin"] for row in rows if row["status"] in ("pending", "failed", "sending")}):
        state.session.load(name)


def _outcome(session: Any, name: str) -> str:
    """What became of the message that was written last."""
    row = session.outbox(frames="arrow").to_pylist()[-1]
    if row["status"] == "sent":
        return f"{name}: sent"
    said = {"failed": "not sent yet", "dry_run": "written into the outbox, and not sent: the plugin's setting dry_run says so"}
    again = f"; tried again after {row['next_attempt_at']:%H:%M:%S} UTC" if row["next_attempt_at"] else ""
    why = f": {visible(row['last_error'])}" if row["last_error"] else ""
    return f"{name}: {said.get(row['status'], row['status'].replace('_', ' '))}{why}{again}"
