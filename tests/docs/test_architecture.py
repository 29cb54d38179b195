"""What the architecture page says of the code is so."""

import pkgutil
import re
import tomllib

import kernel
from config.celery import QUEUES
from tenants.provisioning import STEPS
from tests.docs.papers import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text of one section of the page."""
    found = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return found[1]


def test_the_closed_list_of_the_kernel_is_the_kernel() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", section("The kernel's closed list"), re.MULTILINE)

    assert sorted(listed) == sorted(module.name for module in pkgutil.iter_modules(kernel.__path__))


def test_the_modules_of_the_api_manners_are_all_named() -> None:
    row = re.search(r"^\| `api` \| (.*) \|$", section("The kernel's closed list"), re.MULTILINE)
    assert row is not None

    assert sorted(re.findall(r"\w+", row[1].partition(": ")[2])) == sorted(
        path.stem for path in (ROOT / "kernel" / "api").glob("[a-z]*.py")
    )


def test_the_import_order_is_the_one_that_is_checked() -> None:
    shown = re.search(r"^```text\n(.*?)^```$", section("Who may import whom"), re.MULTILINE | re.DOTALL)
    assert shown is not None
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["name"] == "apps depend downwards only")

    assert shown[1].split() == layers


def test_every_folder_of_the_tree_is_there_and_none_is_left_out() -> None:
    shown = re.findall(r"^(\w+)/ ", section("The tree"), re.MULTILINE)
    there = [path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))]

    assert sorted(shown) == sorted(set(there) - {"var"})


def test_the_steps_of_making_a_tenant_are_those_of_the_code() -> None:
    assert tuple(re.findall(r"^\d\. \*(.+?)\*", section("Making a tenant"), re.MULTILINE)) == STEPS


def test_the_queues_are_those_of_the_code() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", section("Doors"), re.MULTILINE)) == QUEUES
