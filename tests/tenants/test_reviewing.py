"""A review of the registry keeps memory true without a question by each request, and vouches for nothing that it cannot know."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django.test.utils import CaptureQueriesContext

from kernel import tenancy
from kernel.problems import Unavailable
from tenants import copied_routes, resolving
from tenants.middleware import TenantMiddleware
from tenants.models import Domain, Tenant
from tenants.reviewing import Reviewer

HOST = "acme.localhost"


@pytest.fixture(autouse=True)
def reviewer() -> Iterator[Reviewer]:
    """A reviewer of the process's memory that works when it is told to."""
    made = Reviewer(on_change=resolving._memory.drop, on_review=resolving._memory.reviewed, is_wanted=lambda: True)
    resolving.by_host(HOST)
    assert resolving._listener.is_hearing.wait(timeout=5)  # its beginning is a gap
    resolving.forget_all()
    yield made
    resolving.forget_all()


def age() -> None:
    """Let the five seconds of all that is known be over."""
    for kept in resolving._memory.known.values():
        kept.fresh_until = 0.0


def questions() -> int:
    """How many statements home is asked to find acme, once."""
    with CaptureQueriesContext(connections[tenancy.HOME]) as seen:
        assert resolving.by_host(HOST) is not None
    return len(seen)


def away(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
    """Home as it is when its server is gone."""
    raise OperationalError("server closed the connection unexpectedly")


def test_what_a_review_found_unchanged_is_believed_for_five_seconds_more(acme: tenancy.TenantRef, reviewer: Reviewer) -> None:
    reviewer.review()
    resolving.by_host(HOST)
    age()
    before = time.monotonic()
    reviewer.review()

    assert questions() == 0
    assert before < resolving._memory.reviewed_until - resolving.FRESH_S < time.monotonic()
    resolving._memory.reviewed_until = time.monotonic() - 0.001
    assert questions() == 1


@pytest.mark.parametrize("change", ["tenant", "domain", "new domain", "no domain"])
def test_who_changed_is_read_again(change: str, acme: tenancy.TenantRef, globex: tenancy.TenantRef, reviewer: Reviewer) -> None:
    extra = Domain.objects.create(tenant_id=acme.id, host="extra.acme.com")
    reviewer.review()
    resolving.by_host(HOST)
    resolving.by_host("globex.localhost")
    changes: dict[str, Callable[[], object]] = {
        "tenant": lambda: Tenant.objects.filter(id=acme.id).update(name="Acme anew"),
        "domain": lambda: Domain.objects.filter(host=HOST).update(redirects=True),
        "new domain": lambda: Domain.objects.create(tenant_id=acme.id, host="more.acme.com"),
        "no domain": extra.delete,
    }

    with transaction.atomic(using=tenancy.HOME):  # a savepoint writes its rows by a number of its own
        changes[change]()
    reviewer.review()

    assert list(resolving._memory.known) == ["globex.localhost"]


def test_a_miss_is_forgotten_when_somebody_comes(reviewer: Reviewer, acme: tenancy.TenantRef) -> None:
    reviewer.review()
    assert resolving.by_host("new.acme.com") is None
    with transaction.atomic(using=tenancy.HOME):
        Domain.objects.create(tenant_id=acme.id, host="new.acme.com")

    reviewer.review()

    assert resolving.by_host("new.acme.com") == acme


def test_what_was_read_before_the_first_review_is_not_vouched_for(acme: tenancy.TenantRef, reviewer: Reviewer) -> None:
    resolving.by_host(HOST)
    age()

    reviewer.review()
    reviewer.review()

    assert questions() == 1


def test_what_was_asked_for_while_the_first_review_looked_is_not_vouched_for(acme: tenancy.TenantRef) -> None:
    memory = resolving._Memory()
    memory.reviewed(10.0, 11.0)
    memory.reviewed(time.monotonic(), time.monotonic())
    for key, asked_at in (("during", 10.5), ("after", 11.5)):
        memory.keep(key, acme, generation=0, asked_at=asked_at)

    assert [key for key in ("during", "after") if memory.believed(key)] == ["after"]


def test_a_change_while_home_could_not_be_reviewed_is_seen_by_the_next_review(acme: tenancy.TenantRef, reviewer: Reviewer) -> None:
    reviewer.review()
    resolving.by_host(HOST)
    with connections[tenancy.HOME].execute_wrapper(away), pytest.raises(OperationalError):
        reviewer.review()
    with transaction.atomic(using=tenancy.HOME):
        Tenant.objects.filter(id=acme.id).update(state="suspended")

    reviewer.review()

    found = resolving.by_host(HOST)
    assert found is not None
    assert found.state == "suspended"


def test_what_the_copy_of_the_registry_said_is_not_vouched_for(
    acme: tenancy.TenantRef, reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewer.review()
    row = Tenant.objects.get(id=acme.id)
    monkeypatch.setattr(copied_routes, "is_configured", lambda: True)
    monkeypatch.setattr(copied_routes, "tenant", lambda _: row)
    with connections[tenancy.HOME].execute_wrapper(away):
        assert resolving.by_host(HOST) == acme
    age()

    reviewer.review()

    assert questions() == 1


def test_a_gap_in_the_announcements_ends_the_trust_until_the_next_review(acme: tenancy.TenantRef, reviewer: Reviewer) -> None:
    reviewer.review()
    resolving.by_host(HOST)
    reviewer.review()

    resolving._memory.distrust()

    assert questions() == 1


def test_ten_minutes_without_home_begin_with_the_last_review(acme: tenancy.TenantRef, reviewer: Reviewer) -> None:
    reviewer.review()
    resolving.by_host(HOST)
    memory, kept = resolving._memory, resolving._memory.known[HOST]
    memory.reviewed_since = 0.0
    kept.read_at = time.monotonic() - resolving.STALE_S - 60
    reviewer.review()
    age()
    memory.reviewed_until = 0.0

    with connections[tenancy.HOME].execute_wrapper(away):
        assert resolving.by_host(HOST) == acme
        resolving._memory_serves()
        age()
        memory.reviewed_at = kept.read_at
        with pytest.raises(Unavailable):
            resolving.by_host(HOST)
        with pytest.raises(Unavailable):
            resolving._memory_serves()


def test_nobody_reviews_for_nobody() -> None:
    memory = resolving._Memory()
    idle = memory.was_used()
    memory.believed(HOST)

    assert (idle, memory.was_used(), memory.was_used()) == (False, True, False)


def test_a_process_that_answers_requests_reviews(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    heard: list[float] = []
    made = Reviewer(on_change=lambda _: None, on_review=lambda began, _: heard.append(began), is_wanted=lambda: True)
    monkeypatch.setattr(resolving, "_reviewer", made)
    settings.REGISTRY_REVIEW_S = 0.01
    resolving.by_host("globex.localhost")
    before = made._started_in
    TenantMiddleware(lambda _: pytest.fail("nobody asked"))

    resolving.by_host(HOST)
    end = time.monotonic() + 5
    while len(heard) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    settings.REGISTRY_REVIEW_S = 3600.0

    assert before is None
    assert len(heard) >= 2


def test_without_the_setting_nobody_reviews(settings: Any) -> None:
    settings.REGISTRY_REVIEW_S = 0
    made = Reviewer(on_change=lambda _: None, on_review=lambda *_: None, is_wanted=lambda: True)
    made.open_here()

    made.ensure_running()

    assert made._started_in is None
