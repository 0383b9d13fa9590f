"""One plugin's way from a record to a ready instance, and back.

import -> config -> construct -> initialize -> READY        each phase is guarded; a failure leaves a PluginFailure
reload:  the new instance is made ready first, then takes the place of the old one
unload:  hooks off, shutdown(), gone
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from finopsnb.errors import PluginDependencyError, PluginError, PluginLoadError, PluginNotReady
from finopsnb.plugins import discovery, loading
from finopsnb.plugins.base import PluginBase, PluginMetadata, PluginState
from finopsnb.plugins.context import PluginContext
from finopsnb.plugins.failures import failure_of, hint_for, is_users_to_mend
from finopsnb.plugins.hooks import HookBus, describe_error, hooks_of, registering
from finopsnb.plugins.records import PluginRecord
from finopsnb.plugins.secrets import masker

__all__ = ["guarded", "imported", "is_as_given", "shut_down", "start", "stop"]

_TRIES = 3


def start(
    record: PluginRecord,
    config: Mapping[str, Any] | None,
    *,
    bus: HookBus,
    context: PluginContext | None,
    initialize: bool = True,
    fresh: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> PluginBase:
    """Make a ready instance for ``record`` without touching the one it may have; raises what :func:`guarded` raises."""
    before = bus.entries(record.name)
    try:
        with guarded(record, "import"):
            _check_dependencies(record.metadata)
        cls = imported(record, bus, fresh)
        with guarded(record, "metadata"):
            metadata = _metadata(record, cls)
        instance = _built(record, cls, metadata, config, bus, context)
        if initialize:
            _initialized(record, instance, sleep)
    except BaseException:
        bus.drop(bus.entries(record.name) - before)
        raise
    record.cls, record.metadata = cls, metadata
    return instance


def stop(record: PluginRecord, instance: PluginBase, bus: HookBus) -> None:
    """Take the plugin's hooks off and shut it down; raises PluginLoadError of phase shutdown when that fails."""
    bus.forget(record.name)
    shut_down(record, instance)


@contextmanager
def guarded(record: PluginRecord, phase: str, error_type: type[PluginError] = PluginLoadError) -> Iterator[None]:
    """Whatever a stranger's code raises here (SystemExit too) is recorded on ``record`` and raised as ``error_type``.

    KeyboardInterrupt passes. Errors that already speak to the user (a wrong setting) are recorded and passed on.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        record.failure = failure_of(record.name, phase, error, record.path)
        if is_users_to_mend(error):
            raise
        raise error_type(
            f"The plugin {record.name} failed in {phase}.",
            why=f"{masker.mask(describe_error(error))}{_at(record)}",
            hint=getattr(error, "hint", "") or hint_for(record.name, phase),
            plugin=record.name,
            phase=phase,
        ) from masker.mask_error(error)


def _at(record: PluginRecord) -> str:
    failure = record.failure
    return f" (at {failure.file}:{failure.line})" if failure is not None and failure.file else ""


def imported(record: PluginRecord, bus: HookBus, fresh: bool = False) -> type[PluginBase]:
    """The plugin's class, imported where it was only found so far; ``fresh`` runs changed source anew."""
    if record.cls is not None and not (fresh and record.found):
        return record.cls
    if record.found is None:
        raise PluginLoadError(f"There is no code for the plugin {record.name}.", plugin=record.name, phase="import")
    begin = time.perf_counter()
    with guarded(record, "import"), registering(bus, record.name):
        cls = loading.load_class(record.found, fresh=fresh)
    record.seconds_import = time.perf_counter() - begin
    record.sha256 = loading.digest(record.path) if record.path else ""
    return cls


def _metadata(record: PluginRecord, cls: type[PluginBase]) -> PluginMetadata:
    """What the class says of itself, its settings included; an installed distribution knows its version and licence."""
    said, known = discovery.read_class(cls), record.metadata
    if record.found is None or not record.origin.startswith("entry point"):
        return said
    return replace(said, version=known.version, homepage=known.homepage, license=known.license)


def _built(
    record: PluginRecord,
    cls: type[PluginBase],
    metadata: PluginMetadata,
    config: Mapping[str, Any] | None,
    bus: HookBus,
    context: PluginContext | None,
) -> PluginBase:
    from finopsnb.plugins.config import resolve_config

    with guarded(record, "config"):
        settings_given, settings = resolve_config(cls, metadata, config or {})
    with guarded(record, "construct"):
        instance = cls(settings_given)
        if not isinstance(getattr(instance, "state", None), PluginState):
            raise TypeError(f"{cls.__name__}.__init__ does not call super().__init__(config)")
    instance._finops_bus, instance._finops_settings = bus, settings
    instance.context = context or PluginContext(plugin=record.name, hooks=bus)
    with guarded(record, "config"):
        if instance.validate_config() is False:
            raise ValueError(f"{cls.__name__}.validate_config() refused the settings")
    return instance


def is_as_given(record: PluginRecord, config: Mapping[str, Any]) -> bool:
    """Whether these settings still mean what the loaded instance has: a secret behind a reference may be another one by now."""
    from finopsnb.plugins.config import resolve_config

    instance = record.instance
    if instance is None:
        return False
    try:
        settings, _ = resolve_config(type(instance), instance.metadata, config)
    except PluginError:
        return False  # loading it says what is wrong
    return bool(settings == instance.config)


def _initialized(record: PluginRecord, instance: PluginBase, sleep: Callable[[float], None]) -> None:
    begin = time.perf_counter()
    instance.state = PluginState.INITIALIZING
    try:
        with guarded(record, "initialize"):
            _tried(instance, sleep)
    except BaseException as error:
        instance.state, instance.error_message = (
            PluginState.ERROR,
            masker.mask(describe_error(error.__cause__ or error)),
        )
        _close_quietly(record, instance)
        raise
    record.seconds_initialize = time.perf_counter() - begin
    instance.state, instance.error_message, instance._finops_ready_at = PluginState.READY, None, time.monotonic()
    for event, priority, method in hooks_of(instance):
        instance.register_hook(event, method, priority)


def _tried(instance: PluginBase, sleep: Callable[[float], None]) -> None:
    """``initialize()``, again after a pause when it says that it is not ready yet."""
    for attempt in range(1, _TRIES + 1):
        try:
            return instance.initialize()
        except PluginNotReady:
            if attempt == _TRIES:
                raise
            sleep(0.2 * 2**attempt)


def shut_down(record: PluginRecord, instance: PluginBase) -> None:
    """``shutdown()`` of an instance; its hooks are somebody else's concern."""
    instance.state = PluginState.SHUTDOWN
    with guarded(record, "shutdown"):
        instance.shutdown()


def _close_quietly(record: PluginRecord, instance: PluginBase) -> None:
    """Let a half-opened plugin close what it opened; the failure that is already recorded stays the one that counts."""
    failure = record.failure
    try:
        instance.shutdown()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the first failure is the one to tell; this one is logged
        instance.context.logger.debug("shutdown after a failed initialize: %s", masker.mask(describe_error(error)))
    record.failure = failure


def _check_dependencies(metadata: PluginMetadata) -> None:
    """Every pip requirement of the plugin is installed in a fitting version, or PluginDependencyError."""
    if missing := [problem for line in metadata.dependencies if (problem := _unmet(line))]:
        raise PluginDependencyError(
            f"The plugin {metadata.name} needs packages that are not here: {', '.join(missing)}.",
            hint="pip install " + " ".join(f'"{line}"' for line in metadata.dependencies),
            plugin=metadata.name,
            phase="import",
        )


def _unmet(line: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return f"{line} (not a pip requirement)"
    if requirement.marker is not None and not requirement.marker.evaluate():
        return ""
    try:
        have = version(requirement.name)
    except PackageNotFoundError:
        return line
    return "" if requirement.specifier.contains(have, prereleases=True) else f"{line} (installed: {have})"
