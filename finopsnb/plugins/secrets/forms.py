"""The shapes in which a secret turns up in text: escaped, quoted, encoded, or in pieces.

Base64 needs care. A secret inside a longer payload (``user:secret`` of a Basic header) starts at any of three offsets,
and its first and last characters then depend on its neighbours. What is left in the middle is the same for each offset:
that core is searched for, besides the encoding of the secret alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

__all__ = ["COVER", "covered", "forms_of"]

COVER = "****"

#: shorter pieces and cores of base64 would be found inside ordinary words
_SHORTEST_CORE = 8
_SHORTEST_LINE = 16
_SHORTEST_PASSWORD = 4


def forms_of(value: str) -> frozenset[str]:
    """Every text under which ``value`` may appear.

    >>> {"pass/word", "pass%2Fword", "cGFzcy93b3Jk"} <= forms_of("pass/word")
    True
    """
    texts = {value, *_lines(value), *_password_in(value)}
    return frozenset(form for text in texts for form in (*_escaped(text), *_encoded(text)))


def covered(text: str, forms: tuple[str, ...]) -> str:
    """``text`` with every occurrence of a form replaced, overlapping ones together.

    >>> covered("abcd1234xyz!", ("abcd1234", "1234xyz"))
    '****!'
    """
    pieces, end = [], 0
    for start, stop in sorted(span for form in forms for span in _spans(text, form)):
        if start >= end:
            pieces += [text[end:start], COVER]
        end = max(end, stop)
    return "".join([*pieces, text[end:]])


def _spans(text: str, form: str) -> Iterator[tuple[int, int]]:
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + 1)


def _lines(value: str) -> list[str]:
    """The lines of a key or a JSON document, which are printed one by one; also where ``\\n`` is written out."""
    lines = [line.strip() for line in re.split(r"[\r\n]+|\\n", value)]
    return [line for line in lines if len(line) >= _SHORTEST_LINE]


def _password_in(value: str) -> list[str]:
    """The password of ``scheme://user:password@host``, which drivers print without the rest."""
    found = re.search(r"://[^/?#\s:@]*:([^/?#\s]+)@", value)
    if found is None or len(found[1]) < _SHORTEST_PASSWORD:
        return []
    from urllib.parse import unquote

    return [found[1], unquote(found[1])]


def _escaped(text: str) -> set[str]:
    """Escaped once and twice: a message inside a JSON document inside a repr is common in logs."""
    writers = _writers()
    once = {text, *(write(text) for write in writers)}
    return {*once, *(write(form) for form in once for write in writers)}


def _writers() -> list[Callable[[str], str]]:
    import json
    from html import escape
    from urllib.parse import quote, quote_plus

    return [
        lambda text: repr(text)[1:-1],
        lambda text: repr(text)[1:-1].replace("'", r"\'"),
        lambda text: ascii(text)[1:-1],
        lambda text: repr(_bytes(text))[2:-1],
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
        lambda text: json.dumps(text)[1:-1].replace("/", r"\/"),
        lambda text: escape(text, quote=False),
        escape,
        lambda text: escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        lambda text: quote(text, errors="replace"),
        lambda text: quote(text, safe="", errors="replace"),
        lambda text: quote_plus(text, errors="replace"),
        lambda text: _lower_escapes(quote(text, safe="", errors="replace")),
    ]


def _lower_escapes(quoted: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)


def _encoded(text: str) -> set[str]:
    from base64 import b64encode

    data = _bytes(text)
    whole = b64encode(data).decode()
    standard = {whole, whole.rstrip("="), data.hex(), *(_core(data, offset) for offset in range(3))}
    standard = {form for form in standard if len(form) >= _SHORTEST_CORE}
    return standard | {form.translate(str.maketrans("+/", "-_")) for form in standard}


def _core(data: bytes, offset: int) -> str:
    """The part of the base64 of ``data`` that does not depend on what is before (``offset`` bytes) and after it."""
    from base64 import b64encode

    text = b64encode(b"\0" * offset + data).decode()
    return text[-(-offset * 8 // 6) : (offset + len(data)) * 8 // 6]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
