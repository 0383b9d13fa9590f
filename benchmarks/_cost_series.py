"""Daily cost series as bills have them, drawn from a seed: what a forecast is measured on.

    names, days, costs = drawn(seed, series=112, days=456)     # costs: series x days, in one currency, rounded to cents

Each series is usage with a level, a weekly season and noise, and most have something else as well: growth or decline, level
shifts, a launch, an end, invoices at the start or the end of a month, nothing but invoices, a fee that is spread over the days
of its month, cost that grows within the month, credits, missing days, spikes. Scales go over five powers of ten and noise from
none to 30 %, both drawn anew with each seed, as are the shares of the kinds.

DEVELOPMENT are the seeds that the method was made with, TEST those that it was never looked at with.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import numpy.typing as npt

__all__ = ["DEVELOPMENT", "KINDS", "TEST", "drawn"]

Numbers = npt.NDArray[np.float64]
Random = np.random.Generator

DEVELOPMENT = (11, 12, 13, 14)
TEST = (9001, 9002, 9003, 9004)


class _Days:
    """The calendar that the kinds look at."""

    def __init__(self, first: date, count: int) -> None:
        self.all = np.datetime64(first, "D") + np.arange(count)
        months = self.all.astype("datetime64[M]")
        self.month = (months - months[0]).astype(int)
        self.position = (self.all - months.astype("datetime64[D]")).astype(int) + 1
        self.length = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(int)
        self.weekday = (self.all.astype("datetime64[D]").view("int64") - 4) % 7
        self.time = np.arange(count)


def drawn(
    seed: int, series: int = 112, days: int = 456, first: date = date(2024, 7, 1)
) -> tuple[list[str], npt.NDArray[np.datetime64], Numbers]:
    """The names (their kind is in it), the days and the costs (series x days) of a seed."""
    random = np.random.default_rng(seed)
    calendar = _Days(first, days)
    shares = random.dirichlet(np.full(len(KINDS), 6.0) * np.array([weight for _, weight in KINDS.values()]))
    kinds = random.choice(list(KINDS), size=series, p=shares)
    quiet = float(random.uniform(0.5, 1.5))
    rows = [_one(random, calendar, str(kind), quiet) for kind in kinds]
    return [f"{kind} {number:03}" for number, kind in enumerate(kinds)], calendar.all, np.round(np.array(rows), 2)


def _one(random: Random, days: _Days, kind: str, quiet: float) -> Numbers:
    scale = 10 ** random.uniform(0.5, 4.5)
    change, _ = KINDS[kind]
    values = change(random, days, _usage(random, days, quiet))
    if random.random() < 0.25 and kind not in ("only invoices", "flat", "fee"):
        values = _spikes(random, values)
    if random.random() < 0.12:
        values = values.copy()
        values[random.choice(len(values), size=int(random.integers(1, 6)), replace=False)] = 0
    return scale * values


def _usage(random: Random, days: _Days, quiet: float) -> Numbers:
    """Level 1 with a weekly season, a slow random walk, and noise that partly follows itself."""
    weekend = random.choice(
        [1.0, random.uniform(0.75, 0.97), random.uniform(0.2, 0.75), random.uniform(1.03, 1.4)], p=[0.2, 0.35, 0.35, 0.1]
    )
    profile = 1 + random.normal(0, 0.03, 7)
    profile[5:] = weekend * (1 + random.normal(0, 0.02, 2))
    profile /= profile.mean()
    noise = quiet * random.choice([0.01, 0.03, 0.06, 0.12, 0.2], p=[0.1, 0.25, 0.35, 0.2, 0.1])
    drift = quiet * random.choice([0.0, 0.002, 0.006, 0.012], p=[0.35, 0.35, 0.2, 0.1])
    memory = random.choice([0.0, 0.3, 0.7])
    shocks = random.normal(0, noise * np.sqrt(1 - memory**2), len(days.time))
    follow = np.empty_like(shocks)
    last = 0.0
    for place, shock in enumerate(shocks):
        last = memory * last + shock
        follow[place] = last
    walk = np.cumsum(random.normal(0, drift, len(days.time)))
    return np.exp(walk + follow - noise**2 / 2) * profile[days.weekday]


def _steady(random: Random, days: _Days, usage: Numbers) -> Numbers:
    return usage


def _growing(random: Random, days: _Days, usage: Numbers) -> Numbers:
    yearly = random.choice([-0.5, 0.3, 0.8, 2.0]) * random.uniform(0.6, 1.2)
    if random.random() < 0.5:
        return usage * np.maximum(1 + yearly * days.time / 365, 0.05)
    return usage * np.exp(np.log1p(max(yearly, -0.8)) * days.time / 365)


def _shifted(random: Random, days: _Days, usage: Numbers) -> Numbers:
    level = np.ones(len(usage))
    for _ in range(int(random.integers(1, 4))):
        level[int(random.integers(20, len(usage) - 5)) :] *= random.choice([random.uniform(0.4, 0.85), random.uniform(1.15, 2.5)])
    return usage * level


def _launched(random: Random, days: _Days, usage: Numbers) -> Numbers:
    start = int(random.integers(30, len(usage) - 40))
    ramp = np.clip((days.time - start) / max(1, int(random.choice([1, 14, 60, 150]))), 0, 1)
    return usage * ramp * (days.time >= start)


def _ended(random: Random, days: _Days, usage: Numbers) -> Numbers:
    end = int(random.integers(150, len(usage) - 10))
    return usage * (days.time < end)


def _invoiced(random: Random, days: _Days, usage: Numbers) -> Numbers:
    return usage + _invoice(random, days) * random.uniform(2, 15)


def _only_invoices(random: Random, days: _Days, usage: Numbers) -> Numbers:
    return _invoice(random, days) * random.uniform(3, 30)


def _invoice(random: Random, days: _Days) -> Numbers:
    """1 on one day a month, give or take what the amount varies by."""
    business = days.weekday < 5
    before = np.concatenate([[0], np.cumsum(business)[:-1]])
    starts = np.array([before[np.argmax(days.month == month)] for month in range(days.month[-1] + 1)])
    first_business = business & (before == starts[days.month])
    where = [days.position == 1, days.position == int(random.integers(2, 29)), days.position == days.length, first_business]
    day = where[int(random.choice(4, p=[0.45, 0.25, 0.2, 0.1]))]
    amounts = 1 + random.choice([0.0, 0.03, 0.12]) * random.normal(size=days.month[-1] + 1)
    growth = (1 + random.choice([0.0, 0.0, 0.03])) ** np.arange(days.month[-1] + 1)
    return day * np.abs(amounts * growth)[days.month]


def _month_end(random: Random, days: _Days, usage: Numbers) -> Numbers:
    late = days.length - days.position < int(random.integers(1, 6))
    return usage * np.where(late, random.uniform(1.3, 2.5), 1)


def _tiered(random: Random, days: _Days, usage: Numbers) -> Numbers:
    """Free or cheap at first in each month, or a discount late in it."""
    share = (days.position - 1) / days.length
    return usage * np.where(share < random.uniform(0.2, 0.6), random.uniform(0.5, 0.9), 1.1)


def _flat(random: Random, days: _Days, usage: Numbers) -> Numbers:
    return np.full(len(usage), random.uniform(0.5, 2))


def _fee(random: Random, days: _Days, usage: Numbers) -> Numbers:
    return random.uniform(0.5, 2) * 30 / days.length


def _bursts(random: Random, days: _Days, usage: Numbers) -> Numbers:
    """Off on many days, as test machines are."""
    return usage * (random.random(len(usage)) < random.uniform(0.35, 0.9)) * random.lognormal(0, 0.5, len(usage))


def _credit(random: Random, days: _Days, usage: Numbers) -> Numbers:
    return -0.3 * usage


def _leaking(random: Random, days: _Days, usage: Numbers) -> Numbers:
    start = int(random.integers(150, len(usage) - 30))
    return usage * (1 + np.clip(days.time - start, 0, None) * random.uniform(0.003, 0.012))


def _spikes(random: Random, values: Numbers) -> Numbers:
    spiked = values.copy()
    for _ in range(int(random.integers(1, 5))):
        start, length = int(random.integers(0, len(values))), int(random.choice([1, 1, 2, 4]))
        spiked[start : start + length] *= random.uniform(1.8, 6)
    return spiked


Kind = Callable[[Random, _Days, Numbers], Numbers]

#: every kind with its weight
KINDS: dict[str, tuple[Kind, float]] = {
    "steady": (_steady, 4),
    "growing": (_growing, 3),
    "shifted": (_shifted, 2.5),
    "launched": (_launched, 1.5),
    "ended": (_ended, 0.5),
    "invoiced": (_invoiced, 3),
    "only invoices": (_only_invoices, 1.5),
    "month end": (_month_end, 1),
    "tiered": (_tiered, 1),
    "flat": (_flat, 0.6),
    "fee": (_fee, 0.6),
    "bursts": (_bursts, 0.8),
    "credit": (_credit, 0.4),
    "leaking": (_leaking, 0.6),
}
