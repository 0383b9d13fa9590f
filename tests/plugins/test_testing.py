"""The kit for plugin authors: good plugins pass, and each check catches the fault that it is for."""

from __future__ import annotations

import threading
import time

import pytest
from pydantic import BaseModel, SecretStr

from finopsnb.plugins import PluginType, TelemetryPlugin, hook
from finopsnb.plugins.testing import CHECKS, check_plugin, plugin_session, sample_costs
from tests.plugins.plugins_in_tests import ALL, ConfiguredPlugin, OwnersPlugin, RowsPlugin, cost_row, named

__all__ = ["plugin_session"]


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_good_plugins_pass(cls):
    results = check_plugin(cls)
    assert [r for r in results if r.outcome == "failed"] == []
    assert sum(r.outcome == "passed" for r in results) >= 7


def test_a_configured_plugin_passes():
    check_plugin(ConfiguredPlugin, config={"path": "somewhere"})


class Working(RowsPlugin):
    def __init__(self, config=None):
        super().__init__(config)
        threading.Thread(target=time.sleep, args=(0.5,)).start()


class Reading(RowsPlugin):
    def __init__(self, config=None):
        super().__init__(config)
        with open(__file__) as file:
            file.read()


class Loose(RowsPlugin):
    metadata = named("loose", PluginType.TELEMETRY)

    class Config(BaseModel):
        path: str = ""
        model_config = {"extra": "allow"}


class Talkative(RowsPlugin):
    metadata = named("talkative", PluginType.TELEMETRY)

    class Config(BaseModel):
        token: SecretStr = SecretStr("")

    def __repr__(self):
        return f"token {self.config.token.get_secret_value()}"


class OnceOnly(RowsPlugin):
    started = False

    def initialize(self):
        if type(self).started:
            raise RuntimeError("already started")
        type(self).started = True


class Lingering(RowsPlugin):
    def initialize(self):
        self._finops_bus.on("month_closed", lambda: None, owner="somebody")


class Slow(RowsPlugin):
    def health_check(self):
        time.sleep(1.2)
        return super().health_check()


class Terse(RowsPlugin):
    def health_check(self):
        return {"healthy": True}


class WrongShape(RowsPlugin):
    def collect_telemetry(self):
        return 42


class Growing(RowsPlugin):
    count = 0

    def collect_telemetry(self):
        type(self).count += 1
        return [cost_row()] * self.count


class NeedsCosts(OwnersPlugin):
    def attribute(self, costs, context=None):
        rows = self.context.execute(costs).to_pylist()
        return [{"owner": rows[0]["ProviderName"], "amount": rows[0]["BilledCost"]}]


class Shouting(RowsPlugin):
    metadata = named("Shouting Plugin", PluginType.TELEMETRY)


class Computed(TelemetryPlugin):
    @property
    def metadata(self):
        return named("com" + "puted", PluginType.TELEMETRY)

    def collect_telemetry(self):
        return []

    @hook("month_closed")
    def heard(self): ...


@pytest.mark.parametrize(
    ("cls", "check"),
    [
        (Working, "init-does-no-work"),
        (Reading, "init-does-no-work"),
        (Loose, "config-errors-name-the-key"),
        (Talkative, "secrets-stay-hidden"),
        (OnceOnly, "starts-stops-and-starts"),
        (Lingering, "leaves-no-hooks"),
        (Slow, "answers-health-quickly"),
        (Terse, "answers-health-quickly"),
        (WrongShape, "output-keeps-the-contract"),
        (Growing, "runs-are-idempotent"),
        (NeedsCosts, "empty-input-is-fine"),
        (Shouting, "metadata-is-readable"),
        (Computed, "metadata-is-literal"),
    ],
)
def test_each_fault_is_caught_by_its_check(cls, check, monkeypatch):
    own = [one for one in CHECKS if one.__name__.replace("_", "-") == check]
    monkeypatch.setattr("finopsnb.plugins.testing.CHECKS", own)
    (result,) = check_plugin(cls, on_fail="report")
    assert (result.check, result.outcome) == (check, "failed")


def test_raising_names_all_that_failed():
    with pytest.raises(AssertionError, match="output-keeps-the-contract"):
        check_plugin(WrongShape)


def test_every_check_says_what_it_is_for():
    assert all(check.__doc__ for check in CHECKS)


def test_the_fixture_is_an_empty_session(plugin_session):
    assert len(plugin_session.runs()) == 0
    plugin_session.plugins.registry.register(RowsPlugin)
    plugin_session.load("rows")
    assert len(plugin_session.collect("rows")) == 1


def test_the_sample_is_deterministic_and_holds_a_refund():
    table = sample_costs()
    assert table.equals(sample_costs())
    assert any(cost.startswith("-") for cost in table.column("BilledCost").to_pylist())
