"""The plugin postgres, against a real server."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pyarrow as pa
import pytest

from finopsnb.errors import FinopsError
from finopsnb.plugins.testing import check_plugin, new_session, sample_costs
from finopsnb_plugins.integrations.postgres import PostgresPlugin
from tests.plugins.plugins_in_tests import RowsPlugin

MONEY = Decimal("12345678901234567890.123456789012345678")
EVIL = 'owner"; drop table "x'


@pytest.fixture
def database(postgres):
    """A schema that is gone afterwards."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop schema if exists team cascade")
        yield connection
        connection.execute("drop schema if exists team cascade")


@pytest.fixture
def session(postgres, database):
    with new_session() as session:
        session.plugins.registry.register(PostgresPlugin, replace=True)
        session.load("postgres", dsn=postgres, target_schema="team", keys={"owners": ["account"]})
        yield session


def rows():
    return pa.table(
        {
            "account": ["007", "008", "009"],
            EVIL: ['=web, "it\'s"\nx', "", None],
            "amount": pa.array([MONEY, Decimal("-0.1"), None], pa.decimal128(38, 18)),
            "at": pa.array([datetime(2026, 1, 2, 3, tzinfo=UTC)] * 3, pa.timestamp("us", "UTC")),
            "Tags": pa.array([[("team", 'we"b'), ("é", None)], [], None], pa.map_(pa.string(), pa.string())),
            "whole": [1, None, 3],
            "flag": [True, False, None],
            "kind": pa.array(["a", "b", "a"]).dictionary_encode(),
        }
    )


def counts(session):
    last = session.frame("syncs", frames="arrow").to_pylist()[-1]
    return last["inserted"], last["updated"], last["unchanged"], last["rows"]


def test_what_is_sent_is_there_and_a_second_time_nothing_changes(session, database):
    assert session.sync("postgres", data=rows(), table="owners") is True
    assert counts(session) == (3, 0, 0, 3)
    first = database.execute("select xmin::text, * from team.owners order by account").fetchall()
    session.sync("postgres", data=rows(), table="owners")
    assert counts(session) == (0, 0, 3, 3)
    assert database.execute("select xmin::text, * from team.owners order by account").fetchall() == first
    assert [row[2:6] for row in first] == [
        ('=web, "it\'s"\nx', MONEY, datetime(2026, 1, 2, 3, tzinfo=UTC), {"team": 'we"b', "é": None}),
        ("", Decimal("-0.1"), datetime(2026, 1, 2, 3, tzinfo=UTC), {}),
        (None, None, datetime(2026, 1, 2, 3, tzinfo=UTC), None),
    ]
    types = dict(database.execute("select column_name, data_type from information_schema.columns where table_schema = 'team'").fetchall())
    assert (types["amount"], types["at"], types["Tags"]) == ("numeric", "timestamp with time zone", "jsonb")
    assert session.frame("syncs").target.iloc[-1].endswith("/postgres/team.owners")


def test_only_what_changed_is_updated_and_new_columns_are_added(session, database):
    session.sync("postgres", data=rows(), table="owners")
    changed = [{"account": "008", "whole": 5, "more": "new"}, {"account": "010", "whole": None, "more": None}]
    session.sync("postgres", data=changed, table="owners")
    assert counts(session) == (1, 1, 0, 2)
    found = database.execute("select account, whole, more, amount from team.owners order by account").fetchall()
    assert found == [("007", 1, None, MONEY), ("008", 5, "new", Decimal("-0.1")), ("009", 3, None, None), ("010", None, None, None)]


def test_stored_tables_go_with_their_keys_and_costs_with_the_users(session, database):
    session.plugins.registry.register(RowsPlugin, replace=True)
    session.load("rows").given = sample_costs(3)
    session.collect("rows", frames="none")
    keys = ["ResourceId", "ServiceName", "ChargePeriodStart", "InvoiceId"]  # nobody has an invoice: a null is a value like others
    for expected in ((9, 0, 0, 9), (0, 0, 9, 9)):
        session.sync("postgres", data="costs", keys=keys)
        assert counts(session) == expected
    assert database.execute('select sum("BilledCost") from team.costs').fetchone()[0] == Decimal("10.0500000003")
    with pytest.raises(FinopsError, match="What identifies a row of tag_sets is not known"):
        session.sync("postgres", data="tag_sets")
    session.sync("postgres", table="recommendations")
    assert counts(session) == (0, 0, 0, 0)


def test_what_is_gone_here_goes_there_and_what_others_sent_stays(session, database, postgres):
    def totals():
        here = session.sql("select sum(BilledCost) as billed, count(*) as rows from costs", frames="arrow").to_pylist()[0]
        there = database.execute("select sum(\"BilledCost\"), count(*) from team.costs where finopsnb_source <> 'others'").fetchone()
        return (here["billed"] or 0, here["rows"]), (there[0] or 0, there[1])

    session.plugins.registry.register(RowsPlugin, replace=True)
    session.load("rows").given = sample_costs(3)
    keys = {"costs": ["ResourceId", "ServiceName", "ChargePeriodStart", "InvoiceId"], "owners": ["account"]}
    session.collect("rows", frames="none")
    session.load("postgres", dsn=postgres, target_schema="team", keys=keys, source="others")
    session.sync("postgres", data="select * replace ('of others' as ServiceName) from costs", table="costs")
    session.load("postgres", dsn=postgres, target_schema="team", keys=keys)
    session.sync("postgres", data="costs")
    assert totals() == ((Decimal("10.0500000003"), 9), (Decimal("10.0500000003"), 9))
    session.plugins.get("rows").given = sample_costs(2)
    session.collect("rows", frames="none")
    session.sync("postgres", data="select * from costs where ServiceName is null", table="costs")
    assert totals()[1][1] == 9  # a part of a table deletes nothing
    with pytest.raises(FinopsError):
        session.sync("postgres", data="costs", keys=["ServiceName"])
    assert totals()[1][1] == 9
    session.sync("postgres", data="costs")
    here, there = totals()
    assert here == there
    assert here[1] == 6
    assert session.frame("syncs").detail.iloc[-1] == "3 rows that are no more here were deleted"
    session.forget(int(session.runs().query("verb == 'collect'").run_id.iloc[-1]))
    session.sync("postgres", data="costs")
    assert totals() == ((0, 0), (0, 0))
    assert database.execute("select count(*) from team.costs").fetchone() == (9,)


def test_a_row_that_does_not_fit_leaves_everything_as_it_was(session, database):
    session.sync("postgres", data=rows(), table="owners")
    for wrong in ([{"account": "1", "whole": "x"}], [{"account": "2", EVIL: "a\0b"}], [{"account": "3"}, {"account": "3"}]):
        with pytest.raises(FinopsError):
            session.sync("postgres", data=[{"account": "new", "whole": 1}, *wrong], table="owners")
    assert database.execute("select count(*) from team.owners").fetchone() == (3,)
    assert session.runs().status.tolist()[-1] == "failed"


def test_a_query_becomes_a_table(session):
    query = (
        "select 'a,\"b'||chr(10)||'c' as text, ''::text empty, null::text nothing, 1.5::numeric money, 2.25::numeric(10,2) price, "
        "true yes, timestamptz '2026-01-02 03:00+02' at, date '2026-01-02' d, '{\"a\": 1}'::jsonb j, "
        "7::int2 i, 1e300::float8 f, array[1,2] l;"
    )
    session.sync("postgres", "receive", table="answers", query=query)
    (row,) = session.sql("select * from answers", frames="arrow").to_pylist()
    assert (row["text"], row["empty"], row["nothing"]) == ('a,"b\nc', "", None)
    assert (row["money"], row["price"], row["yes"], row["i"], row["f"], row["l"]) == (
        Decimal("1.5"),
        Decimal("2.25"),
        True,
        7,
        1e300,
        "{1,2}",
    )
    assert (row["at"].astimezone(UTC).hour, str(row["d"]), row["j"]) == (1, "2026-01-02", '{"a": 1}')
    empty = session.sync("postgres", "receive", table="answers", query="select 1 a, ''::text b where false", frames="arrow")
    assert (empty.num_rows, session.describe("answers", frames="arrow")["column"].to_pylist()) == (0, ["a", "b"])


def test_the_tables_of_the_settings_are_received(postgres, session):
    queries = {"owners": "select '007' as account", "centres": "select 1 as centre union all select 2"}
    session.load("postgres", dsn=postgres, queries=queries)
    assert session.sync("postgres", "receive", frames="arrow").to_pydict()["rows"] == [1, 2]
    assert session.sync("postgres", "receive", table="owners").account.tolist() == ["007"]
    with pytest.raises(FinopsError, match="queries names no table owner") as wrong:
        session.sync("postgres", "receive", table="owner")
    assert wrong.value.hint == 'table="owners"'


@pytest.mark.parametrize(
    "query",
    [
        "delete from team.owners",
        "select 1) to program 'touch /tmp/never' --",
        "select 1; drop schema team cascade",
        "with gone as (delete from team.owners returning 1) select * from gone",
        "select 10000000000000000000000000000000000000000::numeric",
        "select setval('team.never', 1)",
    ],
)
def test_a_query_only_reads(session, database, query):
    session.sync("postgres", data=rows(), table="owners")
    with pytest.raises(FinopsError):
        session.sync("postgres", "receive", table="answers", query=query)
    assert database.execute("select count(*) from team.owners").fetchone() == (3,)


def test_mistakes_are_told_and_no_password_is(session, monkeypatch):
    with pytest.raises(FinopsError, match="has no column acount") as wrong:
        session.sync("postgres", data=rows(), table="owners", keys="acount")
    assert wrong.value.hint == 'keys=["account"]'
    with pytest.raises(FinopsError, match="too long a name"):
        session.sync("postgres", data=[{"account": 1, "x" * 64: 1}], table="owners")
    session.load("postgres", dsn="postgresql://me:s3kr3t-word@127.0.0.1:1/x")
    with pytest.raises(FinopsError, match="did not do what was asked") as wrong:
        session.sync("postgres", data=rows(), table="owners", keys="account")
    assert "s3kr3t-word" not in f"{wrong.value} {session.runs().to_string()} {session.plugins.get('postgres')!r}"
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(FinopsError, match="psycopg is not installed") as wrong:
        session.sync("postgres", data=rows(), table="owners", keys="account")
    assert wrong.value.hint == 'pip install "finopsnb[postgres]"'


def test_the_contract_is_kept(postgres, database):
    config = {
        "dsn": postgres,
        "target_schema": "team",
        "queries": {"one": "select 1 a"},
        "keys": {"costs": ["ServiceName", "ChargePeriodStart", "BilledCost"]},
    }
    results = check_plugin(PostgresPlugin, config=config, on_fail="report")
    assert [result for result in results if result.outcome == "failed"] == []
