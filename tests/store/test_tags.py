from __future__ import annotations

import pytest

from finopsnb.store import Store
from tests.store.costs import collect, costs, row


def tags(store: Store) -> list[dict[str, str | None] | None]:
    found = store.query("select Tags from costs order by ResourceId").to_pylist()
    return [None if one["Tags"] is None else dict(one["Tags"]) for one in found]


def test_each_set_is_kept_once_whatever_the_order_of_its_keys(store: Store) -> None:
    texts = ['{"a": "1", "b": "2"}', '{"b":"2","a":"1"}', '{"a": "1"}', None]
    collect(store, [row(ResourceId=str(n), Tags=text) for n, text in enumerate(texts)])
    assert tags(store) == [{"a": "1", "b": "2"}, {"a": "1", "b": "2"}, {"a": "1"}, None]
    assert store.query("select tag_id, tags_text from tag_sets order by tag_id").to_pylist() == [
        {"tag_id": 1, "tags_text": '{"a":"1","b":"2"}'},
        {"tag_id": 2, "tags_text": '{"a":"1"}'},
    ]


def test_ids_go_on_and_known_sets_are_used_again(store: Store) -> None:
    collect(store, [row(Tags='{"a": "1"}')])
    collect(store, [row(Tags='{"a": "1"}'), row("2", Tags='{"c": "3"}')])
    assert store.query("select tag_id from tag_sets order by all")["tag_id"].to_pylist() == [1, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", None),
        ('{"n": 5, "t": true, "z": null, "o": {"k": 1}}', {"n": "5", "t": "true", "z": None, "o": '{"k":1}'}),
        (
            '{"": "empty", "$.x": "path", "/y": "pointer", " org": "blank"}',
            {"": "empty", "$.x": "path", "/y": "pointer", " org": "blank"},
        ),
        ('{"q": "say \\"hi\\"", "u": "\\u00e9"}', {"q": 'say "hi"', "u": "é"}),
        ('{"a": "1", "a": "2"}', {"a": "2"}),
        ('{"Cafe\\u0301": "cafe\\u0301", "nul": "x\\u0000y"}', {"Café": "café", "nul": "xy"}),
    ],
)
def test_tags_of_all_kinds(store: Store, text: str, expected: dict[str, str] | None) -> None:
    collect(store, [row(Tags=text)])
    assert tags(store) == [expected]


def test_costs_by_tag(store: Store) -> None:
    collect(
        store,
        [row("1", Tags='{"team": "a"}'), row("2", Tags='{"team": "b"}'), row("4", Tags='{"team": "a"}'), row("8")],
    )
    found = store.query("select Tags['team'] as team, sum(BilledCost) as cost from costs group by all order by all nulls last")
    assert [(one["team"], int(one["cost"])) for one in found.to_pylist()] == [("a", 5), ("b", 2), (None, 8)]


def test_a_source_without_tags(store: Store) -> None:
    collect(store, [row()])
    assert tags(store) == [None]
    assert costs(store, "Tags") == [(None,)]
