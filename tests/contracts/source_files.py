"""The project's modules as syntax trees, and who imports whom: what the contract tests read."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Import:
    """One name that a module imports."""

    target: str
    """Dotted name, such as `mtrec_core.data.schema` or `torch`."""
    line: int
    on_load: bool
    """True when importing the module runs it: outside functions and outside `if TYPE_CHECKING`."""


@dataclass(frozen=True)
class SourceFile:
    """One Python file of the project."""

    path: str
    """Relative to the project's root, with slashes."""
    module: str
    text: str
    tree: ast.Module
    imports: tuple[Import, ...]


def python_files(*folders: str) -> list[Path]:
    """The Python files below the given folders of the project, sorted."""
    return sorted(path for folder in folders for path in (PROJECT / folder).rglob("*.py"))


def module_name(path: Path) -> str:
    """`mtrec_core/data/__init__.py` is `mtrec_core.data`."""
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def core_files() -> tuple[SourceFile, ...]:
    """Every module of mtrec_core."""
    return tuple(read(path) for path in python_files("mtrec_core"))


def read(path: Path) -> SourceFile:
    """One file, parsed."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, filename=str(path))
    return SourceFile(
        path=path.relative_to(PROJECT).as_posix(),
        module=module_name(path),
        text=text,
        tree=tree,
        imports=tuple(_imports(tree.body, on_load=True)),
    )


def _imports(body: list[ast.stmt], *, on_load: bool) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(name.name, node.lineno, on_load)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                yield Import(f"{node.module}.{name.name}", node.lineno, on_load)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _imports(node.body, on_load=False)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _imports(node.body, on_load=False)
            yield from _imports(node.orelse, on_load=on_load)
        else:
            for block in ("body", "orelse", "finalbody"):
                yield from _imports(getattr(node, block, []), on_load=on_load)
            for handler in getattr(node, "handlers", []):
                yield from _imports(handler.body, on_load=on_load)


def loaded_modules(target: str, known: dict[str, SourceFile]) -> list[SourceFile]:
    """The project's files that importing `target` runs: the module of the name, and its packages."""
    parts = target.split(".")
    return [known[name] for count in range(1, len(parts) + 1) if (name := ".".join(parts[:count])) in known]


def chain_to(start: SourceFile, roots: frozenset[str], known: dict[str, SourceFile]) -> list[str] | None:
    """The shortest way, over imports that run on load, from a file to a root package; None without one."""
    ways: list[tuple[SourceFile, list[str]]] = [(start, [start.path])]
    seen = {start.module}
    while ways:
        file, way = ways.pop(0)
        for found in file.imports:
            if not found.on_load:
                continue
            if found.target.split(".")[0] in roots:
                return [*way[:-1], f"{file.path}:{found.line}", found.target]
            for nxt in loaded_modules(found.target, known):
                if nxt.module not in seen:
                    seen.add(nxt.module)
                    ways.append((nxt, [*way[:-1], f"{file.path}:{found.line}", nxt.path]))
    return None
