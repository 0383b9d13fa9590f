"""``finopsnb`` from a shell: the same vocabulary, text out, exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from finopsnb.cli import main
from finopsnb.session import _sessions

ROOT = Path(__file__).parent.parent
BILL = """BilledCost,EffectiveCost,ListCost,ContractedCost,BillingCurrency,ProviderName,ServiceName,\
ChargePeriodStart,ChargePeriodEnd
1.50,1.50,1.50,1.50,USD,AWS,"Amazon, EC2",2026-01-01T00:00:00Z,2026-01-02T00:00:00Z
2.25,2.25,2.25,2.25,USD,AWS,Amazon S3,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    from finopsnb.plugins import registry

    monkeypatch.chdir(tmp_path)
    Path("bill.csv").write_text(BILL)
    yield tmp_path
    registry.unload_all()
    assert _sessions == []


@pytest.fixture
def collected(capsys):
    assert main(["collect", "focus-files", "path=bill.csv"]) == 0
    return capsys.readouterr()


def test_collect_loads_what_it_is_told_and_prints_one_line(collected):
    assert collected.out.startswith("focus-files: 2 rows stored, 0 quarantined, 0 duplicates in ")
    assert Path("finops.duckdb").exists()


def test_the_settings_may_come_from_a_file(capsys):
    Path("mine.toml").write_text('[focus-files]\npath = "bill.csv"\n')
    assert main(["collect", "focus-files", "--config", "mine.toml", "--db", "other.duckdb"]) == 0
    assert Path("other.duckdb").exists()
    assert not Path("finops.duckdb").exists()


def test_a_table_is_aligned_on_stdout_and_its_size_is_on_stderr(collected, capsys):
    assert main(["sql", "select ServiceName, BilledCost from costs order by 1"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "ServiceName  BilledCost",
        "-----------  ----------",
        "Amazon S3          2.25",
        "Amazon, EC2         1.5",
    ]
    assert told.err == "2 rows\n"


def test_csv_and_json_are_complete_and_exact(collected, capsys):
    query = "select ServiceName, BilledCost, Tags, null as nothing from costs order by 1"
    assert main(["sql", query, "--format", "csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == ["ServiceName", "BilledCost", "Tags", "nothing"]
    assert rows[2][:2] == ["Amazon, EC2", "1.5"]
    assert main(["--format=json"]) == 2
    capsys.readouterr()
    assert main(["sql", query, "--format=json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["BilledCost"] == "2.25"


def test_a_long_table_is_cut_and_says_so(collected, capsys):
    assert main(["sql", "select * from range(150)"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "... and 50 more rows; --format csv prints all"
    assert main(["sql", "select * from range(150)", "--format", "csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 151


def test_text_cannot_steer_the_terminal(collected, capsys):
    assert main(["sql", "select chr(27) || '[31mred' as a, chr(8238) || 'x' as b"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert main(["describe", "\x1b[31mcosts"]) == 1
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 0),
        (["--help"], 0),
        (["help", "collect"], 0),
        (["--version"], 0),
        (["plugins"], 0),
        (["info", "focus-files"], 0),
        (["colect"], 2),
        (["sql"], 2),
        (["tables", "x"], 2),
        (["plugins", "--type", "x"], 2),
        (["sql", "select 1", "--format", "xml"], 2),
        (["close"], 2),
        (["sql", "select 1"], 1),
        (["collect", "nothing"], 1),
        (["load", "focus-files"], 1),
        (["load", "focus-files", "path=x", "colour=red"], 1),
        (["collect", "focus-files", "path=none.csv"], 1),
        (["--db"], 2),
    ],
)
def test_exit_codes(words, code, capsys):
    assert main(words) == code
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    if code:
        assert told.out == ""
        assert told.err


def test_errors_speak_of_the_shell_and_debug_shows_where(capsys):
    main(["colect"])
    assert capsys.readouterr().err.splitlines() == [
        "There is no command colect.",
        "Did you mean collect?",
        "Hint: finopsnb collect",
    ]
    assert main(["info", "nothing", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_literal_secret_is_not_taken(capsys):
    assert main(["load", "focus-files", "path=x", "token=hunter2"]) == 1
    told = capsys.readouterr()
    assert "env:" in told.err
    assert "hunter2" not in told.err


def test_reading_works_while_another_process_has_the_file(collected, capsys):
    hold = "import finopsnb, sys; s = finopsnb.open('finops.duckdb'); print('held', flush=True); sys.stdin.read()"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert main(["sql", "select count(*) as n from costs", "--format", "csv"]) == 0
        assert capsys.readouterr().out == "n\n2\n"
        assert main(["collect", "focus-files", "path=bill.csv"]) == 1
        assert str(holder.pid) in capsys.readouterr().err


def test_an_interrupt_ends_with_its_own_code(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("finopsnb.cli._run", interrupted)
    assert main(["tables"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_error(collected):
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = f"{sys.executable} -m finopsnb.cli sql 'select * from range(200000)' --format csv | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=environ, timeout=60)
    assert done.stdout == "range\n"
    assert "Broken" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_shell_imports_no_pandas_and_no_ipython_for_a_query(collected):
    code = (
        "import sys; from finopsnb.cli import main; main(['sql', 'select 1 as a']); "
        "print(sorted({'IPython', 'altair', 'polars', 'ipywidgets', 'pandas'} & set(sys.modules)))"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_demo_does_the_main_job_and_doing_it_again_changes_nothing(capsys):
    facts = json.loads((ROOT / "data" / "sample" / "facts.json").read_text(encoding="utf-8"))
    assert main(["demo", "--out", "out"]) == 0
    first = capsys.readouterr().out
    assert f"focus-files: {facts['rows']['total']:,} rows stored, 0 quarantined" in first
    for part in ("findings: ", "billed:", "AWS ", "Microsoft ", "Google Cloud ", "top movers, October 2026 against"):
        assert part in first
    report = Path("out/finopsnb-demo.html").read_text(encoding="utf-8")
    assert "vega" in report
    assert "<script src" not in report
    assert main(["demo", "--out", "out"]) == 0
    assert billed(capsys.readouterr().out) == billed(first)
    runs = "select count(distinct _run_id) as n from costs"
    assert main(["sql", runs, "--db", "out/finopsnb-demo.duckdb", "--format", "csv"]) == 0
    assert capsys.readouterr().out == "n\n1\n"


def billed(told):
    return told.partition("billed:")[2]
