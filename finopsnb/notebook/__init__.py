"""The notebook's face of a session: ``%load_ext finopsnb`` brings the magics, TAB completion and offline charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Put magics, completion and formatters on a shell; loading twice, or after a re-import, changes nothing."""
    from finopsnb.commands import State
    from finopsnb.notebook import completion, display, magics

    state = State(variables=shell.user_ns)
    magics.register(shell, state)
    completion.register(shell, state)
    display.register(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take off what :func:`load_ipython_extension` put on; an open session stays open."""
    from finopsnb.notebook import completion, display, magics

    magics.unregister(shell)
    completion.unregister(shell)
    display.unregister(shell)
