"""What people decide of recommendations in a session, and what comes of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pandas as pd
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
    assert session.recommend("saver", frames="none") is None


def _one(frame):
    (row,) = frame.to_dict("records")
    return row


def test_days_are_days_or_now(session):
    session.recommend("saver")
    for on in (date(2026, 1, 15), "2026-01-15", datetime(2026, 1, 15), datetime(2026, 1, 15, 1, tzinfo=timezone(timedelta(hours=1)))):
        assert str(_one(session.implement("i-1", on))["implemented_at"]) == "2026-01-15 00:00:00+00:00"
    now = _one(session.implement("vm-1"))
    assert abs(now["implemented_at"] - now["decided_at"]).total_seconds() < 60
    session.reopen("vm-1")
    with pytest.raises(FinopsError, match="has not come yet"):
        session.implement("vm-1", session._store.now() + timedelta(days=2))
    today = session._store.now().date()
    assert _one(session.implement("vm-1", today))["implemented_at"].date() == today


def test_who_says_the_same_again_changes_nothing(session):
    session.recommend("saver")
    found = session.savings(frames="arrow")["recommendation_id"]
    assert [len(session.accept(ids)) for ids in (found, found.to_pandas(), {"i-1"})] == [2, 2, 1]
    for say in (
        lambda: session.accept("i-1", frames="arrow"),
        lambda: session.dismiss("i-1", "the standby", frames="arrow"),
        lambda: session.reopen("i-1", frames="arrow"),
        lambda: session.implement("i-1", "2026-01-15", frames="arrow"),
    ):
        assert say().equals(say())
    assert _one(session.implement("i-1"))["implemented_at"].day == 15, "that it was done is known already"


def test_what_was_said_is_not_lost_before_it_is_reopened(session):
    session.recommend("saver")
    session.implement("i-1", "2026-01-15")
    session.dismiss("vm-1", "the standby")
    before = session.frame("recommendations", frames="arrow")
    for name, said, asks in (
        (
            "i-1",
            "2026-01-15",
            [session.accept, lambda one: session.dismiss(one, "why not"), lambda one: session.implement(one, "2026-01-16")],
        ),
        ("vm-1", "the standby", [session.accept, lambda one: session.dismiss(one, "another"), session.implement]),
    ):
        for ask in asks:
            with pytest.raises(FinopsError, match=f"{name} is (implemented|dismissed) already") as wrong:
                ask([name])
            assert said in wrong.value.why
            assert wrong.value.hint == f'session.reopen("{name}")'
    with pytest.raises(FinopsError, match="vm-1 is dismissed already"):
        session.implement(["i-1", "vm-1"], "2026-01-15")
    assert session.frame("recommendations", frames="arrow").equals(before)
    assert _one(session.reopen("i-1"))["implemented_at"] is pd.NaT
    assert _one(session.accept("i-1"))["status"] == "accepted"


MISTAKES = [
    (lambda s: s.accept("vm1"), "has the id vm1", 'session.accept("vm-1")'),
    (lambda s: s.reopen(["i-1", "nothing"]), "has the id nothing", 'session.reopen("i-1")'),
    (lambda s: s.dismiss("i-1", "  "), "for a reason", "reason="),
    (lambda s: s.implement("i-1", "yesterday"), "not a day", "on="),
    (lambda s: s.implement("i-1", "2026-02-30"), "not a day", "on="),
    (lambda s: s.implement("i-1", 20260115), "20260115 is not a day", "on="),
    (lambda s: s.implement("i-1", pd.NaT), "not a day", "on="),
    (lambda s: s.implement("i-1", "9999-12-31"), "9999-12-31 has not come yet", "on="),
    (lambda s: s.implement("i-1", date(1, 1, 1)), "before any bill", "on="),
    (lambda s: s.accept([]), "No recommendation is named", 'session.accept("i-1")'),
    (lambda s: s.accept(None), "None is no recommendation_id", "session.accept("),
    (lambda s: s.accept(s.savings()), "A table is no recommendation_id", '(table["recommendation_id"])'),
    (lambda s: s.accept(["i-1", " "]), "' ' is no recommendation_id", "session.accept("),
    (lambda s: s.accept(["i-1", 5]), "5 is no recommendation_id", "session.accept("),
    (lambda s: s.dismiss("i-1", 5), "5 is no reason", "reason="),
    (lambda s: s.dismiss("i-1", None), "for a reason", "reason="),
    (lambda s: s.recommend("saver", frames="panda"), "'panda' are not known", 'frames="pandas"'),
]


def test_a_mistake_changes_nothing_and_says_what_mends_it(session):
    session.recommend("saver")
    for ask, said, hint in MISTAKES:
        with pytest.raises(FinopsError, match=said) as wrong:
            ask(session)
        assert hint in wrong.value.hint
        assert session.frame("recommendations").status.tolist() == ["open", "open"]


def test_without_recommendations_there_is_nothing_to_decide():
    with new_session() as session:
        assert session.savings().empty
        with pytest.raises(FinopsError, match="no recommendations yet"):
            session.accept("x")
