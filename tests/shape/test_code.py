"""The code itself: doors, lengths, docstrings, forbidden ways. Each test names what breaks the rule, by file and line."""

import ast
import re
from importlib import import_module

import pytest

from tests.shape import source
from tests.shape.source import APPS, DOORS, PRODUCT

FUNCTION_LINES, FILE_LINES = 50, 400

BESIDE_THE_DOORS = {
    "operations.models.Operation": "a type in signatures; its rows are reached through the doors alone",
    "operations.progress": "what a worker does between the start and the end of a job, which is no fact for the trail and so no action",
    "operations.attempts": "the frame of a worker's attempt at a job, whose ends are actions",
    "operations.beside": "work in a thread: no rows of operations, and so neither a query nor an action",
}
WHOLE = {"audit/evidence/verify.py": "auditors get it as one file that needs nothing else"}
RAW = {"config/checkups.py": "the doctor asks each server's catalog, outside any tenant, through libpq"}


def test_apps_are_entered_by_their_doors() -> None:
    found = {
        (name, f"{path}:{line}")
        for path in source.python(*PRODUCT)
        if path.parts[0] != "config"  # the composition root names everything
        for line, name in source.imports(path)
        if name.partition(".")[0] in set(APPS) - {path.parts[0]} and name.split(".")[1] not in DOORS
    }

    assert sorted(place for place in found if place[0] not in BESIDE_THE_DOORS) == []
    assert {name for name, _ in found} == set(BESIDE_THE_DOORS)


def test_every_name_that_a_package_offers_is_there() -> None:
    missing = [
        f"{path}: {name}"
        for path in source.python(*PRODUCT)
        for name in source.offered(path)
        if not hasattr(import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__")), name)
    ]

    assert missing == []


def test_rows_of_another_app_are_not_reached_by_its_types() -> None:
    reached = [
        f"{path}:{node.lineno}"
        for path in source.python(*PRODUCT)
        if path.parts[0] not in {"operations", "config"}
        for node in ast.walk(source.tree(path))
        if (isinstance(node, ast.Attribute) and source.dotted(node) == "Operation.objects")
        or (isinstance(node, ast.Call) and source.dotted(node) == "Operation")
    ]

    assert reached == []


def test_no_function_is_longer_than_fifty_lines() -> None:
    long = [
        f"{path}:{node.lineno} {node.name} has {(node.end_lineno or 0) - node.lineno + 1}"
        for path in source.python()
        if not source.is_migration(path)
        for node in source.functions(path)
        if (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    ]

    assert long == []


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    long = [
        str(path)
        for path in source.python()
        if not source.is_migration(path)
        and path.name != "settings.py"
        and str(path) not in WHOLE
        and source.text(path).count("\n") > FILE_LINES
    ]

    assert long == []


def test_every_module_says_what_it_is() -> None:
    silent = [str(path) for path in source.python() if source.text(path).strip() and not ast.get_docstring(source.tree(path))]

    assert silent == []


def test_imports_stand_at_the_top() -> None:
    inside = [
        f"{path}:{node.lineno}"
        for path in source.python()
        for function in source.functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert inside == []


def test_nobody_enters_a_tenant_as_a_context_manager_of_its_own() -> None:
    entered = [
        f"{path}:{item.context_expr.lineno} with {source.dotted(item.context_expr)}"
        for path in source.python(*PRODUCT, "bench")
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.With | ast.AsyncWith)
        for item in node.items
        if isinstance(item.context_expr, ast.Name | ast.Attribute)
        and source.dotted(item.context_expr).rpartition(".")[2] in {"tenant", "ref", "platform", "here", "target", "acme", "globex"}
    ]

    assert entered == []


def test_nobody_but_the_backend_touches_the_raw_connection() -> None:
    raw = [
        f"{path}:{node.lineno}"
        for path in source.python(*PRODUCT)
        if path.parts[:3] != ("kernel", "tenancy", "backend")
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr == "connection"
        and (source.dotted(node.value).rpartition(".")[2] == "connection" or isinstance(node.value, ast.Subscript))
    ]

    assert [place for place in raw if place.rpartition(":")[0] not in RAW] == []
    assert {place.rpartition(":")[0] for place in raw} == set(RAW)


def test_tenants_are_entered_in_few_places() -> None:
    """`activate` is the one gate; whoever stands at it must mean to."""
    allowed = {"config", "tenants", "audit", "operations", "kernel", "identity", "bench"}

    elsewhere = [
        f"{path}"
        for path in source.python(*PRODUCT, "bench")
        if path.parts[0] not in allowed and re.search(r"\btenancy\.activate\(|\bimport activate\b", source.text(path))
    ]

    assert elsewhere == []


def test_django_tenants_is_a_peer_of_the_benchmarks_alone() -> None:
    users = {
        f"{path}:{line}"
        for path in source.python()
        if path.parts[0] not in {"bench"}
        for line, name in source.imports(path)
        if name.startswith("django_tenants")
    }

    assert users == set()


def test_no_migration_mixes_data_with_schema() -> None:
    mixed = []
    for path in source.python(*APPS):
        if source.is_migration(path):
            calls = {source.dotted(node) for node in ast.walk(source.tree(path)) if isinstance(node, ast.Call)}
            operations = {name.removeprefix("migrations.") for name in calls if name.startswith("migrations.")}
            by_hand = operations & {"RunPython", "RunSQL", "RunPython.noop"}
            if by_hand and operations - by_hand:
                mixed.append(str(path))

    assert mixed == []


def test_no_signal_carries_a_fact_of_ours() -> None:
    users = [
        f"{path}:{line}"
        for path in source.python(*PRODUCT)
        for line, name in source.imports(path)
        if name.startswith(("django.db.models.signals", "django.dispatch", "django.core.signals"))
    ]

    assert users == []


MARKS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
MACHINES = re.compile(r"(?<![\w.])/(root|work|home/\w+)/")
REGISTRIES = re.compile("|".join(["py" + r"pi\.org", "python" + r"hosted\.org", r"registry\." + r"npmjs", r"npmjs\." + "org"]))


@pytest.mark.parametrize(
    ("what", "pattern"), [("an open end", MARKS), ("a path of one machine", MACHINES), ("a registry", REGISTRIES)]
)
def test_no_file_names(what: str, pattern: re.Pattern[str]) -> None:
    found = []
    for path in source.tracked():
        if path.suffix in {".woff2", ".png", ".ico", ".webp"}:
            continue
        for number, line in enumerate(source.text(path).splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path}:{number} names {what}")

    assert found == []


def test_the_rules_here_look_at_something() -> None:
    assert len(source.python(*PRODUCT)) > 150
    assert sum(1 for path in source.python(*PRODUCT) for _ in source.functions(path)) > 800
    assert sum(1 for path in source.python(*PRODUCT) for _ in source.imports(path)) > 1000
