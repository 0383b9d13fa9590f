"""Reads the native exports of the sample with nothing but the csv and json modules."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from decimal import Decimal
from functools import cache

import finopsnb_sample

FOLDER = finopsnb_sample.path() / "native"
FACTS = finopsnb_sample.facts()["native"]
ZERO = Decimal(0)


@cache
def text(name):
    path = FOLDER / name
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


@cache
def rows(name):
    """Rows of a CSV or JSON lines file, numbers of JSON as Decimal."""
    lines = text(name).removeprefix("\ufeff").splitlines()
    if ".csv" in name:
        return list(csv.DictReader(lines))
    return [json.loads(line, parse_float=Decimal) for line in lines]


def replies(name):
    return json.loads(text(name), parse_float=Decimal)


def files(kind):
    return [f"{kind}/{name}" for name in FACTS[kind]["files"]]


def number(cell):
    return Decimal(cell or 0)


def summed(pairs):
    sums = defaultdict(Decimal)
    for key, amount in pairs:
        sums[key] += amount
    return dict(sums)


def told(kind, column):
    """The totals of a format by (account, month, currency)."""
    return {(t["BillingAccountId"], t["BillingPeriod"], t["BillingCurrency"]): Decimal(t[column]) for t in FACTS[kind]["totals"]}
