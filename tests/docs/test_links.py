"""Links lead somewhere, and no page names a place that only one machine knows."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.docs.papers import ROOT, all_papers, anchors_of, name_of, prose_of

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"")
OUTSIDE = re.compile(r"[a-z]+:", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home|Users|tmp)/\S*")
ADDRESS = re.compile(r"[a-z][a-z+]*://(?:[^/\s@]*@)?([^/\s`\"')>:;$…]+)")
KNOWN_HOSTS = frozenset(
    {
        "127.0.0.1",
        "api.pwnedpasswords.com",
        "api.twilio.com",
        "c2sp.org",
        "docs.cedarpolicy.com",
        "json-schema.org",
        "keepachangelog.com",
        "semver.org",
    }
)
EXAMPLE_HOST = re.compile(r"(?:.*[.@])?(?:localhost|internal|example\.(?:com|net|org))")
NEEDED = ("README.md", "STYLE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE", "docs/index.md", "docs/tutorial.md")
NEEDED_DOCS = ("docs/operate.md", "docs/architecture.md", "docs/api.md")

papers = pytest.mark.parametrize("path", all_papers(), ids=name_of)


def links_of(path: Path) -> list[str]:
    return [first or second for first, second in LINK.findall(prose_of(path))]


def is_broken(link: str, *, page: Path) -> bool:
    if OUTSIDE.match(link):
        return False
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return True
    return bool(anchor) and (target.suffix != ".md" or anchor not in anchors_of(target))


@papers
def test_every_link_within_the_project_leads_to_a_file_and_a_heading(path: Path) -> None:
    broken = [link for link in links_of(path) if is_broken(link, page=path)]

    assert broken == []


@papers
def test_no_page_names_a_path_of_one_machine(path: Path) -> None:
    assert MACHINE_PATH.findall(path.read_text(encoding="utf-8")) == []


@papers
def test_addresses_outside_are_examples_or_known(path: Path) -> None:
    hosts = set(ADDRESS.findall(path.read_text(encoding="utf-8"))) - KNOWN_HOSTS

    assert sorted(host for host in hosts if not EXAMPLE_HOST.fullmatch(host)) == []


@papers
def test_commands_that_a_page_names_are_there(path: Path) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", path.read_text(encoding="utf-8")))

    assert sorted(named - get_commands().keys()) == []


@papers
def test_make_targets_that_a_page_names_are_there(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE))

    assert sorted(named - targets) == []


@papers
def test_every_fence_is_closed(path: Path) -> None:
    fences = re.findall(r"^```", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert len(fences) % 2 == 0


@papers
def test_every_page_has_one_title(path: Path) -> None:
    titles = re.findall(r"^# .+$", prose_of(path), re.MULTILINE)

    assert len(titles) == 1


@pytest.mark.parametrize("name", [*NEEDED, *NEEDED_DOCS])
def test_the_papers_are_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 500


def test_every_page_in_docs_can_be_reached_from_the_index() -> None:
    reached, waiting = set(), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = [(page.parent / link.partition("#")[0]).resolve() for link in links_of(page) if not OUTSIDE.match(link)]
        waiting += [target for target in targets if target.suffix == ".md" and target.is_file()]

    assert [name_of(path) for path in (ROOT / "docs").rglob("*.md") if path not in reached] == []


def test_decisions_are_numbered_without_a_gap_and_titled_by_what_was_decided() -> None:
    found = sorted((ROOT / "docs" / "adr").glob("*.md"))

    assert [path.name[:4] for path in found] == [f"{number:04d}" for number in range(1, len(found) + 1)]
    assert [path.name for path in found if not path.read_text(encoding="utf-8").startswith(f"# {int(path.name[:4])}. ")] == []


def test_the_quickstart_is_marked_and_has_something_to_run() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    marked = re.findall(r"<!-- quickstart -->\n(.*?)<!-- /quickstart -->", text, re.DOTALL)

    assert len(marked) == 1
    assert len(re.findall(r"^```sh\n(.+?)^```$", marked[0], re.MULTILINE | re.DOTALL)) >= 5


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
