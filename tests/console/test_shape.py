"""The views are thin doors, each declares who may use it, and the sidebar agrees with them."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, get_resolver, reverse

from console import navigation, urls, urls_operator
from console.navigation import HostKind
from console.views.base import Page
from kernel.api.access import Access

CONSOLE = Path(navigation.__file__).parent
METHODS = {"get": "GET", "post": "POST"}
LONGEST_METHOD = 12


def _routes() -> Iterator[tuple[URLPattern, type[Page]]]:
    for pattern in (*urls.urlpatterns, *urls_operator.urlpatterns):
        yield pattern, vars(pattern.callback)["view_class"]


def test_there_are_pages() -> None:
    assert len(list(_routes())) >= 30


@pytest.mark.parametrize(("pattern", "view"), list(_routes()), ids=lambda part: getattr(part, "name", "") or "")
def test_a_view_declares_access_for_exactly_what_it_answers(pattern: URLPattern, view: type[Page]) -> None:
    answered = {method for name, method in METHODS.items() if callable(getattr(view, name, None))}

    assert issubclass(view, Page)
    assert set(view.access) == answered
    assert all(isinstance(needed, Access) or ":" in needed for needed in view.access.values())


def test_a_change_asks_for_a_permission_unless_it_is_about_oneself() -> None:
    open_changes = {pattern.name for pattern, view in _routes() if isinstance(view.access.get("POST"), Access)}

    assert open_changes == {
        "console.account",
        "console.challenge",
        "console.challenge-code",
        "console.challenge-enrolment-begin",
        "console.challenge-enrolment-completion",
        "console.factor-completion",
        "console.factor-new",
        "console.factor-remove",
        "console.factor-rename",
        "console.forgotten",
        "console.invitation",
        "console.own-sessions",
        "console.profile",
        "console.recovery-codes",
        "console.reset",
        "console.session-end",
        "console.sign-in",
        "console.sign-in-passkey",
        "console.sign-out",
        "console.step-up",
        "console.trusted-device-end",
        "console.visit",
        "console.visit-end",
    }


@pytest.mark.parametrize("path", sorted((CONSOLE / "views").glob("*.py")), ids=lambda path: path.name)
def test_a_method_of_a_view_is_short(path: Path) -> None:
    if path.name == "base.py":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0
            assert lines <= LONGEST_METHOD, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", sorted(CONSOLE.rglob("*.py")), ids=lambda path: str(path.relative_to(CONSOLE)))
def test_the_console_enters_apps_by_their_doors(path: Path) -> None:
    doors = {"actions", "queries", "documents", "events", "problems", "permissions"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            app, _, inner = node.module.partition(".")
            if app in {"identity", "audit", "tenants", "operations"}:
                entered = {inner.split(".")[0]} if inner else {alias.name for alias in node.names}
                assert entered <= doors, f"{path.name} enters {node.module}"


@pytest.mark.parametrize("item", navigation.ITEMS, ids=lambda item: item.label)
def test_an_item_of_the_sidebar_leads_to_a_page_with_the_same_access(item: navigation.Item) -> None:
    urlconf = "config.urls_operator" if item.hosts is HostKind.OPERATOR else "config.urls_tenant"

    address = reverse(item.url_name, urlconf=urlconf)
    view = vars(get_resolver(urlconf).resolve(address).func)["view_class"]

    assert view.access["GET"] == item.access


def test_the_operators_pages_are_not_on_tenants_hosts() -> None:
    names = {pattern.name for pattern in urls_operator.urlpatterns}
    on_tenants = {pattern.name for pattern in urls.urlpatterns}

    assert not names & on_tenants
    places = ("tenants/", "operations/", "cells/", "regions/", "plans/", "product-actions/", "fleet/", "backups/", "support/")
    assert all(str(pattern.pattern).startswith(places) for pattern in urls_operator.urlpatterns)


def test_every_view_is_reached() -> None:
    reached = {view for _, view in _routes()}
    made = {
        member
        for path in (CONSOLE / "views").glob("*.py")
        for _, member in inspect.getmembers(__import__(f"console.views.{path.stem}", fromlist=["_"]), inspect.isclass)
        if issubclass(member, Page) and member.access and member.__module__ == f"console.views.{path.stem}"
    }

    assert {view.__name__ for view in made - reached} <= {"Step", "TenantEnd"}
