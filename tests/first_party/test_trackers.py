"""The plugins jira and github-issues, against servers that answer as these do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from finopsnb.errors import FinopsError
from finopsnb.plugins import PluginMetadata, PluginType, PolicyPlugin, Recommendation, RecommendationPlugin
from finopsnb.plugins.decorators.calls import clock
from finopsnb.plugins.testing import check_plugin, new_session
from finopsnb_plugins.integrations.github_issues import GitHubIssuesPlugin
from finopsnb_plugins.integrations.jira import JiraPlugin
from tests.first_party.trackers import Tracker, serving

TOKEN = "s3kr3t-token-7f3a"
EVIL = (
    "@team [click](https://evil.example) <img src=x> #1 `code` ``` \n```\n| *bold* {color:red} [~admin] "
    "<!-- finopsnb:finding=000000000000000000000000 -->"
)
CLASSES = {"jira": JiraPlugin, "github-issues": GitHubIssuesPlugin}


class Saver(RecommendationPlugin):
    metadata = PluginMetadata(name="saver", description="Saves", plugin_type=PluginType.RECOMMENDATION)
    given: Any = ("i-1", "i-2", "i-3")
    saving = Decimal(9)

    def generate_recommendations(self):
        return [
            Recommendation(
                f"Stop {name} {EVIL}", EVIL, "idle", ResourceId=name, ResourceName=EVIL, recommendation_id=name,
                monthly_saving=self.saving + place, BillingCurrency="USD",
            )
            for place, name in enumerate(self.given)
        ]  # fmt: skip


class Rule(PolicyPlugin):
    metadata = PluginMetadata(name="rule", description="Rules", plugin_type=PluginType.POLICY)
    given: Any = ("vm-1",)

    def evaluate(self, resources, context=None):
        return [
            {
                "violation_id": name,
                "policy": "tags",
                "message": f"{name} has no team",
                "ResourceId": name,
                "cost": Decimal(3),
                "BillingCurrency": "USD",
            }
            for name in self.given
        ]


@dataclass
class Side:
    """One of the two trackers with a session on it."""

    name: str
    session: Any
    server: Tracker
    slept: list[float]

    def config(self, **more):
        common = {"allowed_hosts": ["127.0.0.1"], "timeout_seconds": 0.3, **more}
        if self.name == "jira":
            return {"url": self.server.url, "project": "FIN", "email": "me@larkspur.example", "api_token": TOKEN, **common}
        return {"api_url": self.server.url, "repository": "larkspur/costs", "token": TOKEN, **common}

    def load(self, **more):
        self.session.load(self.name, self.config(**more))
        return self

    def send(self, *arguments, **options):
        answer = self.session.sync(self.name, *arguments, **options)
        row = self.session.frame("syncs", frames="arrow").to_pylist()[-1]
        return answer, (row["inserted"], row["updated"], row["unchanged"])

    def receive(self):
        return self.session.sync(self.name, "receive", frames="arrow").to_pylist()

    def finding(self, name, table="recommendations", column="recommendation_id"):
        return next(row for row in self.session.frame(table, frames="arrow").to_pylist() if row[column] == name)

    def issue(self, name):
        return next(
            one for one in self.server.issues if f" {name} " in self.title(one) or f" {name}:" in self.title(one) or name in self.title(one)
        )

    def title(self, issue):
        return issue["fields"]["summary"] if self.name == "jira" else issue["title"]

    def move(self, name, how, who=""):
        """Somebody moves the issue there: done, refused, begun, back."""
        issue = self.issue(name)
        if self.name == "jira":
            category, status, resolution = {
                "done": ("done", "Done", "Done"),
                "refused": ("done", "Closed", "Won't Do"),
                "begun": ("indeterminate", "In Review", None),
                "back": ("new", "To Do", None),
            }[how]
            issue["fields"]["status"] = {"name": status, "statusCategory": {"key": category}}
            issue["fields"]["resolution"] = resolution and {"name": resolution}
            issue["fields"]["assignee"] = {"displayName": who} if who else None
        else:
            state, reason, label = {
                "done": ("closed", "completed", ""),
                "refused": ("closed", "not_planned", ""),
                "begun": ("open", None, "In Progress"),
                "back": ("open", "reopened", ""),
            }[how]
            issue.update(state=state, state_reason=reason, assignee={"login": who} if who else None)
            issue["labels"] = [one for one in issue["labels"] if one["name"] != "In Progress"] + ([{"name": label}] if label else [])


@pytest.fixture(params=list(CLASSES))
def side(request, monkeypatch):
    slept = []
    monkeypatch.setattr(clock, "sleep", slept.append)
    with new_session() as session, serving(request.param.split("-")[0]) as server:
        for cls in (Saver, Rule, CLASSES[request.param]):
            session.plugins.registry.register(cls, replace=True)
        session.load("saver")
        session.load("rule")
        session.recommend("saver")
        session.evaluate("rule")
        yield Side(request.param, session, server, slept)


def test_three_runs_are_the_same_issues_and_only_what_changed_is_updated(side):
    side.load()
    assert side.send() == (True, (4, 0, 0))
    first = [side.title(issue) for issue in side.server.issues]
    assert [title.split(" ")[1] for title in first[:3]] == ["i-3", "i-2", "i-1"]
    assert side.send() == (True, (0, 0, 4))
    side.session.plugins.get("saver").saving = Decimal(20)
    side.session.recommend("saver")
    assert side.send() == (True, (0, 3, 1))
    assert [side.title(issue) for issue in side.server.issues] == first
    assert "20.00 USD" in json.dumps(side.issue("i-1"))
    assert {issue.get("puts", 0) for issue in side.server.issues} == {0, 1}
    assert side.session.frame("syncs").target.unique().tolist() == [
        f"{side.name.split('-')[0]} {'FIN' if side.name == 'jira' else 'larkspur/costs'}"
    ]


def test_what_is_decided_there_arrives_here(side):
    side.load().send()
    side.move("i-1", "done", "Ada")
    side.move("i-2", "refused")
    side.move("i-3", "begun", "Grace")
    side.move("vm-1", "refused")
    rows = side.receive()
    assert {row["finding"]: row["decision"] for row in rows} == {
        "i-1": "implemented",
        "i-2": "dismissed",
        "i-3": "accepted",
        "vm-1": "dismissed",
    }
    found = {name: side.finding(name) for name in ("i-1", "i-2", "i-3")}
    assert {name: row["status"] for name, row in found.items()} == {"i-1": "implemented", "i-2": "dismissed", "i-3": "accepted"}
    assert (found["i-1"]["assignee"], found["i-3"]["assignee"], found["i-2"]["assignee"]) == ("Ada", "Grace", None)
    assert found["i-1"]["implemented_at"] is not None
    ticket = found["i-2"]["ticket"]
    assert ticket.startswith("FIN-" if side.name == "jira" else "#")
    said = "Won't Do" if side.name == "jira" else "closed, not planned"
    assert found["i-2"]["reason"] == f"{ticket}: {said}"
    violation = side.finding("vm-1", "violations", "violation_id")
    assert (violation["status"], violation["decision"]) == ("open", "dismissed")
    table = "jira_issues" if side.name == "jira" else "github_issues"
    assert side.session.sql(f"select count(*) n from {table}", frames="arrow")["n"].to_pylist() == [4]
    side.session.recommend("saver")
    side.session.evaluate("rule")
    assert side.finding("i-2")["status"] == "dismissed"
    assert side.finding("vm-1", "violations", "violation_id")["decision"] == "dismissed"


def test_what_is_decided_here_in_between_stays_until_something_new_is_decided_there(side):
    side.load().send()
    side.move("i-1", "refused")
    side.receive()
    with pytest.raises(FinopsError, match="i-1 is dismissed already"):
        side.session.accept("i-1")
    side.session.reopen("i-1")
    side.session.accept("i-1")
    side.receive()
    assert side.finding("i-1")["status"] == "accepted"
    side.move("i-1", "back")
    side.receive()
    assert (side.finding("i-1")["status"], side.finding("i-1")["decided_at"], side.finding("i-1")["reason"]) == ("open", None, None)
    side.session.dismiss("i-2", "it is the standby")
    side.receive()
    assert side.finding("i-2")["status"] == "dismissed"
    assert side.send() == (True, (0, 1, 3))
    side.session.implement("i-1", "2026-01-15")
    side.move("i-1", "done")
    side.receive()
    assert str(side.finding("i-1")["implemented_at"])[:10] == "2026-01-15", "the day that was told here"


def test_an_issue_that_was_made_without_our_knowing_is_not_made_twice(side):
    side.load()
    for fault in ("500-done", "dropped-done", "slow", "huge", "odd"):
        side.server.issues.clear()
        side.server.faults = [("POST", fault)]
        for _ in range(2):
            side.send()
        assert len(side.server.issues) == 4, fault
        assert side.send() == (True, (0, 0, 4)), fault


def test_after_a_failure_in_which_nothing_was_done_the_next_sync_makes_it(side):
    side.load()
    side.server.faults = [("POST", "500")]
    answer, counts = side.send()
    assert (answer, counts) == (False, (3, 0, 0))
    row = side.session.frame("syncs", frames="arrow").to_pylist()[-1]
    assert row["status"] == "refused"
    assert "answered 500" in row["detail"]
    assert side.send() == (True, (1, 0, 3))
    assert len({side.title(issue) for issue in side.server.issues}) == len(side.server.issues) == 4


def test_a_process_that_ends_in_the_middle_makes_no_second_issue(side, monkeypatch):
    side.load()
    tracker = type(side.session.plugins.get(side.name).tracker())
    create = tracker.create

    def killed(self, finding):
        create(self, finding)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tracker, "create", killed)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                side.session.sync(side.name)
    answer, (inserted, updated, unchanged) = side.send()
    assert answer
    assert inserted + updated + unchanged == 4 == len(side.server.issues)


@pytest.mark.parametrize("side", ["jira"], indirect=True)
def test_a_search_that_lags_behind_makes_no_second_issue(side):
    side.load()
    side.server.lag = 10**6
    for expected in ((4, 0, 0), (0, 0, 4)):
        assert side.send() == (True, expected)
    side.server.lag = 8
    side.server.faults = [("POST", "500-done")]
    side.session.plugins.get("rule").given = ("vm-1", "vm-2")
    side.session.evaluate("rule")
    for _ in range(3):
        side.send()
    assert len(side.server.issues) == 5


def test_a_busy_tracker_is_asked_again_when_it_says(side):
    side.load()
    side.server.faults = [("POST", "429"), ("POST", "429")] + ([("GET", "500"), ("GET", "403")] if side.name != "jira" else [])
    assert side.send() == (True, (4, 0, 0))
    assert side.slept.count(3.0) == (2 if side.name == "jira" else 3)
    assert len(side.server.issues) == 4


def test_texts_of_the_data_are_only_texts(side):
    side.load().send()
    issue = side.issue("i-1")
    if side.name == "jira":
        kinds, marks = set(), set()

        def walk(node):
            kinds.add(node["type"])
            marks.update(mark["type"] for mark in node.get("marks", ()))
            for child in node.get("content", ()):
                walk(child)

        walk(issue["fields"]["description"])
        assert kinds == {"doc", "bulletList", "listItem", "paragraph", "text", "codeBlock"}
        assert marks == {"strong", "code"}
        assert "\n" not in issue["fields"]["summary"]
    else:
        assert "@team" not in issue["title"]
        assert "#1" not in issue["title"]
        assert outside_of_code(issue["body"]).count("@") == 0
        assert "evil" not in outside_of_code(issue["body"])
        assert "<img" not in outside_of_code(issue["body"])
        assert outside_of_code(issue["body"]).count("<!--") == 1
    marks = {row["finding"] for row in side.receive()}
    assert marks == {"i-1", "i-2", "i-3", "vm-1"}


def outside_of_code(body):
    """Markdown without code blocks and code spans, as CommonMark has them."""
    rest, fence = [], ""
    for line in body.split("\n"):
        ticks = len(line) - len(line.lstrip("`"))
        if fence:
            fence = "" if ticks >= len(fence) and not line.strip("`") else fence
        elif ticks >= 3 and "`" not in line[ticks:]:
            fence = "`" * ticks
        else:
            rest.append(line)
    text, plain = "\n".join(rest), ""
    while "`" in text:
        before, _, text = text.partition("`")
        ticks = 1 + len(text) - len(text.lstrip("`"))
        closing = next(
            (
                i
                for i in range(len(text))
                if text[i : i + ticks] == "`" * ticks and text[i - 1] != "`" and text[i + ticks : i + ticks + 1] != "`"
            ),
            None,
        )
        plain += before
        text = text[ticks - 1 :] if closing is None else text[closing + ticks :]
    return plain + text


def test_there_are_no_more_than_are_wanted(side):
    side.load(most_new=2, findings=["recommendations"], minimum_money=10)
    assert side.send() == (True, (2, 0, 0))
    side.session.dismiss("i-2", "no")
    side.load(most_new=1)
    assert side.send()[1] == (1, 1, 1)
    assert "more are left" in side.session.frame("syncs").detail.iloc[-1]
    side.load(most_new=9)
    assert side.send()[1] == (1, 0, 3)
    side.session.plugins.get("saver").given = ()
    side.session.recommend("saver")
    assert side.send()[1] == (0, 2, 2)
    assert "resolved" in json.dumps(side.issue("i-1"))


def test_an_issue_that_is_gone_there_is_made_anew_and_one_without_its_mark_is_known(side):
    side.load(findings=["violations"]).send()
    side.server.issues.clear()
    assert side.send() == (True, (1, 0, 0))
    for issue in side.server.issues:
        issue.update(body="What is this?", labels=[]) if side.name != "jira" else issue["fields"].update(labels=[])
    assert side.send() == (True, (0, 0, 1))


def test_what_cannot_be_done_says_why_and_tells_no_token(side):
    side.load()
    with pytest.raises(FinopsError, match="No ticket is made of runs") as wrong:
        side.session.sync(side.name, data="runs")
    assert wrong.value.hint == f'session.sync("{side.name}", table="recommendations")'
    assert side.send(data="violations")[1] == (1, 0, 0)
    side.load(allowed_hosts=["tracker.example"])
    with pytest.raises(FinopsError, match="loopback"):
        side.session.sync(side.name)
    side.load(allowed_hosts=[])
    with pytest.raises(FinopsError, match="Only https is allowed"):
        side.session.sync(side.name)
    side.load()
    side.server.faults = [("GET", "redirect")]
    if side.name != "jira":
        with pytest.raises(FinopsError, match="no redirect is followed"):
            side.session.sync(side.name)
    shown = f"{side.session.runs().to_string()} {side.session.frame('syncs').to_string()} {side.session.plugins.get(side.name)!r}"
    assert TOKEN not in shown
    assert {len(seen) > 10 for *_, seen in side.server.asked} == {True}


def test_a_tracker_that_answers_nonsense_is_told(side):
    side.load()
    side.server.issues.append({"id": "x", "number": "y", "fields": {"labels": ["finopsnb"]}, "labels": [{"name": "finopsnb"}]})
    with pytest.raises(FinopsError, match="answers as no tracker does"):
        side.session.sync(side.name)


def test_the_contract_is_kept(side):
    results = check_plugin(CLASSES[side.name], config=side.config(), on_fail="report")
    assert [result for result in results if result.outcome == "failed"] == []
