"""Arguments, and the errors of a line that cannot be understood."""

from __future__ import annotations

import pytest

from finopsnb.commands import COMMANDS, NOTEBOOK, SHELL
from finopsnb.commands.hints import translated
from finopsnb.commands.parsing import command_named, help_text, options_and_rest, parse
from finopsnb.errors import CommandError

ISSUE = (
    "open close status plugins info load unload reload config collect run trigger hooks show sql tables describe runs "
    "findings health report help"
)


def test_the_vocabulary_has_every_command_of_the_design():
    assert set(ISSUE.split()) <= {name for name, command in COMMANDS.items() if NOTEBOOK in command.faces}


@pytest.mark.parametrize("face", [NOTEBOOK, SHELL])
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_help_that_names_its_arguments(name, face):
    command = COMMANDS[name]
    text = help_text(command, face)
    assert all(flag in text for one in command.arguments_of(face) if one.is_option for flag in one.flags)
    assert "--debug" in text


@pytest.mark.parametrize("face", [NOTEBOOK, SHELL])
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_examples_of_every_command_parse(name, face):
    from finopsnb.commands.running import Call

    command = COMMANDS[name]
    for example in command.examples if face in command.faces else ():
        if face == SHELL and " -o " in example:
            continue
        call = Call.of_line(example, None, face)
        assert call.command is command
        parse(command, face, call.words)


def test_options_and_pairs_may_stand_in_any_order():
    arguments = parse(COMMANDS["load"], NOTEBOOK, ["bills", "--config", "f.toml", "rows=3", "--debug", "account=1"])
    assert (arguments.name, arguments.settings, arguments.config) == ("bills", ["rows=3", "account=1"], "f.toml")


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("load", [], "required"),
        ("load", ["x", "--confg", "f"], "Did you mean --config?"),
        ("load", ["x", "--conf", "f"], "--conf"),
        ("runs", ["--forget", "two"], "two"),
        ("runs", ["--forget"], "expected one argument"),
        ("tables", ["extra"], "extra"),
        ("plugins", ["--type", "telmetry"], "telemetry"),
    ],
)
def test_a_wrong_line_says_what_and_how_it_is_written(name, words, said):
    with pytest.raises(CommandError) as caught:
        parse(COMMANDS[name], NOTEBOOK, words)
    assert said in str(caught.value)
    assert caught.value.hint


def test_options_are_never_abbreviated():
    with pytest.raises(CommandError):
        parse(COMMANDS["open"], NOTEBOOK, ["--read"])


@pytest.mark.parametrize(("word", "near"), [("colect", "collect"), ("plugns", "plugins"), ("Load", "load"), ("recommend", "run")])
def test_a_misspelt_command_is_offered(word, near):
    with pytest.raises(CommandError, match=f"Did you mean {near}"):
        command_named(word)


@pytest.mark.parametrize(
    ("line", "options", "rest"),
    [
        ("SELECT 'a  b'", [], "SELECT 'a  b'"),
        ("--limit 5 SELECT 'it''s' AS \"x y\"", ["--limit", "5"], "SELECT 'it''s' AS \"x y\""),
        ("-o df --polars SELECT 1 -- --limit 3", ["-o", "df", "--polars"], "SELECT 1 -- --limit 3"),
        ("--limit=5 SELECT $$ it's $$", ["--limit=5"], "SELECT $$ it's $$"),
        ("-- a comment", [], "-- a comment"),
        ("--param a=1 --param 'b=x y' SELECT $a", ["--param", "a=1", "--param", "b=x y"], "SELECT $a"),
        ("", [], ""),
    ],
)
def test_sql_is_taken_as_it_stands_behind_its_options(line, options, rest):
    assert options_and_rest(COMMANDS["sql"], NOTEBOOK, line) == (options, rest)


@pytest.mark.parametrize(
    ("hint", "notebook"),
    [
        ('session.load("focus-files", path="exports/*.csv")', "%finops load focus-files path=exports/*.csv"),
        ('session = finopsnb.open("finops.duckdb")', "%finops open finops.duckdb"),
        ('session.load("bills", api_key=...)', "%finops load bills api_key=..."),
        ('session.load("x", path="my files", full=True)', "%finops load x path='my files' full=true"),
        ("session.load(NAME)", "%finops load NAME"),
        ('session.render("cost-overview")', "%finops show cost-overview"),
        ('mend it, then session.load("x")', "mend it, then %finops load x"),
        ('session.table("costs")', 'session.table("costs")'),
        ("chmod go-w /x", "chmod go-w /x"),
        ('registry.unregister("x") first', 'registry.unregister("x") first'),
    ],
)
def test_hints_speak_the_language_of_the_notebook(hint, notebook):
    assert translated(hint, NOTEBOOK) == notebook


def test_hints_speak_the_language_of_the_shell():
    assert translated("%finops plugins lists them", SHELL) == "finopsnb plugins lists them"
    assert translated('session.unload("x")', SHELL) == 'session.unload("x")'
