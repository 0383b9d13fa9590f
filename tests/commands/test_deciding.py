"""``accept``, ``dismiss``, ``implement``, ``reopen`` and ``savings`` as words of the vocabulary."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finopsnb.commands import State, run_line
from finopsnb.commands.completion import complete
from finopsnb.errors import FinopsError
from finopsnb.plugins import PluginMetadata, PluginType, Recommendation, RecommendationPlugin


class Saver(RecommendationPlugin):
    metadata = PluginMetadata(name="saver", description="Saves", plugin_type=PluginType.RECOMMENDATION)

    def generate_recommendations(self):
        return [
            Recommendation(
                f"stop {name}", ResourceId=name, recommendation_id=f"idle-{name}", monthly_saving=Decimal(7), BillingCurrency="USD"
            )
            for name in ("i-1", "i-2", "i-3")
        ]


@pytest.fixture
def ready(state: State) -> State:
    state.session.plugins.registry.register(Saver)
    state.session.load("saver")
    state.session.recommend("saver")
    return state


def test_decisions_are_taken_and_told(ready):
    assert run_line(ready, "accept idle-i-1 idle-i-2").line == "2 recommendations accepted"
    result = run_line(ready, 'dismiss idle-i-2 --reason "the standby"')
    assert (result.line, list(result.value.reason)) == ("1 recommendation dismissed", ["the standby"])
    assert run_line(ready, "implement idle-i-3 --on 2026-01-15").line == "1 recommendation implemented"
    assert run_line(ready, "savings").line == "USD a month: open 0.00, accepted 7.00, implemented 7.00; realised so far 0.00"
    assert run_line(ready, "reopen idle-i-3").line == "1 recommendation open"
    assert len(run_line(ready, "savings").value) == 3


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("accept idle-i1", "No recommendation has the id idle-i1", "%finops accept idle-i-1"),
        ("dismiss idle-i-1", "for a reason", '--reason "it is the standby"'),
        ("implement idle-i-1 --on soon", "soon is not a day", "--on 2026-01-15"),
        ("dismiss idle-i-1 --reason again", "idle-i-1 is dismissed already", "%finops reopen idle-i-1"),
    ],
)
def test_a_mistake_is_answered_with_the_line_that_mends_it(ready, line, said, hint):
    if "--reason" in line:
        run_line(ready, "dismiss idle-i-1 --reason first")
    with pytest.raises(FinopsError, match=said) as wrong:
        run_line(ready, line)
    assert wrong.value.hint == hint


def test_without_recommendations_it_says_so(state):
    assert run_line(state, "savings").line == "no recommendations"
    with pytest.raises(FinopsError, match="no recommendations yet") as wrong:
        run_line(state, "accept x")
    assert wrong.value.hint == "%finops run idle-resources"


def test_tab_offers_nothing_without_a_session(alone):
    assert list(complete(alone, "accept ").words) == []


def test_tab_offers_ids(ready):
    assert list(complete(ready, "accept idle-").words) == ["idle-i-1", "idle-i-2", "idle-i-3"]
    assert list(complete(ready, "dismiss idle-i-1 idle-i-2").words) == ["idle-i-2"]
    assert list(complete(ready, "implement --o").words) == ["--on", "--output"]
