"""Hints in the words of the face at which they are read: ``session.load("x", a=1)`` is ``%finops load x a=1`` there."""

from __future__ import annotations

import ast
import re
import shlex
from typing import Any

from finopsnb.commands.parsing import program
from finopsnb.commands.vocabulary import COMMANDS, NOTEBOOK, VERBS

__all__ = ["translated"]

_CALL = re.compile(r"(?:session = )?(?:session|finopsnb)\.(?P<verb>[a-z]+)\((?P<arguments>[^()]*)\)")
#: keywords of session methods that are options of a command
_KEYWORDS = {
    re.compile(r'invoices=\{"(?P<bill>[^"]+)": "(?P<amount>[^"]+)"\}'): r"--invoice \g<bill>=\g<amount>",
    re.compile(r'reason="(?P<reason>[^"]+)"'): r'--reason "\g<reason>"',
    re.compile(r'\bon="(?P<day>[^"]+)"'): r"--on \g<day>",
    re.compile(r'as_of="(?P<day>[^"]+)"'): r"--as-of \g<day>",
    re.compile(r"(?<=insights) persona=(?P<persona>\w+)"): r" --for \g<persona>",
    re.compile(r"(?<=insights) days=(?P<days>\d+)"): r" --days \g<days>",
    re.compile(r"session\.queries\(\)"): "%finops query --list",
}


def translated(hint: str, face: str) -> str:
    """
    >>> translated('session.load("focus-files", path="exports/*.csv")', "notebook")
    '%finops load focus-files path=exports/*.csv'
    >>> translated('session.recommend("anomalies", expect="ID")', "shell"), translated('session.insights(days=28)', "notebook")
    ('finopsnb run anomalies expect=ID', '%finops insights --days 28')
    >>> translated("%finops plugins lists them", "shell")
    'finopsnb plugins lists them'
    >>> translated('invoices={"004810275539:2026-10:USD": "24828.29"}', "notebook")
    '--invoice 004810275539:2026-10:USD=24828.29'
    """
    told = _CALL.sub(lambda match: _as_command(match, face), hint)
    for keyword, option in _KEYWORDS.items():
        told = keyword.sub(option, told)
    return told if face == NOTEBOOK else re.sub(r"%%?finops\b", program(face), told)


def _as_command(match: re.Match[str], face: str) -> str:
    verb = VERBS.get(match["verb"], match["verb"])
    command = COMMANDS.get(verb)
    if command is None or face not in command.faces:
        return match[0]
    try:
        call = ast.parse(f"f({match['arguments']})", mode="eval").body
    except SyntaxError:
        return match[0]
    if not isinstance(call, ast.Call):
        return match[0]
    words = [_told(one) for one in call.args] + [f"{one.arg}={_told(one.value)}" for one in call.keywords]
    return " ".join([program(face), verb, *words])


def _told(node: ast.expr) -> str:
    if not isinstance(node, ast.Constant):
        return ast.unparse(node)
    value: Any = node.value
    if value is Ellipsis:
        return "..."
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return shlex.quote(text) if re.search(r"[\s'\"\\]", text) else text
