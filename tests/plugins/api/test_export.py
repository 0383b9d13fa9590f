"""Days of a server, without one: what changes of settings, forgotten runs and other keys do to them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from finopsnb.errors import SourceError
from finopsnb.plugins import PluginMetadata, PluginType
from finopsnb.plugins.api import ApiConfig, ApiExport, Server, periods
from finopsnb.plugins.exports import Conversion
from finopsnb.plugins.testing import new_session

URL = "http://localhost:9003"


class Meter(ApiExport):
    """One charge a day, from 1 October 2026 on."""

    metadata = PluginMetadata(name="meter", version="1.0.0", author="x", description="One charge a day.", plugin_type=PluginType.TELEMETRY)

    class Config(ApiConfig):
        api_key: str = ""
        whose: str = ""

    config: Config
    cost = "1.25"
    lost: frozenset[str] = frozenset()

    @staticmethod
    def now():
        return datetime(2026, 10, 8, 1, tzinfo=UTC)

    @property
    def owner(self):
        return self.config.api_key

    def server(self):
        return Server(self.config.url)

    def fetch(self, server, window):
        yield window, [[str(day) for day in window.days() if str(day) not in self.lost]]

    def rows(self, replies):
        return {name: {"charge": [self._row(day) for day in days]} for name, days in replies.items()}

    def _row(self, day):
        return {"start": f"{day}T00:00:00Z", "end": f"{day}T23:59:59Z", "cost": self.cost}

    def convert(self, raw, variant):
        bill = {"BillingAccountId": "a", "BillingCurrency": self.config.currency, "BilledCost": raw.number("cost")}
        return Conversion({**periods(raw), **bill, "EffectiveCost": raw.number("cost")})

    def control(self, raw, variant):
        bill = {"BillingAccountId": "a", "BillingCurrency": self.config.currency, "BilledCost": raw.text("cost")}
        return Conversion({"BillingPeriodStart": periods(raw)["BillingPeriodStart"], **bill})


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setattr("finopsnb.focus.check", lambda *_, **__: [])
    with new_session() as session:
        session.plugins.registry.register(Meter)
        yield session


def collect(session, full=False, **settings):
    session.load("meter", url=URL, days=2, lag_days=1, **settings)
    session.collect("meter", frames="none", full=full)
    return stored(session)


def stored(session):
    rows = session.sql(
        "select BillingCurrency, day(ChargePeriodStart) as day, BilledCost from costs order by all", frames="arrow"
    ).to_pylist()
    return [(one["BillingCurrency"], one["day"], one["BilledCost"]) for one in rows]


DAY = Decimal("1.25")


def test_settings_reach_the_conversion_and_what_is_held_against_it(session):
    for currency in ("USD", "EUR"):
        assert collect(session, currency=currency) == [(currency, 6, DAY), (currency, 7, DAY)]
        told = session.reconcile("meter")
        assert set(zip(told.BillingCurrency, told.status, strict=True)) == {(currency, "matches")}


def test_a_class_that_says_something_else_of_a_row_has_statements_of_its_own(session):
    collect(session)

    class Dearer(Meter):
        metadata = PluginMetadata(name="dearer", version="1.0.0", author="x", description="Twice.", plugin_type=PluginType.TELEMETRY)

        def convert(self, raw, variant):
            made = super().convert(raw, variant)
            return Conversion({**made.columns, "BilledCost": made.columns["BilledCost"] * self.factor})

        factor = 2

    class Dearest(Dearer):
        metadata = PluginMetadata(name="dearest", version="1.0.0", author="x", description="Thrice.", plugin_type=PluginType.TELEMETRY)
        factor = 3

    for number, kind in enumerate((Dearer, Dearest), 2):
        session.plugins.registry.register(kind)
        session.load(kind.metadata.name, url=URL, days=2)
        session.collect(kind.metadata.name, frames="none")
        assert max(cost for *_, cost in stored(session)) == number * DAY


@pytest.mark.parametrize("full", [False, True])
def test_a_forgotten_run_is_collected_again(session, full):
    before = collect(session)
    session.forget(session.last_run["run_id"])
    assert stored(session) == []
    assert collect(session, full=full) == before
    assert set(session.reconcile("meter").status) == {"matches"}


def test_days_that_the_server_lost_stay_and_with_other_settings_they_go(session, monkeypatch):
    collect(session)
    monkeypatch.setattr(Meter, "lost", frozenset({"2026-10-06"}))
    assert collect(session, full=True) == [("USD", 6, DAY), ("USD", 7, DAY)]
    assert collect(session, currency="EUR") == [("EUR", 7, DAY)]
    (finding,) = session.findings().query("rule == 'reply-empty'").itertuples()
    assert (finding.severity, finding.example) == ("warning", "2026-10-06")
    assert "other settings is taken out" in finding.message
    assert set(session.reconcile("meter").status) == {"matches"}


def test_the_days_of_another_key_do_not_take_the_place_of_those_that_are_there(session, monkeypatch):
    before = collect(session, api_key="key-of-one-9876")
    monkeypatch.setattr(Meter, "cost", "8")
    with pytest.raises(SourceError, match="collected with another key") as error:
        collect(session, api_key="key-of-two-5432")
    assert "billing_account" in error.value.hint
    assert stored(session) == before
    assert len(collect(session, api_key="key-of-two-5432", billing_account="two")) == 4
    assert collect(session, api_key="key-of-two-5432", full=True) == [("USD", day, Decimal(8)) for day in (6, 6, 7, 7)]
    state = str(session.sql("select value from state").to_dict("records"))
    assert "key-of" not in state


def test_files_are_replaced_one_by_one_too():
    assert Meter(Meter.Config(path="replies/*.json")).replaces == Meter(Meter.Config(url=URL)).replaces == "parts"
