"""A line as words, and values as their types."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finopsnb.commands.words import literal, nested, pairs, split
from finopsnb.errors import CommandError


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("load focus-files", ["load", "focus-files"]),
        ('path="my exports/*.csv"', ["path=my exports/*.csv"]),
        ("path='a b'c", ["path=a bc"]),
        (r"path=a\ b", ["path=a b"]),
        ('tags=["a", "b c"]', ['tags=["a", "b c"]']),
        ("days=[1, 2] full=true", ["days=[1, 2]", "full=true"]),
        ("note=a[1]", ["note=a[1]"]),
        ("{expr} $HOME $(rm -rf ~) `ls` ~ *", ["{expr}", "$HOME", "$(rm", "-rf", "~)", "`ls`", "~", "*"]),
        ("# not a comment; really", ["#", "not", "a", "comment;", "really"]),
        ("empty=''", ["empty="]),
        ("größe=5€", ["größe=5€"]),
    ],
)
def test_words_are_split_as_in_a_shell_and_nothing_is_expanded(line, words):
    assert split(line) == words


@pytest.mark.parametrize("line", ['path="open', "title=what's", "path=end\\"])
def test_an_open_quote_is_an_error_that_shows_the_place(line):
    with pytest.raises(CommandError) as caught:
        split(f"load x {line}")
    assert line in str(caught.value)
    assert "quote" in str(caught.value)


@given(st.text(max_size=60))
def test_splitting_any_line_gives_words_or_a_command_error(line):
    try:
        words = split(line)
    except CommandError:
        return
    assert all(isinstance(word, str) for word in words)
    assert all(a.end < b.end for a, b in pairwise(words))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("false", False), ("True", "True"), ("3", 3), ("-3", -3), ("2.5", 2.5), ("1e3", 1000.0),
        ('["a", "b"]', ["a", "b"]), ("[1, 2]", [1, 2]), ("[a, b]", "[a, b]"), ("007", "007"), ("1_000", "1_000"),
        ("nan", "nan"), ("inf", "inf"), ("0x10", "0x10"), ("2024-09-01", "2024-09-01"), ("", ""),
        ("exports/*.csv", "exports/*.csv"),
        ("{a}", "{a}"), ("12:30", "12:30"),
    ],
)  # fmt: skip
def test_values_are_read_as_toml_only_where_they_clearly_are(text, value):
    read = literal(text)
    assert read == value
    assert type(read) is type(value)


def test_a_quoted_value_is_known_to_be_text():
    given_pairs = pairs(split("a=5 b=\"5\" c='true'"))
    assert given_pairs == {"a": "5", "b": "5", "c": "true"}
    assert [word.quoted for word in given_pairs.values()] == [False, True, True]


@pytest.mark.parametrize(("words", "said"), [(["loose"], "loose=..."), (["=x"], "not a setting"), (["a=1", "a=2"], "twice")])
def test_pairs_refuse_what_is_no_pair(words, said):
    with pytest.raises(CommandError, match=said):
        pairs(words)


def test_a_key_below_a_value_is_refused():
    with pytest.raises(CommandError, match="below"):
        nested({"auth": "x", "auth.user": "y"})
