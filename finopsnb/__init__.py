"""finopsnb: from a billing file to a chart in one notebook.

>>> import finopsnb
>>> with finopsnb.open(":memory:") as session:
...     len(session.runs())
0

In a notebook: ``%load_ext finopsnb``, then ``%finops help``. Importing this package is quick: everything heavy (pandas,
polars, Altair, DuckDB, IPython, ...) is imported by the call that needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finopsnb import focus, plugins, session
    from finopsnb.session import Session, open

__version__ = "0.1.0"

__all__ = ["Session", "__version__", "focus", "open", "panel", "plugins", "session"]

_MODULES = ("focus", "plugins", "session")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        from importlib import import_module

        return import_module(f"finopsnb.{name}")
    if name in ("Session", "open"):
        from finopsnb import session as module

        return getattr(module, name)
    raise AttributeError(f"module 'finopsnb' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


def panel(session: Session | None = None, tab: str | None = None) -> Any:
    """The panel of a session (the open one): plugins, settings, runs, data and hooks by clicking; also ``session.panel()``."""
    from finopsnb.notebook.panels import panel_of
    from finopsnb.session import current

    return panel_of(session if session is not None else current(), tab)


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext finopsnb``: the magics ``%finops`` and ``%%finops``; loading twice changes nothing."""
    from finopsnb.notebook import load_ipython_extension as load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """``%unload_ext finopsnb``: take the magics off again."""
    from finopsnb.notebook import unload_ipython_extension as unload

    unload(shell)
