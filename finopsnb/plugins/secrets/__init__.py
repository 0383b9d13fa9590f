"""Secrets: given as references, resolved at load, and covered wherever text leaves the process.

    "env:NAME"  "file:PATH"  "keyring:SERVICE/USER"   ->  resolve()  ->  Secret  ->  the plugin
                                                              |
                                                           masker  ->  logs, errors, run records, HTML

A :class:`Secret` hides from everything that looks at objects (repr, tracebacks with variables, pickle). What a program
does with its text is its own: an f-string makes an ordinary string of it, and there the one :data:`masker` of the
process stands between that string and every log, error message and stored record.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from finopsnb.plugins.secrets.addresses import Address
from finopsnb.plugins.secrets.masking import Masker, MaskingFilter, masker
from finopsnb.plugins.secrets.references import read_reference
from finopsnb.plugins.secrets.secret import Secret, is_reference, is_secret_name

__all__ = ["Address", "Masker", "MaskingFilter", "Secret", "is_reference", "is_secret_name", "masker", "resolve"]


def resolve(reference: str, environ: Mapping[str, str] | None = None) -> Secret:
    """The secret behind ``env:NAME``, ``file:PATH`` (its whole text, stripped) or ``keyring:SERVICE/USER``.

    The masker knows it from then on. Raises SecretError with the call that mends it.
    """
    secret = Secret(read_reference(reference, os.environ if environ is None else environ), reference)
    masker.add(secret)
    return secret
