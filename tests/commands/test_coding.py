"""Commands as Python: what they show is executed and compared; and every verb of the session has its command."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import finopsnb
from finopsnb.commands import COMMANDS, NOTEBOOK, State, run_line
from finopsnb.commands.coding import _CODE, WITHOUT, literal_of, python_of, session_call, whole
from finopsnb.errors import CommandError, FinopsError, SecretError
from finopsnb.session import Session
from tests.commands.conftest import PLUGINS, OnlyThese

#: public names of Session that are no commands, and why
NO_COMMAND = {
    "attribute": "run picks the verb of a plugin's type",
    "recommend": "run picks the verb of a plugin's type",
    "evaluate": "run picks the verb of a plugin's type",
    "table": "an Ibis expression goes on in Python",
    "frame": "sql select * from TABLE",
    "plugins": "plugins and info tell of it; the manager itself is for Python",
    "frames": "open --frames",
    "path": "status tells it",
    "is_open": "status tells it",
    "last_run": "runs tells it",
}
#: verbs whose command has another name
COMMAND_OF = {
    "render": "show",
    "explain_allocation": "explain",
    "budget_status": "budgets",
    "queries": "query",
    "overview": "status",
    "forget": "runs",
    "job": "jobs",
    "deliver": "outbox",
}

LINES = [
    "load bills rows=3 account=0012 granularity=monthly",
    "collect bills",
    "collect bills --since 2026-01-01",
    "load bills --config finops.toml rows=2",
    "config bills",
    "config bills --show",
    "config bills rows=4",
    "reload bills account=7",
    "collect --polars",
    "tables",
    "describe costs",
    "describe cots",
    "status",
    "plugins",
    "plugins --type telemetry --state ready --tag test",
    "info bills",
    "hooks",
    "health",
    "load old-bills",
    "trigger month_closed month=2026-01",
    'trigger month_closed --payload \'{"month": "2026-02"}\'',
    "run advice least=1",
    "run advice --polars",
    "sql select 'it''s' as \"a b\", 3 as n",
    "sql --limit 2 --param account=0012 select BillingAccountId, BilledCost from costs where BillingAccountId = $account order by all",
    "sql --chart select ServiceName, BillingCurrency, sum(BilledCost) as cost from costs group by all",
    "sql --polars select 1 as n",
    "findings",
    "findings 1",
    "quarantine",
    "quarantine 2 --polars",
    "runs",
    "runs --forget 1",
    "showback --by ServiceName --month 2026-01",
    "chargeback --month 2026-01",
    "explain web 2026-01",
    "budgets",
    "budgets budgets.toml --metric BilledCost",
    "savings",
    "accept nobody",
    'dismiss nobody --reason "no need"',
    "implement nobody --on 2026-01-15",
    "reopen nobody",
    "insights --for executive --days 7",
    "query --list",
    "query costs-service-category start=2026-01-01 end=2026-02-01 provider=AWS",
    "query costs-service-category --sql",
    "forecast horizon=7",
    "backtest by=service",
    "reconcile bills",
    "reconcile bills --rows",
    "convert rates.csv --to EUR --column BilledCost",
    "export costs costs.csv --raw",
    "show picture by=RegionId",
    "dashboard picture by=account --start 2026-01-01",
    "explore picture",
    "report report.html picture --title Mine",
    "doctor",
    "unload old-bills",
    "close",
]
CELLS = [
    ("config", '[bills]\nrows = 5\naccount = "a\\"b"\n'),
    ("sql --limit 1", "select 'x' as y,\n  \"ServiceName\" from costs"),
    (
        "plugin --load",
        "class Celled(DashboardPlugin):\n    metadata = PluginMetadata(name='celled', plugin_type=PluginType.DASHBOARD)\n"
        "    def render(self): return None\n",
    ),
]
#: what no two runs have in common
VOLATILE = ("seconds", "started", "finished", "uptime", "ended", "_at", "idempotency", "sql", "path")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("finops.toml").write_text('[bills]\naccount = "9"\n')
    Path("rates.csv").write_text("date,from,to,rate\n2026-01-01,USD,EUR,0.9\n")
    scope, days = "ServiceName = 'Amazon EC2'", "period_start = 2026-01-01\nperiod_end = 2026-02-01"
    Path("budgets.toml").write_text(f'[[budgets]]\nbudget = "b"\nscope = "{scope}"\n{days}\namount = "9"\n')
    return tmp_path


def fresh():
    registry = OnlyThese()
    for cls in PLUGINS:
        registry.register(cls)
    return finopsnb.open(":memory:", registry=registry)


def plain(value):
    """A value as far as two runs have it in common."""
    if (hasattr(value, "to_dict") and hasattr(value, "mark_bar")) or type(value).__module__.startswith("altair"):
        return value.to_dict()
    if hasattr(value, "columns") and hasattr(value, "shape"):
        rows = value.to_dicts() if hasattr(value, "to_dicts") else value.to_dict("records")
        return type(value).__module__.partition(".")[0], plain(rows)
    match value:
        case dict():
            return {key: plain(one) for key, one in value.items() if not any(word in str(key) for word in VOLATILE)}
        case list() | tuple():
            return [plain(one) for one in value]
        case Path():
            return value.name, value.stat().st_size > 0
        case _:
            return repr(value)


def executed(code, names):
    """The value of the last line of a cell, as a notebook shows it."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None


def answer(work):
    try:
        return plain(work())
    except FinopsError as error:
        return type(error).__name__, error.what, error.why


#: what a command gives in another form than its Python: a card or a frame of the same rows; nothing for a text of a status
OTHER_FORM = {"status", "plugins", "info", "config", "hooks", "load", "reload", "plugin", "show", "dashboard"}


def test_the_python_of_every_line_gives_what_the_line_gives(folder):
    with fresh():
        state = State()
        given = [answer(lambda line=line: shown(run_line(state, line))) for line in LINES]
    with fresh():
        state, names = State(), {}
        for line, before in zip(LINES, given, strict=True):
            code = run_line(state, f"{line.split()[0]} --as-code {line.partition(' ')[2]}").value
            after = answer(lambda code=code: executed(code, names))
            if line.split()[0] not in OTHER_FORM:
                assert after == before, (line, code)
            elif isinstance(before, tuple) and before and str(before[0]).endswith("Error"):
                raise AssertionError((line, before))
    assert state.done == []  # showing the code does nothing


def shown(result):
    return result.value if result.shown is None else result.shown


def test_other_forms_have_the_same_effect(folder):
    line = "load bills --config finops.toml rows=2"
    with fresh() as session:
        run_line(State(), line)
        one = session.plugins.get("bills").config
    with fresh() as session:
        executed(str(run_line(State(), f"{line} --as-code").value), {})
        assert session.plugins.get("bills").config == one


@pytest.mark.parametrize(("line", "body"), CELLS, ids=[line for line, _ in CELLS])
def test_the_python_of_a_cell(folder, line, body):
    with fresh() as session:
        run_line(State(), line, body)
        loaded = {name.name for name in session.plugins.list_loaded()}
    with fresh() as session:
        executed(str(run_line(State(), f"{line} --as-code", body).value), {"__name__": "__main__"})
        assert {name.name for name in session.plugins.list_loaded()} == loaded


def test_every_command_has_its_python_or_a_reason(state):
    missing = {name for name, command in COMMANDS.items() if NOTEBOOK in command.faces} - set(_CODE) - set(WITHOUT)
    assert missing == set()
    assert set(_CODE) <= set(COMMANDS)
    with pytest.raises(CommandError, match="no Python for help") as caught:
        run_line(state, "help --as-code")
    assert "commands themselves" in caught.value.why


def test_every_verb_of_the_session_has_its_command_or_a_reason():
    public = {name for name in vars(Session) if not name.startswith("_")} | {"plugins", "frames"}
    assert {name: reason for name, reason in NO_COMMAND.items() if name not in public} == {}
    assert public - set(NO_COMMAND) - set(COMMAND_OF) - set(COMMANDS) == set()
    assert {name for name in COMMAND_OF.values() if name not in COMMANDS} == set()


def test_code_shows_what_was_done_and_keeps_names(state, folder):
    assert "no command was run" in run_line(state, "code").value
    for line in ("load bills rows=2", "collect -o costs", "tables --help", "tables"):
        run_line(state, line)
    lines = str(run_line(state, "code").value).splitlines()
    assert lines == [
        "import finopsnb",
        "",
        "session = finopsnb.session()",
        'session.load("bills", rows=2)',
        "costs = session.collect()",
        "session.tables()",
    ]
    assert str(run_line(state, "code --last 1").value).splitlines()[-2:] == ["session = finopsnb.session()", "session.tables()"]
    with pytest.raises(CommandError, match="no number"):
        run_line(state, "code --last none")


def test_a_line_that_fails_is_not_kept(state):
    with pytest.raises(FinopsError):
        run_line(state, "describe cots")
    assert state.done == []


def test_the_code_of_opening_opens(alone, folder):
    run_line(alone, "open bills.duckdb --read-only --as-code")
    assert not Path("bills.duckdb").exists()
    run_line(alone, "open bills.duckdb --frames polars")
    run_line(alone, "close")
    assert whole(alone.done) == 'import finopsnb\n\nsession = finopsnb.open("bills.duckdb", frames="polars")\nsession.close()'


@pytest.mark.parametrize("line", ["load bills api_key=hunter2secret --as-code", "run advice token=hunter2 --as-code"])
def test_no_literal_secret_becomes_code(state, line):
    with pytest.raises(SecretError) as caught:
        run_line(state, line)
    assert "hunter2" not in str(caught.value)


def test_a_secret_in_a_file_or_a_cell_is_not_in_the_code(state, folder):
    Path("finops.toml").write_text('[bills]\napi_key = "hunter2secret"\n')
    assert "hunter2" not in run_line(state, "load bills --config finops.toml --as-code").value
    with pytest.raises(SecretError):
        run_line(state, "config --as-code", '[bills]\napi_key = "hunter2secret"\n')


@pytest.mark.parametrize("value", ["a", 'a "b"', "a\\b", "a\nb", 'a\n"""b', "\u202e", "ü€", ["x", 1, True, None], {"a": [1.5]}, "a\n\\"])
def test_literals_are_python(value):
    assert ast.literal_eval(literal_of(value)) == value


def test_names_that_are_no_identifiers_are_passed_all_the_same():
    assert session_call("load", "x", **{"a-b": 1, "c": None}) == 'session.load("x", **{"a-b": 1})'


def test_python_of_a_command_without_any(state):
    assert python_of(state, COMMANDS["help"], None) is None
