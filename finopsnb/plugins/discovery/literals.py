"""Values that can be read off source code without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from finopsnb.plugins.base import PluginType

__all__ = ["NotLiteral", "Scope", "scope_of", "statements"]

#: a few lines of source can name each other so often that they would never end, or fill the memory
_MOST_STEPS = 5_000
_MOST_CHARACTERS = 100_000


class NotLiteral(Exception):
    """The expression at ``node`` is only known when it runs."""

    def __init__(self, node: ast.AST, why: str = "") -> None:
        super().__init__(why)
        self.line: int = getattr(node, "lineno", 0)
        self.text = why or f"{ast.unparse(node)[:60]} is only known when it runs"


@dataclass(frozen=True)
class Scope:
    """The names of a module, class or function body: what each was assigned to, and what it was imported from.

    A name that is assigned more than once is kept as None: which of the values counts is only known when it runs.
    """

    names: Mapping[str, ast.expr | None]
    imports: Mapping[str, str]
    outer: Scope | None = None
    #: the class body that ``self.NAME`` looks in
    own: Scope | None = None
    steps: list[int] = field(default_factory=lambda: [0])

    def expression(self, node: ast.expr) -> ast.expr:
        """``node``, or what the name it is was assigned to."""
        seen: set[str] = set()
        while isinstance(node, ast.Name) and node.id not in seen:
            seen.add(node.id)
            found = self._lookup(node.id)
            if found is None:
                return node
            node = found
        return node

    def dotted(self, node: ast.expr) -> str:
        """The full name of ``a.b.c`` with the import behind ``a`` put in; empty for anything else."""
        if isinstance(node, ast.Name):
            return self._imported(node.id)
        if isinstance(node, ast.Attribute) and (base := self.dotted(node.value)):
            return f"{base}.{node.attr}"
        return ""

    def value(self, node: ast.expr) -> Any:
        """What a literal, a constant or a PluginType is; raises NotLiteral."""
        self.steps[0] += 1
        if self.steps[0] > _MOST_STEPS:
            raise NotLiteral(node, "the constants refer to each other too often, or in a circle")
        match node:
            case ast.Constant(value=constant):
                return constant
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return tuple(self.value(item) for item in items)
            case ast.Name():
                return self._named(node)
            case ast.Attribute() | ast.Call():
                return self._member(node)
            case ast.JoinedStr(values=parts):
                return self._short("".join(map(self._part, parts)), node)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._sum(self.value(left), self.value(right), node)
        raise NotLiteral(node)

    def _named(self, node: ast.Name) -> Any:
        if (found := self._lookup(node.id)) is None:
            raise NotLiteral(node)
        return self.value(found)

    def _member(self, node: ast.Attribute | ast.Call) -> Any:
        """``PluginType.X``, ``PluginType("x")``, ``self.NAME``; nothing else is known."""
        if isinstance(node, ast.Call):
            if self.dotted(node.func).endswith("PluginType") and len(node.args) == 1:
                return self.value(node.args[0])
            raise NotLiteral(node)
        if self.dotted(node.value).endswith("PluginType") and node.attr in PluginType.__members__:
            return PluginType[node.attr]
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and self.own is not None:
            found = self.own.names.get(node.attr)
            if found is not None:
                return self.own.value(found)
        raise NotLiteral(node)

    def _part(self, node: ast.expr) -> str:
        if isinstance(node, ast.FormattedValue):
            if node.conversion != -1 or node.format_spec is not None:
                raise NotLiteral(node.value)
            return str(self.value(node.value))
        return str(self.value(node))

    def _sum(self, left: Any, right: Any, node: ast.expr) -> Any:
        if type(left) is not type(right) or not isinstance(left, (str, tuple)):
            raise NotLiteral(node)
        return self._short(left + right, node)

    def _short(self, value: Any, node: ast.expr) -> Any:
        if len(value) > _MOST_CHARACTERS:
            raise NotLiteral(node, f"a constant has more than {_MOST_CHARACTERS:,} characters")
        return value

    def _lookup(self, name: str) -> ast.expr | None:
        if name in self.names:
            return self.names[name]
        return self.outer._lookup(name) if self.outer is not None else None

    def _imported(self, name: str) -> str:
        if name in self.imports or self.outer is None:
            return self.imports.get(name, name)
        return self.outer._imported(name)


def scope_of(body: Iterable[ast.stmt], outer: Scope | None = None, own: Scope | None = None) -> Scope:
    """The names that ``body`` assigns and imports; ``own`` is the class that ``self`` is of."""
    names: dict[str, ast.expr | None] = {}
    imports: dict[str, str] = {}
    for statement in statements(body):
        imports.update(_imports(statement))
        for name, value in _assigned(statement):
            names[name] = None if name in names else value
    return Scope(names, imports, outer, own, outer.steps if outer is not None else [0])


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, those inside ``if``, ``try`` and ``with`` too, functions and classes not entered."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            for part in ("body", "orelse", "finalbody"):
                yield from statements(getattr(statement, part, ()))
            for handler in getattr(statement, "handlers", ()):
                yield from statements(handler.body)


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.AugAssign(target=ast.Name(id=name)):
            yield from ((name, None), (name, None))


def _imports(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            head = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (head, head)
    elif isinstance(statement, ast.ImportFrom):
        source = "." * statement.level + (statement.module or "")
        separator = "" if source.endswith(".") else "."
        yield from ((a.asname or a.name, f"{source}{separator}{a.name}") for a in statement.names)
