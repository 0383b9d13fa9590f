"""Every error that finopsnb raises on purpose.

    FinopsError
    ├── PluginError                  something about one plugin; carries its name and the phase of its life
    │   ├── PluginNotFound           no plugin of that name is registered or loaded
    │   ├── DuplicatePlugin          the name is taken; both origins are named
    │   ├── PluginMetadataError      name, version or type is unusable, or cannot be read
    │   ├── PluginConfigError        one or more settings are wrong or missing, all listed at once
    │   ├── PluginLoadError          import, construction or initialize() failed
    │   ├── PluginNotReady           not ready yet: initialize() may be retried
    │   ├── PluginDependencyError    a package or another plugin that it needs is missing or too old
    │   ├── PluginOutputError        it returned a shape that its type does not allow
    │   ├── PluginRunError           it raised while it worked
    │   └── UnsafePluginPath         a folder or file that should not be trusted with code
    ├── SecretError                  a secret reference cannot be resolved, or a literal secret is refused
    ├── DiscoveryError               a folder, package or file to look in cannot be read
    ├── StoreError                   something about the DuckDB file
    │   ├── StoreLocked              another process holds the file
    │   ├── StoreTooNew              written by a newer finopsnb
    │   ├── StoreDamaged             not a DuckDB file of ours, or unreadable
    │   ├── StoreClosed              the session was closed
    │   ├── QueryRefused             the SQL is not a single reading statement, or it failed
    │   ├── UnknownTable             no table of that name
    │   └── UnknownRun               no run of that number
    ├── FocusError                   a table cannot be understood as FOCUS
    ├── SourceError                  a file or address to collect from cannot be read
    ├── OutboundRefused              a plugin's request would go where it may not, or cannot be sent; nothing was
    ├── DeliveryError                nobody took a request or a message; says whether it may be tried again
    └── CommandError                 a magic or shell command was written in a way that cannot be understood

Each has three parts: what happened, in the user's own names; why; and a hint with the exact call that mends it.
"""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Iterable

__all__ = [
    "CommandError",
    "DeliveryError",
    "DiscoveryError",
    "DuplicatePlugin",
    "FinopsError",
    "FocusError",
    "OutboundRefused",
    "PluginConfigError",
    "PluginDependencyError",
    "PluginError",
    "PluginLoadError",
    "PluginMetadataError",
    "PluginNotFound",
    "PluginNotReady",
    "PluginOutputError",
    "PluginRunError",
    "QueryRefused",
    "SecretError",
    "SourceError",
    "StoreClosed",
    "StoreDamaged",
    "StoreError",
    "StoreLocked",
    "StoreTooNew",
    "UnknownRun",
    "UnknownTable",
    "UnsafePluginPath",
    "nearest",
]


class FinopsError(Exception):
    """The base of all errors of finopsnb: ``what`` happened, ``why``, and a ``hint`` that mends it.

    >>> print(FinopsError("No table is called cost.", why="The tables are costs, runs.", hint="session.table('costs')"))
    No table is called cost.
    The tables are costs, runs.
    Hint: session.table('costs')
    """

    #: set by ``%finops --debug``: show the whole traceback in the notebook instead of the three lines
    debug = False

    def __init__(self, what: str, *, why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.hint = what, why, hint

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The message as lines: what, why (where known), hint (where known)."""
        hint = f"Hint: {self.hint}" if self.hint else ""
        return [line for line in (self.what, self.why, hint) if line]

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        if self.debug:
            return "".join(traceback.format_exception(self)).splitlines()
        return [f"{type(self).__name__}: {self.what}", *self.lines()[1:]]


class PluginError(FinopsError):
    """Something about one plugin: ``plugin`` is its name, ``phase`` where in its life it happened."""

    def __init__(self, what: str, *, why: str = "", hint: str = "", plugin: str = "", phase: str = "") -> None:
        super().__init__(what, why=why, hint=hint)
        self.plugin, self.phase = plugin, phase


class PluginNotFound(PluginError, LookupError):
    """No plugin of that name is registered or loaded."""


class DuplicatePlugin(PluginError):
    """The name is taken by another plugin."""


class PluginMetadataError(PluginError):
    """Name, version or type is unusable, or the metadata cannot be read."""


class PluginConfigError(PluginError, ValueError):
    """Settings are wrong or missing. ``problems`` maps each key to what is wrong with it, never with a secret's value."""

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        hint: str = "",
        plugin: str = "",
        phase: str = "config",
        problems: dict[str, str] | None = None,
    ) -> None:
        super().__init__(what, why=why, hint=hint, plugin=plugin, phase=phase)
        self.problems = dict(problems or {})


class PluginLoadError(PluginError):
    """Import, construction or ``initialize()`` failed; the cause is chained."""


class PluginNotReady(PluginError):
    """Raised by ``initialize()`` when what it needs is not there yet; loading tries again."""


class PluginDependencyError(PluginError):
    """A package or another plugin that it needs is missing or too old."""


class PluginOutputError(PluginError, TypeError):
    """A plugin returned something that its type does not allow; nothing was written."""


class PluginRunError(PluginError):
    """A plugin raised while it worked; the cause is chained."""


class UnsafePluginPath(PluginError):
    """A folder or file that anyone may write to, or that leads out of its folder."""


class SecretError(FinopsError):
    """A secret reference cannot be resolved, or a literal secret is refused."""


class DiscoveryError(FinopsError):
    """A place to look for plugins cannot be read."""


class StoreError(FinopsError):
    """Something about the DuckDB file behind a session."""


class StoreLocked(StoreError):
    """Another process holds the file."""


class StoreTooNew(StoreError):
    """The file was written by a newer finopsnb."""


class StoreDamaged(StoreError):
    """The file is not a DuckDB database of ours, or cannot be read."""


class StoreClosed(StoreError):
    """The session was closed."""


class QueryRefused(StoreError, ValueError):
    """The SQL is not one reading statement, or the engine refused it."""


class UnknownTable(StoreError, LookupError):
    """No table of that name."""


class UnknownRun(StoreError, LookupError):
    """No run of that number."""


class FocusError(FinopsError, ValueError):
    """A table cannot be understood as FOCUS cost and usage data."""


class SourceError(FinopsError, OSError):
    """A file or address to collect from cannot be read."""


class OutboundRefused(FinopsError):
    """A request of a plugin to where it may not go, or one that cannot be sent as it is; nothing was sent."""


class DeliveryError(FinopsError):
    """A request or a message that nobody took, with what the sender has to know to try again.

    ``transient``: the same may work later, not before ``retry_after`` seconds where the other side says so. ``uncertain``: it was
    sent, and the other side may have taken it all the same. ``status`` is that of the reply, where there was one.
    """

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        hint: str = "",
        status: int | None = None,
        transient: bool = False,
        uncertain: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what, why=why, hint=hint)
        self.status, self.transient, self.uncertain, self.retry_after = status, transient, uncertain, retry_after


class CommandError(FinopsError):
    """A magic or shell command that cannot be understood."""


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option that ``word`` was most likely meant to be, or None.

    >>> nearest("aws-cru", ["aws-cur", "gcp-billing"])
    'aws-cur'
    """
    choices = {option.casefold(): option for option in sorted(options)}
    # a name may be of any type where people write it
    found = difflib.get_close_matches(str(word).casefold(), choices, n=1, cutoff=0.6)
    return choices[found[0]] if found else None
