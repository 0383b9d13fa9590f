"""What finopsnb and its plugins never use: unpickling, evaluating text, YAML, shells, silent failures."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = [*sorted((ROOT / "finopsnb").rglob("*.py")), *sorted((ROOT / "plugins").rglob("*.py"))]
MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml", "telnetlib"}
BUILTINS = {"eval", "exec", "compile", "__import__", "input", "breakpoint"}
#: running the source of a plugin that the user loads, or writes into the cell of %%finops plugin, is what these are for
MAY = {"finopsnb/plugins/loading.py": {"exec", "compile"}, "finopsnb/commands/cells.py": {"exec", "compile"}}


def sins(tree: ast.AST) -> list[tuple[int, str]]:
    """(line, name) of everything forbidden in a module."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, a.name) for a in node.names if a.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append((node.lineno, node.module or ""))
        elif isinstance(node, ast.Call):
            found += [(node.lineno, name) for name in _forbidden_call(node)]
        elif isinstance(node, ast.ExceptHandler) and _is_silent(node):
            found.append((node.lineno, "a swallowed exception"))
    return found


def _forbidden_call(node: ast.Call) -> list[str]:
    if isinstance(node.func, ast.Name) and node.func.id in BUILTINS:
        return [node.func.id]
    shell = [k for k in node.keywords if k.arg == "shell" and not (isinstance(k.value, ast.Constant) and not k.value.value)]
    return ["shell=True"] if shell else []


def _is_silent(node: ast.ExceptHandler) -> bool:
    """``except Exception: pass`` (or a bare one): a failure that nobody ever hears of."""
    everything = node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
    return everything and all(isinstance(line, ast.Pass | ast.Continue) for line in node.body)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_nothing_forbidden(path: Path) -> None:
    allowed = MAY.get(path.relative_to(ROOT).as_posix(), set())
    found = [f"line {n}: {what}" for n, what in sins(ast.parse(path.read_text(encoding="utf-8"))) if what not in allowed]
    assert not found, ", ".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "def f():\n    import yaml",
        "eval('1')",
        "exec('x = 1')",
        "run('ls', shell=True)",
        "try:\n    f()\nexcept Exception:\n    pass",
    ],
)
def test_the_lint_finds(source: str) -> None:
    assert len(sins(ast.parse(source))) == 1
