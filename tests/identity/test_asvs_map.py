"""`docs/asvs.md` names a test for every item of ASVS 5.0.0 that is held here, and each of these tests exists."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "asvs.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
LISTED = re.compile(r"def (test_v?(\d+)_(\d+)_(\d+)_\w+)\(")
HELD = {
    "6.2": range(1, 13), "6.3": (1, 3, 4, 6, 7, 8), "6.4": (1, 3, 4, 6), "6.5": (1, 2, 3, 4, 5, 6, 8), "6.6": (1, 2, 3), "6.7": (2,),
    "7.2": range(1, 5), "7.3": (1, 2), "7.4": range(1, 6), "7.5": range(1, 4), "8.2": range(1, 5), "8.3": range(1, 4), "8.4": (1, 2),
    "9.1": range(1, 4), "9.2": range(1, 5),
}  # fmt: skip
"""The items by section. 6.8 and 7.6 are about identity providers, of which there are none."""


@cache
def named_in(path: str) -> frozenset[str]:
    """The names of the tests of one file."""
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def rows() -> dict[str, list[tuple[str, str]]]:
    """The tests by item."""
    found = ROW.findall(PAGE.read_text())
    assert len(found) == len({item for item, _ in found})
    return {item: NAMED.findall(cell) for item, cell in found}


def test_every_item_is_on_the_page() -> None:
    assert sorted(rows()) == sorted(f"{section}.{number}" for section, numbers in HELD.items() for number in numbers)


def test_every_item_names_tests_that_exist() -> None:
    assert [item for item, tests in rows().items() if not tests] == []
    assert [(item, test) for item, tests in rows().items() for path, test in tests if test not in named_in(path)] == []


def test_every_test_that_carries_a_number_stands_in_its_row() -> None:
    listed = {
        (f"{first}.{second}.{third}", name)
        for file in (ROOT / "tests" / "identity").glob("test_asvs_*.py")
        for name, first, second, third in LISTED.findall(file.read_text())
    }

    assert listed - {(item, name) for item, tests in rows().items() for _, name in tests} == set()
    assert len(listed) >= 50
