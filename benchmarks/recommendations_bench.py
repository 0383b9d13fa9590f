"""How good recommendations are, on a seeded inventory of resources with savings that are planted and others that only look like it.

Run it with ``python benchmarks/recommendations_bench.py`` (``--seeds 1 2`` for inventories of your own); it exits with 1 when a goal is
missed. Precision is the share of recommendations that were planted, money recall the share of the planted money that is found (at most
what was planted), the error that of the savings of those that were found.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from _inventory import MACHINES, STORAGE, Inventory, draw
from _measure import Figure, report, seconds_of

from finopsnb.plugins.testing import _store, new_session

TEST = (20260331, 7, 11)


@dataclass(frozen=True)
class Scored:
    """What came of one inventory."""

    precision: float
    money: float
    error: float
    traps: tuple[str, ...]


def found(inventory: Inventory) -> dict[tuple[str, str], Decimal]:
    """Plugin and resource to the saving a month that is recommended."""
    with new_session() as session:
        _store(session, inventory.costs)
        given: dict[str, dict[str, Any]] = {name: {"utilization": rows} for name, rows in inventory.use.items()}
        given["rightsizing"]["prices"], given["storage-tiering"]["prices"] = MACHINES, STORAGE
        answers = {}
        for name, tables in given.items():
            session.load(name)
            for row in session.recommend(name, frames="arrow", **tables).to_pylist():
                answers[name, row["ResourceId"]] = row["monthly_saving"]
        return answers


def scored(inventory: Inventory, answers: dict[tuple[str, str], Decimal]) -> Scored:
    right = [key for key in answers if key in inventory.planted]
    money = sum(min(answers[key], inventory.planted[key]) for key in right)
    errors = [abs(answers[key] / inventory.planted[key] - 1) for key in right]
    traps = tuple(sorted({f"{inventory.traps[key]} ({key[0]})" for key in answers if key in inventory.traps}))
    whole = sum(inventory.planted.values())
    return Scored(len(right) / max(len(answers), 1), float(money / whole), float(max(errors, default=Decimal(1))), traps)


def figures(scores: Sequence[Scored], seconds: float) -> list[Figure]:
    worst = min(scores, key=lambda one: one.precision)
    traps = sorted({trap for one in scores for trap in one.traps})
    return [
        Figure("recommendations that are wrong", 1 - worst.precision, 0.05, detail=f"precision {worst.precision:.3f}"),
        Figure("money that is missed", 1 - min(one.money for one in scores), 0.15),
        Figure("traps that are flagged", float(len(traps)), 0, detail=", ".join(traps)),
        Figure("error of a saving, at most", max(one.error for one in scores), 0.05),
        Figure("an inventory, three plugins", seconds, 20, "s"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=TEST, help="inventories of your own")
    seeds = parser.parse_args().seeds
    inventories = [draw(seed) for seed in seeds]
    answers: list[dict[tuple[str, str], Decimal]] = []
    seconds = seconds_of(lambda: answers.append(found(inventories[0])))
    scores = [scored(one, answer) for one, answer in zip(inventories, [answers[-1], *map(found, inventories[1:])], strict=True)]
    print(f"{len(inventories[0].planted)} savings and {len(inventories[0].traps)} traps in each of {len(seeds)} inventories")
    for name in sorted({plugin for plugin, _ in inventories[0].planted}):
        mine = sum(plugin == name for plugin, _ in inventories[0].planted)
        print(f"  {name}: {sum(key[0] == name for key in answers[-1] if key in inventories[0].planted)} of {mine} found")
    return report(figures(scores, seconds))


if __name__ == "__main__":
    sys.exit(main())
