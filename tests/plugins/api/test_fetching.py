"""The HTTP client, against a real server."""

from __future__ import annotations

import gzip
import socket
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from finopsnb.errors import FinopsError, SourceError
from finopsnb.plugins.api import Server, fetching
from finopsnb.plugins.decorators.calls import clock
from tests.answering import Answer, answering


@pytest.fixture
def waits(monkeypatch):
    """The seconds that were waited; nobody sleeps."""
    found: list[float] = []
    monkeypatch.setattr(clock, "sleep", found.append)
    return found


@pytest.fixture
def serve():
    with answering(lambda asked: {}) as server:
        yield server


def in_turn(*answers):
    left = list(answers)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


def get(server, **settings):
    with Server(server.url, **settings) as client:
        return client.get("/costs", {"day": "1", "by": ["a", "b"]})


def test_digits_stay_as_they_are_printed(serve):
    serve.respond = lambda asked: b'\xef\xbb\xbf{"cost": 0.30000000000000004, "n": 7}'
    assert get(serve, headers={"X-Key": "k"}) == {"cost": "0.30000000000000004", "n": 7}
    (asked,) = serve.asked
    assert asked.query == {"day": ["1"], "by": ["a", "b"]}
    assert asked.headers["x-key"] == "k"


def test_a_busy_server_is_asked_again_when_it_says_or_later_and_later(serve, waits):
    serve.respond = in_turn(Answer(status=429, headers={"Retry-After": "7"}), Answer(status=500), Answer(status=503), {"ok": True})
    assert get(serve) == {"ok": True}
    assert waits == [7.0, 2.0, 4.0]


def test_a_date_in_retry_after(serve, waits):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    serve.respond = in_turn(Answer(status=429, headers={"Retry-After": later}), {})
    get(serve)
    assert 50 < waits[0] <= 60


def test_a_broken_connection_is_tried_again(serve, waits):
    serve.respond = in_turn(Answer(b'{"a"', cut=True), {"ok": 1})
    assert get(serve) == {"ok": 1}
    assert waits == [1.0]


def test_it_gives_up_after_five_attempts(serve, waits):
    serve.respond = lambda asked: Answer(b"the database is down", status=500)
    with pytest.raises(SourceError, match="does not answer") as error:
        get(serve)
    assert "500 5 times: the database is down" in str(error.value)
    assert len(serve.asked) == 5
    assert waits == [1.0, 2.0, 4.0, 8.0]


WRONG = {
    "a login": (Answer(b"no such key sk-very-secret-key-123", status=401), "refused with 401", "a key that may read this"),
    "a bad query": (Answer({"error": "bad window"}, status=400), "bad window", ""),
    "a page": (b"<html>Welcome</html>", "is not JSON", "<html>"),
    "half a reply": (b'{"data": [', "is not JSON", ""),
    "nothing": (b"", "It is empty", ""),
    "no number": (b'{"cost": NaN}', "NaN is no number", ""),
    "no text": (b"\xff\xfe\xfa", "is not JSON", ""),
    "another address": (Answer(status=302, headers={"Location": "http://elsewhere/"}), "refused with 302", ""),
    "a long reply": (b" " * 5000, "longer than", ""),
    "a reply that expands": (Answer(gzip.compress(b" " * 10**7), headers={"Content-Encoding": "gzip"}), "longer than", ""),
    "a long wait": (Answer(status=429, headers={"Retry-After": "86400"}), "86400 seconds", ""),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_used_is_refused_in_words(serve, waits, case):
    answer, said, also = WRONG[case]
    serve.respond = lambda asked: answer
    with pytest.raises(SourceError) as error:
        get(serve, reply_bytes=4096)
    assert said in str(error.value)
    assert also in str(error.value)
    assert len(serve.asked) == 1


def test_nobody_there_says_where_and_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(SourceError) as error, Server(f"http://me:hidden@127.0.0.1:{port}", hint="start it") as client:
        client.get("/costs", {"key": "hidden"})
    assert f"http://127.0.0.1:{port}/costs cannot be reached" in str(error.value)
    assert "start it" in str(error.value)
    assert "hidden" not in str(error.value)


def test_pages_until_there_are_no_more(serve):
    serve.respond = lambda asked: {"page": asked.query.get("page"), "has_more": "page" not in asked.query, "next_page": "p2"}
    with Server(serve.url) as client:
        assert [page["page"] for page in client.pages("/x", {"limit": "31"})] == [None, ["p2"]]
    assert serve.asked[1].query == {"limit": ["31"], "page": ["p2"]}


@pytest.mark.parametrize("following", [None, "p2"])
def test_pages_that_never_end(serve, following):
    serve.respond = lambda asked: {"has_more": True, "next_page": following}
    with pytest.raises(SourceError, match="there is more, and not where"), Server(serve.url) as client:
        list(client.pages("/x", {}))
    assert len(serve.asked) <= 2


def test_a_proxy_of_the_environment_is_used_but_not_for_loopback(serve, monkeypatch):
    monkeypatch.setenv("http_proxy", serve.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert get(serve) == {}
    serve.respond = lambda asked: {"through": asked.path}
    with Server("http://costs.invalid") as client:
        assert "/costs" in client.get("/costs", {})["through"]


def test_without_the_package_the_error_names_the_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "urllib3", None)
    with pytest.raises(FinopsError, match=r'pip install "finopsnb\[http\]"'), Server("http://127.0.0.1:1"):
        pass


def test_the_key_is_in_no_repr():
    server = Server("http://x", {"Authorization": "Bearer sk-123456"})
    assert "sk-123456" not in repr(server)


def test_timeouts():
    assert (fetching.CONNECT_SECONDS, fetching.READ_SECONDS) == (3.0, 30.0)
