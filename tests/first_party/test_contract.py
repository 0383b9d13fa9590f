"""Every first-party plugin keeps the contract that outside authors are held to."""

from __future__ import annotations

from pathlib import Path

import pytest

import finopsnb_sample
from finopsnb.plugins import PluginRegistry
from finopsnb.plugins.loading import load_class
from finopsnb.plugins.testing import check_plugin

#: settings with which a plugin works in a test; one that needs none is checked with its defaults
SAMPLE = Path(finopsnb_sample.path())
CONFIG = {
    "focus-files": {"path": str(SAMPLE / "focus" / "google-cloud.parquet")},
    "aws-cur": {"path": str(SAMPLE / "native" / "aws-cur" / "*-2026-02.csv.gz")},
    "azure-exports": {"path": str(SAMPLE / "native" / "azure-exports" / "ea_*_2025-11.csv.gz")},
    "gcp-billing": {"path": str(SAMPLE / "native" / "gcp-billing" / "*.csv.gz")},
    "oracle-cloud": {"path": str(SAMPLE / "native" / "oracle-cloud")},
    "opencost": {"path": str(SAMPLE / "native" / "opencost")},
    "shared-costs": {"rules": [{"owner_tag": "team"}], "pools": [{"name": "all", "when": [{"tag": "team", "exists": False}]}]},
    "tag-compliance": {"required": ["team"]},
    "region-policy": {"rules": [{"allowed": ["us-*"]}]},
    "spend-rules": {"rules": [{"name": "untagged", "where": "Tags['team'] is null"}]},
    "files": {"imports": {"google": {"path": str(SAMPLE / "focus" / "google-cloud.parquet")}}},
    "ai-usage": {"path": str(SAMPLE / "native" / "ai-usage")},
    "webhook": {"webhook_url": "https://hooks.example/costs", "dry_run": True},
    "slack": {"webhook_url": "https://hooks.slack.com/services/T0/B0/xyz", "dry_run": True},
    "teams": {"webhook_url": "https://example.logic.azure.com/workflows/x", "dry_run": True},
    "email": {"host": "smtp.example", "sender": "costs@example.com", "recipients": ["team@example.com"], "dry_run": True},
}

#: plugins that write, and the setting that says where
WRITING = {"files": ("folder", "."), "prometheus": ("textfile", "finops.prom")}

#: held to it beside the servers that they speak to
ELSEWHERE = {"postgres": "test_postgres", "jira": "test_trackers", "github-issues": "test_trackers"}

FOUND = PluginRegistry().discover_plugins("finopsnb_plugins", auto_register=False)
ALONE = [found for found in FOUND if found.name not in ELSEWHERE]


def test_all_of_them_can_be_read():
    assert {found.name for found in FOUND} >= {"focus-files", "cost-overview"}
    assert [found.reason for found in FOUND if found.reason] == []


@pytest.mark.parametrize("found", ALONE, ids=lambda found: found.name)
def test_the_contract_is_kept(found, tmp_path):
    config = dict(CONFIG.get(found.name, {}))
    if found.name in WRITING:
        setting, place = WRITING[found.name]
        config[setting] = str(tmp_path / place)
    results = check_plugin(load_class(found), config=config)
    assert sum(result.outcome == "passed" for result in results) >= 9


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.name)
def test_a_listing_says_who_what_and_under_which_licence(found):
    assert found.author
    assert found.description
    assert found.license == "Apache-2.0"
    assert found.tags
