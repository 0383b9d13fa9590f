"""What every plugin is: metadata, configuration, a state, and four methods that may be left out.

The life of a plugin: it is registered (known by its metadata, no code of it has run), loaded (imported, its settings
found and checked, built, ``initialize()``), READY, perhaps reloaded, and shut down. ``__init__`` does no work.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from finopsnb.errors import PluginConfigError
from finopsnb.plugins.context import PluginContext
from finopsnb.plugins.hooks import HookBus, HookResult, default_bus

if TYPE_CHECKING:
    from finopsnb.plugins.decorators.timing import Timing

__all__ = ["PluginBase", "PluginMetadata", "PluginState", "PluginType", "missing_methods", "writes"]

Undo = Callable[[], None]


class PluginType(Enum):
    """The seven kinds of plugin."""

    TELEMETRY = "telemetry"
    ATTRIBUTION = "attribution"
    RECOMMENDATION = "recommendation"
    DASHBOARD = "dashboard"
    INTEGRATION = "integration"
    NOTIFICATION = "notification"
    POLICY = "policy"


class PluginState(Enum):
    """Where a plugin stands in its life."""

    UNINITIALIZED = "uninitialized"
    INITIALIZING = "initializing"
    READY = "ready"
    ERROR = "error"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True)
class PluginMetadata:
    """What is known of a plugin before any of its code runs; write it as a literal, so that it can be read.

    ``name`` matches ``^[a-z][a-z0-9-]{1,63}$`` and ``version`` is a PEP 440 version. ``dependencies`` are pip
    requirements (checked at load, never installed); ``requires`` are names of plugins to load first.
    ``config_schema`` describes dict style settings; a ``class Config(BaseModel)`` on the plugin replaces it.
    """

    name: str
    version: str = "0.1.0"
    author: str = ""
    description: str = ""
    plugin_type: PluginType | None = None
    dependencies: tuple[str, ...] | list[str] = ()
    config_schema: Mapping[str, Any] = field(default_factory=dict)
    homepage: str = ""
    license: str = ""
    tags: tuple[str, ...] | list[str] = ()
    requires: tuple[str, ...] | list[str] = ()


class PluginBase(ABC):
    """The base of the seven types; a plugin writes ``metadata`` and the methods of its type.

    ``config`` is an instance of the plugin's ``Config`` model, or the dict it was given. ``context`` gives read access
    to the tables and is set before ``initialize()``.
    """

    #: a pydantic model of the settings; the validation, the form and the documentation come from it
    Config: ClassVar[Any] = None
    #: the kind of plugin, set by the seven types
    plugin_type: ClassVar[PluginType | None] = None
    #: groups of methods of which a plugin writes at least one
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()
    #: settings that must be there, set by ``@requires_config``
    __finops_required__: ClassVar[tuple[str, ...]] = ()

    def __new__(cls, *_: Any, **__: Any) -> Any:
        if missing := missing_methods(cls):
            raise TypeError(f"{cls.__name__} cannot be instantiated: it has to write {' and '.join(missing)}")
        return super().__new__(cls)

    def __init__(self, config: Any = None) -> None:
        self.config: Any = _own(type(self), config)
        self.state = PluginState.UNINITIALIZED
        self.error_message: str | None = None
        self.context = PluginContext(plugin="")
        # names that no author is likely to use for something of their own
        self._finops_bus: HookBus = default_bus
        self._finops_settings: Any = None
        #: seconds of the methods that carry ``@measure_time``, by name
        self.timings: dict[str, Timing] = {}
        self._finops_ready_at: float | None = None

    @property
    @abstractmethod
    def metadata(self) -> PluginMetadata:
        """Who the plugin is; a literal ``PluginMetadata(...)``, as a property or a class attribute."""

    def initialize(self) -> None:  # noqa: B027 - optional: not every plugin has something to open
        """Open what the plugin needs (files, clients). Raise PluginNotReady to be tried again."""

    def shutdown(self) -> None:  # noqa: B027 - optional
        """Close what ``initialize`` opened; called once, also after a failed ``initialize``."""

    def validate_config(self) -> bool:
        """A last look at the settings; False or an exception refuses them. The schema was checked before."""
        return True

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def is_ready(self) -> bool:
        return self.state is PluginState.READY

    def get_config_value(self, key: str, default: Any = None, required: bool = False) -> Any:
        """One setting: from the call, then finopsnb.toml, then FINOPSNB_<PLUGIN>_<KEY>, then ``default``.

        Raises PluginConfigError, listing every place that was looked in, when ``required`` and absent.
        """
        value = self._setting(key)
        if value is None and required:
            raise self._missing(key)
        return default if value is None else value

    def register_hook(self, event: str, handler: Callable[..., Any], priority: float = 100) -> Undo:
        """Call ``handler`` when ``event`` fires, until the plugin is unloaded."""
        return self._finops_bus.on(event, handler, priority=priority, owner=self.metadata.name)

    def trigger_hook(self, event: str, /, *args: Any, **payload: Any) -> list[HookResult]:
        """Fire an event; one result per handler."""
        return self._finops_bus.trigger(event, *args, **payload)

    def health_check(self) -> dict[str, Any]:
        """plugin, version, state, healthy, error, uptime_seconds; extend it, and answer within a second."""
        uptime = 0.0 if self._finops_ready_at is None else time.monotonic() - self._finops_ready_at
        return {
            "plugin": self.metadata.name,
            "version": self.metadata.version,
            "state": self.state.value,
            "healthy": self.is_ready,
            "error": self.error_message,
            "uptime_seconds": uptime if self.is_ready else 0.0,
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.metadata.name} {self.metadata.version}: {self.state.value}>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f"{type(self).__name__} cannot be pickled or copied: it may hold secrets and open connections")

    def _setting(self, key: str) -> Any:
        if isinstance(self.config, Mapping):
            if self.config.get(key) is not None:
                return self.config[key]
        elif (value := getattr(self.config, key, None)) is not None:
            return value.get_secret_value() if hasattr(value, "get_secret_value") else value
        return None if self._finops_settings is None else self._finops_settings.get(key)

    def _missing(self, key: str) -> PluginConfigError:
        name = self.metadata.name
        places = self._finops_settings.places(key) if self._finops_settings is not None else ["the config it was built with"]
        return PluginConfigError(
            f"The plugin {name} needs the setting {key}.",
            why="Looked in: " + "; ".join(places) + ".",
            hint=f'session.load("{name}", {key}=...)',
            plugin=name,
            problems={key: "is required"},
        )


def _own(cls: type[PluginBase], config: Any) -> Any:
    """The plugin's own copy of its settings: what it does to them never reaches the caller."""
    if cls.Config is not None and (config is None or isinstance(config, Mapping)):
        return cls.Config.model_validate(dict(config or {}))
    return deepcopy(config) if config is not None else {}


def missing_methods(cls: type[PluginBase]) -> list[str]:
    """What a class still has to write before it can be built: abstract members, and one of each group of its type."""
    abstract = sorted(getattr(cls, "__abstractmethods__", ()))
    groups = [group for group in cls.one_of if not any(writes(cls, method) for method in group)]
    return [*abstract, *(" or ".join(f"{method}()" for method in group) for group in groups)]


def writes(cls: type[PluginBase], method: str) -> bool:
    """Whether ``method`` comes from the author: the class that defines it is none of the seven types."""
    owner = next((c for c in cls.__mro__ if method in vars(c)), None)
    return owner is not None and "one_of" not in vars(owner)
