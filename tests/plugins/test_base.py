"""The base class and the seven types."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from finopsnb.errors import PluginConfigError
from finopsnb.plugins import (
    AttributionPlugin,
    DashboardPlugin,
    IntegrationPlugin,
    NotificationPlugin,
    PluginState,
    PluginType,
    PolicyPlugin,
    PolicyViolation,
    RecommendationPlugin,
    TelemetryPlugin,
)
from finopsnb.plugins.base import missing_methods
from tests.plugins.plugins_in_tests import ConfiguredPlugin, EchoPlugin, OwnersPlugin, RegionPlugin, RowsPlugin, named

TYPES = {
    TelemetryPlugin: "collect_telemetry()",
    AttributionPlugin: "attribute() or attribute_cost()",
    RecommendationPlugin: "generate_recommendations()",
    DashboardPlugin: "render()",
    IntegrationPlugin: "send_data() or receive_data()",
    NotificationPlugin: "send_notification()",
    PolicyPlugin: "evaluate() or evaluate_policy()",
}


@pytest.mark.parametrize(("base", "method"), TYPES.items())
def test_a_class_with_neither_form_cannot_be_built(base, method):
    cls = type("Empty", (base,), {"metadata": named("empty", base.plugin_type)})
    assert missing_methods(cls) == [method]
    with pytest.raises(TypeError) as error:
        cls()
    assert method in str(error.value)


def test_a_class_without_metadata_cannot_be_built():
    cls = type("NoMetadata", (TelemetryPlugin,), {"collect_telemetry": lambda self: []})
    with pytest.raises(TypeError, match="metadata"):
        cls()


def test_each_type_of_the_enum_has_one_base_class():
    assert {base.plugin_type for base in TYPES} == set(PluginType)


def test_a_subclass_of_a_plugin_inherits_what_its_parent_wrote():
    child = type("Child", (RowsPlugin,), {})
    assert missing_methods(child) == []


def test_the_per_item_form_serves_whole_tables_and_the_other_way_round():
    costs = [{"BilledCost": Decimal("3")}, {"BilledCost": Decimal("1")}]
    assert [part["amount"] for part in OwnersPlugin().attribute(costs)] == [Decimal("1.5")] * 2 + [Decimal("0.5")] * 2

    class Whole(AttributionPlugin):
        metadata = named("whole", PluginType.ATTRIBUTION)

        def attribute(self, costs, context=None):
            return [{"owner": "all", "amount": entry["BilledCost"]} for entry in costs]

    assert Whole().attribute_cost({"BilledCost": Decimal("3")}) == [{"owner": "all", "amount": Decimal("3")}]


def test_policies_in_both_forms():
    resources = [{"ResourceId": "i-1", "BilledCost": Decimal("2")}, {"ResourceId": "i-2", "BilledCost": Decimal("1")}]
    assert [v.ResourceId for v in RegionPlugin().evaluate(resources)] == ["i-1"]

    class Whole(PolicyPlugin):
        metadata = named("whole", PluginType.POLICY)

        def evaluate(self, resources, context=None):
            return [{"policy": "p", "message": "m"} for r in resources if r["ResourceId"] == "i-1"]

    assert Whole().evaluate_policy(resources[0]) == PolicyViolation("p", "m")
    assert Whole().evaluate_policy(resources[1]) is None


def test_a_one_way_integration_says_which_way_it_goes():
    class Sender(IntegrationPlugin):
        metadata = named("sender", PluginType.INTEGRATION)

        def send_data(self, data):
            return True

    with pytest.raises(NotImplementedError, match="only sends"):
        Sender().receive_data()
    assert EchoPlugin().receive_data()["owner"] == "web"


def test_the_plugin_owns_its_settings():
    given = {"nested": {"list": [1]}}
    plugin = RowsPlugin(given)
    plugin.config["nested"]["list"].append(2)
    assert given == {"nested": {"list": [1]}}


def test_a_modern_config_is_a_model_also_when_built_by_hand():
    plugin = ConfiguredPlugin({"path": "here", "token": "hidden-token"})
    assert plugin.config.days == 7
    assert plugin.get_config_value("path") == "here"
    assert plugin.get_config_value("token") == "hidden-token"
    assert "hidden-token" not in repr(vars(plugin))
    with pytest.raises(ValidationError):
        ConfiguredPlugin({})


def test_settings_with_defaults_and_missing_ones():
    plugin = RowsPlugin({"a": 0})
    assert plugin.get_config_value("a", 5) == 0
    assert plugin.get_config_value("b", 5) == 5
    assert plugin.get_config_value("b") is None
    with pytest.raises(PluginConfigError, match="needs the setting b") as error:
        plugin.get_config_value("b", required=True)
    assert "Looked in" in error.value.why
    assert error.value.problems == {"b": "is required"}


def test_health_names_what_the_contract_names():
    health = RowsPlugin().health_check()
    assert list(health) == ["plugin", "version", "state", "healthy", "error", "uptime_seconds"]
    assert health["healthy"] is False
    assert health["state"] == "uninitialized"


def test_state_and_repr():
    plugin = RowsPlugin()
    assert plugin.state is PluginState.UNINITIALIZED
    assert not plugin.is_ready
    assert repr(plugin) == "<RowsPlugin rows 1.0.0: uninitialized>"


def test_hooks_of_a_plugin_carry_its_name():
    plugin = RowsPlugin()
    undo = plugin.register_hook("tests_base_event", lambda: "heard")
    assert [(r.owner, r.result) for r in plugin.trigger_hook("tests_base_event")] == [("rows", "heard")]
    undo()
    assert plugin.trigger_hook("tests_base_event") == []
