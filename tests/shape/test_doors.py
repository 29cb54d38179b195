"""Every door declares who may pass, and every name that is asked for is a task."""

import ast
from typing import Any

import pytest
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from config.celery import TIMETABLE
from kernel import tasks
from kernel.api.access import Access
from tenants.queries import BACKING_UP, CHECKING, MAKING, REPLACING, RESTORING
from tests.shape import source
from tests.shape.source import APPS, PRODUCT

METHODS = ("get", "post", "put", "patch", "delete")


def _views(patterns: list[URLPattern | URLResolver]) -> set[type[Any]]:
    found: set[type[Any]] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= _views(pattern.url_patterns)
        else:
            callback: Any = pattern.callback
            found.add(getattr(callback, "view_class", None) or callback.cls)
    return found


VIEWS = sorted(
    {view for urlconf in ("config.urls_tenant", "config.urls_operator") for view in _views(get_resolver(urlconf).url_patterns)},
    key=lambda view: f"{view.__module__}.{view.__name__}",
)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.__module__}.{view.__name__}")
def test_a_view_declares_a_door_for_each_method_that_it_answers(view: type[Any]) -> None:
    answered = {method.upper() for method in METHODS if hasattr(view, method)}

    assert set(view.access) == answered
    assert all(isinstance(needed, Access | str) and needed for needed in view.access.values())


def test_every_permission_at_a_door_is_one_of_an_app() -> None:
    known = {str(permission) for app in APPS for permission in __import__(f"{app}.permissions", fromlist=["Permission"]).Permission}

    asked = {str(needed) for view in VIEWS for needed in view.access.values() if not isinstance(needed, Access)}

    assert asked <= known
    assert len(VIEWS) >= 45


WITHOUT_A_NAME = {
    "operations/actions.py": "the kind of an operation is the name of its task",
    "operations/tasks.py": "the same",
    "kernel/tasks.py": "hands on the name that it was given",
    "audit/nudging.py": "those who follow the log are named in the settings",
}


def test_every_name_that_is_asked_for_is_a_task() -> None:
    named, unnamed = set(), set()
    for path in source.python(*PRODUCT):
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.Call) and source.dotted(node).rpartition(".")[2] in {"enqueue", "enqueue_later"}:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    named.add(first.value)
                else:
                    unnamed.add(str(path))

    kinds = {MAKING, BACKING_UP, CHECKING, REPLACING, RESTORING}
    scheduled = {entry["task"] for entry in TIMETABLE.values()}
    assert (named | kinds | scheduled) - set(tasks.QUEUE_OF) == set()
    assert unnamed == set(WITHOUT_A_NAME)
    assert named >= {"audit.seal", "audit.mirror"}
