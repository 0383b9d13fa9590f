"""The manager: several plugins at once, from a dict or a TOML file, and how they are."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from finopsnb.errors import DiscoveryError, FinopsError, PluginDependencyError
from finopsnb.plugins.base import PluginBase, PluginMetadata, PluginType
from finopsnb.plugins.context import PluginContext
from finopsnb.plugins.discovery import Found
from finopsnb.plugins.failures import PluginFailure, failure_of
from finopsnb.plugins.hooks import describe_error
from finopsnb.plugins.registry import FIRST_PARTY, PluginRegistry
from finopsnb.plugins.registry import registry as default_registry
from finopsnb.plugins.secrets import MaskingFilter, masker

__all__ = ["Loaded", "PluginManager"]

logger = logging.getLogger("finopsnb.plugins")
# what a handler raises may say a secret, and the bus does not know of secrets
logging.getLogger("finopsnb.hooks").addFilter(MaskingFilter())

#: how long a plugin may take to say how it is
HEALTH_SECONDS = 1.0


class Loaded(dict[str, PluginBase]):
    """The plugins that loaded, by name; :attr:`failed` says of the others why not."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: dict[str, PluginFailure] = {}

    def __repr__(self) -> str:
        lines = [f"loaded: {', '.join(self) or 'nothing'}", *(f"failed: {failure}" for failure in self.failed.values())]
        return "\n".join(lines)


class PluginManager:
    """Finds, loads, watches and shuts down plugins of one registry (the default one unless given).

    >>> manager = PluginManager(PluginRegistry(), auto_discover=False)
    >>> manager.list_available()
    []
    """

    def __init__(self, registry: PluginRegistry | None = None, auto_discover: bool = True) -> None:
        self.registry = registry if registry is not None else default_registry
        #: makes the context of a plugin that is loaded; a session puts its own here
        self.context_for: Callable[[str], PluginContext] = self._context
        if auto_discover:
            self.discover_plugins()

    def discover_plugins(self, package_name: str | None = None) -> list[Found]:
        """Look again: in ``package_name``, or in the first-party package and all installed distributions."""
        if package_name is not None:
            return self.registry.discover_plugins(package_name)
        return [*self._first_party(), *self.registry.discover_entry_points()]

    def load(self, name: str, config: Mapping[str, Any] | None = None) -> PluginBase:
        """Load one plugin; raises what :meth:`PluginRegistry.load_plugin` raises."""
        return self.registry.load_plugin(name, config, context=self.context_for(name))

    def adopt(self) -> None:
        """Let loaded plugins whose session is closed serve the one of this manager."""
        self.registry.hand_over(self.context_for)

    def unload(self, name: str) -> None:
        """Shut one plugin down."""
        self.registry.unload_plugin(name)

    def get(self, name: str) -> PluginBase | None:
        """The loaded instance, or None."""
        return self.registry.get_plugin(name)

    def load_from_config(self, config: Mapping[str, Mapping[str, Any]] | str | Path, *, strict: bool = False) -> Loaded:
        """Load every plugin of a dict ``{name: settings}`` or a TOML file of ``[name]`` or ``[plugins.name]`` tables.

        A plugin comes after those that it ``requires``. What fails is in ``.failed`` and stops nothing, unless
        ``strict``, which raises the first failure.
        """
        wanted = _tables(config)
        loaded = Loaded()
        for name in self._in_order(wanted):
            try:
                loaded[name] = self.load(name, wanted[name])
            except FinopsError as error:
                if strict:
                    raise
                loaded.failed[name] = self._failure(name, error)
                logger.warning("%s", loaded.failed[name])
        return loaded

    def get_by_type(self, plugin_type: PluginType | str) -> list[PluginBase]:
        """The loaded plugins of one type, in the order in which they were loaded."""
        kind = PluginType(plugin_type)
        records = [r for r in self.registry.records() if r.is_loaded and r.plugin_type is kind]
        return [r.instance for r in sorted(records, key=lambda r: r.order or 0) if r.instance is not None]

    def health_check(self, *names: str) -> dict[str, dict[str, Any]]:
        """How each loaded plugin is, or each of ``names``; one that raises or does not answer within a second is unhealthy."""
        return {name: self._health(plugin) for name, plugin in self._loaded().items() if not names or name in names}

    def get_statistics(self) -> dict[str, Any]:
        """How many plugins there are, by type and state."""
        return self.registry.get_statistics()

    def reload(self, name: str, config: Mapping[str, Any] | None = None) -> PluginBase:
        """Run a plugin's code anew; a failure keeps the old instance."""
        return self.registry.reload_plugin(name, config, context=self.context_for(name))

    def reload_all(self) -> Loaded:
        """Reload every loaded plugin; what fails keeps its old instance and is in ``.failed``."""
        loaded = Loaded()
        for name in self._loaded():
            try:
                loaded[name] = self.reload(name)
            except FinopsError as error:
                loaded.failed[name] = self._failure(name, error)
        return loaded

    def shutdown(self) -> list[PluginFailure]:
        """Unload everything, the last loaded first; returns what failed."""
        return self.registry.unload_all()

    def list_available(self, plugin_type: PluginType | str | None = None) -> list[PluginMetadata]:
        """The metadata of every registered plugin."""
        return self.registry.list_plugins(plugin_type)

    def list_loaded(self, plugin_type: PluginType | str | None = None) -> list[PluginMetadata]:
        """The metadata of the loaded plugins."""
        return self.registry.list_plugins(plugin_type, loaded_only=True)

    def _context(self, name: str) -> PluginContext:
        return PluginContext(plugin=name, hooks=self.registry.hooks)

    def _first_party(self) -> list[Found]:
        try:
            return self.registry.discover_plugins(FIRST_PARTY)
        except DiscoveryError as error:  # a bare framework without the first-party package still works
            logger.debug("%s", error)
            return []

    def _loaded(self) -> dict[str, PluginBase]:
        return {r.name: r.instance for r in self.registry.records() if r.instance is not None}

    def _failure(self, name: str, error: FinopsError) -> PluginFailure:
        known = next((r.failure for r in self.registry.records() if r.name == name), None)
        return known or failure_of(name, getattr(error, "phase", "") or "load", error)

    def _in_order(self, wanted: Mapping[str, Any]) -> list[str]:
        """The names with those that others require first; a circle is left to loading, which names it."""
        ordered: dict[str, None] = {}

        def visit(name: str, above: tuple[str, ...]) -> None:
            if name in ordered or name in above:
                return
            for needed in self._requires(name):
                if needed in wanted:
                    visit(needed, (*above, name))
            ordered[name] = None

        for name in wanted:
            visit(name, ())
        return list(ordered)

    def _requires(self, name: str) -> list[str]:
        return next((list(r.metadata.requires) for r in self.registry.records() if r.name == name), [])

    def _health(self, plugin: PluginBase) -> dict[str, Any]:
        """Ask in a thread of its own, so that a plugin that hangs holds nobody up."""
        answer: dict[str, Any] = {}

        def ask() -> None:
            try:
                answer.update(plugin.health_check())
            except (Exception, SystemExit) as error:  # noqa: BLE001 - told as the plugin's health
                answer.update(healthy=False, error=masker.mask(describe_error(error)))

        thread = threading.Thread(target=ask, name=f"health of {plugin.name}", daemon=True)
        thread.start()
        thread.join(HEALTH_SECONDS)
        if thread.is_alive():
            answer = {"healthy": False, "error": f"did not answer within {HEALTH_SECONDS:g} s"}
        return {**PluginBase.health_check(plugin), **answer}


def _tables(config: Mapping[str, Mapping[str, Any]] | str | Path) -> Mapping[str, Mapping[str, Any]]:
    if isinstance(config, Mapping):
        tables = config
    else:
        from finopsnb.plugins.config import read_settings_file

        tables, _ = read_settings_file(Path(config))
    wrong = [name for name, table in tables.items() if not isinstance(table, Mapping)]
    if wrong:
        raise PluginDependencyError(
            f"The settings of {', '.join(map(str, wrong))} are not a table of keys and values.",
            hint='{"focus-files": {"path": "exports/*.csv"}}',
        )
    return tables
