"""TAB through the kernel's own protocol, as a front end asks."""

from __future__ import annotations

import pytest


def offered(kernel, code, cursor=None):
    """The matches, and what the line would be with the first of them taken."""
    reply = kernel.complete(code, cursor)
    matches = reply["matches"]
    taken = code[: reply["cursor_start"]] + matches[0] + code[reply["cursor_end"] :] if matches else code
    return matches, taken


@pytest.mark.parametrize("before", ["%finops ", "x = %finops ", "a, b = %finops ", "%%finops ", "y=1\nx = %finops "])
def test_commands_also_behind_an_assignment(opened, before):
    assert offered(opened, f"{before}coll") == (["collect"], f"{before}collect")


def test_everything_is_offered_on_the_empty_word(opened):
    matches, _ = offered(opened, "%finops ")
    assert {"open", "collect", "sql", "show", "help"} <= set(matches)
    assert not any(match.startswith("%") for match in matches)


def test_plugins_by_state_and_settings(opened):
    assert offered(opened, "%finops load cel")[1] == "%finops load cell"
    assert offered(opened, "%finops unload ce")[0] == []
    opened.run("%finops load cell")
    assert offered(opened, "%finops unload ce")[1] == "%finops unload cell"
    assert "cell" not in offered(opened, "%finops load ")[0]
    assert offered(opened, "%finops load cell fa") == (["fails="], "%finops load cell fails=")
    assert offered(opened, "%finops load cell fails=t")[1] == "%finops load cell fails=true"
    assert offered(opened, "df = %finops show cha")[1] == "df = %finops show chart"


def test_options_with_dashes_are_one_word(opened):
    assert offered(opened, "%finops open --read")[1] == "%finops open --read-only"
    assert offered(opened, "%finops open -")[1].startswith("%finops open -")


def test_sql_in_a_line_and_in_a_cell(opened):
    assert offered(opened, "%finops sql select * from cos")[1] == "%finops sql select * from costs"
    cell = "%%finops sql -o x\nselect Service\nfrom costs"
    matches, taken = offered(opened, cell, cell.index("\nfrom"))
    assert "ServiceName" in matches
    assert taken.endswith("\nfrom costs")


def test_other_lines_are_left_to_others(opened):
    opened.run("collection = 1")
    assert "collection" in offered(opened, "collec")[0]
    assert "%finops" in offered(opened, "%fino")[0]


def test_files_where_a_path_is_due(opened):
    opened.run("from pathlib import Path\nPath('bill-2026.csv').touch()")
    assert offered(opened, "%finops load focus-files path=bill-")[1].endswith("path=bill-2026.csv")
    opened.run("Path('exports').mkdir(); Path('exports/a.csv').touch()")
    assert offered(opened, "%finops load focus-files path=exp")[1].endswith("path=exports/")
    assert offered(opened, "%finops load focus-files path=exports/")[1].endswith("path=exports/a.csv")
    assert offered(opened, "%finops report bill-")[1].endswith("bill-2026.csv")
