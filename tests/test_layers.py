"""Imports go downwards only.

One line is one layer, the top first. ``|`` stands between rooms of a layer that never import each other; the modules of one
room may. A module may import what stands below its line, also inside a function; type-only imports do not count.

    (package)
    notebook | cli | plugins.testing
    commands
    session
    verbs
    plugins plugins.manager
    plugins.registry plugins.lifecycle plugins.records plugins.failures plugins.quality | store | analysis | charts
    plugins.loading | plugins.api | plugins.outbound | plugins.messages
    plugins.exports | plugins.sheets
    plugins.config | plugins.discovery | focus | plugins.files
    plugins.base plugins.context plugins.decorators plugins.telemetry plugins.attribution plugins.recommendation
        plugins.dashboard plugins.integration plugins.notification plugins.policy
    plugins.hooks | plugins.secrets | plugins.tabular | frames | engines | amounts | attending
    errors

A plugin in ``plugins/`` uses what any outside author can use: ``finopsnb.plugins``, ``finopsnb.analysis``,
``finopsnb.charts`` and ``finopsnb.errors``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIBRARY = ROOT / "finopsnb"
FOR_PLUGINS = ("finopsnb.plugins", "finopsnb.analysis", "finopsnb.charts", "finopsnb.errors")


def table() -> dict[str, tuple[int, int]]:
    """From the docstring: each room's modules to (height of the layer, number of the room)."""
    lines: list[str] = []
    for line in (__doc__ or "").splitlines():
        if line.startswith("        "):
            lines[-1] += " " + line.strip()
        elif line.startswith("    "):
            lines.append(line.strip())
    rooms = [[room.split() for room in line.split(" | ")] for line in reversed(lines)]
    return {
        "finopsnb" if module == "(package)" else f"finopsnb.{module}": (height, number)
        for height, layer in enumerate(rooms)
        for number, room in enumerate(layer)
        for module in room
    }


PLACES = table()


def place_of(module: str) -> tuple[int, int] | None:
    """Where a module stands: by its own name, else by the package that it is in; modules of the two big packages each need their own."""
    while module not in PLACES:
        module = module.rpartition(".")[0]
        if module in ("", "finopsnb", "finopsnb.plugins"):
            return None
    return PLACES[module]


def modules() -> dict[str, Path]:
    """Every module of the library by its dotted name."""
    files = sorted(LIBRARY.rglob("*.py"))
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files]
    return dict(zip(names, files, strict=True))


MODULES = modules()


def imports_of(module: str, path: Path) -> Iterator[tuple[int, str]]:
    """(line, imported module of ours) for every import in a file, those under TYPE_CHECKING left out."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, package)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield node.lineno, inner if inner in MODULES else base


def walk(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        yield from walk(node)


def absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_what_stands_below_it(module: str) -> None:
    own = place_of(module)
    assert own is not None, f"{module} has no place in the table of {Path(__file__).name}"
    wrong = []
    for line, target in imports_of(module, MODULES[module]):
        if target.split(".")[0] != "finopsnb":
            continue
        place = place_of(target)
        # asking the package itself for its version or its lazy names is not an import of a face
        if target == "finopsnb" or (place is not None and (place == own or place[0] < own[0])):
            continue
        wrong.append(f"{MODULES[module].relative_to(ROOT)}:{line} imports {target}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", sorted((ROOT / "plugins").rglob("*.py")), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_first_party_plugin_uses_the_public_contract_only(path: Path) -> None:
    module = ".".join(["finopsnb_plugins", *path.relative_to(ROOT / "plugins").with_suffix("").parts])
    ours = [(line, name) for line, name in imports_of(module, path) if name.split(".")[0] == "finopsnb"]
    wrong = [
        f"line {line}: {name}"
        for line, name in ours
        if not any(name == allowed or name.startswith(allowed + ".") for allowed in FOR_PLUGINS) or "._" in name
    ]
    assert not wrong, f"{path}: " + ", ".join(wrong)


def test_the_table_names_only_what_exists() -> None:
    assert [name for name in PLACES if name not in MODULES] == []


def test_the_reader_sees_imports_in_functions_but_not_type_only_ones(tmp_path: Path) -> None:
    source = "\n".join(
        [
            "from typing import TYPE_CHECKING",
            "if TYPE_CHECKING:",
            "    from finopsnb.session import Session",
            "def draw():",
            "    from finopsnb.plugins import hooks",
            "    from ..errors import FinopsError",
        ]
    )
    (tmp_path / "charts.py").write_text(source)
    found = [name for _, name in imports_of("finopsnb.charts.bars", tmp_path / "charts.py")]
    assert found == ["typing", "finopsnb.plugins.hooks", "finopsnb.errors"]
