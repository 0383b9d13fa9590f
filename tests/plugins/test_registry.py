"""The registry: registering, loading, failing, reloading, shutting down."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from finopsnb.errors import (
    DuplicatePlugin,
    PluginConfigError,
    PluginDependencyError,
    PluginLoadError,
    PluginMetadataError,
    PluginNotFound,
    PluginNotReady,
)
from finopsnb.plugins import PluginMetadata, PluginRegistry, PluginState, PluginType, TelemetryPlugin
from tests.plugins.plugins_in_tests import ALL, ConfiguredPlugin, RowsPlugin, named


@pytest.fixture
def registry():
    registry = PluginRegistry()
    yield registry
    registry.unload_all()


def telemetry(name="made", initialize=None, shutdown=None, **meta):
    """A telemetry plugin class whose life does what the test says."""
    body = {
        "metadata": named(name, PluginType.TELEMETRY, **meta),
        "initialize": initialize or (lambda self: None),
        "shutdown": shutdown or (lambda self: None),
        "collect_telemetry": lambda self: [],
    }
    return type("Made", (TelemetryPlugin,), body)


def heard(registry, *events):
    said = []
    for event in events:
        registry.hooks.on(event, lambda plugin, event=event: said.append((event, plugin)))
    return said


def test_registering_runs_no_code_of_the_plugin_and_returns_the_class(registry):
    class Loud(RowsPlugin):
        metadata = named("loud", PluginType.TELEMETRY)

        def __init__(self, config=None):
            raise AssertionError("built")

    assert registry.register(Loud) is Loud
    assert [m.name for m in registry.list_plugins()] == ["loud"]


def test_a_taken_name_is_refused_with_both_origins_unless_replaced(registry):
    first, second = telemetry("taken"), telemetry("taken")
    second.__qualname__ = "Second"
    registry.register(first)
    with pytest.raises(DuplicatePlugin, match=r"Made has it.*Second wants it") as error:
        registry.register(second)
    assert "replace=True" in error.value.hint
    registry.register(second, replace=True)
    assert isinstance(registry.load_plugin("taken"), second)


def test_the_same_class_may_be_registered_twice(registry):
    registry.register(RowsPlugin)
    registry.register(RowsPlugin)
    assert len(registry.list_plugins()) == 1


def test_a_cell_that_runs_again_replaces_its_class(registry):
    first, second = telemetry("cell"), telemetry("cell")
    first.__module__ = second.__module__ = "__main__"
    registry.register(first)
    old = registry.load_plugin("cell")
    registry.register(second)
    assert registry.get_plugin("cell") is old, "the loaded one serves until it is reloaded"
    assert isinstance(registry.reload_plugin("cell"), second)


@pytest.mark.parametrize(
    ("cls", "words"),
    [
        (telemetry("Bad Name"), "name"),
        (telemetry("x"), "name"),
        (telemetry("a" * 70), "name"),
        (telemetry("<script>"), "name"),
        (type("Bare", (TelemetryPlugin,), {"metadata": named("bare", PluginType.TELEMETRY)}), "collect_telemetry"),
        (int, "not a plugin class"),
        ("text", "not a plugin class"),
    ],
)
def test_what_is_unusable_is_refused_and_says_why(registry, cls, words):
    with pytest.raises(PluginMetadataError, match=words):
        registry.register(cls)
    assert registry.list_plugins() == []


def test_a_bad_version_is_refused(registry):
    cls = telemetry("versioned")
    cls.metadata = PluginMetadata(name="versioned", version="one", plugin_type=PluginType.TELEMETRY)
    with pytest.raises(PluginMetadataError, match="version"):
        registry.register(cls)


def test_metadata_that_raises_is_an_error_and_not_a_crash(registry):
    class Raising(RowsPlugin):
        @property
        def metadata(self):
            raise SystemExit(1)

    with pytest.raises(PluginMetadataError):
        registry.register(Raising)


def test_loading_gives_a_ready_plugin_and_announces_it(registry):
    said = heard(registry, "plugin_loaded", "plugin_unloaded")
    registry.register(ConfiguredPlugin)
    plugin = registry.load_plugin("configured", {"path": "here"})
    assert plugin.is_ready
    assert plugin.log == ["initialize here"]
    assert registry.get_plugin("configured") is plugin
    assert [r.result for r in registry.hooks.trigger("month_closed", "may")] == ["here may"]
    registry.unload_plugin("configured")
    assert plugin.state is PluginState.SHUTDOWN
    assert plugin.log[-1] == "shutdown"
    assert registry.hooks.trigger("month_closed", "june") == []
    assert registry.get_plugin("configured") is None
    assert said == [("plugin_loaded", "configured"), ("plugin_unloaded", "configured")]


def test_loading_again_returns_the_instance_and_another_config_reloads(registry):
    registry.register(ConfiguredPlugin)
    first = registry.load_plugin("configured", {"path": "here"})
    assert registry.load_plugin("configured") is first
    assert registry.load_plugin("configured", {"path": "here"}) is first
    second = registry.load_plugin("configured", {"path": "there"})
    assert second is not first
    assert first.state is PluginState.SHUTDOWN
    assert [r.result for r in registry.hooks.trigger("month_closed", "may")] == ["there may"]


def test_loading_again_takes_the_secret_that_a_reference_leads_to_now(registry, monkeypatch):
    class KeyPlugin(RowsPlugin):
        metadata = named("keyed", PluginType.TELEMETRY, config_schema={"api_key": {"type": "str", "secret": True}})

    registry.register(KeyPlugin)
    given = {"api_key": "env:ROTATED_KEY"}
    monkeypatch.setenv("ROTATED_KEY", "the first key")
    first = registry.load_plugin("keyed", given)
    assert registry.load_plugin("keyed", given) is first
    monkeypatch.setenv("ROTATED_KEY", "the second key")
    second = registry.load_plugin("keyed", given)
    assert second is not first
    assert str(second.config["api_key"]) == "the second key"
    monkeypatch.delenv("ROTATED_KEY")
    with pytest.raises(PluginConfigError, match="ROTATED_KEY"):
        registry.load_plugin("keyed", given)
    assert registry.get_plugin("keyed") is second


def test_auto_initialize_can_be_left_out(registry):
    registry.register(ConfiguredPlugin)
    plugin = registry.load_plugin("configured", {"path": "here"}, auto_initialize=False)
    assert plugin.state is PluginState.UNINITIALIZED


def test_an_unknown_name_offers_the_near_one(registry):
    registry.register(ConfiguredPlugin)
    with pytest.raises(PluginNotFound, match="Did you mean configured"):
        registry.load_plugin("confgured")


def test_a_wrong_config_names_every_problem_and_leaves_the_plugin_listed_in_error(registry):
    said = heard(registry, "plugin_failed")
    registry.register(ConfiguredPlugin)
    with pytest.raises(PluginConfigError) as error:
        registry.load_plugin("configured", {"days": 0, "pth": "x"})
    assert set(error.value.problems) == {"path", "days", "pth"}
    [described] = registry.describe()
    assert described["state"] == "error"
    assert described["error"]["phase"] == "config"
    assert said == [("plugin_failed", "configured")]
    assert registry.load_plugin("configured", {"path": "x"}).is_ready, "the next plain call succeeds"
    assert registry.describe()[0]["error"] is None


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit(2), ImportError(), Unprintable(), MemoryError()])
def test_a_failed_initialize_is_recorded_chained_and_isolated(registry, error):
    def fail(self):
        raise error

    registry.register(telemetry("failing", initialize=fail))
    registry.register(RowsPlugin)
    with pytest.raises(PluginLoadError) as raised:
        registry.load_plugin("failing")
    assert raised.value.__cause__ is error
    failure = registry.record("failing").failure
    assert (failure.phase, failure.exception) == ("initialize", type(error).__name__)
    assert failure.file == __file__
    assert failure.line > 0
    assert failure.hint
    assert registry.load_plugin("rows").is_ready
    assert registry.get_plugin("failing") is None
    assert registry.hooks.listing() == [] or all(row["owner"] != "failing" for row in registry.hooks.listing())


def test_keyboard_interrupt_passes_and_leaves_nothing(registry):
    def interrupt(self):
        self.register_hook("event", print)
        raise KeyboardInterrupt

    registry.register(telemetry("slow", initialize=interrupt))
    with pytest.raises(KeyboardInterrupt):
        registry.load_plugin("slow")
    assert registry.get_plugin("slow") is None
    assert registry.hooks.listing("event") == []


def test_only_not_ready_is_tried_again(registry, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    tries = {"not-ready": 0, "broken": 0}

    def not_ready(self):
        tries["not-ready"] += 1
        if tries["not-ready"] < 3:
            raise PluginNotReady("later")

    def broken(self):
        tries["broken"] += 1
        raise ValueError

    registry.register(telemetry("not-ready", initialize=not_ready))
    registry.register(telemetry("broken", initialize=broken))
    assert registry.load_plugin("not-ready").is_ready
    with pytest.raises(PluginLoadError):
        registry.load_plugin("broken")
    assert tries == {"not-ready": 3, "broken": 1}


def test_a_half_opened_plugin_is_closed_again(registry):
    closed = []

    def fail(self):
        raise ValueError

    registry.register(telemetry("half", initialize=fail, shutdown=lambda self: closed.append(True)))
    with pytest.raises(PluginLoadError):
        registry.load_plugin("half")
    assert closed == [True]


def test_an_init_that_forgets_super_is_named(registry):
    class Forgetful(RowsPlugin):
        metadata = named("forgetful", PluginType.TELEMETRY)

        def __init__(self, config=None):
            self.own = config

    registry.register(Forgetful)
    with pytest.raises(PluginLoadError, match="super"):
        registry.load_plugin("forgetful")


def test_validate_config_may_refuse(registry):
    cls = telemetry("strict")
    cls.validate_config = lambda self: False
    registry.register(cls)
    with pytest.raises(PluginLoadError, match="validate_config"):
        registry.load_plugin("strict")


def test_a_failed_reload_keeps_the_old_one_serving(registry):
    class Fickle(ConfiguredPlugin):
        metadata = named("fickle", PluginType.TELEMETRY)

        def initialize(self):
            super().initialize()
            self.register_hook("fickle_event", lambda: self.config.path)
            if self.config.path == "broken":
                raise ValueError("this one is broken")

    registry.register(Fickle)
    old = registry.load_plugin("fickle", {"path": "good"})
    with pytest.raises(PluginLoadError, match="this one is broken"):
        registry.reload_plugin("fickle", {"path": "broken"})
    assert registry.get_plugin("fickle") is old
    assert old.is_ready
    assert [r.result for r in registry.hooks.trigger("fickle_event")] == ["good"]
    assert [r.result for r in registry.hooks.trigger("month_closed", "may")] == ["good may"]
    assert "this one is broken" in registry.describe()[0]["reason"]
    new = registry.reload_plugin("fickle")
    assert new is not old
    assert new.config.path == "good"
    assert [r.result for r in registry.hooks.trigger("fickle_event")] == ["good"]
    assert registry.describe()[0]["reason"] == ""


def test_shutdown_runs_in_reverse_order_and_collects_errors(registry):
    order = []

    def broken(self):
        order.append("b")
        raise ValueError("stuck")

    registry.register(telemetry("a-plugin", shutdown=lambda self: order.append("a")))
    registry.register(telemetry("b-plugin", shutdown=broken))
    registry.register(telemetry("c-plugin", shutdown=lambda self: order.append("c")))
    for name in ("c-plugin", "a-plugin", "b-plugin"):
        registry.load_plugin(name)
    failures = registry.unload_all()
    assert order == ["b", "a", "c"]
    assert [(f.plugin, f.phase) for f in failures] == [("b-plugin", "shutdown")]
    assert registry.list_plugins(loaded_only=True) == []


def test_loading_from_eight_threads_initializes_once(registry):
    count = []

    def slow(self):
        count.append(1)
        time.sleep(0.05)

    registry.register(telemetry("once", initialize=slow))
    got = []
    threads = [threading.Thread(target=lambda: got.append(registry.load_plugin("once", {}))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(count) == 1
    assert len(set(map(id, got))) == 1


def test_the_registry_from_six_threads_stays_exact(registry):
    interval = sys.getswitchinterval()
    errors = []
    for n in range(6):
        registry.register(telemetry(f"plugin-{n}"))

    def work(n):
        try:
            for _ in range(60):
                registry.load_plugin(f"plugin-{n}")
                registry.list_plugins()
                registry.describe()
                registry.unload_plugin(f"plugin-{n}")
            registry.load_plugin(f"plugin-{n}")
        except Exception as error:
            errors.append(error)

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert errors == []
    assert [m.name for m in registry.list_plugins(loaded_only=True)] == [f"plugin-{n}" for n in range(6)]


def test_required_plugins_are_loaded_first_and_circles_are_named(registry):
    registry.register(telemetry("upper", requires=("lower",)))
    registry.register(telemetry("lower"))
    registry.load_plugin("upper")
    assert registry.get_plugin("lower").is_ready
    registry.register(telemetry("round-a", requires=("round-b",)))
    registry.register(telemetry("round-b", requires=("round-a",)))
    with pytest.raises(PluginDependencyError, match="round-a -> round-b -> round-a"):
        registry.load_plugin("round-a")


@pytest.mark.parametrize("line", ["no-such-package-anywhere>=1", "pydantic>=900", "not a requirement !"])
def test_a_missing_package_is_named_with_the_pip_line(registry, line):
    registry.register(telemetry("needy", dependencies=(line,)))
    with pytest.raises(PluginDependencyError) as error:
        registry.load_plugin("needy")
    assert "pip install" in error.value.hint
    assert line.split(">")[0] in error.value.what


def test_listing_filters_by_type_state_and_tags(registry):
    for cls in ALL:
        registry.register(cls)
    registry.load_plugin("owners")
    assert [m.name for m in registry.list_plugins("policy")] == ["region"]
    assert [m.name for m in registry.list_plugins(PluginType.ATTRIBUTION)] == ["owners"]
    assert [m.name for m in registry.list_plugins(loaded_only=True)] == ["owners"]
    assert [m.name for m in registry.list_plugins(tags=["tests", "other"])] == ["rows"]
    statistics = registry.get_statistics()
    assert (statistics["total"], statistics["loaded"], statistics["by_type"]["policy"]) == (7, 1, 1)


def test_unregister_unloads_first(registry):
    registry.register(RowsPlugin)
    plugin = registry.load_plugin("rows")
    registry.unregister("rows")
    assert plugin.state is PluginState.SHUTDOWN
    assert registry.list_plugins() == []
    with pytest.raises(PluginNotFound):
        registry.unregister("rows")


def test_unloading_what_is_not_loaded_says_so(registry):
    registry.register(RowsPlugin)
    with pytest.raises(PluginNotFound, match="not loaded"):
        registry.unload_plugin("rows")


def test_discovering_a_folder_lists_what_cannot_be_used_with_its_reason(registry, tmp_path):
    tmp_path.chmod(0o700)
    (tmp_path / "good.py").write_text(
        "from finopsnb.plugins import TelemetryPlugin, PluginMetadata, PluginType\n"
        "class Good(TelemetryPlugin):\n"
        "    metadata = PluginMetadata(name='good', version='1.0', plugin_type=PluginType.TELEMETRY)\n"
        "    def collect_telemetry(self):\n        return []\n"
    )
    (tmp_path / "bad.py").write_text("class Broken(:\n")
    registry.discover_from_path(tmp_path)
    registry.discover_from_path(tmp_path)
    described = {d["name"] or "bad": d for d in registry.describe()}
    assert described["good"]["state"] == "not loaded"
    unusable = [d for d in registry.describe() if d["state"] == "unusable"]
    assert len(unusable) == 1
    assert "bad.py" in unusable[0]["origin"]
    assert registry.load_plugin("good").is_ready
    assert len(registry.describe()[0]["sha256"]) == 64


def test_changed_code_runs_after_a_reload_and_broken_code_does_not(registry, tmp_path):
    tmp_path.chmod(0o700)
    file = tmp_path / "changing.py"
    source = (
        "from finopsnb.plugins import TelemetryPlugin, PluginMetadata, PluginType\n"
        "class Changing(TelemetryPlugin):\n"
        "    metadata = PluginMetadata(name='changing', version='1.0', plugin_type=PluginType.TELEMETRY)\n"
        "    def collect_telemetry(self):\n        return 'VALUE'\n"
    )
    file.write_text(source)
    registry.discover_from_path(tmp_path)
    registry.load_plugin("changing")
    for text in ("ONEAA", "TWOBB"):
        file.write_text(source.replace("VALUE", text))
        assert registry.reload_plugin("changing").collect_telemetry() == text
    file.write_text(source + "\nraise RuntimeError('half an edit')\n")
    with pytest.raises(PluginLoadError, match="half an edit"):
        registry.reload_plugin("changing")
    assert registry.get_plugin("changing").collect_telemetry() == "TWOBB"
    assert registry.record("changing").failure.file == str(file)


def test_a_loaded_plugin_cannot_be_pickled_or_copied(registry):
    import copy
    import pickle

    registry.register(RowsPlugin)
    plugin = registry.load_plugin("rows")
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="secrets"):
            attempt(plugin)


def test_a_thousand_plugins_are_listed_without_building_one(registry):
    def explode(self, config=None):
        raise AssertionError("built")

    for n in range(1000):
        cls = telemetry(f"plugin-{n:04}")
        cls.__init__ = explode
        registry.register(cls)
    assert len(registry.list_plugins()) == 1000
