"""The process that sends is killed at random moments: no message is lost, and none arrives twice where the receiver knows it again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import finopsnb
from tests.first_party.channels import Receiver, receiving

ROOT = Path(__file__).parent.parent.parent
#: 500 alerts and 20 kills in `make soak`
ALERTS = int(os.environ.get("FINOPSNB_ALERTS", "60"))
KILLS = int(os.environ.get("FINOPSNB_KILLS", "3"))


class Moment:
    """Comes true when so many more posts have arrived; the one that arrives last is answered after the kill, or never."""

    def __init__(self, receiver: Receiver, chance: random.Random) -> None:
        self.receiver, self.chance = receiver, chance
        self.come = threading.Event()
        self.wanted = sys.maxsize

    def after(self, posts: int) -> None:
        self.come.clear()
        self.wanted = len(self.receiver.posts) + posts

    def answer(self, _: Any) -> tuple[int, dict[str, str], bytes]:
        if len(self.receiver.posts) >= self.wanted:
            self.come.set()
            time.sleep(self.chance.uniform(0.0, 0.03))
        return (200, {}, b"ok")


def start(path: Path, receiver: Receiver) -> subprocess.Popen[str]:
    words = ["-m", "tests.first_party.telling", str(path), receiver.url, receiver.host, str(ALERTS)]
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_none_is_lost_and_none_arrives_twice(tmp_path: Path) -> None:
    path, chance = tmp_path / "finops.duckdb", random.Random(20261123)
    with receiving() as receiver:
        moment = Moment(receiver, chance)
        receiver.last = moment.answer
        for round_ in range(KILLS):
            moment.after(chance.randint(1, max(1, ALERTS // (KILLS + 1))))
            process = start(path, receiver)
            if round_ % 4 == 3:  # at any moment, also before the first message
                time.sleep(chance.uniform(0.0, 1.0))
            else:
                assert moment.come.wait(60)
                time.sleep(chance.uniform(0.0, 0.03))
            kill(process)
        moment.wanted = sys.maxsize
        last = start(path, receiver)
        out, _ = last.communicate(timeout=300)
        assert (out, last.returncode) == ("done\n", 0)
    kept = [json.loads(post.body) for post in receiver.kept().values()]
    assert sorted(told["title"] for told in kept) == sorted(f"alert {number}" for number in range(ALERTS))
    assert len(receiver.posts) - len(kept) <= KILLS, "no more than the one that was under way is sent again"
    with finopsnb.open(path, frames="arrow") as session:
        assert session.outbox()["status"].to_pylist() == ["sent"] * ALERTS
        log = session.frame("notifications")
        assert sorted(log["idempotency_key"].to_pylist()) == sorted(receiver.kept())
