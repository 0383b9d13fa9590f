"""``%finops`` and ``%%finops``: a line of the vocabulary in, a line of status and the session's own object out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from finopsnb.commands import State, run_line
from finopsnb.commands.helping import contents
from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["register", "unregister"]

Magic = Callable[..., Any]


def register(shell: InteractiveShell, state: State) -> None:
    """Give a shell the magics; doing it again replaces them."""
    put_on: Magic = shell.register_magic_function
    put_on(_magic(state), magic_kind="line_cell", magic_name="finops")


def unregister(shell: InteractiveShell) -> None:
    """Take the magics off again."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("finops", None)


def _magic(state: State) -> Magic:
    from IPython.core.magic import no_var_expand, output_can_be_silenced

    def finops(line: str, cell: str | None = None) -> Any:
        try:
            result = run_line(state, line, cell)
        except FinopsError as error:
            _mask(error)
            raise
        if result.line:
            print(result.line)
        return result.value if result.shown is None else result.shown

    finops.__doc__ = f"{contents(state.face)}\n"
    magic: Magic = no_var_expand(output_can_be_silenced(finops))
    return magic


def _mask(error: FinopsError) -> None:
    """What an error shows is kept in the notebook's file: no known secret may be in it, in a traceback least of all."""
    from finopsnb.plugins.secrets import masker

    error.what, error.why, error.hint = (masker.mask(text) for text in (error.what, error.why, error.hint))
    if error.debug:
        shown = [masker.mask(line) for line in error._render_traceback_()]
        error._render_traceback_ = lambda: shown  # type: ignore[method-assign]
