"""The three usage examples of the plugin contract, word for word: what existing plugin authors know keeps working."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from finopsnb.plugins import NotificationPlugin, PluginBase, PluginMetadata, PluginState, PluginType, TelemetryPlugin, registry

THE_CLASS = """
class MyTelemetryPlugin(TelemetryPlugin):
    @property
    def metadata(self): return PluginMetadata(name="my-plugin", version="1.0.0", author="You",
                            description="...", plugin_type=PluginType.TELEMETRY)
    def initialize(self): self.api_key = self.get_config_value("api_key", required=True)
    def collect_telemetry(self): return [...]
    def shutdown(self): ...
"""

THE_REGISTRY = """
from finopsnb.plugins import registry, PluginManager, TelemetryPlugin, PluginMetadata, PluginType

registry.register(MyPlugin)
p = registry.load_plugin("my-plugin", config={"api_key": "secret", "endpoint": "https://api.example.com"})
p.collect_telemetry(); registry.unload_plugin("my-plugin")
"""

THE_MANAGER = """
manager = PluginManager()
manager.load_from_config({"aws-cur": {...}, "slack": {...}})
manager.get("aws-cur"); manager.health_check(); manager.shutdown()
"""


class AwsCur(TelemetryPlugin):
    metadata = PluginMetadata(name="aws-cur", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    def collect_telemetry(self) -> list[dict[str, Any]]:
        return []


class Slack(NotificationPlugin):
    metadata = PluginMetadata(name="slack", version="1.0.0", plugin_type=PluginType.NOTIFICATION)

    def send_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> bool:
        return True


@pytest.fixture
def default_registry() -> Iterator[None]:
    """The default registry, without what a test adds to it."""
    before = {record.name for record in registry.records()}
    yield
    registry.unload_all()
    for name in {record.name for record in registry.records()} - before:
        registry.unregister(name)


def run(source: str, names: dict[str, Any]) -> dict[str, Any]:
    exec(compile(source, "contract", "exec", dont_inherit=True), names)
    return names


def my_plugin() -> type[PluginBase]:
    import finopsnb.plugins as framework

    names = {name: getattr(framework, name) for name in framework.__all__}
    made: type[PluginBase] = run(THE_CLASS, names)["MyTelemetryPlugin"]
    return made


@pytest.mark.usefixtures("default_registry")
def test_a_class_is_registered_loaded_run_and_unloaded() -> None:
    cls = my_plugin()
    names = run(THE_REGISTRY, {"MyPlugin": cls})
    plugin = names["p"]
    assert isinstance(plugin, cls)
    assert plugin.api_key == "secret"
    assert plugin.collect_telemetry() == [...]
    assert plugin.state is PluginState.SHUTDOWN
    assert registry.get_plugin("my-plugin") is None


@pytest.mark.usefixtures("default_registry")
def test_a_manager_loads_from_a_dict_watches_and_shuts_down() -> None:
    for cls in (AwsCur, Slack):
        registry.register(cls, replace=True)
    names = run("from finopsnb.plugins import PluginManager\n", {})
    first, load, use = THE_MANAGER.strip().splitlines()
    run(f"{first}\n{load.replace('{...}', '{}')}", names)  # the dots stand for settings
    manager = names["manager"]
    assert manager.get("aws-cur").state is PluginState.READY
    assert manager.health_check()["slack"]["healthy"]
    run(use, names)
    assert manager.get("aws-cur") is None


@pytest.mark.usefixtures("default_registry")
def test_the_dict_style_tells_what_is_missing() -> None:
    registry.register(my_plugin())
    with pytest.raises(Exception, match="api_key"):
        registry.load_plugin("my-plugin", config={"endpoint": "https://api.example.com"})
    assert registry.record("my-plugin").state == "error"
