"""The sample with owners, pools, budgets and violations: made once, and a copy for each module that looks at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import finopsnb_sample
from finopsnb.plugins import PluginRegistry
from finopsnb.plugins.hooks import HookBus
from finopsnb.session import open as open_session
from tests.first_party.postgres_server import running

POOLS = [
    {"name": "tax", "when": [{"column": "ChargeCategory", "exact": "Tax"}], "split": "proportional"},
    {
        "name": "platform",
        "when": [{"column": "owner", "exact": "platform"}],
        "split": "fixed",
        "shares": {"storefront": 60, "data": 30, "security": 10},
    },
    {"name": "security", "when": [{"column": "ServiceName", "exact": "Amazon GuardDuty"}], "split": "proportional"},
]
BUDGETS = """
[[budgets]]
budget = "Bedrock, October"
scope = "ServiceName = 'Amazon Bedrock'"
period_start = 2026-10-01
period_end = 2026-11-01
amount = "5000"

[[budgets]]
budget = "Azure, 2026"
scope = "ProviderName = 'Microsoft'"
period_start = 2026-01-01
period_end = 2027-01-01
amount = "66000"
BillingCurrency = "EUR"
thresholds = [0.5, 0.8, 0.95, 1]

[[budgets]]
budget = "ml, winter"
owner = "ml"
period_start = 2026-10-01
period_end = 2027-04-01
amount = "60000"
"""


@pytest.fixture(scope="session")
def paid_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Collected and allocated by tag-rules, then by shared-costs; with budgets, and the violations of two policies."""
    path = tmp_path_factory.mktemp("paid") / "paid.duckdb"
    registry = PluginRegistry(HookBus())
    with open_session(path, registry=registry) as session:
        session.load("focus-files", path=str(Path(finopsnb_sample.path()) / "focus"))
        session.collect("focus-files", frames="none")
        session.load("tag-rules", rules=[{"name": "team tag", "owner_tag": "team"}], value_aliases={"team": {"platform": []}})
        session.attribute("tag-rules", frames="arrow")
        session.load("shared-costs", pools=POOLS)
        session.attribute("shared-costs", frames="arrow")
        session.budgets(BUDGETS)
        session.load("tag-compliance", required=["team"], minimum_coverage={"team": 0.95})
        session.load("spend-rules", rules=[{"name": "idle", "where": "ResourceName like '%left-over%'", "severity": "low"}])
        for policy in ("tag-compliance", "spend-rules"):
            session.evaluate(policy, frames="arrow")
        registry.unload_all()
    return path


@pytest.fixture(scope="module")
def paid(paid_file, tmp_path_factory):
    """A session on a copy of that file, with a registry of its own."""
    registry = PluginRegistry(HookBus())
    with open_session(shutil.copy(paid_file, tmp_path_factory.mktemp("copy")), registry=registry) as session:
        yield session
        registry.unload_all()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL that lasts as long as the tests."""
    with running() as address:
        yield address
