"""The catalogues lack nothing and keep nothing: compared with the source text, which is read here in another way than by the generator."""

import ast
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from config import catalogues, command_pages
from tests.conftest import Settings
from tests.docs.papers import ROOT

APPS = ("kernel", "operations", "audit", "identity", "tenants", "console", "config")
CODE = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


def sources() -> list[Path]:
    return [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def classes() -> Iterator[ast.ClassDef]:
    for path in sources():
        yield from (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ClassDef))


def assigned(node: ast.ClassDef, name: str) -> list[str]:
    """The text constants that a class assigns to one name."""
    return [
        statement.value.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
        and [target.id for target in statement.targets if isinstance(target, ast.Name)] == [name]
    ]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def first_cells(name: str) -> list[str]:
    """What the tables of a page have in their first column, as far as it is code."""
    return CODE.findall(page(name))


def test_every_written_page_is_what_the_code_gives() -> None:
    old = [str(path) for path, text in catalogues.pages(ROOT).items() if not (ROOT / path).is_file() or page(str(path)) != text]

    assert old == []


def test_every_event_in_the_source_has_one_row() -> None:
    declared = [name for node in classes() for name in assigned(node, "name") if re.fullmatch(r"[a-z]+\.[a-z_]+\.[a-z_]+", name)]
    declared = [name for name in declared if name.partition(".")[0] in APPS]

    assert len(declared) > 30
    assert sorted(first_cells("docs/events.md")) == sorted(declared)


def test_every_problem_in_the_source_has_one_row() -> None:
    declared = [kind for node in classes() if assigned(node, "title") for kind in assigned(node, "type")]
    shown = re.findall(r"^\| \d{3} \| `/problems/([a-z-]+)` \|", page("docs/problems.md"), re.MULTILINE)

    assert len(declared) > 40
    assert sorted(shown) == sorted(declared)


def test_no_two_problems_share_a_type() -> None:
    types = [problem.type for problem in catalogues.every_problem()]

    assert sorted(types) == sorted(set(types))


def test_every_permission_in_the_source_has_one_row_with_a_sentence() -> None:
    declared = [
        str(statement.value.value)
        for node in classes()
        if node.name == "Permission" and [base.id for base in node.bases if isinstance(base, ast.Name)] == ["StrEnum"]
        for statement in node.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
    ]
    rows = re.findall(
        r"^\| `([a-z]+:[a-z_.]+)` \| (.*) \|$",
        page("docs/permissions.md").partition("The permissions, app by app")[2],
        re.MULTILINE,
    )

    assert len(declared) > 15
    assert sorted(value for value, _ in rows) == sorted(declared)
    assert [value for value, sentence in rows if not sentence.strip().endswith(".")] == []


def test_every_variable_that_the_settings_read_is_in_both_papers() -> None:
    read = re.findall(r'env\.(?:text|flag|number|secret|listing)\(\s*"([A-Z_]+)"', page("config/settings.py"))
    in_example = re.findall(r"^# ([A-Z_]+)=", page(".env.example"), re.MULTILINE)

    assert len(read) > 20
    assert sorted(in_example) == sorted(read)
    assert sorted(first_cells("docs/settings.md")) == sorted(read)


def test_every_command_of_ours_has_a_section() -> None:
    files = [path for app in APPS for path in (ROOT / app / "management" / "commands").glob("[a-z]*.py")]
    shown = re.findall(r"^## ([a-z_]+)$", page("docs/commands.md"), re.MULTILINE)

    assert sorted(shown) == sorted(path.stem for path in files)
    assert sorted(command_pages.names()) == sorted(shown)


def test_every_verb_has_a_heading_under_its_command() -> None:
    text = page("docs/commands.md")

    documented = set(re.findall(r"^### tenant ([a-z]+)$", text, re.MULTILINE))
    assert documented >= {"create", "list", "show", "suspend", "rename", "move", "archive", "delete", "undelete", "export", "where"}
    assert "manage.py tenant suspend [--json] [--dry-run] TENANT --reason REASON" in text


@pytest.fixture
def copied(tmp_path: Path, settings: Settings) -> Path:
    """The papers in another folder, which the command takes for the project's."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / ".env.example", tmp_path)
    settings.ROOT = tmp_path
    return tmp_path


def run(*arguments: str) -> int:
    try:
        call_command("catalogue", *arguments, stdout=io.StringIO())
    except SystemExit as ended:
        return int(str(ended.code))
    return 0


def test_a_row_that_is_gone_from_the_page_is_found_and_written_anew(copied: Path) -> None:
    path = copied / "docs" / "events.md"
    whole = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^\| `tenants\.tenant\.suspended`.*\n", "", whole, flags=re.MULTILINE), encoding="utf-8")

    found, written, then = run("--check"), run("--write"), run("--check")

    assert (found, written, then) == (6, 0, 0)
    assert path.read_text(encoding="utf-8") == whole


def test_a_row_of_something_that_does_not_exist_is_found(copied: Path) -> None:
    path = copied / "docs" / "permissions.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("| `read:audit.entries` |", "| `read:audit.ghosts` | A ghost. |\n| `read:audit.entries` |"), encoding="utf-8"
    )

    assert run("--check") == 6


def test_what_was_written_by_hand_around_the_blocks_stays(copied: Path) -> None:
    path = copied / "docs" / "problems.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\nBy hand.\n", encoding="utf-8")

    assert run("--check") == 0
    assert run("--write") == 0
    assert path.read_text(encoding="utf-8").endswith("\nBy hand.\n")


@pytest.mark.parametrize("change", ["remove", "unmark", "misname"])
def test_a_page_that_cannot_be_filled_is_told(copied: Path, change: str) -> None:
    path = copied / "docs" / "commands.md"
    text = path.read_text(encoding="utf-8")
    if change == "remove":
        path.unlink()
    elif change == "unmark":
        path.write_text("# Commands\n", encoding="utf-8")
    else:
        path.write_text(text.replace("generated: commands", "generated: spells"), encoding="utf-8")

    assert run("--check") == 2


def test_checking_changes_nothing(copied: Path) -> None:
    (copied / ".env.example").write_text("", encoding="utf-8")

    assert run("--check") == 6
    assert (copied / ".env.example").read_text(encoding="utf-8") == ""
