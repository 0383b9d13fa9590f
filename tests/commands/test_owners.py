"""``showback``, ``chargeback``, ``explain`` and ``export`` as words of the vocabulary."""

from __future__ import annotations

import pytest

from finopsnb.commands import State, run_line
from finopsnb.errors import CommandError
from finopsnb.plugins import AttributionPlugin, PluginMetadata, PluginType


class Halves(AttributionPlugin):
    metadata = PluginMetadata(name="halves", version="1.0.0", plugin_type=PluginType.ATTRIBUTION)
    metric = "EffectiveCost"

    def attribute_cost(self, cost_entry, context=None):
        half = cost_entry["EffectiveCost"] / 2
        return [{"owner": "web", "amount": half, "rule": "one"}, {"owner": "=data", "amount": half, "pool": "shared"}]


@pytest.fixture
def ready(state: State) -> State:
    session = state.session
    session.plugins.registry.register(Halves)
    for name in ("bills", "halves"):
        session.load(name)
        session.run(name)
    return state


def test_what_owners_cost(ready):
    result = run_line(ready, "showback")
    assert (result.line, list(result.value.amount)) == ("2 rows", [1.25, 1.25])
    assert list(run_line(ready, "showback --by owner --by rule --month 2026-01 --plugin halves").value.rule) == ["(none)", "one"]
    bills = run_line(ready, "chargeback --month 2026-01")
    assert (bills.line, dict(zip(bills.value.owner, bills.value.shared, strict=True))) == ("2 bills", {"web": 0, "=data": 1.25})


def test_an_owner_is_explained(ready):
    assert list(run_line(ready, "explain web 2026-01").value.level) == ["total", "rule", "service"]
    assert list(run_line(ready, "explain =data").value.level) == ["total", "pool", "service"]


def test_a_table_is_exported_beside_the_notebook_and_elsewhere_only_when_told(ready, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "allocations.csv" in run_line(ready, "export allocations allocations.csv").line
    assert "'=data" in (tmp_path / "allocations.csv").read_text()
    run_line(ready, "export allocations raw.csv --raw")
    assert '"=data"' in (tmp_path / "raw.csv").read_text()
    with pytest.raises(CommandError, match="outside of the working folder") as wrong:
        run_line(ready, "export allocations ../allocations.csv")
    assert wrong.value.hint.startswith("%finops export allocations ")
    assert not (tmp_path.parent / "allocations.csv").exists()
