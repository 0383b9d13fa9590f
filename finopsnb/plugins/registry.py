"""The registry: which plugins exist, which are loaded, and how each of them fares.

    register / discover_*      known by metadata; no code of the plugin has run
    load_plugin                import, settings, construct, initialize   -> ready, or listed in ERROR with the reason
    reload_plugin              a new instance takes over; a failed reload keeps the old one serving
    unload_plugin              hooks off, shutdown

The registry knows nothing of tables, widgets or IPython: it announces what happens on :attr:`PluginRegistry.hooks`
(``plugin_loaded``, ``plugin_failed``, ``plugin_unloaded``, ``plugins_changed``) and others listen.
"""

from __future__ import annotations

import atexit
import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from finopsnb.errors import DuplicatePlugin, PluginDependencyError, PluginMetadataError, PluginNotFound, nearest
from finopsnb.plugins import discovery, lifecycle
from finopsnb.plugins.base import PluginBase, PluginMetadata, PluginType, missing_methods
from finopsnb.plugins.context import PluginContext
from finopsnb.plugins.discovery import Found
from finopsnb.plugins.failures import PluginFailure, failure_of
from finopsnb.plugins.hooks import HookBus, default_bus
from finopsnb.plugins.records import PluginRecord

if TYPE_CHECKING:
    from finopsnb.plugins.config import FormField

__all__ = ["PluginRegistry", "registry"]

T = TypeVar("T", bound=type[PluginBase])

FIRST_PARTY = "finopsnb_plugins"


class PluginRegistry:
    """Registered plugins by name; safe to use from several threads.

    >>> registry = PluginRegistry()
    >>> registry.list_plugins()
    []
    """

    def __init__(self, hooks: HookBus | None = None) -> None:
        self.hooks = hooks if hooks is not None else HookBus()
        #: what discovery found and could not use, each with its reason, by origin, class and name
        self.unusable: dict[tuple[str, str, str], Found] = {}
        self._records: dict[str, PluginRecord] = {}
        self._lock = threading.RLock()
        self._order = itertools.count(1)
        self._loading = threading.local()

    # finding

    def register(self, cls: T, replace: bool = False) -> T:
        """Make a class known by its metadata's name; returns the class, so it serves as a decorator too.

        Raises PluginMetadataError (unusable name, version or type; methods missing) and DuplicatePlugin (the name is
        taken and ``replace`` is False). Running a notebook cell again replaces the class that the cell defined before.
        """
        metadata = _usable(cls)
        record = PluginRecord(metadata, f"class {cls.__module__}.{cls.__qualname__}", cls=cls)
        self._add(record, replace=replace or self._is_same_cell(metadata.name, cls))
        self.hooks.trigger("plugins_changed", plugins=[metadata.name])
        return cls

    def discover_plugins(self, package_name: str = FIRST_PARTY, auto_register: bool = True) -> list[Found]:
        """The plugins in a package and its sub-packages, read without importing it."""
        return self._take(discovery.in_package(package_name), auto_register)

    def discover_from_path(self, path: str | Path, *, allow_unsafe: bool = False) -> list[Found]:
        """The plugins in a folder of .py files, read without running them; raises UnsafePluginPath, DiscoveryError."""
        return self._take(discovery.in_folder(Path(path), allow_unsafe=allow_unsafe), True)

    def discover_entry_points(self) -> list[Found]:
        """The plugins that installed distributions announce (``finopsnb.telemetry``, ..., ``finopsnb.plugins``)."""
        return self._take(discovery.in_entry_points(), True)

    def unregister(self, name: str) -> None:
        """Forget a plugin, unloading it first; raises PluginNotFound."""
        if self.record(name).is_loaded:
            self.unload_plugin(name)
        with self._lock:
            self._records.pop(name, None)
        self.hooks.trigger("plugins_changed", plugins=[name])

    # life

    def load_plugin(
        self,
        name: str,
        config: Mapping[str, Any] | None = None,
        auto_initialize: bool = True,
        *,
        context: PluginContext | None = None,
    ) -> PluginBase:
        """Make a plugin ready and return it; one that is loaded already is returned, or reloaded for another config.

        With ``context`` it serves that session from then on, though it served another one before.
        Plugins that it ``requires`` are loaded first. Raises PluginNotFound, PluginConfigError (every problem at once),
        PluginDependencyError, or PluginLoadError with the cause chained; the plugin then stays listed in ERROR.
        """
        record = self.record(name)
        with record.lock:
            if record.instance is not None:
                same = config is None or (dict(config) == dict(record.config or {}) and lifecycle.is_as_given(record, config))
                return self._serving(name, record.instance, context) if same else self.reload_plugin(name, config, context=context)
            with self._announcing_failure(record), self._loading_only_once(name):
                self._load_required(record)
                instance = lifecycle.start(record, config, bus=self.hooks, context=context, initialize=auto_initialize)
            self._install(record, instance, config)
        self.hooks.trigger("plugin_loaded", plugin=name, instance=instance)
        return instance

    def hand_over(self, context_for: Callable[[str], PluginContext]) -> None:
        """Let loaded plugins whose session is closed serve another; one that is still at work there is left until it is loaded again."""
        for record in self.records():
            if record.instance is None or not record.instance.context.is_cut_off or not record.lock.acquire(blocking=False):
                continue
            try:
                self._serving(record.name, record.instance, context_for(record.name))
            finally:
                record.lock.release()

    def _serving(self, name: str, instance: PluginBase, context: PluginContext | None) -> PluginBase:
        """The loaded instance, in the session that asks: one that hears of what happens here would keep what it makes of it elsewhere."""
        if context is not None and context.tables is not instance.context.tables:
            instance.context = context
            self.hooks.trigger("plugin_loaded", plugin=name, instance=instance)
        return instance

    def reload_plugin(self, name: str, config: Mapping[str, Any] | None = None, *, context: PluginContext | None = None) -> PluginBase:
        """Run the plugin's code anew, with the old settings unless ``config`` is given.

        The new instance is made ready before the old one is shut down: when that fails, the old one keeps serving,
        and the error is raised and kept with the record.
        """
        record = self.record(name)
        if record.instance is None:
            return self.load_plugin(name, config, context=context)
        with record.lock:
            config = record.config if config is None else config
            old, old_entries = record.instance, self.hooks.entries(name)
            with self._announcing_failure(record):
                new = lifecycle.start(record, config, bus=self.hooks, context=context or old.context, fresh=True)
            self.hooks.drop(old_entries)
            self._install(record, new, config)
            self._let_go(record, old)
        self.hooks.trigger("plugin_loaded", plugin=name, instance=new)
        return new

    def unload_plugin(self, name: str) -> None:
        """Shut a plugin down and take its hooks off; it stays registered. Raises PluginNotFound when it is not loaded.

        An error in its ``shutdown()`` is raised as PluginLoadError after the plugin is gone.
        """
        record = self.record(name)
        with record.lock:
            if (instance := record.instance) is None:
                raise PluginNotFound(f"The plugin {name} is not loaded.", hint=f'session.load("{name}")', plugin=name, phase="shutdown")
            record.instance, record.order, record.failure = None, None, None
            record.cls = None if record.found is not None else record.cls  # the next load reads the file again
            with self._announcing_failure(record):
                lifecycle.stop(record, instance, self.hooks)
        self.hooks.trigger("plugin_unloaded", plugin=name)

    def unload_all(self) -> list[PluginFailure]:
        """Unload every plugin, the last loaded first; what fails is collected and returned, and stops nothing."""
        failures = []
        for record in sorted(self._loaded(), key=lambda r: -(r.order or 0)):
            try:
                self.unload_plugin(record.name)
            except Exception as error:  # noqa: BLE001 - collected: the others must be shut down too
                failures.append(record.failure or failure_of(record.name, "shutdown", error, record.path))
        return failures

    # looking

    def get_plugin(self, name: str) -> PluginBase | None:
        """The loaded instance, or None."""
        record = self._records.get(name)
        return record.instance if record is not None else None

    def list_plugins(
        self, plugin_type: PluginType | str | None = None, loaded_only: bool = False, tags: Iterable[str] | None = None
    ) -> list[PluginMetadata]:
        """The metadata of the registered plugins, sorted by name; builds no instance. ``tags``: having any of them."""
        kind = PluginType(plugin_type) if plugin_type is not None else None
        wanted = {tags} if isinstance(tags, str) else set(tags or ())
        return [
            record.metadata
            for record in self.records()
            if (kind is None or record.plugin_type is kind)
            and (not loaded_only or record.is_loaded)
            and (not wanted or wanted & set(record.metadata.tags))
        ]

    def records(self) -> list[PluginRecord]:
        """Every registered plugin, sorted by name."""
        return [record for _, record in sorted(self._records.copy().items())]

    def record(self, name: str) -> PluginRecord:
        """What is known of one plugin; raises PluginNotFound with the near name."""
        if (record := self._records.get(name)) is not None:
            return record
        near = nearest(name, self._records)
        raise PluginNotFound(
            f"No plugin is called {name}.",
            why=f"Did you mean {near}?" if near else f"{len(self._records)} plugins are registered.",
            hint=f'session.load("{near}")' if near else "%finops plugins lists them",
            plugin=name,
        )

    def describe(self) -> list[dict[str, Any]]:
        """Everything about every plugin as plain data, secrets masked; the unusable ones come last with their reason."""
        return [*(record.describe() for record in self.records()), *map(_described, self.unusable.values())]

    def fields(self, name: str) -> list[dict[str, Any]]:
        """The settings of a plugin (key, type, required, default, description, secret); imports its code if need be."""
        from finopsnb.plugins.config import describe_fields

        return describe_fields(self._class(name), self.record(name).metadata)

    def form(self, name: str) -> list[FormField]:
        """The settings of a plugin as a form needs them; imports its code if need be."""
        from finopsnb.plugins.config import form_of

        return form_of(self._class(name), self.record(name).metadata)

    def check(self, name: str, config: Mapping[str, Any]) -> None:
        """Whether a plugin could be loaded with these settings; nothing is changed. Raises PluginConfigError with all problems."""
        from finopsnb.plugins.config import resolve_config

        resolve_config(self._class(name), self.record(name).metadata, config)

    def get_statistics(self) -> dict[str, Any]:
        """How many plugins there are: total, loaded, failed, by type, by state."""
        records = self.records()
        return {
            "total": len(records),
            "loaded": sum(r.is_loaded for r in records),
            "failed": sum(r.failure is not None for r in records),
            "unusable": len(self.unusable),
            "by_type": dict(sorted(Counter(r.plugin_type.value for r in records if r.plugin_type).items())),
            "by_state": dict(sorted(Counter(r.state for r in records).items())),
        }

    @contextmanager
    def running(self, name: str) -> Iterator[PluginBase]:
        """Guard the work of a loaded plugin: a failure is recorded, announced and raised as PluginRunError."""
        from finopsnb.errors import PluginRunError
        from finopsnb.plugins.base import PluginState

        record, instance = self.record(name), self.loaded(name)
        try:
            with self._announcing_failure(record), lifecycle.guarded(record, "run", PluginRunError):
                yield instance
        except Exception:
            instance.state = PluginState.ERROR
            instance.error_message = record.failure.reason if record.failure else None
            raise
        instance.state, instance.error_message, record.failure = PluginState.READY, None, None

    def loaded(self, name: str) -> PluginBase:
        """The loaded instance; raises PluginNotFound with the call that loads it."""
        if (instance := self.record(name).instance) is None:
            raise PluginNotFound(f"The plugin {name} is registered but not loaded.", hint=f'session.load("{name}")', plugin=name)
        return instance

    # the parts

    def _class(self, name: str) -> type[PluginBase]:
        """The plugin's code; what is imported is not waited for while the plugin works."""
        record = self.record(name)
        if (cls := record.cls) is None:
            with record.lock, self._announcing_failure(record):
                cls = record.cls = lifecycle.imported(record, self.hooks)
        return cls

    def _take(self, found: list[Found], register: bool) -> list[Found]:
        for item in found if register else ():
            if item.reason:
                self.unusable[_key(item)] = item
            else:
                self._add_found(item)
        if register and found:
            self.hooks.trigger("plugins_changed", plugins=[item.name for item in found])
        return found

    def _add_found(self, item: Found) -> None:
        try:
            record = PluginRecord(_metadata_of(item), item.origin, found=item, sha256=item.sha256)
            self._add(record, replace=False)
        except DuplicatePlugin as error:
            self.unusable[_key(item)] = replace(item, reason=error.what)

    def _add(self, record: PluginRecord, *, replace: bool) -> None:
        with self._lock:
            before = self._records.get(record.name)
            if before is None or (before.origin == record.origin and not before.is_loaded and before.cls is None):
                self._records[record.name] = record
            elif before.origin == record.origin and (record.cls is None or record.cls is before.cls):
                before.found = record.found or before.found
            elif replace:
                self._replace(before, record)
            else:
                raise _taken(before, record)

    def _replace(self, before: PluginRecord, record: PluginRecord) -> None:
        """The new code takes the name; a loaded instance serves until it is reloaded."""
        before.metadata, before.origin, before.found = record.metadata, record.origin, record.found
        before.cls, before.sha256 = record.cls, record.sha256

    def _is_same_cell(self, name: str, cls: type[PluginBase]) -> bool:
        before = self._records.get(name)
        return before is not None and cls.__module__ == "__main__" and before.origin == f"class __main__.{cls.__qualname__}"

    def _loaded(self) -> list[PluginRecord]:
        return [record for record in self.records() if record.is_loaded]

    def _install(self, record: PluginRecord, instance: PluginBase, config: Mapping[str, Any] | None) -> None:
        from finopsnb.plugins.config import hidden

        record.instance, record.failure = instance, None
        record.config = None if config is None else hidden(config)
        record.order = record.order or next(self._order)

    def _let_go(self, record: PluginRecord, old: PluginBase) -> None:
        """Shut the replaced instance down; its failure is announced but the new one serves."""
        try:
            with self._announcing_failure(record):
                lifecycle.shut_down(record, old)
        except Exception as error:  # noqa: BLE001 - kept on the record and announced
            old.context.logger.warning("the replaced %s did not shut down: %s", record.name, error)

    def _load_required(self, record: PluginRecord) -> None:
        for name in record.metadata.requires:
            if self.record(name).instance is None:
                self.load_plugin(name)

    @contextmanager
    def _loading_only_once(self, name: str) -> Iterator[None]:
        """Plugins that require each other in a circle are refused, and the circle is named."""
        chain: list[str] = self._loading.__dict__.setdefault("chain", [])
        if name in chain:
            circle = " -> ".join([*chain[chain.index(name) :], name])
            raise PluginDependencyError(f"Plugins require each other in a circle: {circle}.", plugin=name, phase="import")
        chain.append(name)
        try:
            yield
        finally:
            chain.remove(name)

    @contextmanager
    def _announcing_failure(self, record: PluginRecord) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            record.failure = record.failure or failure_of(record.name, "load", error, record.path)
            self.hooks.trigger("plugin_failed", plugin=record.name, error=record.failure)
            raise


def _usable(cls: type[PluginBase]) -> PluginMetadata:
    if not (isinstance(cls, type) and issubclass(cls, PluginBase)):
        raise PluginMetadataError(f"{cls!r} is not a plugin class.", hint="class MyPlugin(TelemetryPlugin): ... from finopsnb.plugins")
    metadata = discovery.read_class(cls)
    problems = discovery.check_metadata(metadata)
    if missing := [m for m in missing_methods(cls) if m != "metadata"]:
        problems.append(f"{cls.__name__} has to write {' and '.join(missing)}")
    if problems:
        raise PluginMetadataError(f"{cls.__name__} cannot be registered: {'; '.join(problems)}.", plugin=metadata.name, phase="metadata")
    return metadata


def _metadata_of(item: Found) -> PluginMetadata:
    return PluginMetadata(
        name=item.name,
        version=item.version,
        author=item.author,
        description=item.description,
        plugin_type=item.plugin_type,
        dependencies=item.dependencies,
        homepage=item.homepage,
        license=item.license,
        tags=item.tags,
        requires=item.requires,
    )


def _taken(before: PluginRecord, record: PluginRecord) -> DuplicatePlugin:
    return DuplicatePlugin(
        f"The plugin name {record.name} is taken: {before.origin} has it, {record.origin} wants it.",
        hint=f'registry.unregister("{record.name}") first, or register(..., replace=True)',
        plugin=record.name,
    )


def _key(item: Found) -> tuple[str, str, str]:
    return (item.origin, item.class_name, item.name)


def _described(item: Found) -> dict[str, Any]:
    described = PluginRecord(_metadata_of(item), item.origin, found=item, sha256=item.sha256).describe()
    return {**described, "state": "unusable", "reason": item.reason}


#: the default registry, on the default hook bus
registry = PluginRegistry(hooks=default_bus)
_shutdown: Callable[[], list[PluginFailure]] = atexit.register(registry.unload_all)
