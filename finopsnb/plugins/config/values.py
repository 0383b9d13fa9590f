"""The values of settings: the dict that hides them, and the reading of references, text and literal secrets in them."""

from __future__ import annotations

import copy
import html
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NoReturn, SupportsIndex

from finopsnb.errors import SecretError
from finopsnb.plugins.secrets import Secret, is_reference, is_secret_name, masker, resolve

__all__ = ["MISSING", "ConfigDict", "Intake", "dotted", "from_text", "hidden", "own_copy"]

Path = tuple[str | int, ...]


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


#: no value was given anywhere; None is a value
MISSING: Final = _Missing()


class ConfigDict(dict[str, Any]):
    """The settings of a dict style plugin. It is an ordinary dict, except that it never shows a secret.

    >>> ConfigDict({"api_key": Secret("s3cr3t"), "path": "x.csv"})
    {'api_key': '****', 'path': 'x.csv'}
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(masker.mask_value(dict(self)))

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"

    def copy(self) -> ConfigDict:
        return ConfigDict(self)

    __copy__ = copy

    def __deepcopy__(self, memo: Any) -> ConfigDict:
        return ConfigDict(own_copy(dict(self)))

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("settings cannot be pickled: they may hold secrets")


class Intake:
    """Takes settings in: containers are copied, references resolved, secrets made to hide themselves.

    ``is_secret`` decides by the last key of a path. A reference that cannot be resolved goes to ``problems`` and its
    value becomes None. Outside of secrets only upper-case names count as ``env:``, since ``env:prod`` is a tag.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        is_secret: Callable[[str], bool] = is_secret_name,
        problems: dict[str, str] | None = None,
    ) -> None:
        self.environ, self.is_secret = environ, is_secret
        self.problems = {} if problems is None else problems
        self.secrets: dict[str, Secret] = {}
        self._referred: set[str | int] = set()

    def read(self, value: Any, path: Path = (), secret: bool = False) -> Any:
        """A copy of ``value`` with everything in it resolved and hidden."""
        if isinstance(value, Mapping):
            return {k: self.read(item, (*path, k), secret or self.is_secret(str(k))) for k, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset) and not hasattr(value, "_fields"):
            items = [self.read(item, (*path, index), secret) for index, item in enumerate(value)]
            return _same_kind(value, items)
        if isinstance(value, str):
            return self._text(value, path, secret)
        if isinstance(inner := getattr(value, "get_secret_value", lambda: None)(), str):
            return self._text(inner, path, True)
        return own_copy(value)

    def _text(self, value: str, path: Path, secret: bool) -> str | None:
        if is_reference(value) and (secret or not value.startswith("env:") or value == value[:4] + value[4:].upper()):
            return self._resolved(value, path)
        return self.hiding(value, secret)

    def _resolved(self, reference: str, path: Path) -> str | None:
        try:
            found = resolve(reference, self.environ)
        except SecretError as error:
            self.problems[dotted(path)] = " ".join(error.lines())
            return None
        self._referred.update(path[-1:])
        return self.hiding(found, secret=True)

    def hides(self, key: str) -> bool:
        """Whether the value of ``key`` is a secret, by its name or type, or because it came from a reference."""
        return self.is_secret(key) or key in self._referred

    def hiding(self, value: str, secret: bool) -> str:
        """``value`` as it hides itself: a secret whole, and an address in which a secret is but for it."""
        hidden = masker.hide(value, secret)
        return self.secrets.setdefault(str(hidden), hidden) if type(hidden) is Secret else hidden


class _Hiding(Intake):
    def _resolved(self, reference: str, path: Path) -> Any:  # noqa: ARG002 - an override
        return reference


def hidden(config: Mapping[str, Any] | None) -> ConfigDict:
    """A copy of settings to keep: literal secrets hide themselves, references stay what they are.

    >>> hidden({"api_key": "s3cr3t-value", "token": "env:TOKEN"})
    {'api_key': '****', 'token': 'env:TOKEN'}
    """
    return ConfigDict(_Hiding({}).read(config or {}))


def own_copy(value: Any) -> Any:
    """A deep copy; what cannot be copied (a client, a lock) is shared, since it was handed over to be used."""
    if type(value) in (dict, ConfigDict):
        return {key: own_copy(item) for key, item in value.items()}
    if type(value) in (list, tuple, set):
        return _same_kind(value, [own_copy(item) for item in value])
    try:
        return copy.deepcopy(value)
    except Exception:  # noqa: BLE001 - whatever its __deepcopy__ or __reduce__ raises
        return value


def from_text(text: str, kind: Literal["list", "dict"]) -> Any:
    """Text for a list or a dict: JSON, ``a, b`` or ``key=value, key=value``. Raises ValueError, without the text.

    >>> from_text("eu-west-1, us-east-1", "list"), from_text("team=7", "dict"), from_text("[1, 2]", "list")
    (['eu-west-1', 'us-east-1'], {'team': '7'}, [1, 2])
    """
    if text.lstrip()[:1] in ("[", "{"):
        return _from_json(text)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if kind == "list":
        return parts
    return dict(part.split("=", 1) for part in parts) if all("=" in part for part in parts) else text


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not valid JSON: {error.msg} at character {error.pos + 1}") from None


def dotted(path: Path) -> str:
    """A path as a person writes it.

    >>> dotted(("targets", 0, "url"))
    'targets[0].url'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _same_kind(original: Any, items: list[Any]) -> Any:
    kind = next(kind for kind in (list, tuple, set, frozenset) if isinstance(original, kind))
    return kind(items)
