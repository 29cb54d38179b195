"""Looking at the trail from a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from audit import queries as audit

FAILURES = ("audit.request.failed", "audit.work.given_up")


def recorded(action: str) -> list[dict[str, Any]]:
    """The documents of all entries with this action, oldest first."""
    return audit.opened_all(audit.entries(action=action).order_by("id"))


def newest(action: str) -> dict[str, Any]:
    """The document of the newest entry with this action."""
    return recorded(action)[-1]


@contextmanager
def nothing_recorded() -> Iterator[None]:
    """The block leaves the trail as it was, but for the failure of the request or command itself."""
    before = _acts()
    yield
    assert _acts() == before


def _acts() -> int:
    return audit.entries().exclude(action__in=FAILURES).count()


@contextmanager
def recorded_once(action: str) -> Iterator[None]:
    """The block leaves exactly one entry, and it has this action."""
    before = set(audit.entries().values_list("id", flat=True))
    yield
    added = [entry.action for entry in audit.entries() if entry.pk not in before]
    assert added == [action]
