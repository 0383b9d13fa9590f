"""What people decided elsewhere, written to findings."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from finopsnb.errors import StoreError
from finopsnb.store import Decided, Store

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def evaluate(store, *ids):
    run_id = store.start_run("rule", "policy", "violations")
    store.keep_violations(run_id, pa.table({"violation_id": list(ids), "policy": ["p"] * len(ids), "message": ["m"] * len(ids)}))


def recommend(store, *ids):
    run_id = store.start_run("saver", "recommendation", "recommendations")
    store.keep_recommendations(run_id, pa.table({"recommendation_id": list(ids), "title": ["t"] * len(ids)}))


def settle(store, *decided, remembered=None):
    run_id = store.start_run("jira", "integration", "receive")
    store.keep_received(run_id, [], pa.table({"direction": ["receive"]}), decided, remembered)


def row(store, table, column, name):
    return next(one for one in store.execute(f"from {table}").to_pylist() if one[column] == name)


@pytest.fixture
def store():
    with Store.open(":memory:", clock=lambda: NOW) as store:
        yield store


def test_a_recommendation_is_decided_and_stays_so(store):
    recommend(store, "a", "b")
    settle(store, Decided("recommendations", "saver", "a", "implemented", "FIN-1: Done", "Ada", "FIN-1"))
    recommend(store, "a", "b")
    found = row(store, "recommendations", "recommendation_id", "a")
    assert (found["status"], found["reason"], found["assignee"], found["ticket"]) == ("implemented", "FIN-1: Done", "Ada", "FIN-1")
    assert found["decided_at"] == found["implemented_at"] == NOW
    assert row(store, "recommendations", "recommendation_id", "b")["status"] == "open"
    settle(store, Decided("recommendations", "saver", "a", ticket="FIN-1"))
    found = row(store, "recommendations", "recommendation_id", "a")
    assert (found["status"], found["assignee"]) == ("implemented", None)
    settle(store, Decided("recommendations", "saver", "a", "open", ticket="FIN-1"), Decided("recommendations", "other", "b", "dismissed"))
    found = row(store, "recommendations", "recommendation_id", "a")
    assert (found["status"], found["decided_at"], found["implemented_at"], found["reason"]) == ("open", None, None, None)
    assert row(store, "recommendations", "recommendation_id", "b")["status"] == "open"


def test_a_violation_keeps_its_status_and_is_asked_about_again_when_it_comes_back(store):
    evaluate(store, "a", "b")
    settle(
        store,
        Decided("violations", "rule", "a", "dismissed", "no", ticket="#1"),
        Decided("violations", "rule", "b", "accepted", ticket="#2"),
    )
    for ids in (("a", "b"), (), ("a", "b")):
        evaluate(store, *ids)
        found = {name: row(store, "violations", "violation_id", name) for name in ("a", "b")}
        assert {one["status"] for one in found.values()} == {"open" if ids else "resolved"}
    assert (found["a"]["decision"], found["a"]["reason"], found["a"]["ticket"]) == ("dismissed", "no", "#1")
    assert (found["b"]["decision"], found["b"]["decided_at"], found["b"]["ticket"]) == (None, None, "#2")


def test_what_is_no_decision_changes_nothing(store):
    recommend(store, "a")
    for wrong in (Decided("recommendations", "saver", "a", "resolved"), Decided("costs", "saver", "a", "open")):
        with pytest.raises(StoreError, match="nothing that can be decided"):
            settle(store, Decided("recommendations", "saver", "a", "accepted"), wrong, remembered={"seen/x": {"a": "accepted"}})
    assert row(store, "recommendations", "recommendation_id", "a")["status"] == "open"
    assert store.get_state("jira", "seen/x") is None
    settle(store, Decided("recommendations", "saver", "a", "accepted"), remembered={"seen/x": {"a": "accepted"}})
    assert store.get_state("jira", "seen/x") == {"a": "accepted"}
