"""What is public is one sorted ``__all__`` per package: nothing leaks, nothing is missing, and the guide knows every name."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs" / "PLUGIN_ARCHITECTURE.md"
PACKAGES = [
    "finopsnb",
    "finopsnb.charts",
    "finopsnb.commands",
    "finopsnb.focus",
    "finopsnb.plugins",
    "finopsnb.plugins.messages",
    "finopsnb.plugins.outbound",
    "finopsnb.store",
]
FILES = sorted((ROOT / "finopsnb").rglob("*.py"))


def as_ruff_sorts(name: str) -> tuple[int, str]:
    """CONSTANTS, then Classes, then functions."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_what_a_module_calls_public_is_written_out_and_sorted(path: Path) -> None:
    assigned = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Assign)]
    lists = [node.value for node in assigned if isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__"]
    assert len(lists) <= 1
    for names in map(ast.literal_eval, lists):
        assert names == sorted(set(names), key=as_ruff_sorts)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_there_and_visible(package: str) -> None:
    module = importlib.import_module(package)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_leaks(package: str) -> None:
    module = importlib.import_module(package)
    hooks = {"annotations", "load_ipython_extension", "unload_ipython_extension"}
    visible = {name for name, value in vars(module).items() if not name.startswith("_") and not isinstance(value, ModuleType)}
    helpers = {"TYPE_CHECKING", "Any", "Mapping"}
    assert visible - set(module.__all__) - hooks - helpers == set()


@pytest.mark.parametrize("name", importlib.import_module("finopsnb.plugins").__all__)
def test_the_guide_knows_every_name_that_authors_may_import(name: str) -> None:
    assert re.search(rf"\b{name}\b", GUIDE.read_text())
