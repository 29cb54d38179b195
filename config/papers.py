"""The papers that are written from the declarations of settings: `.env.example` and `docs/settings.md`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from config.env import Kind, Variable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

INTRODUCTION = """# Settings

Every setting is read from the environment, or from a file `.env` in the project folder, where the environment wins; an empty value counts
as not set. All have working defaults unless marked required. Wrong values are all told at once, and nothing starts until they are right.
A secret may be given as `NAME`, or as `NAME_FILE`, the path of a file that holds it. Flags are `true` or `false`; listings are separated
by commas.

`make docs` writes this page from the code; a check fails when it is old.

| Setting | Kind | Default | What it does |
|---|---|---|---|
"""


def about(variables: Mapping[str, Variable], *, root: Path) -> dict[Path, str]:
    """Both papers: path and whole text."""
    return {root / ".env.example": example(variables, root=root), root / "docs" / "settings.md": page(variables, root=root)}


def example(variables: Mapping[str, Variable], *, root: Path) -> str:
    """The text of `.env.example`: every variable as a comment with its help and default, in the order of declaration.

    Defaults below the project folder `root` are shown relative to it, so that the text is the same everywhere.
    """
    lines = [
        "# Every setting of Freehold. All have working defaults unless marked required; copy to .env what you change.",
        "# Written by `make docs`; a test fails when it is incomplete.",
    ]
    for variable in variables.values():
        lines += ["", f"# {variable.help}"]
        if variable.kind is Kind.SECRET:
            lines.append(f"# A secret: {variable.name}_FILE may name a file that holds it instead.")
        if variable.is_required:
            lines.append("# Required.")
        shown = "" if variable.kind is Kind.SECRET else variable.default.replace(f"{root}/", "")
        lines.append(f"# {variable.name}={_quoted(shown)}")
    return "\n".join(lines) + "\n"


def page(variables: Mapping[str, Variable], *, root: Path) -> str:
    """The text of `docs/settings.md`: one row per variable, in the order of the alphabet."""
    rows = []
    for variable in sorted(variables.values(), key=lambda each: each.name):
        shown = variable.default.replace(f"{root}/", "")
        default = (
            "required"
            if variable.is_required
            else "made at the first start"
            if shown and variable.kind is Kind.SECRET
            else f"`{shown}`"
        )
        rows.append(
            f"| `{variable.name}` | {variable.kind} | {default if shown or variable.is_required else 'none'} | {_cell(variable.help)} |\n"
        )
    return INTRODUCTION + "".join(rows)


def _quoted(value: str) -> str:
    return f"'{value}'" if re.search(r"[\s#\"]", value) else value


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
