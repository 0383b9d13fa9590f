"""What allocation costs: 50 owners, 200 rules and 5 pools over 10M charges, beside the SQL that an analyst would write.

Run it with ``python benchmarks/allocation_bench.py`` (``--rows 1000000`` for a shorter run); it exits with 1 when the goal is missed.

Both sides do the same work: every charge to one owner, the pools split by the largest remainder, the result stored in a table and
summed by owner. The sums are compared to the last digit before anything is timed. The SQL is written for this one set of rules;
it reads each tag once per set of tags, and asks the rules of each charge in one CASE. A second statement does what
finopsnb does, asking them once per combination, and is told as a detail.

openfinops 0.3.0 (in an environment of its own) attributes the same 100,000 entries by tag, and by tag or pattern of the name.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from _measure import Figure, interleaved, report, seconds_of

import finopsnb
from finopsnb.plugins import HookBus, PluginRegistry
from finopsnb.session import Session

OWNERS, SMALL = 50, 100_000
POOLS = {"svc-0": "even", "svc-1": "proportional", "svc-2": "even", "svc-3": "proportional", "svc-4": "proportional"}


def rules() -> list[dict[str, Any]]:
    """200 rules of every kind; the name of a rule is its place."""
    by_tag = [[{"tag": "team", "exact": f"team-{n}"}] for n in range(60)]
    by_prefix = [[{"tag": "cost-center", "prefix": f"cc-{n}"}] for n in range(40)]
    by_two = [[{"column": "SubAccountId", "exact": f"account-{n}"}, {"column": "ServiceName", "exact": f"svc-{n % 20}"}] for n in range(50)]
    by_glob = [[{"column": "ServiceName", "glob": f"svc-{n}*"}, {"column": "RegionId", "exact": f"region-{n % 5}"}] for n in range(25)]
    by_regex = [[{"column": "SubAccountId", "regex": f"account-{n}[0-4]"}, {"tag": "env", "exact": "prod"}] for n in range(25)]
    asked = [*by_tag, *by_prefix, *by_two, *by_glob, *by_regex]
    return [{"name": str(n), "owner": f"owner-{n % OWNERS:02}", "when": when} for n, when in enumerate(asked)]


def pools() -> list[dict[str, Any]]:
    return [{"name": name, "when": [{"column": "ServiceName", "exact": name}], "split": split} for name, split in POOLS.items()]


# ---- the charges


def filled(session: Session, rows: int) -> None:
    """Charges of 200,000 resources in one month, straight into the tables of the store."""
    store: Any = session._store
    connection = store._database.con
    connection.execute(
        "insert into tag_sets select i, '', case when i % 10 = 0 then map() else map("
        "[if(i % 7 = 0, 'Team', 'team'), 'env', 'app-' || (i % 7), 'cost-center'], "
        "['team-' || (i % 80), ['prod', 'dev', 'test'][1 + i % 3], 'x' || i, 'cc-' || (i % 90)]) end from range(5000) r(i)"
    )
    connection.execute(
        "insert into cost_rows by name with r as (select i, (hash(i) % 200000)::bigint as k from range(?) r(i)) select "
        "'provider-' || (k % 3) as ProviderName, 'account-' || (k % 97) as SubAccountId, 'svc-' || ((k // 97) % 25) as ServiceName, "
        "'name-' || (k % 1000) as ResourceName, 'resource-' || k as ResourceId, 'region-' || ((k // 7) % 5) as RegionId, "
        "'Usage' as ChargeCategory, 'USD' as BillingCurrency, timestamptz '2025-01-01 00:00:00+00' as BillingPeriodStart, "
        "timestamptz '2025-01-01 00:00:00+00' + interval 1 hour * ((i * 744) // ?) as ChargePeriodStart, "
        "(((k * 7 + i) % 1000003)::decimal(10, 0) * 0.001::decimal(4, 3))::decimal(38, 18) as EffectiveCost, "
        "(k % 5000)::int as _tag_id, 1 as _run_id from r",
        [rows, rows],
    )


# ---- the SQL


def condition(asked: dict[str, Any]) -> str:
    name = f'"{asked.get("column") or asked["tag"]}"'
    if "exact" in asked:
        return f"{name} = '{asked['exact']}'"
    if "prefix" in asked:
        return f"starts_with({name}, '{asked['prefix']}')"
    if "glob" in asked:
        return f"{name} like '{asked['glob'].replace('*', '%')}'"
    return f"regexp_full_match({name}, '{asked['regex']}')"


def case() -> str:
    branches = (f"when {' and '.join(map(condition, rule['when']))} then {rule['name']}" for rule in rules())
    return f"case {' '.join(branches)} else -1 end::smallint"


TAGS = (
    "select tag_id, coalesce(Tags['team'], Tags['Team']) as team, Tags['env'] as env, Tags['cost-center'] as \"cost-center\" from tag_sets"
)
UNIT = "1000000000000000000"
UNITS = f"floor({{0}})::hugeint * {UNIT} + (({{0}} % 1) * {UNIT})::hugeint"
SCOPE = "BillingPeriodStart, BillingCurrency, ProviderName, ServiceName"
DAY = "epoch(ChargePeriodStart)::bigint // 86400 as day"

PER_CHARGE = f"""
    with tags as ({TAGS})
    select {SCOPE}, day, rule, sum(EffectiveCost) as amount
    from (select {SCOPE}, {DAY}, {case()} as rule, EffectiveCost from cost_rows left join tags on _tag_id = tag_id)
    group by all"""

PER_COMBINATION = f"""
    with tags as ({TAGS}),
    keys as materialized (select _tag_id, SubAccountId, ServiceName, RegionId from cost_rows group by all),
    answers as materialized (select keys.*, {case()} as rule from keys left join tags on _tag_id = tag_id)
    select {", ".join(f"c.{name}" for name in SCOPE.split(", "))}, {DAY}, rule, sum(EffectiveCost) as amount
    from cost_rows c join answers a on c._tag_id is not distinct from a._tag_id and c.SubAccountId is not distinct from a.SubAccountId
      and c.ServiceName is not distinct from a.ServiceName and c.RegionId is not distinct from a.RegionId
    group by all"""

#: whole numbers of 1e-18, which are HUGEINT here; the weights are cut to 18 digits as finopsnb cuts them
SHARED = f"""
    with named as (
      select *, if(rule = -1, '(unallocated)', 'owner-' || lpad((rule % {OWNERS})::varchar, 2, '0')) as owner,
        map({list(POOLS)}, {list(POOLS.values())})[ServiceName] as split
      from direct),
    bases as (
      select BillingPeriodStart, BillingCurrency, owner, greatest(sum(amount), 0) as base from named
      where split is null and rule <> -1 group by all),
    units as (select *, {UNITS.format("base")} as part from bases),
    digits as (
      select *, greatest(length((sum(part) over (partition by BillingPeriodStart, BillingCurrency))::varchar) - 18, 0) as cut from units),
    weights as (
      select BillingPeriodStart, BillingCurrency, owner, 'proportional' as split, part // (10 ** cut)::hugeint as weight from digits
      union all select BillingPeriodStart, BillingCurrency, owner, 'even', 1 from bases),
    shares as (select *, sum(weight) over (partition by BillingPeriodStart, BillingCurrency, split) as total from weights),
    pooled as (
      select {SCOPE}, day, split, row_number() over () as id, sign(amount) as sign,
        {UNITS.format("abs(amount)")} as units
      from (select {SCOPE}, day, split, sum(amount) as amount from named where split is not null group by all)),
    divided as (
      select p.*, owner, units // total * weight + (units % total) * weight // total as part, (units % total) * weight % total as lost
      from pooled p join shares s using (BillingPeriodStart, BillingCurrency, split)),
    ranked as (
      select *, units - sum(part) over (partition by id) as rest,
        row_number() over (partition by id order by lost desc, owner) as place from divided)
    select {SCOPE}, day, owner, rule::varchar as rule, null as pool, amount from named where split is null
    union all
    select {SCOPE}, day, owner, null, ServiceName,
      sign * ((parts // {UNIT})::decimal(38, 18) + (parts % {UNIT})::decimal(18, 0) * 1e-18::decimal(18, 18))
    from (select *, part + if(place <= rest, 1, 0) as parts from ranked)"""


def by_hand(session: Session, direct: str) -> None:
    """The SQL into a table, and the sums of the owners."""
    connection: Any = session._store._database.con
    connection.execute(f"create or replace temp table direct as {direct}")
    connection.execute(f"create or replace table by_hand as {SHARED}")
    connection.execute("checkpoint")


def sums(session: Session, table: str) -> dict[str, Decimal]:
    rows = session._store.execute(f"select owner, sum(amount) as amount from {table} group by all").to_pylist()
    return {row["owner"]: row["amount"] for row in rows}


# ---- openfinops


THEIRS = """
import json, sys, time
from openfinops.tagging.cost_attribution import TagBasedAttribution
from openfinops.tagging.virtual_tagger import VirtualTagger
entries, patterns = json.load(open(sys.argv[1]))
engine, tagger = TagBasedAttribution(), VirtualTagger()
start = time.perf_counter(); engine.attribute_costs(entries, "team"); plain = time.perf_counter() - start
tagger._inference_rules.clear()
tagger.add_inference_rule({"name": "names", "method": "regex", "patterns": {"team": patterns}})
engine.set_virtual_tagger(tagger)
start = time.perf_counter(); tagger.bulk_infer(entries); engine.attribute_costs(entries, "team")
print(json.dumps([plain, time.perf_counter() - start]))
"""


def patterns() -> list[tuple[str, str]]:
    return [(f"^name-{n}$", f"owner-{n % OWNERS}") for n in range(200)]


def theirs(session: Session) -> list[float] | str:
    """Seconds by tag, and by tag or name; or why there are none."""
    rows = session.sql("select ResourceId, EffectiveCost, ResourceName, Tags from costs", frames="arrow").to_pylist()
    entries = [
        {"id": r["ResourceId"], "cost": float(r["EffectiveCost"]), "name": r["ResourceName"], "tags": dict(r["Tags"] or {})} for r in rows
    ]
    home = Path(tempfile.gettempdir()) / "finopsnb-bench-openfinops"
    python = home / "bin" / "python"
    try:
        if not python.exists():
            venv.create(home, with_pip=True)
            install = [str(python), "-m", "pip", "install", "-q", "openfinops==0.3.0", "psutil"]
            subprocess.run(install, check=True, capture_output=True, timeout=300)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump([entries, patterns()], file)
            file.flush()
            done = subprocess.run([python, "-c", THEIRS, file.name], check=True, capture_output=True, text=True, timeout=600)
    except (subprocess.SubprocessError, OSError) as error:
        return f"openfinops 0.3.0 could not be installed or run here: {error}"
    return [float(seconds) for seconds in json.loads(done.stdout.splitlines()[-1])]


def against_openfinops(registry: PluginRegistry) -> None:
    with finopsnb.open(":memory:", registry=registry, frames="arrow") as session:
        filled(session, SMALL)
        answer = theirs(session)
        if isinstance(answer, str):
            print(answer)
            return
        named = [{"owner": owner, "when": [{"column": "ResourceName", "regex": pattern.strip("^$")}]} for pattern, owner in patterns()]
        for what, given, seconds in (("by tag", [], answer[0]), ("by tag, or 200 patterns of the name", named, answer[1])):
            session.load("tag-rules", rules=[{"owner_tag": "team"}, *given])
            ours = min(timed(lambda: session.attribute("tag-rules")) for _ in range(3))
            print(
                f"{SMALL:,} entries {what}: openfinops 0.3.0 {seconds:.2f} s in floats in memory, finopsnb {ours:.2f} s in decimals, "
                f"proved and stored: {seconds / ours:.1f}x"
            )


# ---- side by side


def timed(work: Callable[[], object]) -> float:
    return seconds_of(work)


def against_sql(registry: PluginRegistry, rows: int, rounds: int) -> Figure:
    with (
        tempfile.TemporaryDirectory() as folder,
        finopsnb.open(Path(folder) / "costs.duckdb", registry=registry, frames="arrow") as session,
    ):
        start = time.perf_counter()
        filled(session, rows)
        print(f"{rows:,} charges made in {time.perf_counter() - start:.0f} s")
        session.load("shared-costs", rules=rules(), pools=pools())
        work = [
            lambda: timed(lambda: session.attribute("shared-costs")),
            lambda: timed(lambda: by_hand(session, PER_CHARGE)),
            lambda: timed(lambda: by_hand(session, PER_COMBINATION)),
        ]
        ours, plain, clever = interleaved(work, rounds)
        found, wanted = sums(session, "allocations"), sums(session, "by_hand")
        assert found == wanted, sorted(found.items() ^ wanted.items())[:4]
        print(f"the {len(found)} owners have the same sums to the last digit")
    detail = f"{ours:.1f} s / {plain:.1f} s; SQL that asks once per combination {clever:.1f} s = {ours / clever:.2f}x"
    return Figure(f"allocating {rows:,} charges / SQL by hand", ours / plain, 2, "x", detail=detail)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="charges (default: 10,000,000)")
    parser.add_argument("--rounds", type=int, default=1, help="measured rounds after the first, which warms up")
    parser.add_argument("--no-openfinops", action="store_true", help="leave openfinops out; its first run installs it")
    arguments = parser.parse_args()
    registry = PluginRegistry(HookBus())
    registry.discover_plugins("finopsnb_plugins")
    figure = against_sql(registry, arguments.rows, arguments.rounds)
    if not arguments.no_openfinops:
        against_openfinops(registry)
    return report([figure])


if __name__ == "__main__":
    sys.exit(main())
