"""The settings of plugins: found, checked all at once, and kept from showing a secret.

    the call  >  finopsnb.toml [plugins.<name>]  >  FINOPSNB_<PLUGIN>_<KEY>  >  the default

Both styles go the same way. A plugin with ``class Config(BaseModel)`` gets an instance of it; one with a
``config_schema``, or with neither, gets a :class:`ConfigDict`. References (``env:``, ``file:``, ``keyring:``) are
resolved wherever they stand. Text for a list or a nested setting is read as JSON or as a list with commas, so that an
environment variable or a magic can give one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.errors import PluginConfigError, PluginMetadataError
from finopsnb.plugins.base import PluginMetadata
from finopsnb.plugins.config.form import FormField, form_fields, form_row
from finopsnb.plugins.config.model import container_of, is_model, keys_of, models_in, rows_of, secret_test
from finopsnb.plugins.config.problems import WHOLE, config_error, problem_of_exception, problems_of, unknown
from finopsnb.plugins.config.schema import model_from_schema
from finopsnb.plugins.config.seal import as_dict, seal_model
from finopsnb.plugins.config.settings import SETTINGS_FILE, Settings, read_settings_file
from finopsnb.plugins.config.values import MISSING, ConfigDict, Intake, from_text, hidden
from finopsnb.plugins.hooks import describe_error
from finopsnb.plugins.secrets import Address, Secret, is_reference, masker

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

__all__ = [
    "MISSING",
    "SETTINGS_FILE",
    "ConfigDict",
    "FormField",
    "Settings",
    "describe_fields",
    "form_of",
    "hidden",
    "model_of",
    "read_settings_file",
    "resolve_config",
    "show_config",
]


def resolve_config(
    cls: type,
    metadata: PluginMetadata,
    call: Any,
    *,
    environ: Mapping[str, str] | None = None,
    settings_file: str | Path | None = None,
) -> tuple[Any, Settings]:
    """The checked configuration of a plugin, and where it came from.

    ``call`` is a mapping (never changed) or an instance of the plugin's ``Config``. Raises PluginConfigError with every
    problem of every setting in ``problems``; no message holds the value of a secret.
    """
    work = _Resolution(cls, metadata, os.environ if environ is None else environ)
    # from here on no frame that a traceback may show holds what was given in the clear
    call, environ = work.given(call), None
    work.look_in(call, settings_file)
    config = work.validated()
    if work.problems:
        raise work.error()
    return config, work.settings


def model_of(cls: type, metadata: PluginMetadata | None = None) -> type[BaseModel] | None:
    """The pydantic model of a plugin's settings: its ``Config``, or one made from ``config_schema``; None without both.

    Raises PluginConfigError when ``Config`` is no pydantic model, PluginMetadataError for a schema with unknown types.
    """
    config: Any = getattr(cls, "Config", None)
    if config is None:
        schema = (metadata or _metadata_of(cls)).config_schema
        return model_from_schema(metadata.name if metadata else cls.__name__, schema) if schema else None
    if is_model(config):
        return config
    raise PluginConfigError(
        f"Config of {cls.__name__} is not a pydantic model.",
        hint="class Config(pydantic.BaseModel): ...",
    )


def describe_fields(cls_or_model: type, metadata: PluginMetadata | None = None) -> list[dict[str, Any]]:
    """The settings as rows: key (nested ones dotted), type, required, default, description, secret, choices."""
    model = cls_or_model if is_model(cls_or_model) else model_of(cls_or_model, metadata)
    rows = rows_of(model) if model is not None else []
    required = _required(cls_or_model)
    for row in rows:
        row["required"] = row["required"] or (row["key"] in required and row["default"] is None)
    is_secret = secret_test(None)
    return rows + [_bare_row(key, is_secret(key)) for key in required if key not in {row["key"] for row in rows}]


def form_of(cls: type, metadata: PluginMetadata | None = None) -> list[FormField]:
    """The settings of a plugin as a form shows them; those that only ``@requires_config`` names come last."""
    fields = form_fields(model_of(cls, metadata))
    rows = {row["key"]: row for row in describe_fields(cls, metadata)}
    known = [replace(field, required=rows[field.key]["required"]) for field in fields]
    return known + [form_row(row) for key, row in rows.items() if key not in {field.key for field in fields}]


def show_config(config: Any) -> dict[str, Any]:
    """A configuration as JSON-able data, secrets as ``****`` or as the reference that they came from."""
    shown: dict[str, Any] = masker.mask_value(config) if config is not None else {}
    return shown


class _Resolution:
    """One call of :func:`resolve_config`; its steps share what is known and what went wrong."""

    def __init__(self, cls: type, metadata: PluginMetadata, environ: Mapping[str, str]) -> None:
        self.cls, self.plugin, self.environ = cls, metadata.name, environ
        self.model = model_of(cls, metadata)
        self.problems: dict[str, str] = {}
        self.intake = Intake(environ, secret_test(self.model), self.problems)
        self.fields = _fields_by_key(self.model)
        self.settings = Settings(self.plugin, {}, {}, SETTINGS_FILE, environ)
        self.data: dict[str, Any] = ConfigDict()

    def given(self, call: Any) -> ConfigDict:
        """The settings of the call, taken in."""
        if self.model is not None and isinstance(call, self.model):
            call = {name: getattr(call, name) for name in call.model_fields_set}
        if not isinstance(call or {}, Mapping):
            self.problems[WHOLE] = f"are a {type(call).__name__}, and should be a dict"
            call = {}
        return ConfigDict({str(key): self.take(str(key), value) for key, value in (call or {}).items()})

    def look_in(self, call: ConfigDict, settings_file: str | Path | None) -> None:
        """Gather the settings from every place; what the call gives is not read from the file as well."""
        tables, file_name = read_settings_file(settings_file)
        file = {key: self.take(key, value) for key, value in tables.get(self.plugin, {}).items() if key not in call}
        self.settings = Settings(self.plugin, call, file, file_name, self.environ)
        self.data = ConfigDict({**file, **call})
        for key in [*self.fields, *_required(self.cls)]:
            if not self._is_given(key) and (value := self.settings.find(key)) is not MISSING:
                self.data[key] = self.take(key, value)
        self._add_default_references()

    def take(self, key: str, value: Any) -> Any:
        """One value as the model can read it."""
        value = self.intake.read(self._parsed(key, value), (key,), self.intake.is_secret(key))
        if not isinstance(value, Secret) or isinstance(value, Address):
            return value
        return self.intake.read(self._parsed(key, value), (key,), secret=True)

    def validated(self) -> Any:
        """The configuration, or None when something is wrong."""
        self._check_required()
        if self.model is None:
            return self.data
        extra = {key: self.data[key] for key in _required(self.cls) if key in self.data and key not in self.fields}
        config = self._checked(self.model, {key: value for key, value in self.data.items() if key not in extra})
        if config is None or self.problems:
            return None
        seal_model(config, self.intake)
        return config if getattr(self.cls, "Config", None) is not None else ConfigDict({**as_dict(config), **extra})

    def error(self) -> PluginConfigError:
        """All problems as one error."""
        missing = [key for key, problem in self.problems.items() if problem.startswith("is required")]
        hint = f"%finops config {self.plugin} lists the settings"
        if len(missing) == len(self.problems) and all(key.isidentifier() for key in missing):
            hint = f'session.load("{self.plugin}", {", ".join(f"{key}=..." for key in missing)})'
        return config_error(self.plugin, self.problems, hint)

    def _checked(self, model: type[BaseModel], data: dict[str, Any]) -> BaseModel | None:
        from pydantic import ValidationError

        data = ConfigDict(data)
        extra = _extra(model)
        if extra is None and "extra" not in model.model_config:
            self._refuse_unknown(data)
        try:
            return model.model_validate(dict(data), by_alias=True, by_name=True, extra=extra)
        except ValidationError as error:
            for key, problem in problems_of(error, model, data, self.settings, self.intake.hides):
                self.problems.setdefault(key, problem)
        except Exception as error:  # noqa: BLE001 - a stranger's validator may raise anything
            self.problems[WHOLE] = problem_of_exception(error)
        return None

    def _refuse_unknown(self, data: dict[str, Any]) -> None:
        for key in data:
            if key not in self.fields:
                self.problems.setdefault(key, unknown(key, [*self.fields]))

    def _check_required(self) -> None:
        for key in _required(self.cls):
            default = self.fields[key].get_default() if key in self.fields else None
            if self.data.get(key) is None and not default:
                self.problems.setdefault(key, f"is required; looked in: {'; '.join(self.settings.places(key))}")

    def _is_given(self, key: str) -> bool:
        info = self.fields.get(key)
        name = next((name for name, field in self._named_fields() if field is info), key)
        return any(other in self.data for other in (key, *(keys_of(name, info) if info is not None else ())))

    def _named_fields(self) -> list[tuple[str, FieldInfo]]:
        return list(self.model.model_fields.items()) if self.model is not None else []

    def _add_default_references(self) -> None:
        """A default may be a reference too; pydantic does not look at defaults."""
        for key, info in self.fields.items():
            default = getattr(info.default, "get_secret_value", lambda info=info: info.default)()
            if is_reference(default) and not self._is_given(key):
                self.data[key] = self.take(key, info.default)

    def _parsed(self, key: str, value: Any) -> Any:
        kind = container_of(self.fields[key].annotation) if key in self.fields else ""
        if not kind or not isinstance(value, str) or is_reference(value):
            return value
        try:
            return from_text(value, kind)
        except ValueError as error:
            self.problems[key] = str(error)
            return None


def _fields_by_key(model: type[BaseModel] | None) -> dict[str, FieldInfo]:
    fields = model.model_fields.items() if model is not None else ()
    return {key: info for name, info in fields for key in keys_of(name, info)}


def _extra(model: type[BaseModel]) -> Any:
    """Unknown settings are refused, unless one of the author's models has its own word on them."""
    return None if any("extra" in inner.model_config for inner in models_in(model)) else "forbid"


def _required(cls: type) -> tuple[str, ...]:
    return tuple(getattr(cls, "__finops_required__", ()))


def _metadata_of(cls: type) -> PluginMetadata:
    """The metadata of a class, no instance built: a property is asked on the class, which has its constants."""
    found: Any = getattr(cls, "metadata", None)
    if isinstance(found, property) and found.fget is not None:
        try:
            found = found.fget(cls)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's property may raise anything
            found = masker.mask(describe_error(error))
    if isinstance(found, PluginMetadata):
        return found
    raise PluginMetadataError(
        f"The metadata of {cls.__name__} cannot be read.", why=str(found or ""), hint="metadata = PluginMetadata(...)"
    )


def _bare_row(key: str, secret: bool) -> dict[str, Any]:
    row = {"key": key, "type": "secret" if secret else "any", "required": True, "default": None}
    return {**row, "description": "", "secret": secret, "choices": []}
