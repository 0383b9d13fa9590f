"""Whether anybody is there to click and to answer: a person at a front end, at a prompt, or nobody (nbclient, nbmake, papermill, a script).

A front end that answers questions says so with every cell that it sends; what runs notebooks by itself says that it does not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

__all__ = ["attended", "someone_is_there", "unattended"]


def attended() -> bool:
    """Whether somebody sits before a notebook: then it may be asked for input, and widgets are seen."""
    return bool(getattr(_kernel(), "_allow_stdin", False))


def unattended() -> bool:
    """Whether a notebook runs before which nobody sits: widgets would show nothing, and be lost when it is read."""
    return _kernel() is not None and not attended()


def someone_is_there() -> bool:
    """Whether a person can go on working meanwhile: before a notebook, or at an interactive prompt."""
    return attended() if _kernel() is not None else hasattr(sys, "ps1")


def _kernel() -> Any:
    """The kernel in which this runs, or None; IPython is not imported to find out."""
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    ask: Callable[[], Any] = get_ipython
    return getattr(ask(), "kernel", None)
