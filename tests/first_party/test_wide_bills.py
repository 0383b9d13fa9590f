"""Each dashboard stays small on a bill of 2,000 services, 500 accounts and 400 days, asked for as much as it can show."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

import pytest
from ibis.expr import operations

from finopsnb.charts import summary
from finopsnb.plugins import PluginRegistry, PluginType
from finopsnb.plugins.hooks import HookBus
from finopsnb.session import open as open_session

_PATH = Path(__file__).parents[2] / "benchmarks" / "_bills.py"
_SPEC = importlib.util.spec_from_file_location("_bills", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
bills = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(bills)

pytestmark = pytest.mark.slow
MOST = 300_000
#: the widest, and those that asked most; `make soak` draws them all
WIDEST = ("budgets", "commitments-overview", "cost-overview", "product")
#: how often they may ask the charges, of which there are two currencies: many millions are read each time
MOST_OFTEN = {"commitments-overview": 6, "product": 7}
DRAWN = list(bills.DASHBOARDS) if os.environ.get("FINOPSNB_WIDE") == "all" else WIDEST


@pytest.fixture(scope="module")
def wide():
    registry = PluginRegistry(HookBus())
    with open_session(":memory:", registry=registry) as session:
        bills.fill(session, 60_000)
        yield session
        registry.unload_all()


def test_every_dashboard_is_among_them(wide):
    names = {record.name for record in wide.plugins.registry.records() if record.plugin_type is PluginType.DASHBOARD}
    assert names == set(bills.DASHBOARDS)


@pytest.mark.parametrize("name", DRAWN)
def test_its_specification_is_small_and_charges_are_read_a_few_times(wide, name, monkeypatch):
    asked, execute = [], wide._store.execute
    monkeypatch.setattr(wide._store, "execute", lambda statement, *given: asked.append(statement) or execute(statement, *given))
    chart = wide.render(name, **bills.DASHBOARDS[name])
    assert len(json.dumps(chart.to_dict())) <= MOST
    assert not summary(chart).startswith(("There are no", "Nothing"))
    assert sum(map(reads_charges, asked)) <= MOST_OFTEN.get(name, len(asked))


def reads_charges(statement):
    return not isinstance(statement, str) and any(table.name == "costs" for table in statement.op().find(operations.DatabaseTable))
