"""Reading what ``env:``, ``file:`` and ``keyring:`` point to; every failure is a SecretError that says how to go on.

No exception is chained here: those of the system may carry the content (UnicodeDecodeError does).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from finopsnb.errors import SecretError, nearest

__all__ = ["LARGEST_FILE", "REFERENCE", "read_reference"]

LARGEST_FILE = 64 * 1024

#: ``file://...`` is an address and no reference
REFERENCE = re.compile(r"(?P<kind>env|file|keyring):(?!//)(?P<rest>\S.*)")


def read_reference(reference: str, environ: Mapping[str, str]) -> str:
    """The text behind a reference; raises SecretError."""
    found = REFERENCE.fullmatch(reference)
    if found is None:
        raise SecretError("This is not a reference to a secret.", hint='write "env:NAME", "file:PATH" or "keyring:SERVICE/USER"')
    kind, rest = found["kind"], found["rest"].strip()
    if kind == "env":
        return _from_environment(rest, environ)
    return _from_file(rest) if kind == "file" else _from_keyring(rest)


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    if value := environ.get(name, ""):
        return value
    near = nearest(name, [other for other in environ if other != name])
    raise SecretError(
        f"The environment variable {name} is {'empty' if name in environ else 'not set'}.",
        why=f"There is one called {near}." if near else "",
        hint=f'import getpass, os; os.environ["{name}"] = getpass.getpass("{name}: ")',
    )


def _from_file(name: str) -> str:
    path = Path(name).expanduser()
    problem, text = _content(path)
    if not problem and not text:
        problem = "it is empty"
    if problem:
        raise SecretError(
            f"The secret file {path} cannot be used: {problem}.",
            why="" if path.is_absolute() else f"It was looked for in {Path.cwd()}.",
            hint=f'put the secret alone into the file and run: chmod 600 "{path}"',
        )
    return text


def _content(path: Path) -> tuple[str, str]:
    """(problem, text): a regular file of UTF-8 text, read no further than the limit."""
    try:
        if not path.is_file():
            return ("it is not a regular file" if path.exists() else "it does not exist"), ""
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            return f"it is larger than {LARGEST_FILE // 1024} KiB", ""
        return "", data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return "it is not UTF-8 text", ""
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or "its name is not a path", ""


def _from_keyring(rest: str) -> str:
    service, _, user = rest.rpartition("/")
    if not service or not user:
        raise SecretError(f"keyring:{rest} does not name a service and a user.", hint='write "keyring:SERVICE/USER"')
    problem, value = _asked(_get_password(), service, user)
    if value:
        return value
    raise SecretError(f"The keyring has no secret for {service}/{user}.", why=problem, hint=f'keyring set "{service}" "{user}"')


def _asked(get_password: Callable[[str, str], str | None], service: str, user: str) -> tuple[str, str]:
    """(problem, secret); a backend may raise anything, and only the kind of its failure is safe to repeat."""
    try:
        return "", get_password(service, user) or ""
    except Exception as error:  # noqa: BLE001 - backends are strangers
        return f"The keyring failed with {type(error).__name__}.", ""


def _get_password() -> Callable[[str, str], str | None]:
    try:
        import keyring
    except ImportError:
        module = None
    else:
        module = keyring
    if module is None:
        raise SecretError("The package keyring is not installed.", hint='pip install "finopsnb[keyring]"')
    get_password: Callable[[str, str], str | None] = module.get_password
    return get_password
