"""The notebook's face of a session: ``%load_ext finopsnb`` brings the magics, TAB completion and offline charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from finopsnb.commands import State

__all__ = ["load_ipython_extension", "state", "unload_ipython_extension"]

#: what the magics of this notebook share, while they are loaded
_states: list[State] = []


def state() -> State | None:
    """What the magics of this notebook share (the user's variables, what was done so far); None where they are not loaded."""
    return _states[-1] if _states else None


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Put magics, completion and formatters on a shell; loading twice, or after a re-import, changes nothing."""
    from finopsnb.commands import State
    from finopsnb.notebook import completion, display, magics

    _states[:] = [State(variables=shell.user_ns)]
    magics.register(shell, _states[0])
    completion.register(shell, _states[0])
    display.register(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take off what :func:`load_ipython_extension` put on; an open session stays open."""
    from finopsnb.notebook import completion, display, magics

    _states.clear()
    magics.unregister(shell)
    completion.unregister(shell)
    display.unregister(shell)
