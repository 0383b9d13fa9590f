"""What the commands share while they run: the open session, the plugins, and the user's variables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.commands.vocabulary import NOTEBOOK, SHELL
from finopsnb.errors import CommandError

if TYPE_CHECKING:
    from finopsnb.plugins.manager import PluginManager
    from finopsnb.session import Session

__all__ = ["DEFAULT_FILE", "State"]

DEFAULT_FILE = "finops.duckdb"
_MOST_DONE = 1_000


@dataclass
class State:
    """One per face; the open session itself is ``finopsnb.session()``, so Python code and commands see the same one."""

    face: str = NOTEBOOK
    #: the user's variables, where ``-o NAME`` puts results
    variables: dict[str, Any] = field(default_factory=dict)
    #: what the shell's ``--db`` said, and whether the command only reads it
    file: str = DEFAULT_FILE
    read_only: bool = False
    #: the session that a command opened, and how
    opened: tuple[Session, bool] | None = None
    #: the plugins where no session is open
    manager: PluginManager | None = None
    #: the Python that the commands so far equal, the last one last
    done: list[str] = field(default_factory=list)
    _kind: str | None = None

    def remember(self, code: str | None) -> None:
        """Keep the Python that an action equals, for ``%finops code``."""
        if code:
            self.done = [*self.done, code][-_MOST_DONE:]

    @property
    def open_session(self) -> Session | None:
        """The open session, or None."""
        from finopsnb.errors import StoreClosed
        from finopsnb.session import current

        try:
            return current()
        except StoreClosed:
            return None

    @property
    def session(self) -> Session:
        """The open session; the shell opens its file, the notebook raises CommandError with the line that opens one."""
        session = self.open_session
        if session is not None:
            return session
        if self.face == SHELL:
            return self.open(self.file, read_only=self.read_only, frames="arrow")
        raise CommandError("No session is open.", hint=f"%finops open {DEFAULT_FILE}")

    @property
    def existing_session(self) -> Session | None:
        """The open session; in the shell that of its file, where there is one already."""
        shell_has_file = self.face == SHELL and Path(self.file).exists()
        return self.session if shell_has_file else self.open_session

    def open(self, path: str, *, read_only: bool = False, frames: str = "pandas") -> Session:
        """Open a file as the session, closing what a command opened before; the same file again is the same session."""
        from finopsnb import session as sessions

        if (same := self._same(path, read_only)) is not None:
            return same
        self.close_opened()
        session = sessions.open(path, read_only=read_only, frames=frames)
        self.opened = (session, read_only)
        return session

    def close_opened(self) -> None:
        """Close the session that a command opened, if any; one that Python code opened is left alone."""
        if self.opened is not None:
            self.opened[0].close()
            self.opened = None

    @property
    def plugins(self) -> PluginManager:
        """The session's plugins; without a session a manager of the default registry. Discovers on first use."""
        if (session := self.open_session) is not None:
            return session.plugins
        if self.manager is None:
            from finopsnb.plugins.manager import PluginManager

            self.manager = PluginManager()
        return self.manager

    @property
    def kind(self) -> str:
        """The kind of DataFrame that results come as."""
        if self._kind is not None:
            return self._kind
        if (session := self.open_session) is not None:
            return session.frames
        return "arrow" if self.face == SHELL else "pandas"

    @contextmanager
    def frames(self, kind: str | None) -> Iterator[None]:
        """For one command, let every DataFrame be of another kind."""
        session, before = self.open_session, self._kind
        kept = session.frames if session is not None else None
        self._kind = kind or before
        try:
            if session is not None and kind is not None:
                session.frames = kind  # type: ignore[assignment]
            yield
        finally:
            self._kind = before
            if session is not None and kept is not None:
                session.frames = kept

    def _same(self, path: str, read_only: bool) -> Session | None:
        session = self.open_session
        if session is None or path == ":memory:" or Path(session.path).resolve() != Path(path).resolve():
            return None
        changed = self.opened is not None and self.opened[0] is session and self.opened[1] != read_only
        return None if changed else session
