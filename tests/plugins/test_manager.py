"""The manager: loading from a dict or TOML in order, health, reloading all."""

from __future__ import annotations

import time

import pytest

from finopsnb.errors import FinopsError, PluginNotFound
from finopsnb.plugins import PluginManager, PluginRegistry, PluginType
from finopsnb.plugins import manager as manager_module
from tests.plugins.plugins_in_tests import ALL, ConfiguredPlugin
from tests.plugins.test_registry import telemetry


@pytest.fixture
def manager():
    manager = PluginManager(PluginRegistry(), auto_discover=False)
    for cls in (*ALL, ConfiguredPlugin):
        manager.registry.register(cls)
    yield manager
    manager.shutdown()


def test_load_from_a_dict_returns_what_loaded_and_reports_what_did_not(manager):
    loaded = manager.load_from_config({"rows": {}, "configured": {"days": 0}, "nobody": {}, "owners": {}})
    assert list(loaded) == ["rows", "owners"]
    assert set(loaded.failed) == {"configured", "nobody"}
    assert loaded.failed["configured"].phase == "config"
    assert "path" in loaded.failed["configured"].reason
    assert "failed: configured" in repr(loaded)
    assert manager.get("rows").is_ready


def test_strict_raises_the_first_failure(manager):
    with pytest.raises(PluginNotFound):
        manager.load_from_config({"nobody": {}, "rows": {}}, strict=True)


@pytest.mark.parametrize("head", ["[configured]", "[plugins.configured]"])
def test_load_from_toml(manager, tmp_path, head):
    file = tmp_path / "finopsnb.toml"
    file.write_text(f'{head}\npath = "exports"\ndays = 3\n')
    assert list(manager.load_from_config(file)) == ["configured"]
    assert manager.get("configured").config.days == 3


def test_bad_toml_is_a_clear_error(manager, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text("[rows\n")
    with pytest.raises(FinopsError, match=r"bad\.toml"):
        manager.load_from_config(file)


def test_settings_that_are_no_table_are_refused(manager):
    with pytest.raises(FinopsError, match="rows"):
        manager.load_from_config({"rows": 3})


def test_dependency_order_decides_and_not_the_order_of_the_file(manager):
    order = []
    for name, needs in [("third", ("second",)), ("second", ("first",)), ("first", ())]:
        manager.registry.register(telemetry(name, initialize=lambda self, name=name: order.append(name), requires=needs))
    manager.load_from_config({"third": {}, "second": {}, "first": {}})
    assert order == ["first", "second", "third"]


def test_health_of_good_slow_and_broken_plugins(manager, monkeypatch):
    monkeypatch.setattr(manager_module, "HEALTH_SECONDS", 0.1)
    slow, broken = telemetry("slow"), telemetry("broken")
    slow.health_check = lambda self: time.sleep(0.5)
    broken.health_check = lambda self: 1 / 0
    for cls in (slow, broken):
        manager.registry.register(cls)
    for name in ("rows", "slow", "broken"):
        manager.load(name)
    health = manager.health_check()
    assert health["rows"]["healthy"] is True
    assert "did not answer" in health["slow"]["error"]
    assert "ZeroDivisionError" in health["broken"]["error"]
    assert all(set(h) >= {"plugin", "version", "state", "healthy", "error", "uptime_seconds"} for h in health.values())


def test_by_type_in_the_order_of_loading(manager):
    manager.load("configured", {"path": "x"})
    manager.load("rows")
    assert [p.name for p in manager.get_by_type(PluginType.TELEMETRY)] == ["configured", "rows"]
    assert manager.get_by_type("policy") == []


def test_listing_and_statistics(manager):
    manager.load("rows")
    assert [m.name for m in manager.list_loaded()] == ["rows"]
    assert {m.name for m in manager.list_available("telemetry")} == {"rows", "configured"}
    assert manager.get_statistics()["loaded"] == 1


def test_reload_all_keeps_what_cannot_be_reloaded(manager):
    state = {"broken": False}

    def initialize(self):
        if state["broken"]:
            raise ValueError("not now")

    manager.registry.register(telemetry("fickle", initialize=initialize))
    old, rows = manager.load("fickle"), manager.load("rows")
    state["broken"] = True
    loaded = manager.reload_all()
    assert list(loaded) == ["rows"]
    assert "not now" in loaded.failed["fickle"].reason
    assert manager.get("fickle") is old
    assert manager.get("rows") is not rows


def test_shutdown_returns_what_failed(manager):
    def broken(self):
        raise ValueError("stuck")

    manager.registry.register(telemetry("stuck", shutdown=broken))
    manager.load("stuck")
    manager.load("rows")
    assert [f.plugin for f in manager.shutdown()] == ["stuck"]
    assert manager.list_loaded() == []


def test_the_first_party_plugins_are_discovered_without_being_imported():
    manager = PluginManager(PluginRegistry())
    names = {m.name for m in manager.list_available()}
    assert {"focus-files", "cost-overview"} <= names
