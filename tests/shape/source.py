"""The code as a tree: which files there are, and what stands in them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("tenants", "identity", "audit", "operations")
PRODUCT = ("config", "console", *APPS, "kernel")
DOORS = frozenset({"actions", "queries", "documents", "events", "problems", "permissions"})


@cache
def tracked() -> tuple[Path, ...]:
    """All files under version control, and those that are about to be; relative to the root."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return tuple(Path(name) for name in listed if (ROOT / name).is_file())


def python(*tops: str) -> list[Path]:
    """The Python files below some folders, or all."""
    return [path for path in tracked() if path.suffix == ".py" and (not tops or path.parts[0] in tops)]


@cache
def text(path: Path) -> str:
    """What stands in a file."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(text(path), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods of a file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every imported module with its line; `from a import b` tells `a.b`, since b may be a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def offered(path: Path) -> frozenset[str]:
    """The names in a file's `__all__`; none without one."""
    return frozenset(
        name
        for node in tree(path).body
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "__all__"
        for name in ast.literal_eval(node.value)
    )


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or a chain of attributes; other parts are left out."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".removeprefix(".")
    if isinstance(node, ast.Call):
        return dotted(node.func)
    return node.id if isinstance(node, ast.Name) else ""


def is_migration(path: Path) -> bool:
    """Whether a file is a migration."""
    return path.parent.name == "migrations"
