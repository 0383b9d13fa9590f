"""Writes the files of the sample so that each run gives the same bytes, and amounts the way that exports write them."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any


def write_text(path: Path, text: str, *, bom: bool = False) -> None:
    """UTF-8, gzipped where the name ends in .gz, then without a time stamp in its head."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode("utf-8-sig" if bom else "utf-8")
    if path.suffix != ".gz":
        path.write_bytes(data)
        return
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as file:
        file.write(data)


def write_csv(path: Path, names: Sequence[str], rows: Iterable[Mapping[str, str]], *, bom: bool = False) -> int:
    """CSV of texts, a missing one an empty field; returns how many rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    lines = [[row.get(name, "") for name in names] for row in rows]
    writer.writerows(lines)
    write_text(path, text.getvalue(), bom=bom)
    return len(lines)


def write_json(path: Path, value: Any) -> None:
    """One JSON value, indented."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def write_json_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> int:
    """A JSON object on each line; returns how many."""
    write_text(path, "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows))
    return len(rows)


def plain(amount: Decimal | int) -> str:
    """A decimal without exponent and trailing zeros."""
    return f"{Decimal(amount).normalize():f}" if amount else "0"


def binary(amount: Decimal | int) -> float:
    """The binary number whose shortest text is exactly ``amount``, for exports that have no decimals."""
    number = float(amount)
    if Decimal(repr(number)) != amount:
        raise ValueError(f"{amount} is no binary number's shortest text; the export would not add up to the sample.")
    return number


def as_java(amount: Decimal) -> str:
    """A number as Java's Double.toString writes it: 0.0, 48.0, 1.81E-8."""
    value = amount.normalize()
    if not value:
        return "0.0"
    if -3 <= value.adjusted() < 7:
        text = f"{value:f}"
        return text if "." in text else f"{text}.0"
    sign, digits, _ = value.as_tuple()
    first, *rest = (str(digit) for digit in digits)
    return f"{'-' * sign}{first}.{''.join(rest) or '0'}E{value.adjusted()}"
