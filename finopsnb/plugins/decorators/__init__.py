"""The seven decorators for plugins; all keep the signature, the name and the docstring of what they decorate.

    plugin           a class        its metadata, in place of the property
    hook             a function     called when an event fires
    requires_config  class, method  settings that must be there
    retry            function       again after a failure, later and later
    cache_result     function       the same answer for a while, per instance, settings and arguments
    rate_limit       function       at most so many calls in a period, per instance
    measure_time     function       seconds kept in ``instance.timings``

All but the first two work on ``async def``, and importing them imports none of the libraries underneath.
"""

from __future__ import annotations

import abc
import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar

from finopsnb.errors import FinopsError, PluginConfigError, PluginMetadataError
from finopsnb.plugins.base import PluginBase, PluginMetadata, PluginType
from finopsnb.plugins.decorators.caching import cache_result
from finopsnb.plugins.decorators.calls import decorated, takes_instance
from finopsnb.plugins.decorators.limiting import rate_limit
from finopsnb.plugins.decorators.retrying import retry
from finopsnb.plugins.decorators.timing import measure_time
from finopsnb.plugins.hooks import hook

__all__ = ["cache_result", "hook", "measure_time", "plugin", "rate_limit", "requires_config", "retry"]

C = TypeVar("C", bound=type[PluginBase])
T = TypeVar("T")


def plugin(
    *,
    name: str,
    version: str = "0.1.0",
    author: str = "",
    description: str = "",
    plugin_type: PluginType | str | None = None,
    dependencies: Iterable[str] = (),
    config_schema: Mapping[str, Any] | None = None,
    homepage: str = "",
    license: str = "",
    tags: Iterable[str] = (),
    requires: Iterable[str] = (),
) -> Callable[[C], C]:
    """Give a plugin class its metadata; the type is that of its base class when it is not given.

    Write literals, so that the plugin can be listed without running its code. Raises PluginMetadataError for what is
    no plugin class, and for an unknown type.
    """

    def describe(cls: C) -> C:
        cls.metadata = PluginMetadata(  # type: ignore[method-assign, assignment]
            name=name,
            version=version,
            author=author,
            description=description,
            plugin_type=_type_of(_plugin_class(cls), plugin_type),
            dependencies=tuple(dependencies),
            config_schema=dict(config_schema or {}),
            homepage=homepage,
            license=license,
            tags=tuple(tags),
            requires=tuple(requires),
        )
        abc.update_abstractmethods(cls)
        return cls

    return describe


def _plugin_class(cls: Any) -> type[PluginBase]:
    if isinstance(cls, type) and issubclass(cls, PluginBase):
        return cls
    raise PluginMetadataError(
        f"@plugin cannot decorate {cls!r}, which is no plugin class.",
        hint="class MyPlugin(TelemetryPlugin): ...",
        phase="metadata",
    )


def _type_of(cls: type[PluginBase], given: PluginType | str | None) -> PluginType | None:
    try:
        return cls.plugin_type if given is None else PluginType(given)
    except ValueError as error:
        raise PluginMetadataError(
            f"@plugin of {cls.__name__} has the type {given!r}, which does not exist.",
            why=f"The types are {', '.join(kind.value for kind in PluginType)}.",
            phase="metadata",
        ) from error


def requires_config(*keys: str) -> Callable[[T], T]:
    """Settings without which a plugin cannot work: on a class they are checked when it is loaded, on a method when it
    is called. All missing ones are named at once, in a PluginConfigError.

    >>> @requires_config("api_key", "endpoint")
    ... class Prices: ...
    """
    if not keys or not all(isinstance(key, str) for key in keys):
        raise FinopsError("@requires_config needs the names of settings.", hint='@requires_config("api_key", "endpoint")')

    def require(target: T) -> T:
        if isinstance(target, type):
            inherited: tuple[str, ...] = getattr(target, "__finops_required__", ())
            target.__finops_required__ = tuple(dict.fromkeys((*inherited, *keys)))  # type: ignore[attr-defined]
            return target
        return decorated(target, "requires_config", lambda f: _requiring(f, keys))  # type: ignore[type-var]

    return require


def _requiring(function: Callable[..., Any], keys: tuple[str, ...]) -> Callable[..., Any]:
    if not takes_instance(function):
        raise FinopsError(
            f"@requires_config cannot decorate {function.__qualname__}, which is no method.",
            hint="put it on a plugin's class or method",
        )
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def checked_async(self: Any, *args: Any, **kwargs: Any) -> Any:
            _require(self, keys, function.__name__)
            return await function(self, *args, **kwargs)

        return checked_async

    @wraps(function)
    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        _require(self, keys, function.__name__)
        return function(self, *args, **kwargs)

    return checked


def _require(instance: Any, keys: tuple[str, ...], method: str) -> None:
    missing = [key for key in keys if instance.get_config_value(key) in (None, "")]
    if not missing:
        return
    name = instance.metadata.name
    raise PluginConfigError(
        f"{name}.{method}() needs the settings {', '.join(missing)}.",
        why="Looked in: " + "; ".join(f"{key}: {_places(instance, key)}" for key in missing) + ".",
        hint=f'session.load("{name}", {", ".join(f"{key}=..." for key in missing)})',
        plugin=name,
        problems=dict.fromkeys(missing, "is required"),
    )


def _places(instance: Any, key: str) -> str:
    settings = getattr(instance, "_finops_settings", None)
    return ", ".join(settings.places(key)) if settings is not None else "the config it was built with"
