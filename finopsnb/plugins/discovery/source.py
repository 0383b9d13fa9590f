"""Plugins as their source tells them: read with ``ast``, nothing is run.

    class AcmeCost(TelemetryPlugin):                             a class is a plugin when its own body has a literal
        metadata = PluginMetadata(name="acme-cost", ...)         PluginMetadata, as an attribute or a property's answer,

    @plugin(name="acme-cost", version="1.0.0")                   or when it carries the decorator
    class AcmeCost(TelemetryPlugin): ...

Constants of the module and the class are followed (``VERSION``, ``PluginType.POLICY``, ``"policy"``, f-strings and sums
of them). A class that is only imported, or only inherits its metadata, is not a plugin of this file. A class that looks
like a plugin, and whose metadata is only known when it runs, is listed with the reason.
"""

from __future__ import annotations

import ast
import functools
import stat
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from finopsnb.errors import nearest
from finopsnb.plugins.base import PluginMetadata, PluginType
from finopsnb.plugins.discovery.found import Found, digest_of
from finopsnb.plugins.discovery.literals import NotLiteral, Scope, scope_of, statements
from finopsnb.plugins.discovery.metadata import check_metadata, shown, type_named

__all__ = ["NOT_LITERAL", "Source", "open_source", "read_source"]

MOST_BYTES = 2_000_000
NOT_LITERAL = "its metadata is not literal"
_FIELDS = tuple(field.name for field in fields(PluginMetadata))
_TYPE_OF_BASE = {f"{kind.value.title()}Plugin": kind for kind in PluginType}
_PROPERTIES = ("property", "cached_property")


@dataclass(frozen=True)
class Source:
    """One file of Python: its syntax tree (None where it cannot be parsed, and ``reason`` says why)."""

    path: Path
    module: str
    tree: ast.Module | None
    sha256: str
    reason: str = ""

    def found(self, origin: str = "") -> list[Found]:
        """The plugins of the file in the order of their lines, or one Found with the reason."""
        origin = origin or f"file {self.path}"
        if self.tree is None:
            name = self.path.stem
            return [Found(name, origin=origin, module=self.module, path=self.path, sha256=self.sha256, reason=self.reason)]
        return list(_Reader(self, origin, self.tree).plugins())

    def imports(self) -> dict[str, str]:
        """What each imported name of the module was imported from, relative imports with their dots."""
        return dict(scope_of(self.tree.body).imports) if self.tree is not None else {}


def read_source(path: Path, module: str, *, origin: str = "") -> list[Found]:
    """The plugins in the file at ``path``, which would be imported as ``module``.

    A file that cannot be read or parsed gives one Found with the reason.
    """
    try:
        data = _read(path)
    except OSError as error:
        return _unread(path, module, error).found(origin)
    return list(_found(data, path, module, origin))


def open_source(path: Path, module: str) -> Source:
    """Read and parse a file; never raises for what is in it."""
    try:
        data = _read(path)
    except OSError as error:
        return _unread(path, module, error)
    return _parsed(data, path, module)


@functools.lru_cache(maxsize=512)
def _found(data: bytes, path: Path, module: str, origin: str) -> tuple[Found, ...]:
    """Every session looks for the plugins that come with us, in files that are what they were."""
    return tuple(_parsed(data, path, module).found(origin))


def _unread(path: Path, module: str, error: OSError) -> Source:
    return Source(path, module, None, "", f"{path} cannot be read: {error.strerror or error}")


def _parsed(data: bytes, path: Path, module: str) -> Source:
    sha256 = digest_of(data)
    try:
        return Source(path, module, ast.parse(data, str(path)), sha256)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Source(path, module, None, sha256, _syntax(error, path))


def _read(path: Path) -> bytes:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # a pipe would never end
        raise OSError(f"{path.name} is not an ordinary file")
    if status.st_size > MOST_BYTES:
        raise OSError(f"{status.st_size:,} bytes; {MOST_BYTES:,} are the most")
    return path.read_bytes()


def _syntax(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f"syntax error at {path}:{error.lineno or 1}: {shown(error.msg or 'invalid syntax', 200)}"
    return f"{path} cannot be parsed: {type(error).__name__}: {shown(str(error), 200)}"


class _Reader:
    """Reads the classes of one parsed file."""

    def __init__(self, source: Source, origin: str, tree: ast.Module) -> None:
        self.source, self.origin = source, origin
        self.scope = scope_of(tree.body)
        self.classes = {s.name: s for s in statements(tree.body) if isinstance(s, ast.ClassDef)}

    def plugins(self) -> Iterator[Found]:
        for cls in self.classes.values():
            self.scope.steps[0] = 0
            try:
                call, scope = self._declaration(cls)
                if call is not None:
                    yield self._found(cls, call, scope)
            except NotLiteral as unknown:
                yield self._unusable(cls, "", [f"{NOT_LITERAL}: {unknown.text}"], unknown.line)
            except RecursionError:
                yield self._unusable(cls, "", ["its metadata is nested too deeply, or in a circle"], cls.lineno)

    def _declaration(self, cls: ast.ClassDef) -> tuple[ast.Call | None, Scope]:
        """The call that holds the metadata, with the scope of its names; None when the class is not a plugin."""
        body = scope_of(cls.body, outer=self.scope)
        for decorator in cls.decorator_list:
            if isinstance(decorator, ast.Call) and self._is_plugin_decorator(decorator.func):
                return decorator, self.scope
        for statement in statements(cls.body):
            if isinstance(statement, ast.FunctionDef) and statement.name == "metadata":
                return self._answer(cls, statement, body)
        if "metadata" not in body.names:
            return None, body
        value = body.names["metadata"]
        why = "" if value is not None else "metadata is assigned more than once"
        return self._call(cls, value, body, value or cls, why), body

    def _answer(self, cls: ast.ClassDef, function: ast.FunctionDef, body: Scope) -> tuple[ast.Call | None, Scope]:
        """What a metadata property returns; an abstract one declares nothing."""
        kinds = {self.scope.dotted(d).rpartition(".")[2] for d in function.decorator_list}
        scope = scope_of(function.body, outer=self.scope, own=body)
        if "abstractmethod" in kinds:
            return None, scope
        returns = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None]
        if not kinds & set(_PROPERTIES) and self._looks_like_plugin(cls):
            raise NotLiteral(function, "metadata is a method; write @property above it")
        if len(returns) != 1:
            many = "returns in more than one place" if returns else "returns nothing"
            return self._call(cls, None, scope, function, f"the metadata property {many}"), scope
        return self._call(cls, returns[0], scope, returns[0]), scope

    def _call(self, cls: ast.ClassDef, value: ast.expr | None, scope: Scope, where: ast.AST, why: str = "") -> ast.Call | None:
        node = scope.expression(value) if value is not None else None
        if isinstance(node, ast.Call) and scope.dotted(node.func).rpartition(".")[2] == "PluginMetadata":
            return node
        if self._looks_like_plugin(cls):
            raise NotLiteral(where, why)
        return None

    def _found(self, cls: ast.ClassDef, call: ast.Call, scope: Scope) -> Found:
        values, problems = self._values(call, scope)
        if problems or "name" not in values:
            return self._unusable(cls, values.get("name", ""), problems or ["its metadata has no name"], call.lineno)
        kind = type_named(values.pop("plugin_type", None)) or self._type_of(cls)
        meta = PluginMetadata(**{**values, "plugin_type": kind})
        if problems := check_metadata(meta):
            return self._unusable(cls, meta.name, problems, call.lineno, kind)
        return Found(
            name=meta.name,
            plugin_type=kind,
            version=meta.version,
            author=meta.author,
            description=meta.description,
            tags=tuple(meta.tags),
            license=meta.license,
            homepage=meta.homepage,
            dependencies=tuple(meta.dependencies),
            requires=tuple(meta.requires),
            **self._place(cls, cls.lineno),
        )

    def _values(self, call: ast.Call, scope: Scope) -> tuple[dict[str, Any], list[str]]:
        """The fields of the metadata that discovery needs; the settings' schema may be built when it runs."""
        given = [*zip(_FIELDS, call.args, strict=False), *((k.arg or "**", k.value) for k in call.keywords)]
        values: dict[str, Any] = {}
        problems = [f"its metadata has {len(call.args)} fields without a name"] if len(call.args) > len(_FIELDS) else []
        for key, node in given:
            if key not in _FIELDS and key != "**":
                near = nearest(key, _FIELDS)
                problems.append(f"its metadata has no field {key}" + (f"; did you mean {near}?" if near else ""))
            elif key != "config_schema":
                try:
                    values[key] = scope.value(node)
                except NotLiteral as unknown:
                    problems.append(f"{NOT_LITERAL}: {key}={unknown.text} (line {unknown.line})")
        return values, problems

    def _unusable(self, cls: ast.ClassDef, name: Any, problems: list[str], line: int, kind: Any = None) -> Found:
        reason = f"{cls.name} at {self.source.path}:{line}: {'; '.join(problems[:5])}"
        known = kind if isinstance(kind, PluginType) else self._type_of(cls)
        return Found(shown(name or cls.name), known, reason=reason, **self._place(cls, line))

    def _place(self, cls: ast.ClassDef, line: int) -> dict[str, Any]:
        source = self.source
        return {
            "origin": self.origin,
            "module": source.module,
            "class_name": cls.name,
            "path": source.path,
            "line": line,
            "sha256": source.sha256,
        }

    def _type_of(self, cls: ast.ClassDef, seen: frozenset[str] = frozenset()) -> PluginType | None:
        """The type that the class body or a base class of this file or of the framework tells."""
        own = scope_of(cls.body, outer=self.scope)
        if (node := own.names.get("plugin_type")) is not None:
            try:
                kind = type_named(own.value(node))
            except NotLiteral:
                kind = None  # the base classes may still tell
            if isinstance(kind, PluginType):
                return kind
        for base in self._bases(cls):
            if base in _TYPE_OF_BASE:
                return _TYPE_OF_BASE[base]
            if base in self.classes and base not in seen and (kind := self._type_of(self.classes[base], seen | {base})):
                return kind
        return None

    def _looks_like_plugin(self, cls: ast.ClassDef, seen: frozenset[str] = frozenset()) -> bool:
        for base in self._bases(cls):
            if base in _TYPE_OF_BASE or base == "PluginBase" or base.endswith("Plugin"):
                return True
            if base in self.classes and base not in seen and self._looks_like_plugin(self.classes[base], seen | {base}):
                return True
        return False

    def _bases(self, cls: ast.ClassDef) -> list[str]:
        bases = [base.value if isinstance(base, ast.Subscript) else base for base in cls.bases]
        return [self.scope.dotted(base).rpartition(".")[2] for base in bases]

    def _is_plugin_decorator(self, function: ast.expr) -> bool:
        package, _, name = self.scope.dotted(function).rpartition(".")
        return name == "plugin" and (not package or package.startswith((".", "finopsnb")))
