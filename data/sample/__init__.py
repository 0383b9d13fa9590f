"""The sample data: invented companies' bills of 13 months in FOCUS, and some as native exports, with planted facts.

>>> facts()["period"]["start"]
'2025-10-01'
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["facts", "path"]


def path() -> Path:
    """The folder of the sample; FOCUS files are in ``focus/``, native exports in a folder of ``native/`` each."""
    return Path(__file__).parent


def facts() -> dict[str, Any]:
    """What a reader of the files has to find; amounts are exact decimals as text."""
    found: dict[str, Any] = json.loads((path() / "facts.json").read_text(encoding="utf-8"))
    return found
