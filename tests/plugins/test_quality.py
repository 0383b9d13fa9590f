"""The tier of a plugin: what the checks found of this very code, whence it comes, and what it says of itself."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

import pytest

from finopsnb.plugins import HookBus, PluginRegistry, quality
from finopsnb.plugins import testing as kit
from finopsnb.plugins.quality import TIERS, Contract, keep
from tests.plugins.plugins_in_tests import RowsPlugin

PLUGIN = """
from finopsnb.plugins import *
class Bills(TelemetryPlugin):
    metadata = PluginMetadata(name="bills", plugin_type=PluginType.TELEMETRY, description="d", author="a", license="MIT")
    def collect_telemetry(self): return []
"""


def described(registry):
    (plugin,) = registry.describe()
    assert plugin["tier"] in TIERS
    return plugin["tier"], plugin["tier_reason"]


@pytest.fixture
def registry(monkeypatch):
    """Nothing was checked before: other tests check the same plugins."""
    monkeypatch.setattr(quality, "_by_file", {})
    monkeypatch.setattr(quality, "_by_class", WeakKeyDictionary())
    return PluginRegistry(HookBus())


def test_what_the_checks_found_is_the_tier_until_the_code_changes(tmp_path, registry):
    file = tmp_path / "bills.py"
    file.write_text(PLUGIN)
    registry.discover_from_path(tmp_path)
    assert described(registry) == ("described", "not checked here; says author, description and licence")
    keep(type(registry.load_plugin("bills")), Contract(9))
    registry.unload_plugin("bills")
    assert described(registry) == ("keeps the contract", "check_plugin: 9 checks passed")
    again = PluginRegistry(HookBus())
    file.write_text(PLUGIN + "# another\n")
    again.discover_from_path(tmp_path)
    assert described(again)[0] == "described"


def test_the_kit_keeps_what_it_found(registry, monkeypatch):
    class Bills(RowsPlugin):
        metadata = replace(RowsPlugin.metadata, name="bills", author="", license="")

    registry.register(Bills)
    assert described(registry) == ("undescribed", "not checked here; no author, no description, no license")
    monkeypatch.setattr(kit, "CHECKS", (kit.metadata_is_readable, kit.init_does_no_work))
    kit.check_plugin(Bills)
    assert described(registry) == ("keeps the contract", "check_plugin: 2 checks passed")
    Bills.__init__ = lambda self, config=None: open(__file__).close()
    with pytest.raises(AssertionError):
        kit.check_plugin(Bills)
    assert described(registry) == ("breaks the contract", "check_plugin: init-does-no-work failed, 1 passed")


def test_those_that_come_with_finopsnb_say_so(registry):
    registry.discover_plugins("finopsnb_plugins.dashboards")
    registry.discover_plugins()
    assert {plugin["tier"] for plugin in registry.describe()} == {"first-party"}
