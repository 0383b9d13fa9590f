"""``budgets`` as a word of the vocabulary."""

from __future__ import annotations

from finopsnb.commands import run_line

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
