"""Daily cost series with anomalies whose place and kind are known, drawn from a seed, and the score of what was found in them.

    drawn = draw(seed, series=112, days=456)        # costs: series x days in one currency, NaN where a day is missing
    score(found, drawn)                             # F1, false alarms, recall by kind, delay, money

Each series has a level between 1e-2 and 1e5 a day, noise of 2 to 30 % (normal, lognormal or with heavy tails, on the cost or on its
logarithm, partly following itself) and a structure that must not alarm: a weekly season, growth, invoices at the start or end of the
month, busy month ends, holidays with less cost, a launch with a ramp, sparse costs, missing days, late last days, catching up. Most
series have up to three labelled anomalies of the kinds below as well. The shares of everything are drawn anew with each seed.

DEVELOPMENT are the seeds that the method was made with, TEST those that it was never looked at with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

__all__ = ["DEVELOPMENT", "KINDS", "TEST", "Drawn", "Label", "draw"]

Numbers = npt.NDArray[np.float64]
Random = np.random.Generator

DEVELOPMENT = (21, 22, 23, 24, 25, 26)
TEST = (7001, 7002, 7003, 7004)
#: days of a change that stays which count as the anomaly: after four weeks it is how things are
_STAYS = 28
_SETTLED, _APART = 75, 35


@dataclass(frozen=True)
class Label:
    """An anomaly: the series, its first and last day (numbers), its kind, what it cost more (less: negative)."""

    series: int
    start: int
    end: int
    kind: str
    money: float


@dataclass
class Drawn:
    """``costs`` series x days from ``first`` on, and the labels; ``names`` say the structure."""

    first: date
    costs: Numbers
    names: list[str]
    labels: list[Label]


@dataclass
class _Making:
    """One series in the making: cost without noise as level x week, and the days on which nothing may be put."""

    random: Random
    days: npt.NDArray[np.datetime64]
    clean: Numbers
    weekend: float
    noise: float
    labels: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.clean)

    @property
    def weekday(self) -> npt.NDArray[np.int64]:
        return np.asarray((self.days.view("int64") - 4) % 7)

    def days_of(self, start: int, length: int) -> slice:
        return slice(start, min(start + length, self.count))


def draw(seed: int, series: int = 112, days: int = 456, anomalies: bool = True) -> Drawn:
    """The series of a seed. Without ``anomalies`` they have their structure alone, and there are no labels."""
    random = np.random.default_rng(seed)
    first = date(2024, 1, 1) + timedelta(days=int(random.integers(0, 400)))
    when = np.datetime64(first, "D") + np.arange(days)
    traits = _Traits(random, when)
    costs, names, labels = [], [], []
    for number in range(series):
        name, values, found = _one(random, when, traits, anomalies)
        costs.append(values)
        names.append(f"{name} {number:03}")
        labels += [Label(number, start, end, kind, money) for start, end, kind, money in found]
    return Drawn(first, np.array(costs), names, labels)


class _Traits:
    """What all series of a seed have in common."""

    def __init__(self, random: Random, days: npt.NDArray[np.datetime64]) -> None:
        self.structures = random.dirichlet(np.full(len(STRUCTURES), 5.0) * np.array([w for _, w in STRUCTURES.values()]))
        self.kinds = random.dirichlet(np.full(len(KINDS), 6.0) * np.array([weight for _, weight in KINDS.values()]))
        self.noises = random.dirichlet(np.array([3.0, 5, 5, 3, 1.5, 1]))
        self.quiet = float(random.uniform(0.2, 0.45))
        self.late = int(random.integers(0, 4))
        self.missing = float(random.choice([0.0, 0.002, 0.006]))
        months = days.astype("datetime64[M]")
        self.holidays = np.isin(days - months.astype("datetime64[D]"), [24, 25]) & ((months.astype(int) % 12) == 11)
        self.holidays |= random.random(len(days)) < 6 / 365
        self.dip = float(random.uniform(0.4, 0.85))


def _one(
    random: Random, days: npt.NDArray[np.datetime64], traits: _Traits, anomalies: bool
) -> tuple[str, Numbers, list[tuple[int, int, str, float]]]:
    name = str(random.choice(list(STRUCTURES), p=traits.structures))
    noise = float(random.choice([0.02, 0.05, 0.08, 0.12, 0.2, 0.3], p=traits.noises))
    weekend = float(
        random.choice([1.0, random.uniform(0.75, 0.97), random.uniform(0.15, 0.75), random.uniform(1.05, 1.4)], p=[0.2, 0.3, 0.4, 0.1])
    )
    made = _Making(random, days, np.ones(len(days)), weekend, noise)
    week = 1 + random.normal(0, 0.04, 7)
    week[5:] *= weekend
    made.clean = week[made.weekday] / week.mean()
    settled = STRUCTURES[name][0](made)
    if random.random() < 0.3:
        made.clean[traits.holidays] *= traits.dip
    usual = made.clean.copy()
    if anomalies and name != "sparse" and random.random() > traits.quiet:
        _afflict(made, traits, settled)
    values = _noisy(made)
    scale = 10 ** random.uniform(-2, 5)
    money = [float(np.sum((made.clean - usual)[start : end + 1])) * scale for start, end, _ in made.labels]
    _gaps(made, values, traits)
    labels = [(start, end, kind, amount) for (start, end, kind), amount in zip(made.labels, money, strict=True)]
    digits = 2 if scale > 10 else 6
    return name, np.round(values * scale, digits), labels


def _noisy(made: _Making) -> Numbers:
    """The cost with noise: on its logarithm, in proportion to it, or of the same size whatever the day."""
    random, noise = made.random, made.noise
    kind = random.choice(["log", "share", "flat", "heavy"], p=[0.35, 0.3, 0.15, 0.2])
    shocks = random.standard_t(6, made.count) / np.sqrt(1.5) if kind == "heavy" else random.normal(size=made.count)
    memory = random.choice([0.0, 0.0, 0.3, 0.6])
    for day in range(1, made.count):
        shocks[day] = memory * shocks[day - 1] + np.sqrt(1 - memory**2) * shocks[day]
    if kind in ("log", "heavy"):
        return np.asarray(made.clean * np.exp(noise * shocks - noise**2 / 2))
    size = made.clean if kind == "share" else np.where(made.clean > 0.02, np.median(made.clean[made.clean > 0]) * 0.7, 0)
    return np.maximum(made.clean + noise * shocks * size, 0)


def _gaps(made: _Making, values: Numbers, traits: _Traits) -> None:
    """Days that are missing, come late, or are caught up."""
    random = made.random
    missing = random.random(made.count) < traits.missing
    for start, end, _ in made.labels:
        missing[max(0, start - 1) : end + 1] = False
    values[missing] = np.nan
    if traits.missing and random.random() < 0.2 and not made.labels:
        day = int(random.integers(_SETTLED, made.count - 5))
        if not np.isnan(values[day : day + 2]).any():
            values[day + 1] += values[day]
            values[day] = np.nan
    for back in range(traits.late):
        if not any(end >= made.count - traits.late - 1 for _, end, _ in made.labels):
            values[-1 - back] *= random.uniform(0.0, 0.9) if back == 0 else random.uniform(0.4, 1.0)


def _afflict(made: _Making, traits: _Traits, settled: int) -> None:
    random, names = made.random, list(KINDS)
    free = max(settled, _SETTLED)
    for _ in range(int(random.choice([1, 2, 3], p=[0.5, 0.3, 0.2]))):
        room = made.count - free - 12
        if room < 20:
            return
        start = free + int(random.integers(0, room))
        kind = str(random.choice(names, p=traits.kinds))
        if kind == "weekend":
            start += int((5 - made.weekday[start]) % 7)
        length = KINDS[kind][0](made, start)
        if length:
            made.labels.append((start, min(start + length, made.count) - 1, kind))
            free = start + length + _APART + int(random.integers(0, 30))


# ---- structures that must not alarm: the day from which the series is settled


def _steady(made: _Making) -> int:
    return 0


def _growing(made: _Making) -> int:
    yearly = made.random.choice([-0.4, 0.3, 0.8, 2.0]) * made.random.uniform(0.6, 1.2)
    time = np.arange(made.count) / 365
    made.clean *= np.maximum(1 + yearly * time, 0.1) if made.random.random() < 0.5 else np.exp(np.log1p(yearly) * time)
    return 0


def _wandering(made: _Making) -> int:
    made.clean *= np.exp(np.cumsum(made.random.normal(0, made.random.choice([0.003, 0.008]), made.count)))
    return 0


def _position(made: _Making) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The day of the month, the days left of it, and the number of the month."""
    months = made.days.astype("datetime64[M]")
    starts, ends = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]")
    return (made.days - starts).astype(int) + 1, (ends - made.days).astype(int) - 1, (months - months[0]).astype(int)


def _invoiced(made: _Making) -> int:
    position, left, month = _position(made)
    business = made.weekday < 5
    first_business = np.zeros(made.count, dtype=bool)
    for number in range(int(month[-1]) + 1):
        found = np.flatnonzero(business & (month == number))
        if len(found) and position[found[0]] < 5:
            first_business[found[0]] = True
    where = [position == 1, left == 0, position == int(made.random.integers(2, 29)), first_business]
    day = where[int(made.random.choice(4, p=[0.4, 0.3, 0.15, 0.15]))]
    amounts = made.random.uniform(1.5, 15) * (1 + made.random.choice([0.0, 0.05, 0.15]) * made.random.normal(size=int(month[-1]) + 1))
    made.clean = made.clean + day * np.abs(amounts[month])
    return 0


def _month_end(made: _Making) -> int:
    _, left, _ = _position(made)
    made.clean *= np.where(left < int(made.random.integers(1, 5)), made.random.uniform(1.3, 2.5), 1)
    return 0


def _month_start(made: _Making) -> int:
    position, _, _ = _position(made)
    made.clean *= np.where(position <= int(made.random.integers(1, 4)), made.random.uniform(1.3, 3), 1)
    return 0


def _launched(made: _Making) -> int:
    start, ramp = int(made.random.integers(20, made.count // 2)), int(made.random.choice([5, 14, 30, 60]))
    made.clean *= np.clip((np.arange(made.count) - start + 1) / ramp, 0, 1)
    return start + ramp + 60


def _sparse(made: _Making) -> int:
    made.clean *= (made.random.random(made.count) < made.random.uniform(0.05, 0.3)) * made.random.lognormal(0, 0.4, made.count)
    return 0


def _bursts(made: _Making) -> int:
    made.clean *= made.random.choice([1.0, 1.0, 0.3, 2.0], size=made.count) * made.random.lognormal(0, 0.2, made.count)
    made.noise = max(made.noise, 0.2)
    return made.count


Structure = Callable[[_Making], int]
#: every structure with its weight
STRUCTURES: dict[str, tuple[Structure, float]] = {
    "steady": (_steady, 4),
    "growing": (_growing, 3),
    "wandering": (_wandering, 1.5),
    "invoiced": (_invoiced, 2.5),
    "month end": (_month_end, 1),
    "month start": (_month_start, 1),
    "launched": (_launched, 1.5),
    "sparse": (_sparse, 0.8),
    "bursts": (_bursts, 0.5),
}

# ---- anomalies: how many days they last, 0 where the series cannot have them


def _spike(made: _Making, start: int) -> int:
    length = int(made.random.choice([1, 1, 1, 2, 3, 5]))
    made.clean[made.days_of(start, length)] *= np.exp(made.random.uniform(np.log(1.6), np.log(12)))
    return length


def _double(made: _Making, start: int) -> int:
    length = int(made.random.choice([1, 1, 2, 3]))
    made.clean[made.days_of(start, length)] *= 2
    return length


def _stepped(made: _Making, start: int, factor: float) -> int:
    lasting = made.random.choice([10, 20, 40, made.count])
    made.clean[made.days_of(start, int(lasting))] *= factor
    return int(min(lasting, _STAYS if lasting == made.count else lasting))


def _shift_up(made: _Making, start: int) -> int:
    return _stepped(made, start, made.random.uniform(1.25, 3))


def _shift_down(made: _Making, start: int) -> int:
    return _stepped(made, start, made.random.uniform(0.25, 0.75))


def _leak(made: _Making, start: int) -> int:
    length, rate = int(made.random.integers(14, 60)), made.random.uniform(0.008, 0.04)
    span = made.days_of(start, length)
    ramp = 1 + rate * np.arange(1, span.stop - span.start + 1)
    made.clean[span] *= ramp
    if made.random.random() < 0.4:
        made.clean[span.stop :] *= ramp[-1]
    return length


def _outage(made: _Making, start: int) -> int:
    length = int(made.random.choice([1, 2, 3, 5, 8]))
    made.clean[made.days_of(start, length)] *= made.random.choice([0.0, 0.0, 0.05])
    return length


def _weekend(made: _Making, start: int) -> int:
    if made.weekend > 0.75:
        return 0
    length = 7 * int(made.random.choice([2, 3, 4, 8]))
    span = np.arange(made.count)
    inside = (span >= start) & (span < start + length) & (made.weekday >= 5)
    made.clean[inside] /= made.weekend
    return length if inside.any() else 0


def _growth(made: _Making, start: int) -> int:
    rate = made.random.uniform(0.006, 0.015)
    made.clean[start:] *= 1 + rate * np.minimum(np.arange(1, made.count - start + 1), 90)
    return 60


Kind = Callable[[_Making, int], int]
#: every kind with its weight
KINDS: dict[str, tuple[Kind, float]] = {
    "spike": (_spike, 2),
    "double count": (_double, 1),
    "shift up": (_shift_up, 1),
    "shift down": (_shift_down, 1),
    "leak": (_leak, 1),
    "outage": (_outage, 1),
    "weekend": (_weekend, 1),
    "growth": (_growth, 0.5),
}
