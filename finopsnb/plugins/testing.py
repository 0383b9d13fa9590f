"""Tests for plugin authors: one call that says whether a plugin keeps the contract.

    from finopsnb.plugins.testing import check_plugin

    def test_my_plugin():
        check_plugin(MyPlugin, config={"path": "tests/data/bill.csv"})

Every check is a function below; its docstring is its documentation. ``plugin_session`` is a pytest fixture: an empty
in-memory session with a registry of its own. Import it in ``conftest.py``.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from unittest import mock

from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins.base import PluginBase, PluginMetadata, PluginState, PluginType, writes
from finopsnb.plugins.discovery import check_metadata, read_class, read_source
from finopsnb.plugins.hooks import HookBus, describe_error
from finopsnb.plugins.quality import Contract, keep
from finopsnb.plugins.registry import PluginRegistry
from finopsnb.plugins.telemetry import TelemetryPlugin

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.session import Session

__all__ = ["CHECKS", "CheckResult", "check_plugin", "new_session", "sample_costs"]

_CANARY = "canary-7f3a9c51d2"


@dataclass(frozen=True)
class CheckResult:
    """What one check found: ``outcome`` is passed, failed or skipped; ``detail`` says why."""

    check: str
    outcome: Literal["passed", "failed", "skipped"]
    detail: str = ""


class Skip(Exception):
    """Raised by a check that does not apply to this plugin."""


@dataclass(frozen=True)
class Runs:
    """What runs on sample costs left: the first run, the costs before and after it, the table of the type after one run and after two."""

    last: Mapping[str, Any]
    costs: tuple[list[str], list[str]]
    results: tuple[list[str], list[str]]


@dataclass(frozen=True)
class Subject:
    """The plugin under test and the settings to test it with."""

    cls: type[PluginBase]
    config: Mapping[str, Any]

    @property
    def name(self) -> str:
        return read_class(self.cls).name

    def build(self) -> PluginBase:
        return self.cls(deepcopy(dict(self.config)))

    def registry(self) -> PluginRegistry:
        registry = PluginRegistry(HookBus())
        registry.register(self.cls)
        return registry

    @cached_property
    def runs(self) -> Runs:
        """Made once, for the checks that look at it: two runs where the type stores rows that are replaced, else one."""
        table = _TABLES.get(_type(self))
        with self.session(sample_costs()) as session:
            before = _contents(session, "costs")
            _run(session, self)
            last, after = session.last_run or {}, _contents(session, "costs")
            once = _contents(session, table) if table else []
            if table:
                session.run(self.name)
            return Runs(last, (before, after), (once, _contents(session, table) if table else []))

    @contextmanager
    def session(self, costs: pa.Table | None = None) -> Iterator[Session]:
        """A session in which the plugin is loaded, with ``costs`` stored where given."""
        with new_session() as session:
            session.plugins.registry.register(self.cls, replace=True)
            if costs is not None:
                _store(session, costs)
            session.load(self.name, deepcopy(dict(self.config)))
            yield session


def check_plugin(
    cls: type[PluginBase], config: Mapping[str, Any] | None = None, on_fail: Literal["raise", "report"] = "raise"
) -> list[CheckResult]:
    """Run every check that fits the plugin's type; AssertionError naming all that failed, unless ``on_fail="report"``.

    The outcome is the plugin's tier in the panel and in ``%finops info``, as long as its code stays what was checked.

    ``config`` are settings with which the plugin really works in the test (a small file, a server on loopback).
    """
    subject = Subject(cls, dict(config or {}))
    results = [_outcome(check, subject) for check in CHECKS]
    failed = [r for r in results if r.outcome == "failed"]
    keep(cls, Contract(sum(r.outcome == "passed" for r in results), tuple(r.check for r in failed)))
    if failed and on_fail == "raise":
        raise AssertionError(
            f"{cls.__name__} fails {len(failed)} of {len(results)} checks:\n" + "\n".join(f"  {r.check}: {r.detail}" for r in failed)
        )
    return results


# the checks


def metadata_is_readable(subject: Subject) -> None:
    """The metadata can be read without building an instance, and name, version and type are usable."""
    metadata = read_class(subject.cls)
    problems = check_metadata(metadata)
    assert not problems, "; ".join(problems)


def metadata_is_literal(subject: Subject) -> None:
    """The metadata can be read from the source without running it, so that discovery can list the plugin."""
    file = getattr(sys.modules.get(subject.cls.__module__), "__file__", None)
    if not file:
        raise Skip("the class is not in a file")
    found = [f for f in read_source(Path(file), subject.cls.__module__) if f.class_name == subject.cls.__name__]
    if "<locals>" in subject.cls.__qualname__:
        raise Skip("the class is made inside a function")
    assert found, f"no literal PluginMetadata(...) is in the body of {subject.cls.__name__}"
    assert not found[0].reason, found[0].reason


def init_does_no_work(subject: Subject) -> None:
    """``__init__`` opens no file or connection, starts no thread or process, and leaves the state UNINITIALIZED."""
    threads = threading.active_count()
    with ExitStack() as stack:
        for target in ("builtins.open", "socket.socket.connect", "subprocess.Popen.__init__"):
            stack.enter_context(mock.patch(target, side_effect=AssertionError(f"__init__ calls {target}")))
        plugin = subject.build()
    assert threading.active_count() == threads, "__init__ starts a thread"
    assert plugin.state is PluginState.UNINITIALIZED, f"the state after __init__ is {plugin.state.value}"


def config_errors_name_the_key(subject: Subject) -> None:
    """A missing required setting, and an unknown one, are refused by their names."""
    fields = subject.registry().fields(subject.name)
    if not fields:
        raise Skip("the plugin declares no settings")
    for field in (f for f in fields if f["required"] and "." not in f["key"]):
        config = {k: v for k, v in subject.config.items() if k != field["key"]}
        _refuses(subject, config, field["key"])
    _refuses(subject, {**subject.config, "no_such_setting": 1}, "no_such_setting")


def secrets_stay_hidden(subject: Subject) -> None:
    """The value of a secret setting is in no repr, no description and no error of the plugin."""
    secrets = [f["key"] for f in subject.registry().fields(subject.name) if f["secret"] and "." not in f["key"]]
    if not secrets:
        raise Skip("the plugin has no secret settings")
    registry = subject.registry()
    config = {**subject.config, **dict.fromkeys(secrets, _CANARY)}
    plugin = registry.load_plugin(subject.name, config, auto_initialize=False)
    seen = [repr(plugin), str(plugin), f"{plugin}", repr(vars(plugin)), repr(plugin.config), repr(registry.describe())]
    assert not any(_CANARY in text for text in seen), "a secret's value can be seen"


def starts_stops_and_starts(subject: Subject) -> None:
    """``initialize()``, ``shutdown()``, ``initialize()``, ``shutdown()`` work on the same settings."""
    registry = subject.registry()
    for _ in range(2):
        plugin = registry.load_plugin(subject.name, deepcopy(dict(subject.config)))
        assert plugin.is_ready, f"the state after loading is {plugin.state.value}"
        registry.unload_plugin(subject.name)
        assert plugin.state is PluginState.SHUTDOWN


def leaves_no_hooks(subject: Subject) -> None:
    """After unloading, nobody of the plugin listens any more."""
    registry = subject.registry()
    registry.load_plugin(subject.name, deepcopy(dict(subject.config)))
    registry.unload_plugin(subject.name)
    assert not registry.hooks.listing(), f"still listening: {registry.hooks.listing()}"


def config_is_left_alone(subject: Subject) -> None:
    """The settings that the caller gave are the same after loading."""
    given = deepcopy(dict(subject.config))
    registry = subject.registry()
    registry.load_plugin(subject.name, given)
    registry.unload_plugin(subject.name)
    assert given == dict(subject.config), "loading changed the caller's settings"


def answers_health_quickly(subject: Subject) -> None:
    """``health_check()`` answers within a second with plugin, version, state, healthy, error and uptime_seconds."""
    registry = subject.registry()
    plugin = registry.load_plugin(subject.name, deepcopy(dict(subject.config)))
    begin = time.monotonic()
    health = plugin.health_check()
    seconds = time.monotonic() - begin
    registry.unload_plugin(subject.name)
    missing = {"plugin", "version", "state", "healthy", "error", "uptime_seconds"} - set(health)
    assert not missing, f"health_check() lacks {', '.join(sorted(missing))}"
    assert seconds <= 1.0, f"health_check() took {seconds:.1f} s"


def output_keeps_the_contract(subject: Subject) -> None:
    """What the plugin returns can be stored (or drawn) as its type promises."""
    _succeeded(subject.runs.last)


def empty_input_is_fine(subject: Subject) -> None:
    """Without any stored cost the plugin says nothing rather than fail."""
    if _type(subject) in (PluginType.TELEMETRY, PluginType.NOTIFICATION, PluginType.INTEGRATION):
        raise Skip("the type reads no costs")
    with subject.session() as session:
        _run(session, subject)
        _succeeded(session.last_run or {})


def runs_are_idempotent(subject: Subject) -> None:
    """Running twice leaves the same table as running once."""
    table = _TABLES.get(_type(subject))
    if table is None:
        raise Skip("the type stores no replaceable rows")
    once, twice = subject.runs.results
    assert twice == once, f"the second run changed {table}"


def input_is_left_alone(subject: Subject) -> None:
    """Running the plugin changes no cost row."""
    if _type(subject) is PluginType.TELEMETRY:
        raise Skip("a telemetry plugin writes costs")
    before, after = subject.runs.costs
    assert after == before, "the run changed the costs"


CHECKS: tuple[Callable[[Subject], None], ...] = (
    metadata_is_readable,
    metadata_is_literal,
    init_does_no_work,
    config_errors_name_the_key,
    secrets_stay_hidden,
    config_is_left_alone,
    starts_stops_and_starts,
    leaves_no_hooks,
    answers_health_quickly,
    output_keeps_the_contract,
    empty_input_is_fine,
    runs_are_idempotent,
    input_is_left_alone,
)


# what the checks work with


@contextmanager
def new_session() -> Iterator[Session]:
    """An empty in-memory session with a registry of its own; everything is unloaded and closed afterwards."""
    from finopsnb.session import open as open_session

    registry = PluginRegistry(HookBus())
    with open_session(":memory:", registry=registry) as session:
        try:
            yield session
        finally:
            registry.unload_all()


def sample_costs(days: int = 28) -> pa.Table:
    """A few FOCUS rows to test with: two providers, three services, tags, a refund; USD, ``days`` days of 2026-01."""
    import pyarrow as pa

    return pa.Table.from_pylist([row for day in range(1, days + 1) for row in _day(day)])


def _day(day: int) -> list[dict[str, Any]]:
    lines = [
        ("AWS", "111", "Amazon EC2", "Compute", "i-1", "1.2500000001", '{"team": "web"}'),
        ("AWS", "111", "Amazon S3", "Storage", "bucket-1", "0.10", None),
        ("Microsoft", "222", "Virtual Machines", "Compute", "vm-1", "2.00", '{"team": "data"}'),
    ]
    refund = [("AWS", "111", "Amazon EC2", "Compute", "i-1", "-0.50", '{"team": "web"}')] if day == 15 else []
    return [_line(day, *line) for line in lines + refund]


def _line(day: int, provider: str, account: str, service: str, category: str, resource: str, cost: str, tags: str | None) -> dict[str, Any]:
    costs = dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), cost)
    return {
        **costs,
        "BillingAccountId": account,
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-01-01T00:00:00Z",
        "BillingPeriodEnd": "2026-02-01T00:00:00Z",
        "ChargePeriodStart": f"2026-01-{day:02}T00:00:00Z",
        "ChargePeriodEnd": f"2026-01-{day + 1:02}T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ProviderName": provider,
        "ServiceName": service,
        "ServiceCategory": category,
        "ResourceId": resource,
        "RegionId": "eu-west-1",
        "SubAccountId": f"{account}-1",
        "Tags": tags,
    }


_TABLES: dict[PluginType | None, str] = {
    PluginType.TELEMETRY: "costs",
    PluginType.ATTRIBUTION: "allocations",
    PluginType.RECOMMENDATION: "recommendations",
    PluginType.POLICY: "violations",
}


def _outcome(check: Callable[[Subject], None], subject: Subject) -> CheckResult:
    name = check.__name__.replace("_", "-")
    try:
        check(subject)
    except Skip as skip:
        return CheckResult(name, "skipped", str(skip))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - told as the outcome of the check
        return CheckResult(name, "failed", str(error) if isinstance(error, AssertionError) else describe_error(error))
    return CheckResult(name, "passed")


def _type(subject: Subject) -> PluginType | None:
    return read_class(subject.cls).plugin_type


def _refuses(subject: Subject, config: Mapping[str, Any], key: str) -> None:
    try:
        subject.registry().load_plugin(subject.name, dict(config), auto_initialize=False)
    except PluginConfigError as error:
        named = any(place.split(".")[0] == key for place in error.problems)
        assert named, f"the error about {key} does not name it: {error.problems}"
    else:
        raise AssertionError(f"settings with a wrong or missing {key} are accepted")


def _succeeded(last: Mapping[str, Any]) -> None:
    assert last.get("status") == "succeeded", f"the run ended as {last.get('status')}: {last.get('error')}"


def _run(session: Session, subject: Subject) -> Any:
    """The plugin's verb, with the least that it needs."""
    if _type(subject) is PluginType.NOTIFICATION:
        return session.notify(subject.name, "a test of the contract", priority="low")
    if _type(subject) is PluginType.INTEGRATION:
        return _exchanged(session, subject)
    return session.run(subject.name)


def _exchanged(session: Session, subject: Subject) -> Any:
    """Both directions that the plugin writes."""
    written = [d for d, method in (("send", "send_data"), ("receive", "receive_data")) if writes(subject.cls, method)]
    data = "costs" if getattr(subject.cls, "sends", None) else None
    return [session.sync(subject.name, direction, data=data) for direction in written]


def _store(session: Session, costs: pa.Table) -> None:
    class GivenCosts(TelemetryPlugin):
        metadata = PluginMetadata(name="given-costs", version="1.0", description="Costs of a test.", plugin_type=PluginType.TELEMETRY)

        def collect_telemetry(self) -> Any:
            return costs

    session.plugins.registry.register(GivenCosts)
    session.load("given-costs")
    session.collect("given-costs")


def _contents(session: Session, table: str) -> list[str]:
    """The rows of a table as sorted text, without what names the run."""
    arrow = session.frame(table, frames="arrow")
    kept = arrow.select([c for c in arrow.column_names if c not in ("run_id", "_run_id", "_tag_id", "created_at", "last_seen")])
    return sorted(map(repr, kept.to_pylist()))


def __getattr__(name: str) -> Any:
    """``plugin_session`` is made when it is asked for, so that this module serves without pytest too."""
    if name != "plugin_session":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import pytest
    except ImportError as error:
        raise FinopsError("plugin_session is a pytest fixture.", hint='pip install "finopsnb[test]"') from error

    @pytest.fixture(name="plugin_session")
    def plugin_session() -> Iterator[Session]:
        """An empty in-memory session with a registry of its own."""
        with new_session() as session:
            yield session

    return plugin_session
