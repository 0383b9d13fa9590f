"""rightsizing, idle and tiering: known answers, what is left alone, and how much of a planted inventory is found."""

from __future__ import annotations

import importlib.util
import re
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finopsnb.analysis.at_hand import costs_at_hand, execute_at_hand
from finopsnb.analysis.recommendations import idle, rightsizing, tiering
from finopsnb.analysis.recommendations.given import given_table
from finopsnb.analysis.recommendations.ids import unmatched
from finopsnb.analysis.recommendations.months import a_month
from finopsnb.errors import FinopsError, SourceError
from finopsnb.plugins.sheets import write_table

D = Decimal
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
LAST = datetime(2026, 3, 31, tzinfo=UTC)
PRICES = [
    {"type": "m6i.large", "hourly_price": "0.25", "vcpus": 2, "memory": 8, "currency": "USD"},
    {"type": "m6i.xlarge", "hourly_price": "0.5", "vcpus": 4, "memory": 16, "currency": "USD"},
    {"type": "m6i.2xlarge", "hourly_price": "1", "vcpus": 8, "memory": 32, "currency": "USD"},
    {"type": "a1.2xlarge", "hourly_price": "0.1", "vcpus": 8, "memory": 32, "currency": "USD"},
]
MACHINE = {"ServiceSubcategory": "Virtual Machines", "ConsumedUnit": "Hours", "SkuMeter": "BoxUsage:m6i.2xlarge", "RegionId": "eu-west-1"}


def bill(*, days=30, until=0, cost="24", quantity=24, **columns):
    """A charge a day."""
    row = {"ResourceId": "i-1", "EffectiveCost": cost, "ListCost": cost, "BillingCurrency": "USD", "ChargeCategory": "Usage"}
    row |= {"ConsumedQuantity": quantity, "ProviderName": "AWS", "ServiceName": "EC2"} | columns
    return [row | {"ChargePeriodStart": (LAST - timedelta(days=back)).isoformat()} for back in range(until, days)]


#: another machine, so that the last day is known whatever becomes of the first one
OTHER = bill(ResourceId="other", days=40)


def sized(rows, use, prices=PRICES, **fit):
    costs = costs_at_hand([*rows, *OTHER])
    used = [{"ResourceId": "i-1", **use}] if isinstance(use, dict) else use
    tables = (rightsizing.machine_use(used, execute_at_hand), rightsizing.machine_prices(prices, execute_at_hand))
    return execute_at_hand(rightsizing.rightsizing(costs, *tables, rightsizing.Fit(**fit))).to_pylist()


def numbered(cases):
    """The rows of many cases as those of as many resources, so that one question answers all."""
    return [{**row, "ResourceId": f"i-{place}"} for place, rows in enumerate(cases) for row in rows]


def test_a_dollar_an_hour_is_730_a_month_and_no_saving_is_more():
    [found] = sized(bill(**MACHINE), {"cpu_p95": 0.1, "memory_p95": 0.1})
    assert a_month(found["cost"], found["days"]) == 730
    assert (found["new_type"], a_month(rightsizing.saved_by(found), found["days"])) == ("m6i.large", D("547.5"))
    free = [*PRICES, {"type": "m6i.nano", "hourly_price": "0.000001", "vcpus": 1, "memory": 4, "currency": "USD"}]
    [found] = sized(bill(**MACHINE), {"cpu_p95": 0.01, "memory_p95": 0.01}, free)
    assert D(729) < a_month(rightsizing.saved_by(found), found["days"]) <= 730


FITTING = [
    ({"cpu_p95": 0.1, "memory_p95": 0.1}, "m6i.large"),
    ({"cpu_p95": 0.3, "memory_p95": 0.1}, "m6i.xlarge"),
    ({"cpu_p95": 0.1, "memory_p95": 0.35}, "m6i.xlarge"),
    ({"cpu_p95": 0.1, "memory_p95": 0.1, "cpu_max": 0.45}, "m6i.xlarge"),
    ({"cpu_p95": 0.1, "memory_p95": 0.1, "cpu_p99": 0.45}, "m6i.xlarge"),
    ({"cpu_p95": 0.1, "memory_p95": 0.1, "cpu_max": 0.95}, None),
    ({"cpu_p95": 0.1}, None),
    ({"cpu_p95": 0.4, "memory_p95": 0.1}, None),
    ({"cpu_p95": None, "memory_p95": 0.1}, None),
    ({"cpu_p95": 0.1, "memory_p95": 0.1, "days": 5}, None),
    ({"cpu_p95": 0.1, "memory_p95": 0.1, "instance_type": "m6i.4xlarge"}, None),
    ({"cpu_p95": 0.1, "memory_p95": 0.1, "instance_type": "M6i.2xlarge"}, "m6i.large"),
    ({"cpu_p95": 0.1, "memory_p95": 0.1, "autoscaled": True}, None),
    ({"cpu_p95": 0.1, "memory_p95": 0.1, "cpu_mean": 0.05}, "m6i.large"),
]


def test_the_cheapest_type_that_leaves_room():
    use = [{"ResourceId": f"i-{place}", **one} for place, (one, _) in enumerate(FITTING)]
    found = {row["ResourceId"]: row["new_type"] for row in sized(numbered([bill(**MACHINE)] * len(FITTING)), use)}
    assert [(one, found.get(f"i-{place}")) for place, (one, _) in enumerate(FITTING)] == FITTING


@pytest.mark.parametrize(
    ("use", "fit", "new"),
    [({"cpu_p95": 0.1}, {"any_family": True}, "a1.2xlarge"), ({"cpu_p95": 0.4, "memory_p95": 0.1}, {"cpu": 0.9}, "m6i.xlarge")],
)
def test_settings_say_what_fits(use, fit, new):
    assert [row["new_type"] for row in sized(bill(**MACHINE), use, **fit)] == [new]


LEFT_ALONE = {
    "committed": bill(**MACHINE, CommitmentDiscountStatus="Used"),
    "committed price": bill(**MACHINE, PricingCategory="Committed"),
    "dynamic": bill(**MACHINE, PricingCategory="Dynamic"),
    "spot": bill(**{**MACHINE, "SkuMeter": "SpotUsage:m6i.2xlarge"}),
    "kept": bill(**MACHINE, Tags={"finopsnb:keep": "true"}),
    "scaled": bill(**MACHINE, Tags={"aws:autoscaling:groupName": "web"}),
    "changed": bill(**MACHINE, until=9) + bill(**{**MACHINE, "SkuMeter": "BoxUsage:m6i.4xlarge"}, days=9),
    "changed down": bill(**MACHINE, until=15) + bill(**{**MACHINE, "SkuMeter": "BoxUsage:m6i.xlarge"}, days=15),
    "changed from a type without a price": bill(**{**MACHINE, "SkuMeter": "BoxUsage:x9.big"}, until=9) + bill(**MACHINE, days=9),
    "costs name another type": bill(**{**MACHINE, "SkuMeter": "BoxUsage:x9.big"}),
    "new": bill(**MACHINE, days=6),
    "gone": bill(**MACHINE, until=2),
    "euro": bill(**{**MACHINE, "BillingCurrency": "EUR"}),
    "no hours": bill(**{**MACHINE, "ConsumedUnit": "GB"}),
}


def test_what_is_left_alone():
    figures = {"cpu_p95": 0.1, "memory_p95": 0.1, "instance_type": "m6i.2xlarge"}
    use = [{"ResourceId": f"i-{place}", **figures} for place in range(len(LEFT_ALONE) + 1)]
    found = sized(numbered([*LEFT_ALONE.values(), bill(**MACHINE)]), use)
    names = [*LEFT_ALONE, "an ordinary one"]
    assert [names[int(row["ResourceId"].removeprefix("i-"))] for row in found] == ["an ordinary one"]


def test_a_machine_that_rests_at_weekends_is_not_gone():
    rows = [row for row in bill(**MACHINE, days=40) if datetime.fromisoformat(row["ChargePeriodStart"]).day % 7 not in (2, 3)]
    [found] = sized(rows, {"cpu_p95": 0.1, "memory_p95": 0.1})
    assert found["days"] == 30
    assert found["cost"] == 24 * sum(row["ChargePeriodStart"] >= "2026-03-02" for row in rows)


FAMILIES = [
    ("m6i.xlarge", "m6i.large", "m6id.large"),
    ("Standard_D8s_v5", "Standard_D2s_v5", "Standard_D2ds_v5"),
    ("Standard_D8s_v5", "D2s_v5", "Standard_D2s_v4"),
    ("Standard_E16-4ds_v5", "Standard_E2ds_v5", "Standard_E2s_v5"),
    ("n2-standard-8", "n2-standard-2", "n1-standard-2"),
    ("n2-standard-8", "n2-standard-2", "n2-highmem-2"),
]


def test_types_of_one_family_are_known_by_their_names():
    for now, smaller, other in FAMILIES:
        prices = [{"type": now, "hourly_price": "1", "vcpus": 8, "memory": 32}]
        prices += [{"type": one, "hourly_price": price, "vcpus": 2, "memory": 16} for one, price in ((smaller, "0.25"), (other, "0.1"))]
        use = {"cpu_p95": 0.1, "memory_p95": 0.1, "instance_type": now}
        [found] = sized(bill(**MACHINE | {"SkuMeter": now}), use, prices)
        assert found["new_type"] == smaller, now


def test_a_discount_makes_the_saving_smaller_and_other_charges_do_not_count():
    rows = bill(**MACHINE, cost="12") + bill(cost="99", ConsumedUnit="GB", SkuMeter="DataTransfer-Out-Bytes")
    rows = [row | ({"ListCost": "24"} if row["EffectiveCost"] == "12" else {}) for row in rows]
    [found] = sized(rows, {"cpu_p95": 0.1, "memory_p95": 0.1})
    assert a_month(found["cost"], 30) == 365
    assert a_month(rightsizing.saved_by(found), 30) == 365 * D("0.75")


def test_a_licence_in_the_price_stays_and_prices_without_a_currency_are_shares():
    rows = [row | {"ListCost": "48", "EffectiveCost": "48"} for row in bill(**MACHINE)]
    use = {"cpu_p95": 0.1, "memory_p95": 0.1}
    [found] = sized(rows, use)
    assert a_month(rightsizing.saved_by(found), 30) == D("547.5"), "the licence of another dollar an hour stays"
    [found] = sized(bill(**{**MACHINE, "BillingCurrency": "EUR"}), use, [{**row, "currency": None} for row in PRICES])
    assert a_month(rightsizing.saved_by(found), 30) == D("547.5")


def test_a_type_is_known_however_it_is_written():
    azure = {**MACHINE, "SkuMeter": "D8s v5", "ConsumedUnit": "1 Hour"}
    prices = [{**row, "type": name} for row, name in zip(PRICES, ("Standard_D2s_v5", "Standard_D4s_v5", "Standard_D8s_v5"), strict=False)]
    prices = [{**row, "family": "Dsv5"} for row in prices]
    use = {"cpu_p95": 0.1, "memory_p95": 0.1}
    assert [row["new_type"] for row in sized(bill(**azure), use, prices)] == ["Standard_D2s_v5"]
    unnamed = {**MACHINE, "SkuMeter": "Compute"}
    found = sized(bill(**unnamed), {**use, "instance_type": "D8s v5"}, prices)
    assert [row["type"] for row in found] == ["Standard_D8s_v5"]


@settings(max_examples=60, deadline=None)
@given(
    cost=st.decimals("0.0001", "100000", places=6),
    listed=st.decimals("0.0001", "100000", places=6) | st.none(),
    now=st.decimals("0.0002", "100", places=6),
    share=st.floats(0.001, 0.999),
    hours=st.decimals("0.01", "744", places=4),
    currency=st.sampled_from(["USD", None]),
    mirrored=st.booleans(),
)
def test_a_saving_is_never_more_than_the_cost(cost, listed, now, share, hours, currency, mirrored):
    new = now * D(str(round(share, 6)))
    row = {"cost": cost, "list_cost": listed, "hourly_price": now, "new_hourly_price": new, "hours": hours, "currency": currency}
    row["mirrored"] = mirrored
    saving = rightsizing.saved_by(row)
    assert 0 < saving <= cost
    assert a_month(saving, 30) <= a_month(cost, 30)


def test_a_day_of_which_a_part_is_there_is_not_the_last():
    """Else all that has not arrived yet has ended, and is found again a day later."""
    rows = numbered([bill(**MACHINE, until=0 if place < 3 else 1) for place in range(10)])
    use = [{"ResourceId": f"i-{place}", "cpu_p95": 0.1, "memory_p95": 0.1} for place in range(10)]
    assert len(sized(rows, use)) == 10
    ended = numbered([bill(**MACHINE, until=0 if place < 3 else 4) for place in range(10)])
    assert [row["ResourceId"] for row in sized(ended, use)] == ["i-0", "i-1", "i-2"], "after days it has ended"


def test_ids_of_azure_are_one_whatever_their_case():
    disk = "/subscriptions/A/resourceGroups/g/providers/Microsoft.Compute/disks/D"
    rows = bill(ResourceId=disk, ServiceSubcategory="Block Storage")
    assert kinds(rows, use=[{"ResourceId": disk.lower(), "attached": False}]) == {disk: "unattached"}
    assert kinds(bill(ServiceSubcategory="Block Storage"), use=[{"ResourceId": "I-1", "attached": False}]) == {}
    machine = bill(**MACHINE, **{"ResourceId": disk})
    [found] = sized(machine, [{"ResourceId": disk.upper(), "cpu_p95": 0.1, "memory_p95": 0.1}])
    assert found["ResourceId"] == disk


def test_utilisation_of_resources_without_a_cost_is_counted():
    use = idle.idle_use([{"ResourceId": one, "connections": 0} for one in ("i-1", "i-9", "i-8")], execute_at_hand)
    assert unmatched(use, costs_at_hand(bill()), execute_at_hand) == (2, "i-8")


def test_cores_and_memory_that_are_billed_apart_are_one_machine():
    prices = [{"type": f"n2-standard-{n}", "hourly_price": str(n / 8), "vcpus": n, "memory": 4 * n, "currency": "USD"} for n in (2, 8)]
    cores = bill(cost="18", quantity=8 * 24, ConsumedUnit="Hours", SkuMeter="N2 Instance Core running in Belgium")
    memory = bill(cost="6", quantity=32 * 24, ConsumedUnit="byte-seconds", PricingUnit="gibibyte hour", SkuMeter="N2 Instance Ram running")
    use = {"cpu_p95": 0.1, "memory_p95": 0.1, "instance_type": "n2-standard-8"}
    [found] = sized(cores + memory, use, prices)
    assert (found["hours"], a_month(found["cost"], 30), a_month(rightsizing.saved_by(found), 30)) == (720, 730, D("547.5"))


def test_a_second_machine_in_another_zone_shrinks_too():
    both = bill(**{**MACHINE, "ChargeDescription": "db.m6i.2xlarge Multi-AZ instance hour"}, cost="48")
    [found] = sized(both, {"cpu_p95": 0.1, "memory_p95": 0.1})
    assert a_month(rightsizing.saved_by(found), 30) == 2 * D("547.5")


def test_a_burstable_type_must_bear_the_use_for_good():
    prices = [
        {"type": f"t3.{size}", "hourly_price": price, "vcpus": vcpus, "memory": 4 * vcpus}
        for size, vcpus, price in (("xlarge", 4, "0.4"), ("large", 2, "0.2"))
    ]
    machine = bill(**MACHINE | {"SkuMeter": "BoxUsage:t3.xlarge"})
    steady = {"cpu_p95": 0.25, "memory_p95": 0.1}
    assert sized(machine, steady, prices) == [], "one of four CPUs is more than 30 % of two"
    assert len(sized(machine, {**steady, "cpu_mean": 0.1}, prices)) == 1
    assert len(sized(machine, steady, [{**one, "baseline": 0.5} for one in prices])) == 1


# idle

ADDRESS = {"SkuMeter": "PublicIPv4:IdleAddress", "ServiceName": "VPC"}
BALANCER = {"ServiceName": "ELB", "SkuMeter": "LoadBalancerUsage", "ResourceType": "Load Balancer"}
TRAFFIC = {"ServiceName": "ELB", "SkuMeter": "LCUUsage", "ResourceType": "Load Balancer"}


def kinds(*rows, use=None, **options):
    costs = costs_at_hand([row for some in (*rows, OTHER) for row in some])
    found = execute_at_hand(idle.idle(costs, idle.idle_use(use, execute_at_hand), **options)).to_pylist()
    return {row["ResourceId"]: row["kind"] for row in found if row["ResourceId"] != "other"}


IDLE = [
    (bill(ChargeDescription="Static Ip Charge"), None, "address"),
    (bill(ChargeDescription="$0.005 per Elastic IP address not attached to a running instance per hour"), None, "address"),
    (bill(ChargeDescription="Idle public IPv4 address"), None, "address"),
    (bill(**ADDRESS), None, "address"),
    (bill(ChargeDescription="In-use public IPv4 address"), None, None),
    (bill(ChargeDescription="Unattached Disk P10"), None, "unattached"),
    (bill(ServiceSubcategory="Block Storage"), {"attached": False}, "unattached"),
    (bill(ServiceSubcategory="Block Storage"), {"attached": True}, None),
    (bill(ServiceSubcategory="Block Storage"), {"attached": False, "days": 5}, None),
    (bill(ResourceType="Volume", SkuMeter="EBS:VolumeUsage.gp3"), {"attached": False, "days": 30}, "unattached"),
    (bill(ResourceType="Managed disk"), {"attached": False}, "unattached"),
    (bill(ServiceSubcategory="Block Storage"), None, None),
    (bill(SkuMeter="Stopped instance"), None, "stopped"),
    (bill(), {"state": "Stopped"}, "stopped"),
    (bill(ConsumedUnit="Hours"), {"state": "Stopped", "days": 5}, None),
    (bill(ConsumedUnit="GB-Months", SkuMeter="RDS:GP2-Storage"), {"state": "stopped"}, None),
    (bill(ConsumedUnit="1 GB/Month") + bill(ConsumedUnit="IOPS-Mo") + bill(ConsumedUnit="Requests"), {"state": "stopped"}, None),
    (bill(ConsumedUnit="GB-Months"), {"state": "stopped", "connections": 0, "cpu_p95": 0}, None),
    (bill(ConsumedUnit="GB-Months") + bill(ConsumedUnit="ACU-Hr"), {"state": "stopped", "connections": 0}, "stopped"),
    (bill(ConsumedUnit="1 Month"), {"state": "deallocated"}, "stopped"),
    (bill(ConsumedUnit="1 Hour") + bill(ConsumedUnit="Months", ChargeDescription="Disk of a stopped machine"), None, None),
    (bill(ResourceId="/subscriptions/A/Disks/d"), None, None),
    (bill(quantity=0), None, "no-usage"),
    (bill(quantity=None), None, None),
    (bill(), {"connections": 0}, "unused"),
    (bill(), {"connections": 0, "requests": 3}, None),
    (bill(), {"connections": 0, "days": 5}, None),
    (bill(), {"cpu_p95": 0.01}, "unused"),
    (bill(), {"cpu_p95": 0.01, "cpu_max": 0.9}, None),
    (bill(), {"cpu_p95": 0.01, "network_gb": 50}, None),
    (bill(), {"cpu_p95": 0.01, "memory_p95": 0.8}, None),
    (bill(SkuMeter="Stopped", days=9) + bill(until=9, SkuMeter="Running", ConsumedUnit="Hours"), None, None),
    (bill(SkuMeter="Stopped") + bill(SkuMeter="Disk", ConsumedUnit="GB-Months"), None, "stopped"),
    (bill(SkuPriceDetails='{"x_State": "available"}', ServiceSubcategory="Block Storage"), None, "unattached"),
    (bill(**ADDRESS, ResourceName="orders-dr"), None, None),
    (bill(**ADDRESS, ResourceName="drawing"), None, "address"),
    (bill(), {}, None),
    (bill(**ADDRESS, days=10), None, None),
    (bill(**ADDRESS, until=1), None, None),
    (bill(**ADDRESS, CommitmentDiscountStatus="Used"), None, None),
    (bill(**ADDRESS, cost="-1"), None, None),
    (bill(**ADDRESS, Tags={"finopsnb:keep": "yes"}), None, None),
    (bill(**ADDRESS, Tags={"finopsnb:keep": "false"}), None, "address"),
    (bill(**ADDRESS, Tags={"role": "warm standby"}), None, None),
    (bill(**ADDRESS, Tags={"Purpose": "DR"}), None, None),
    (bill(**ADDRESS, Tags={"tier": "hot"}), None, "address"),
    (bill(**ADDRESS), {"connections": 4}, None),
]


def test_what_is_idle():
    use = [{"ResourceId": f"i-{place}", **one} for place, (_, one, _) in enumerate(IDLE) if one is not None]
    found = kinds(numbered([rows for rows, _, _ in IDLE]), use=use)
    assert {place: found.get(f"i-{place}") for place in range(len(IDLE))} == {place: kind for place, (*_, kind) in enumerate(IDLE)}


def test_a_load_balancer_is_idle_only_where_traffic_would_be_seen():
    beside = [bill(ResourceId="lb-2", **BALANCER), bill(ResourceId="lb-2", **TRAFFIC)]
    assert kinds(bill(**BALANCER), *beside) == {"i-1": "load-balancer"}
    assert kinds(bill(**BALANCER)) == {}, "this bill does not tell traffic by load balancer"
    assert kinds(bill(**BALANCER), bill(**TRAFFIC, days=2), *beside) == {}
    assert kinds(bill(**BALANCER), bill(**TRAFFIC, days=21, until=20), *beside) == {}, "it is asked once a month"


# tiering

CLASSES = [
    {"tier": "Standard", "storage_price": "0.02", "request_price": "0.0004"},
    {"tier": "Infrequent Access", "storage_price": "0.01", "retrieval_price": "0.01", "minimum_days": 30},
    {"tier": "Archive", "storage_price": "0.001", "retrieval_price": "0.05", "minimum_days": 180, "hours_to_read": 12},
]
STORE = {"ServiceSubcategory": "Object Storage", "ConsumedUnit": "GB-Months", "SkuPriceDetails": '{"StorageClass": "Standard"}'}


def tiers(cases, **options):
    """Of a store of 1000 GB for 20 a month in each case: the class that is cheapest, and what it saves."""
    kept = bill(cost=str(D(20) * 24 / 730), quantity=str(D(1000) * 24 / 730), **STORE)
    rows = numbered([rows or kept for _, rows, _ in cases])
    use = tiering.storage_use([{"ResourceId": f"i-{place}", **one} for place, (one, _, _) in enumerate(cases)], execute_at_hand)
    prices = tiering.storage_prices(CLASSES, execute_at_hand)
    found = execute_at_hand(tiering.tiering(costs_at_hand([*rows, *OTHER]), use, prices, **options)).to_pylist()
    best = {row["ResourceId"]: (row["new_tier"], round(sums.now - sums.new, 2)) for row, sums in tiering.cheapest(found)}
    return [best.get(f"i-{place}") for place in range(len(cases))]


NEVER = {"reads": 0, "read_gb": 0}
READ = [
    (NEVER, None, ("Infrequent Access", 10)),
    (NEVER | {"read_gb": 500}, None, ("Infrequent Access", 5)),
    (NEVER | {"read_gb": 1000}, None, None),
    (NEVER | {"read_gb": None}, None, None),
    (NEVER | {"lifetime_days": 20}, None, ("Infrequent Access", 5)),
    (NEVER | {"lifetime_days": 10}, None, None),
    (NEVER | {"tier": "archive"}, None, None),
    (NEVER | {"days": 3}, None, None),
    (NEVER, bill(cost="50", quantity=9, ConsumedUnit="Requests", ServiceSubcategory="Object Storage"), None),
    (NEVER, bill(cost="50", quantity=9, **{**STORE, "ServiceSubcategory": "Block Storage"}), None),
    (
        NEVER,
        bill(
            cost=str(D(20) * 24 / 730),
            PricingQuantity=D(1000) * 24 / 730,
            PricingUnit="gibibyte month",
            **STORE | {"ConsumedUnit": "byte-seconds"},
        ),
        ("Infrequent Access", 10),
    ),
    (
        NEVER,
        bill(cost=str(D(20) * 24 / 730), quantity=D(1000) * 24 / 730, **STORE | {"ConsumedUnit": "1 GB/Month"}),
        ("Infrequent Access", 10),
    ),
    (NEVER, bill(**STORE, Tags={"finopsnb:keep": "x"}), None),
    (NEVER, bill(**STORE, days=20), None),
    (NEVER, bill(**STORE, until=3), None),
]
SLOWLY = [(NEVER | {"lifetime_days": 360}, None, ("Archive", 19)), (NEVER, None, ("Archive", 14))]


@pytest.mark.parametrize(("cases", "options"), [(READ, {}), (SLOWLY, {"slowest": 24})], ids=["at once", "slowly"])
def test_a_colder_class_with_what_reading_costs_there(cases, options):
    assert tiers(cases, **options) == [answer for *_, answer in cases]


# tables that people bring


def test_tables_are_files_rows_or_frames(tmp_path):
    path = tmp_path / "use.csv"
    path.write_text("RESOURCEID,CPU P95,more\n007,0.10,x\n", encoding="utf-8-sig")
    needed, optional = {"ResourceId": "string", "cpu_p95": "float64"}, {"days": "int64"}
    expected = [{"ResourceId": "007", "cpu_p95": 0.1, "days": None}]
    pa.parquet.write_table(pa.table({"ResourceId": ["007"], "cpu_p95": [0.1]}), tmp_path / "use.parquet")
    frame = pa.table({"ResourceId": ["007"], "cpu_p95": [0.1]}).to_pandas()
    book = write_table(pa.table({"ResourceId": ["007"], "CPU P95": [0.1]}), tmp_path / "use.xlsx")
    for given_ in (str(path), tmp_path / "use.parquet", book, frame, [{"resourceid": "007", "cpu_p95": "0.1"}]):
        table = given_table(given_, "It", needed, optional, execute_at_hand)
        assert execute_at_hand(table).to_pylist() == expected
    assert given_table(None, "It", needed, optional, execute_at_hand) is given_table("", "It", needed, optional, execute_at_hand) is None


@pytest.mark.parametrize(
    ("given_", "error", "said"),
    [
        ("nowhere.csv", SourceError, "cannot be read"),
        ("prices.xlsx", SourceError, "No billing file is at prices.xlsx"),
        ([{"ResourceID": "a", "cpu_95": 1}], FinopsError, "has no column cpu_p95.*rename cpu_95"),
        ([{"ResourceId": "a", "cpu_p95": "much"}], FinopsError, "cannot be read.*'much'"),
        ([{"ResourceId": "a", "cpu_p95": 55}], FinopsError, "not between 0 and 1.*divide"),
        ([], FinopsError, "has no rows|has no column"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(given_, error, said):
    with pytest.raises(error) as wrong:
        rightsizing.machine_use(given_, execute_at_hand)
    assert re.search(said, str(wrong.value), re.DOTALL)


@pytest.fixture(scope="module")
def bench():
    """The benchmark and its inventory."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        found = importlib.util.spec_from_file_location("recommendations_bench", BENCHMARKS / "recommendations_bench.py")
        module = importlib.util.module_from_spec(found)
        sys.modules["recommendations_bench"] = module
        found.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in ("recommendations_bench", "_inventory", "_measure"):
            sys.modules.pop(name, None)


def test_an_inventory_with_traps(bench):
    inventory = bench.draw(20260331, each=1)
    score = bench.scored(inventory, bench.found(inventory))
    assert score.traps == ()
    assert score.precision >= 0.95
    assert score.money >= 0.85
    assert score.error <= 0.05
