"""A connection to PostgreSQL for one transaction, and what it says told in the words of its user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from finopsnb.errors import FinopsError

__all__ = ["connected"]

_CONNECT_SECONDS = 5
_SETTINGS = {"TimeZone": "UTC", "DateStyle": "ISO", "IntervalStyle": "iso_8601"}


@contextmanager
def connected(dsn: str, seconds: float) -> Iterator[Any]:
    """A connection whose transaction is committed at the end, and rolled back where anything is raised.

    A statement may take ``seconds``. Raises FinopsError with the call that installs the package where it is missing, and for
    whatever the database refuses.
    """
    try:
        import psycopg
    except ImportError as error:
        hint = 'pip install "finopsnb[postgres]"'
        raise FinopsError("PostgreSQL cannot be reached: the package psycopg is not installed.", hint=hint) from error
    try:
        with psycopg.connect(dsn, connect_timeout=_CONNECT_SECONDS, application_name="finopsnb") as connection:
            for name, value in {**_SETTINGS, "statement_timeout": str(int(seconds * 1000))}.items():
                connection.execute("select set_config(%s, %s, true)", [name, value])
            yield connection
    except psycopg.OperationalError as error:
        raise FinopsError("The database did not do what was asked; nothing of it was kept.", why=_first(error), hint="check dsn") from None
    except psycopg.Error as error:
        raise FinopsError("The database refused; nothing of it was kept.", why=f"{error.diag.message_primary or _first(error)}.") from None


def _first(error: Exception) -> str:
    """What happened, without what was sent."""
    return str(error).strip().split("\n")[0]
