"""What people decide of recommendations in a session, and what comes of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from finopsnb.errors import FinopsError
from finopsnb.plugins import PluginMetadata, PluginType, Recommendation, RecommendationPlugin
from finopsnb.plugins.testing import _store, new_session, sample_costs


class Saver(RecommendationPlugin):
    metadata = PluginMetadata(name="saver", description="Saves", plugin_type=PluginType.RECOMMENDATION)

    def generate_recommendations(self, only: str = ""):
        return [
            Recommendation("stop", ResourceId=name, recommendation_id=name, monthly_saving=Decimal(9), BillingCurrency="USD")
            for name in ("i-1", "vm-1")
            if only in ("", name)
        ]


@pytest.fixture
def session():
    with new_session() as session:
        _store(session, sample_costs())
        session.plugins.registry.register(Saver)
        session.load("saver")
        yield session


def test_from_found_to_realised(session):
    heard = []
    session.hooks.on("recommendation_generated", lambda table: heard.append(table["recommendation_id"].to_pylist()))
    first = session.recommend("saver")
    assert first.status.tolist() == ["open", "open"]
    assert session.accept("i-1").status.tolist() == ["accepted"]
    assert session.dismiss(["i-1", "vm-1"], " it is the standby ").reason.tolist() == ["it is the standby"] * 2
    assert session.reopen("vm-1", frames="arrow")["reason"].to_pylist() == [None]
    assert session.implement("vm-1", on="2026-01-15").status.tolist() == ["implemented"]
    assert session.recommend("saver").status.tolist() == ["dismissed", "implemented"]
    assert session.recommend("saver", only="i-1").recommendation_id.tolist() == ["i-1"]
    assert heard == [["i-1", "vm-1"]]
    rows = {row["recommendation_id"]: row for row in session.savings(frames="arrow").to_pylist()}
    assert (rows["vm-1"]["realised_saving"], rows["vm-1"]["realised_days"]) == (0, 14)
    assert rows["i-1"]["counted_saving"] == 0
    _days_are_days_or_now(session)


def _days_are_days_or_now(session):
    for on in (date(2026, 1, 15), "2026-01-15"):
        assert str(session.implement("i-1", on).implemented_at.item()) == "2026-01-15 00:00:00+00:00"
    now = session.implement("i-1")
    assert (now.implemented_at - now.decided_at).abs().item().total_seconds() < 60


MISTAKES = [
    (lambda s: s.accept("vm1"), "has the id vm1", 'session.accept("vm-1")'),
    (lambda s: s.reopen(["i-1", "nothing"]), "has the id nothing", 'session.reopen("i-1")'),
    (lambda s: s.dismiss("i-1", "  "), "for a reason", "reason="),
    (lambda s: s.implement("i-1", "yesterday"), "not a day", "on="),
    (lambda s: s.accept([]), "No recommendation is named", 'session.accept("i-1")'),
    (lambda s: s.accept(None), "None names no recommendation", "session.savings()"),
    (lambda s: s.dismiss(["i-1", 5], "why"), "names no recommendation", "session.savings()"),
    (lambda s: s.dismiss("i-1", 5), "for a reason", "reason="),
    (lambda s: s.implement("i-1", "2999-01-01"), "Nothing was implemented on 2999-01-01", "on="),
    (lambda s: s.implement("i-1", "0099-01-01"), "Nothing was implemented on", "on="),
    (lambda s: s.recommend("saver", frames="panda"), "not known", 'frames="pandas"'),
    (lambda s: s.insights(0), "no persona", "session.insights"),
]


def test_a_mistake_changes_nothing_and_says_what_mends_it(session):
    session.recommend("saver")
    for ask, said, hint in MISTAKES:
        with pytest.raises(FinopsError, match=said) as wrong:
            ask(session)
        assert hint in wrong.value.hint
        assert session.frame("recommendations").status.tolist() == ["open", "open"]


def test_what_was_decided_is_not_written_over(session):
    assert session.recommend("saver", frames="none") is None
    session.dismiss("i-1", "it is the standby")
    first = session.frame("recommendations").set_index("recommendation_id").loc["i-1"]
    assert session.dismiss("i-1", "it is the standby").decided_at.item() == first.decided_at
    with pytest.raises(FinopsError, match="i-1 is dismissed already") as wrong:
        session.dismiss(["vm-1", "i-1"], "too small")
    assert "it is the standby" in wrong.value.why
    session.implement("vm-1", on="2026-01-15")
    for ask in (session.accept, lambda one: session.dismiss(one, "no")):
        with pytest.raises(FinopsError, match="vm-1 is implemented already") as wrong:
            ask("vm-1")
        assert wrong.value.hint.startswith('session.reopen("vm-1")')
    session.reopen("vm-1")
    assert session.accept("vm-1").implemented_at.isna().all()


def test_without_recommendations_there_is_nothing_to_decide():
    with new_session() as session:
        assert session.savings().empty
        with pytest.raises(FinopsError, match="no recommendations yet"):
            session.accept("x")
