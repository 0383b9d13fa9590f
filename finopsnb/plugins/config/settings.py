"""Where settings come from: the call, finopsnb.toml, the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, SupportsIndex

from finopsnb.errors import PluginConfigError, SecretError, nearest
from finopsnb.plugins.config.values import MISSING, ConfigDict, Intake

__all__ = ["SETTINGS_FILE", "Settings", "read_settings_file"]

SETTINGS_FILE = "finopsnb.toml"


class Settings:
    """What was given for one plugin, place by place; it shows none of it.

    >>> given = Settings("aws-cur", {"path": "x.csv"}, {}, "finopsnb.toml", {"FINOPSNB_AWS_CUR_REGION": "eu-west-1"})
    >>> given.find("path"), given.find("region"), given.find("colour")
    ('x.csv', 'eu-west-1', MISSING)
    >>> given.places("region")
    ['the call', '[plugins.aws-cur] in finopsnb.toml', 'the environment variable FINOPSNB_AWS_CUR_REGION']
    """

    __slots__ = ("_call", "_environ", "_file", "file_name", "plugin")

    def __init__(
        self,
        plugin: str,
        call: Mapping[str, Any],
        file: Mapping[str, Any],
        file_name: str,
        environ: Mapping[str, str],
    ) -> None:
        self.plugin, self.file_name = plugin, file_name
        self._call, self._file, self._environ = ConfigDict(call), ConfigDict(file), environ

    def __repr__(self) -> str:
        return f"<Settings of {self.plugin}>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("settings cannot be pickled: they may hold secrets")

    def __deepcopy__(self, memo: Any) -> Settings:
        return self

    def find(self, key: str) -> Any:
        """The value as it was given, or MISSING; an empty environment variable counts as none."""
        for place in (self._call, self._file):
            if key in place:
                return place[key]
        return self._environ.get(self.variable(key), "") or MISSING

    def get(self, key: str, default: Any = None) -> Any:
        """The value with its references resolved; raises SecretError where one cannot be."""
        value = self.find(key)
        if value is MISSING:
            return default
        intake = Intake(self._environ)
        answer = intake.read(value, (key,), intake.is_secret(key))
        if intake.problems:
            why = "; ".join(intake.problems.values())
            raise SecretError(f"The setting {key} of {self.plugin} cannot be used.", why=why)
        return answer

    def source(self, key: str) -> str:
        """Where the value of ``key`` comes from; "" for the call."""
        if key in self._call or self.find(key) is MISSING:
            return ""
        return self.file_name if key in self._file else self.variable(key)

    def variable(self, key: str) -> str:
        """The environment variable of a setting."""
        return f"FINOPSNB_{self.plugin}_{key}".upper().replace("-", "_").replace(".", "_")

    def places(self, key: str) -> list[str]:
        """Every place that is looked in for ``key``, in order."""
        return [
            "the call",
            f"[plugins.{self.plugin}] in {self.file_name}",
            f"the environment variable {self.variable(key)}{self._near_variable(key)}",
        ]

    def _near_variable(self, key: str) -> str:
        prefix = self.variable("")
        others = [name.removeprefix(prefix) for name in self._environ if name.startswith(prefix)]
        near = nearest(self.variable(key).removeprefix(prefix), others)
        return f" (there is {prefix}{near})" if near and prefix + near != self.variable(key) else ""


def read_settings_file(path: str | Path | None = None) -> tuple[dict[str, dict[str, Any]], str]:
    """The tables of finopsnb.toml by plugin name, and the name of the file for messages.

    ``[plugins.<name>]`` or ``[<name>]``; ``path`` None means the file in the working folder, which need not be there.
    Raises PluginConfigError for a file that cannot be read, with the line.
    """
    file = Path(SETTINGS_FILE if path is None else path).expanduser()
    if path is None and not file.exists():
        return {}, f"{SETTINGS_FILE} (there is none in {Path.cwd()})"
    content = _parsed(file)
    plugins = content.pop("plugins", {})
    if not isinstance(plugins, dict) or (wrong := [name for name, table in plugins.items() if not _is_table(table)]):
        what = "plugins" if not isinstance(plugins, dict) else f"plugins.{wrong[0]}"
        raise _unreadable(file, f"{what} is not a table.", "write [plugins.NAME] above the settings of a plugin")
    return {name: table for name, table in {**content, **plugins}.items() if _is_table(table)}, file.name


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _parsed(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        problem = f"{error}."
    except UnicodeDecodeError:
        problem = "It is not UTF-8 text."
    except OSError as error:
        problem = f"{error.strerror or type(error).__name__}."
    raise _unreadable(file, problem, 'mend the line; text stands in quotes: path = "exports/*.csv"')


def _unreadable(file: Path, problem: str, hint: str) -> PluginConfigError:
    return PluginConfigError(f"The settings file {file} cannot be read.", why=problem, hint=hint)
