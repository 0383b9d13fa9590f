"""How a finding is worded, and how text from data becomes text that no channel takes for anything else."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from string import Template

from finopsnb.plugins.messages.findings import Finding

__all__ = ["FIELDS", "money_text", "plain", "template_problem", "worded"]

#: what a template may name
FIELDS = ("title", "text", "severity", "owner", "money", "currency", "event", "plugin", "resource", "account")
_USUAL = "$title\n$text"
_LONGEST = 1000
_LINK = re.compile(r"(?i)\b(https?|ftp|ftps|file|javascript|data|mailto|tel|sms):(?=\S)")


def plain(text: str, longest: int = _LONGEST) -> str:
    """Text from data as one line of a message: no control characters, nothing that turns the writing round, no link.

    A channel that makes links out of addresses finds none: ``https://`` is written ``https[:]//``, and ``www.`` ``www[.]``.

    >>> plain("see https://evil.example\\n<!channel>")
    'see https[:]//evil.example <!channel>'
    """
    kept = "".join(letter if _is_visible(letter) else " " for letter in text)
    line = " ".join(_LINK.sub(r"\1[:]", kept).split())
    line = re.sub(r"(?i)\bwww\.", "www[.]", line)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def money_text(money: Decimal | None, currency: str) -> str:
    """An amount with its currency, to the cent.

    >>> money_text(Decimal("1234.5"), "USD"), money_text(None, "USD")
    ('1,234.50 USD', '')
    """
    return "" if money is None else f"{money:,.2f} {plain(currency, 10)}".rstrip()


def worded(finding: Finding, template: str = "") -> str:
    """The message of a finding; what comes from data is plain in it, whatever stands around it."""
    values = {name: plain(str(getattr(finding, name) or "")) for name in FIELDS if name != "money"}
    text = Template(template or _USUAL).safe_substitute(values | {"money": money_text(finding.money, finding.currency)})
    return "\n".join(line for line in text.splitlines() if line.strip()) or values["title"]


def template_problem(template: str) -> str:
    """What is wrong with a template, or ""."""
    pattern = Template(template)
    if not pattern.is_valid():
        return "a $ that names nothing is written $$"
    unknown = sorted(set(pattern.get_identifiers()) - set(FIELDS))
    return f"${unknown[0]} is not one of ${', $'.join(FIELDS)}" if unknown else ""


def _is_visible(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
