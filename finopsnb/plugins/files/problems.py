"""What is wrong with a file, in the user's words."""

from __future__ import annotations

import re

from finopsnb.errors import SourceError

__all__ = ["NOTHING_STORED", "not_in_encoding", "unreadable"]

NOTHING_STORED = "; nothing of it was stored."

_CUT_SHORT = re.compile("truncated|unexpected end|inflate failed|incorrect data check|zstd|malformed json", re.IGNORECASE)
_PARQUET = re.compile("parquet|magic bytes|thrift", re.IGNORECASE)


def unreadable(name: str, error: Exception, place: str = "") -> SourceError:
    """The SourceError for what the engine or the system said about a file, which is at ``place`` for the time being."""
    text = str(error).split("\n")[0][:300].replace(place or name, name)
    if isinstance(error, UnicodeError):
        return not_in_encoding(name)
    if isinstance(error, LookupError):
        return _problem(name, f"{text}.", 'encoding="latin-1" or encoding="utf-16"')
    if _CUT_SHORT.search(text):
        return _problem(name, f"It is cut short or damaged: {text}", "export or download the file again")
    if line := re.search(r"CSV Error on Line: (\d+)", text):
        if "unicode" in str(error):
            return not_in_encoding(name, int(line[1]))
        return _problem(name, f"Line {line[1]} is not well-formed CSV.", "mend the line")
    hint = "the file is not Parquet, or it is cut short: export it again" if _PARQUET.search(text) else "export the file again"
    return _problem(name, text, hint)


def not_in_encoding(name: str, line: int | None = None) -> SourceError:
    """The SourceError for bytes that are no text in the encoding that was said."""
    where = "It is" if line is None else f"Line {line} is"
    return _problem(name, f"{where} not in the encoding that was said.", 'encoding="latin-1" or encoding="utf-16"')


def _problem(name: str, why: str, hint: str) -> SourceError:
    return SourceError(f"The file {name} cannot be read{NOTHING_STORED}", why=why, hint=hint)
