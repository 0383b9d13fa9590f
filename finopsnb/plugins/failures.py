"""What went wrong with a plugin, as data: where in its life, in which file and line, why, and what mends it."""

from __future__ import annotations

import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from finopsnb.errors import FinopsError, PluginError, PluginNotReady
from finopsnb.plugins.hooks import describe_error
from finopsnb.plugins.secrets import masker

__all__ = ["PluginFailure", "failure_of", "hint_for", "is_users_to_mend"]

_HERE = str(Path(__file__).parent.parent)
_HINTS = {
    "import": '%finops info {name} shows where it comes from; mend the file and session.load("{name}")',
    "metadata": "write metadata as a literal PluginMetadata(...)",
    "config": "%finops config {name} lists the settings",
    "construct": "__init__ should do no work; move it to initialize()",
    "initialize": 'mend the cause, then session.load("{name}")',
    "shutdown": "the plugin is unloaded; look at its shutdown()",
    "run": 'mend the cause and run it again; session.reload("{name}") takes changed code or settings',
}


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """One failure: ``phase`` is import, metadata, config, construct, initialize, run, health or shutdown."""

    plugin: str
    phase: str
    exception: str
    reason: str
    file: str = ""
    line: int = 0
    hint: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        where = f" ({self.file}:{self.line})" if self.file else ""
        return f"{self.plugin}: {self.phase} failed: {self.reason}{where}"


def failure_of(plugin: str, phase: str, error: BaseException, path: Path | None = None) -> PluginFailure:
    """Describe ``error``; file and line are those of the plugin's own code where the traceback has any."""
    own = isinstance(error, FinopsError)
    cause = error.__cause__ if own and error.__cause__ is not None else error
    file, line = _place(cause, path)
    reason = "; ".join(part for part in (error.what, error.why) if part) if isinstance(error, FinopsError) else ""
    phase = (isinstance(error, PluginError) and error.phase) or phase
    return PluginFailure(
        plugin,
        phase,
        type(cause).__name__,
        masker.mask(reason or describe_error(error))[:2000],
        file,
        line,
        masker.mask(getattr(error, "hint", "") or hint_for(plugin, phase)),
    )


def hint_for(plugin: str, phase: str) -> str:
    """The call that most likely mends a failure of this phase."""
    return _HINTS.get(phase, "").format(name=plugin)


def is_users_to_mend(error: BaseException) -> bool:
    """Our own errors already say everything in the user's words and need no wrapping."""
    return isinstance(error, FinopsError) and not isinstance(error, PluginNotReady)


def _place(error: BaseException, path: Path | None) -> tuple[str, int]:
    if isinstance(error, SyntaxError) and error.filename:
        return str(error.filename), error.lineno or 0
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [place for place in frames if _is_plugin_code(place[0], path)]
    return (own or frames or [("", 0)])[-1]


def _is_plugin_code(name: str, path: Path | None) -> bool:
    if path is not None:
        return Path(name) == path
    return not name.startswith(_HERE) and not name.startswith("<frozen")
