"""The plugin prometheus: what it tells is parsed back as OpenMetrics."""

from __future__ import annotations

import socket
import sys
import threading
import urllib.request
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as plain_families

from finopsnb.errors import FinopsError
from finopsnb.plugins.testing import new_session, sample_costs
from finopsnb_plugins.integrations._prometheus_gauges import OTHER, _bounded
from tests.plugins.plugins_in_tests import RowsPlugin

EVIL = 'x"} 1\nfinops_daily_cost{currency="USD"} 0\\'


@pytest.fixture(scope="module")
def stored():
    """Costs of four weeks, with a service and a budget whose names are meant to break out."""
    with new_session() as session:
        session.plugins.registry.discover_plugins("finopsnb_plugins")
        session.plugins.registry.register(RowsPlugin, replace=True)
        costs = sample_costs().to_pylist()
        session.load("rows").given = [
            {**row, "ServiceName": EVIL if row["ServiceName"] == "Amazon S3" else row["ServiceName"]} for row in costs
        ]
        session.collect("rows", frames="none")
        session.load("tag-rules", rules=[{"name": "team", "owner_tag": "team"}])
        session.attribute("tag-rules", frames="arrow")
        budget = {"owner": "web", "period_start": "2026-01-01", "period_end": "2026-02-01", "amount": "100", "BillingCurrency": "USD"}
        session.budgets([{**budget, "budget": EVIL}])
        yield session


@pytest.fixture
def session(stored):
    yield stored
    if stored.plugins.get("prometheus"):
        stored.unload("prometheus")


def samples(text, families=text_string_to_metric_families):
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families(text) for s in family.samples}


def last(session):
    return session.frame("syncs", frames="arrow").to_pylist()[-1]


def test_the_textfile_is_openmetrics_and_adds_up(session, tmp_path):
    file = tmp_path / "finops.prom"
    session.load("prometheus", textfile=str(file), horizon=7)
    assert session.sync("prometheus") is True
    found = samples(file.read_text())
    total = found["finops_daily_cost", (("currency", "USD"),)]
    services = {dict(labels)["service"]: value for (name, labels), value in found.items() if name == "finops_daily_cost_by_service"}
    assert services == {"Amazon EC2": 1.2500000001, EVIL: 0.1, "Virtual Machines": 2.0}
    assert total == pytest.approx(sum(services.values()))
    owners = {dict(labels)["owner"]: value for (name, labels), value in found.items() if name == "finops_daily_cost_by_owner"}
    assert sum(owners.values()) == pytest.approx(total)
    assert found["finops_budget_amount", (("budget", EVIL), ("currency", "USD"), ("owner", "web"))] == 100
    forecast = found["finops_forecast_cost", (("currency", "USD"), ("days", "7"))]
    assert forecast == pytest.approx(7 * total, rel=0.1)
    assert file.read_text().endswith("# EOF\n")
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_second_sync_touches_nothing(session, tmp_path):
    file = tmp_path / "finops.prom"
    session.load("prometheus", textfile=str(file), horizon=0)
    session.sync("prometheus")
    before = file.stat().st_mtime_ns
    assert (last(session)["updated"], last(session)["unchanged"]) == (last(session)["rows"], 0)
    session.sync("prometheus")
    assert (last(session)["updated"], last(session)["unchanged"]) == (0, last(session)["rows"])
    assert file.stat().st_mtime_ns == before
    assert list(tmp_path.iterdir()) == [file]


def test_there_are_never_more_labels_than_said():
    rows = [(f"s{number:03}", currency, Decimal(number)) for number in range(300) for currency in ("USD", "EUR")]
    bounded = dict(_bounded(rows, 10))
    assert len(bounded) == 20
    assert bounded[OTHER, "USD"] == sum(range(291))
    assert bounded["s299", "EUR"] == 299
    assert dict(_bounded(rows[:20], 10)) == {(value, currency): float(cost) for value, currency, cost in rows[:20]}
    assert dict(_bounded([(OTHER, "USD", Decimal(5)), ("a", "USD", Decimal(2)), ("b", "USD", Decimal(1))], 2)) == {(OTHER, "USD"): 8.0}


def test_it_answers_at_a_port_until_it_is_unloaded(session):
    plugin = session.load("prometheus", expose=True, port=0, horizon=0)
    address = plugin.address
    assert address.startswith("http://127.0.0.1:")
    session.sync("prometheus")
    asked = urllib.request.Request(address, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    with urllib.request.urlopen(asked) as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        assert ("finops_daily_cost", (("currency", "USD"),)) in samples(answer.read().decode())
    port = int(address.rsplit(":", 1)[1].split("/")[0])
    session.unload("prometheus")
    assert plugin.address == ""
    with socket.socket() as free:
        assert free.connect_ex(("127.0.0.1", port)) != 0


class _Gateway(BaseHTTPRequestHandler):
    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append((self.path, self.headers["Content-Type"], body))
        self.send_response(self.server.answers)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def gateway():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Gateway) as server:
        server.seen, server.answers = [], 202
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_it_is_pushed_to_a_gateway_that_is_allowed(session, gateway):
    address = f"http://127.0.0.1:{gateway.server_port}"
    session.load("prometheus", pushgateway=address, job="a/b", horizon=0)
    with pytest.raises(FinopsError, match="loopback"):
        session.sync("prometheus")
    assert gateway.seen == []
    session.load("prometheus", pushgateway=address, job="a/b", horizon=0, allowed_hosts=["127.0.0.1"])
    for unchanged in (False, True):
        session.sync("prometheus")
        assert (last(session)["unchanged"] == last(session)["rows"]) is unchanged
    (path, kind, body), again = gateway.seen
    assert (path, kind.split(";")[0], again[2]) == ("/metrics/job/a%2Fb", "text/plain", body)
    assert samples(body, plain_families)["finops_daily_cost", (("currency", "USD"),)] == pytest.approx(3.3500000001)
    gateway.answers = 500
    with pytest.raises(FinopsError, match="answered 500"):
        session.sync("prometheus")


def test_mistakes_say_what_mends_them(session, monkeypatch, tmp_path):
    session.load("prometheus")
    with pytest.raises(FinopsError, match="no place to go") as wrong:
        session.sync("prometheus")
    assert wrong.value.hint == 'session.load("prometheus", textfile="finops.prom")'
    with pytest.raises(FinopsError, match="no gauges of runs"):
        session.sync("prometheus", data="runs")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(FinopsError, match="cannot be listened on"):
            session.load("prometheus", expose=True, port=taken.getsockname()[1])
    session.load("prometheus", textfile=str(tmp_path / "a.prom"), horizon=0)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(FinopsError, match="prometheus_client is not installed"):
        session.sync("prometheus")


def test_nothing_is_told_of_nothing(tmp_path):
    with new_session() as session:
        session.plugins.registry.discover_plugins("finopsnb_plugins")
        session.load("prometheus", textfile=str(tmp_path / "a.prom"))
        session.sync("prometheus")
        assert (tmp_path / "a.prom").read_text() == "# EOF\n"
