"""The papers about settings name every setting, with the defaults that the code has."""

import tomllib
from pathlib import Path

from config import papers
from config.env import Env, parse
from config.settings import APP_VERSION, ROOT, env


def test_the_committed_papers_are_the_ones_that_the_code_gives() -> None:
    for path, text in papers.about(env.variables, root=ROOT).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is old; write it anew with: make docs"


def test_every_setting_is_in_both_papers() -> None:
    example, page = papers.about(env.variables, root=ROOT).values()

    assert len(env.variables) > 15
    for name in env.variables:
        assert f"\n# {name}=" in example
        assert f"\n| `{name}` |" in page


def test_the_example_reads_back_as_the_defaults() -> None:
    made = Env({})
    made.text("FOLDER", default="/srv/freehold/var", help="Folder.")
    made.text("TITLE", default="two words", help="Title.")
    made.number("PORT", default=8000, help="Port.")

    text = papers.example(made.variables, root=Path("/srv/freehold"))
    uncommented = "\n".join(line.removeprefix("# ") for line in text.splitlines() if "=" in line)

    assert parse(uncommented, source=".env.example") == ({"FOLDER": "var", "TITLE": "two words", "PORT": "8000"}, [])


def test_a_page_says_what_is_required_and_hides_secrets() -> None:
    made = Env({})
    made.text("OWNER", help="Who owns this | that.")
    made.secret("KEY", default="abc123", help="Key.")

    page = papers.page(made.variables, root=Path("/srv"))

    assert "| `KEY` | secret | made at the first start | Key. |\n" in page
    assert "| `OWNER` | text | required | Who owns this \\| that. |\n" in page
    assert "abc123" not in page


def test_the_version_that_entries_name_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == APP_VERSION
