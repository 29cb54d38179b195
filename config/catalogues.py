"""The papers that the code itself writes: events, problems, permissions, commands, and those about settings (`papers.py`).

Each page has an introduction by hand; what stands between `<!-- generated: NAME -->` and `<!-- /generated -->` is written from the code, so
that it can neither lack an entry nor keep one that is gone. `manage.py catalogue` compares and writes.
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from types import ModuleType

from config import papers, settings
from config.command_pages import commands
from identity import builtin_roles
from kernel.events import CATALOGUE, Event
from kernel.problems import TYPE_BASE, Problem

PACKAGES = ("kernel", "operations", "audit", "identity", "tenants", "console", "config")
LEFT_OUT = frozenset({"management", "migrations", "wsgi", "__main__"})
BLOCK = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)
EVENT_HEADINGS = ("Event", "Public", "Category", "Severity", "About", "Fields", "What it says")
PAGES = ("docs/events.md", "docs/problems.md", "docs/permissions.md", "docs/commands.md")


class PageFault(Exception):
    """A page is missing, or one of its marks names no catalogue."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission: its value, the app that owns it, and the sentence under it."""

    value: str
    app: str
    sentence: str


def pages(root: Path) -> dict[Path, str]:
    """Every written paper as it should be, by path below `root`. Raises PageFault."""
    about_settings = papers.about(settings.env.variables, root=settings.ROOT)
    wanted = {path.relative_to(settings.ROOT): text for path, text in about_settings.items()}
    return wanted | {Path(page): filled(_read(root / page), page=page) for page in PAGES}


def filled(text: str, *, page: str) -> str:
    """The text of a page with each marked block written anew. Raises PageFault for a page without any block, or with an unknown one."""
    found = [match.group(2) for match in BLOCK.finditer(text)]
    unknown = [name for name in found if name not in BLOCKS]
    if not found or unknown:
        raise PageFault(f"{page} has no block to fill." if not found else f"{page} has a block of an unknown name: {unknown[0]}.")
    return BLOCK.sub(lambda match: f"{match.group(1)}\n{BLOCKS[match.group(2)]()}\n\n{match.group(3)}", text)


def import_everything() -> list[ModuleType]:
    """Import every module of the product, so that each event and problem is known; the modules, by name."""
    return [module for package in PACKAGES for module in _modules(importlib.import_module(package))]


def every_problem() -> list[type[Problem]]:
    """All problems that can reach a caller, by status and type; `Problem` itself, which is never raised, is left out."""
    import_everything()
    return sorted(_below(Problem), key=lambda problem: (problem.status, problem.type))


def every_event() -> list[type[Event]]:
    """All events by name."""
    import_everything()
    return [CATALOGUE[name] for name in sorted(CATALOGUE)]


def every_permission(root: Path) -> list[Permission]:
    """All permissions in the order of the code, app by app; read from the source, since a text under a member is no docstring."""
    found: list[Permission] = []
    for module in import_everything():
        if module.__name__.endswith(".permissions"):
            found += _permissions_in(root / f"{module.__name__.replace('.', '/')}.py", app=module.__name__.partition(".")[0])
    return found


def events_block() -> str:
    """One table per app."""
    parts = []
    for app, found in groupby(every_event(), key=lambda event: event.name.partition(".")[0]):
        rows = (
            (
                _code(event.name), "yes" if event.public else "", event.category, str(event.severity), event.subject_kind,
                _own_fields(event), _sentence(event),
            )
            for event in found
        )  # fmt: skip
        parts.append(f"## {app}\n\n{_table(EVENT_HEADINGS, rows)}")
    return "\n\n".join(parts)


def problems_block() -> str:
    """One row per problem, by status."""
    rows = (
        (str(problem.status), _code(TYPE_BASE + problem.type), problem.title, _sentence(problem), _code(problem.__module__))
        for problem in every_problem()
    )
    return _table(("Status", "Type", "Title", "What it means", "Where"), rows)


def permissions_block() -> str:
    """One table per app."""
    parts = []
    for app, found in groupby(every_permission(settings.ROOT), key=lambda permission: permission.app):
        rows = ((_code(permission.value), permission.sentence) for permission in found)
        parts.append(f"## {app}\n\n{_table(('Permission', 'What it allows'), rows)}")
    return "\n\n".join(parts)


def roles_block() -> str:
    """One row per built-in role."""
    rows = (
        (_code(role.name), role.label, ", ".join(_code(grant) for grant in role.permissions), role.description)
        for role in builtin_roles.ALL
    )
    return _table(("Role", "Label", "Grants", "What it is for"), rows)


BLOCKS: Mapping[str, Callable[[], str]] = {
    "events": events_block,
    "problems": problems_block,
    "permissions": permissions_block,
    "builtin-roles": roles_block,
    "commands": commands,
}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as fault:
        raise PageFault(f"{path.name} is missing; its introduction is written by hand.") from fault


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if found.name.rpartition(".")[2] in LEFT_OUT:
            continue
        module = importlib.import_module(found.name)
        if found.ispkg:
            yield from _modules(module)
        else:
            yield module


def _below(problem: type[Problem]) -> Iterator[type[Problem]]:
    for child in problem.__subclasses__():
        if child.__module__.partition(".")[0] in PACKAGES:
            yield child
            yield from _below(child)


def _permissions_in(path: Path, *, app: str) -> list[Permission]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and any(_is_enum(base) for base in node.bases)]
    return [found for node in classes for found in _members(node.body, app=app)]


def _is_enum(base: ast.expr) -> bool:
    return isinstance(base, ast.Name) and base.id == StrEnum.__name__


def _members(body: Sequence[ast.stmt], *, app: str) -> Iterator[Permission]:
    for place, statement in enumerate(body):
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            following = body[place + 1] if place + 1 < len(body) else None
            yield Permission(value=str(statement.value.value), app=app, sentence=_text_of(following))


def _text_of(statement: ast.stmt | None) -> str:
    """The string that stands alone as a statement; empty when it is anything else."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str):
        return " ".join(statement.value.value.split())
    return ""


def _own_fields(event: type[Event]) -> str:
    own = (field for field in fields(event) if field.name not in {"subject", "subject_label"})
    told = ((_code(f"{field.name}: {_type_name(field.type)}"), field.name in event.personal) for field in own)
    return ", ".join(f"{text} (personal)" if is_personal else text for text, is_personal in told)


def _type_name(kind: object) -> str:
    return kind.__name__ if type(kind) is type else str(kind)


def _sentence(documented: type) -> str:
    """The docstring as one paragraph."""
    return " ".join((documented.__doc__ or "").split())


def _code(text: str) -> str:
    return f"`{text}`"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
