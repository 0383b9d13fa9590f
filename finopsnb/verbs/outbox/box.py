"""The outbox of a session: what is written into it, and when who sends."""

from __future__ import annotations

import atexit
import json
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from numbers import Integral
from typing import TYPE_CHECKING, Any

from finopsnb.errors import DeliveryError, FinopsError, nearest
from finopsnb.plugins.base import PluginBase, PluginType
from finopsnb.plugins.secrets import masker
from finopsnb.verbs.outbox.channel import Channel, under_way
from finopsnb.verbs.outbox.pacing import Pace

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.plugins.registry import PluginRegistry
    from finopsnb.store import Store
    from finopsnb.verbs.runs import Run

__all__ = ["STATUSES", "Outbox"]

STATUSES = ("pending", "sending", "sent", "failed", "given_up", "uncertain", "dry_run")
#: settled messages are forgotten after so long, which is longer than any window
_KEPT = timedelta(days=90)
_all: weakref.WeakSet[Outbox] = weakref.WeakSet()


class Outbox:
    """Hears which plugins are loaded and which runs end, and has a channel for each notification plugin of its session."""

    def __init__(self, store: Store, registry: PluginRegistry, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self._store, self._registry = store, registry
        self._channels: dict[str, Channel] = {}
        if not store.read_only:
            self._undo = [registry.hooks.on(event, heard, owner="outbox") for event, heard in _listening(weakref.ref(self)).items()]
            _close_at_exit()
            _all.add(self)

    def post(self, plugin: str, messages: Sequence[Mapping[str, Any]], hours: float) -> int:
        """Write messages of a plugin, and have them sent; how many were not written before. A read-only session writes none."""
        if self._store.read_only or not messages:
            return 0
        written = self._store.queue_messages([_row(plugin, message) for message in messages], timedelta(hours=hours))
        if written:
            self.channel(plugin).start(at_once=not all(message.get("digest") for message in messages))
        return len(written)

    def notify(self, run: Run, message: str, priority: str, metadata: Mapping[str, Any] | None) -> bool:
        """Write the message of a person and send it now; False where the channel refused it, or it is sent later.

        Raises what the plugin raised where trying again does not help.
        """
        name, status = run.plugin.name, "dry_run" if getattr(run.plugin.config, "dry_run", False) else "pending"
        row = _row(name, {"message": message, "priority": priority, "metadata": metadata, "event": "notify", "status": status})
        attempt = self.channel(name).send_next(hurry=True, only=self._store.queue_messages([row], timedelta(0)))
        if attempt is None or attempt.transient:
            self.channel(name).start()
        elif attempt.error is not None:
            raise attempt.error
        return attempt is not None and attempt.ok

    def deliver(self, wait: bool) -> pa.Table:
        """Have everything sent that is due for the loaded plugins, in this thread or in the background; the rows that were open."""
        self._require_writable()
        table = self._store.table("outbox")
        before = self._store.execute(table.filter(~table.status.isin(["sent", "given_up", "dry_run"]))["outbox_id"].name("id"))
        for name in self._names():
            self._take_up(name)
            self.channel(name).send_due() if wait else self.channel(name).start()
        return self.rows(ids=before["id"].to_pylist())

    def rows(self, status: str | None = None, ids: Collection[int] | None = None) -> pa.Table:
        """The outbox, or its rows of a status, the newest last."""
        table = self._store.table("outbox")
        if status is not None and status not in STATUSES:
            near = nearest(status, STATUSES) or "pending"
            raise FinopsError(
                f"{status} is no status of a message.", why=f"There are {', '.join(STATUSES)}.", hint=f"session.outbox({near!r})"
            )
        if status is not None:
            table = table.filter(table.status == status)
        if ids is not None:
            table = table.filter(table.outbox_id.isin(list(ids))) if ids else table.limit(0)
        return self._store.execute(table.order_by("outbox_id"))

    def retry(self, ids: int | str | Iterable[int | str]) -> None:
        """Send messages again, by number or by status. Raises FinopsError for one that there is not."""
        numbers = self._numbers(ids, ("failed", "given_up", "uncertain"))
        if numbers:
            self._store.change_messages(numbers, "pending")
        for name in self._names():
            self.channel(name).start()

    def drop(self, ids: int | str | Iterable[int | str]) -> None:
        """Never send messages, by number or by status."""
        numbers = self._numbers(ids, ("pending", "failed", "uncertain"))
        if numbers:
            self._store.change_messages(numbers, "given_up", "Dropped.")

    def channel(self, name: str) -> Channel:
        """The channel of a plugin, made when it is first needed."""
        if name not in self._channels:
            self._channels[name] = Channel(name, self._store, self.pace, lambda: self._plugin(name))
        return self._channels[name]

    def close(self) -> None:
        """Send for some seconds what is due, and end; what is left stays in the outbox. Closing twice is fine."""
        for undo in self.__dict__.pop("_undo", ()):
            undo()
        _all.discard(self)
        end = self.pace.ticks() + self.pace.flush_seconds
        for channel in self._channels.values():
            channel.finish(end)
        for channel in self._channels.values():
            channel.join(end - self.pace.ticks() + 0.1)

    def loaded(self, name: str) -> None:
        """A plugin is ready: what was left for its channel is sent."""
        if self._plugin(name) is not None and not self._store.closed:
            self._take_up(name)
            if self._store.next_message(name)[0] is not None:
                self.channel(name).start()

    def run_ended(self) -> None:
        """A run is over: the digests of what it found may go."""
        for channel in list(self._channels.values()):
            channel.start()

    def _take_up(self, name: str) -> None:
        plugin: Any = self._plugin(name)
        again = getattr(plugin.config, "when_uncertain", "resend") == "resend"
        with under_way() as keys:
            self._store.recover_messages(name, keys, knows=bool(plugin.deduplicates), again=again, keep=_KEPT)

    def _plugin(self, name: str) -> PluginBase | None:
        """The loaded instance, if it is a notification plugin that this session loaded."""
        plugin = self._registry.get_plugin(name)
        mine = plugin is not None and plugin.plugin_type is PluginType.NOTIFICATION and plugin.context.tables is self._store
        return plugin if mine else None

    def _names(self) -> list[str]:
        return [record.name for record in self._registry.records() if self._plugin(record.name) is not None]

    def _numbers(self, ids: int | str | Iterable[int | str], statuses: tuple[str, ...]) -> list[int]:
        self._require_writable()
        rows = {row["outbox_id"]: row["status"] for row in self.rows().select(["outbox_id", "status"]).to_pylist()}
        chosen: list[int] = []
        for one in [ids] if isinstance(ids, int | str | Integral) else ids:
            if str(one) in statuses:
                chosen += [number for number, status in rows.items() if status == one]
            elif str(one).isdecimal() and int(one) in rows:
                chosen.append(int(one))
            else:
                why = f"It is a number of the outbox, or {', '.join(statuses)}."
                raise FinopsError(f"There is no message {one} to choose.", why=why, hint="session.outbox()")
        return list(dict.fromkeys(chosen))

    def _require_writable(self) -> None:
        if self._store.read_only:
            raise DeliveryError("A read-only session sends nothing.", hint=f"finopsnb.open({self._store.path!r})")


def _listening(box: weakref.ref[Outbox]) -> dict[str, Any]:
    """The handlers of an outbox, which do not keep it."""

    def plugin_loaded(plugin: str) -> None:
        if (found := box()) is not None:
            found.loaded(plugin)

    def run_finished() -> None:
        if (found := box()) is not None:
            found.run_ended()

    return {"plugin_loaded": plugin_loaded, "run_finished": run_finished}


def _row(plugin: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as a row: no secret in its texts, its metadata as JSON."""
    texts = {name: masker.mask(str(message.get(name) or "")) for name in ("message", "title", "owner")}
    given = {name: item.to_dict() if hasattr(item, "to_dict") else item for name, item in (message.get("metadata") or {}).items()}
    metadata = json.dumps(masker.mask_value(given), ensure_ascii=False)  # a chart goes as its specification
    return {**message, **texts, "plugin": plugin, "metadata": metadata}


@cache
def _close_at_exit() -> None:
    """Registered after the first store is open: what is registered last is done first, and a closed file has no outbox."""
    atexit.register(_close_all)


def _close_all() -> None:
    for box in list(_all):
        box.close()
