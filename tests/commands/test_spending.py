"""``budgets`` as a word of the vocabulary."""

from __future__ import annotations

import pytest

from finopsnb.commands import run_line
from finopsnb.errors import FinopsError

TOML = """
[[budgets]]
budget = "ec2"
scope = "ServiceName = 'Amazon EC2'"
period_start = 2026-01-01
period_end = 2026-02-01
amount = "1.00"
"""


def test_budgets_are_taken_from_a_file_and_what_is_over_is_told(state, tmp_path):
    state.session.load("bills")
    state.session.run("bills")
    assert run_line(state, "budgets").line == "0 budgets"
    path = tmp_path / "budgets.toml"
    path.write_text(TOML)
    result = run_line(state, f"budgets {path} --as-of 2026-01-31")
    assert result.line == "1 budget, over: ec2"
    assert result.value["share"].tolist() == [2.5]
    assert run_line(state, "budgets --as-of 2026-01-04").line == "1 budget"


def test_a_file_that_is_not_there_is_told_with_the_near_one(state, tmp_path):
    with pytest.raises(FinopsError, match=r"There is no file .*none\.toml") as wrong:
        run_line(state, f"budgets {tmp_path / 'none.toml'}")
    assert "[[budgets]]" in wrong.value.hint
    (tmp_path / "budgets.toml").write_text(TOML)
    with pytest.raises(FinopsError) as wrong:
        run_line(state, f"budgets {tmp_path / 'budget.toml'}")
    assert wrong.value.hint == f"%finops budgets {tmp_path / 'budgets.toml'}"
    with pytest.raises(FinopsError) as wrong:
        run_line(state, "budgets --as-of January")
    assert wrong.value.hint == "--as-of 2026-01-15"
