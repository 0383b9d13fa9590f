"""The vocabulary: what ``%finops`` in a notebook and ``finopsnb`` in a shell understand.

    vocabulary   what a command is: a function beside the description of its arguments
    words        a line as words, key=value pairs with typed values
    parsing      words to arguments, with errors in the user's words
    running      a line or an argument list to a Result
    completion   what may come next
    data, plugins, work, helping      the commands

The two faces parse and run the same; they differ in how they show a result.
"""

from __future__ import annotations

# importing these puts their commands into the vocabulary; the order is the order of the help
from finopsnb.commands import (
    asking,
    background,
    cells,
    concluding,
    data,
    deciding,
    demo,
    foreseeing,
    helping,
    looking,
    money,
    owners,
    plugins,
    spending,
    syncing,
    telling,
    work,
)
from finopsnb.commands.running import Call, run, run_line
from finopsnb.commands.state import State
from finopsnb.commands.vocabulary import COMMANDS, NOTEBOOK, SHELL, Command, Result

__all__ = [
    "COMMANDS",
    "NOTEBOOK",
    "SHELL",
    "Call",
    "Command",
    "Result",
    "State",
    "asking",
    "background",
    "cells",
    "concluding",
    "data",
    "deciding",
    "demo",
    "foreseeing",
    "helping",
    "looking",
    "money",
    "owners",
    "plugins",
    "run",
    "run_line",
    "spending",
    "syncing",
    "telling",
    "work",
]
