"""Which days are asked for."""

from __future__ import annotations

from datetime import date

import pytest

from finopsnb.errors import SourceError
from finopsnb.plugins.api.windows import Collected, Window, day_of


def october(day):
    return date(2026, 10, day) if day else None


def collected(start, end, made="v1", before="v1"):
    window = Window(october(start), october(end))
    return Collected.of({"made": before, "start": str(window.start), "end": str(window.end), "totals": {}}, made)


NEW = Collected("v1")

CASES = {
    "the first time": (NEW, {}, (9, 19)),
    "since": (NEW, {"since": 15}, (15, 19)),
    "until": (NEW, {"since": 10, "until": 12}, (10, 12)),
    "until a day to come": (NEW, {"until": 31}, (9, 20)),
    "the next time": (collected(1, 15), {}, (12, 19)),
    "not before what is there": (collected(14, 15), {}, (14, 19)),
    "all again": (collected(1, 15), {"full": True}, (1, 19)),
    "all again since": (collected(1, 15), {"full": True, "since": 5}, (5, 19)),
    "no gap after": (collected(1, 10), {"since": 15}, (10, 19)),
    "no gap before": (collected(10, 15), {"since": 2, "until": 5}, (2, 10)),
    "other settings": (collected(5, 15, made="v2"), {"since": 14}, (5, 19)),
    "other settings until": (collected(5, 15, made="v2"), {"until": 8}, (5, 15)),
    "forgotten until": (collected(5, 15, before=""), {"until": 8}, (5, 15)),
    "nothing to do": (collected(1, 15), {"until": 3}, (12, 12)),
}


@pytest.mark.parametrize("case", CASES)
def test_the_window(case):
    known, options, (start, end) = CASES[case]
    given = {name: october(options.get(name)) for name in ("since", "until")}
    window = known.following(october(19), first_days=10, lag=3, full=options.get("full", False), **given)
    assert (window.start.day, window.end.day) == (start, end)


def test_what_was_collected_grows_and_can_be_kept():
    known = collected(5, 10)
    known.add(Window(october(8), october(12)))
    known.totals["2026-10-08"] = []
    again = Collected.of(known.state(), "v1")
    assert again.window == Window(october(5), october(12))
    assert (again.totals, again.is_other) == ({"2026-10-08": []}, False)


@pytest.mark.parametrize(("before", "is_other", "keeps"), [("v1", False, True), ("v0", True, False), ("", True, True), (None, True, True)])
def test_days_that_a_server_lost_stay_unless_the_settings_changed(before, is_other, keeps):
    known = collected(5, 15, before=before)
    assert (known.is_other, known.keeps) == (is_other, keeps)


def test_a_window_in_seconds():
    assert Window(october(1), october(2)).seconds == ("1790812800", "1790899200")


def test_a_day_that_is_none():
    with pytest.raises(SourceError, match="since='soon' is not a day"):
        day_of("soon", "since")
