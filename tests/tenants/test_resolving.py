"""What a process remembers of the registry, and how it forgets."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import redis
from django.conf import settings as django_settings
from django.db import OperationalError, connections
from django.test.utils import CaptureQueriesContext

from kernel import tenancy
from kernel.problems import Unavailable
from tenants import hosts, resolving
from tenants.models import Domain, Tenant
from tenants.problems import TenantNotFound


def statements() -> CaptureQueriesContext:
    return CaptureQueriesContext(connections[tenancy.HOME])


def away(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
    """Home as it is when its server is gone."""
    raise OperationalError("server closed the connection unexpectedly")


def test_a_host_is_looked_up_once(acme: tenancy.TenantRef) -> None:
    with statements() as first:
        assert resolving.by_host("acme.localhost:8000") == acme
    with statements() as later:
        for spelling in ("acme.localhost:8000", "acme.localhost", "ACME.localhost.", "acme.localhost:1"):
            assert resolving.by_host(spelling) == acme

    assert (len(first), len(later)) == (1, 0)


def test_an_id_and_a_slug_are_looked_up_once(acme: tenancy.TenantRef) -> None:
    with statements() as seen:
        for _ in range(3):
            assert resolving.by_id(acme.id) == resolving.by_slug("acme") == acme

    assert len(seen) == 2


def test_a_tenant_is_found_by_what_a_person_writes(acme: tenancy.TenantRef) -> None:
    public_id = Tenant.objects.get(id=acme.id).public_id

    assert resolving.by_name("acme") == resolving.by_name(public_id) == resolving.by_name(str(acme.id)) == acme


def test_an_unknown_host_is_asked_for_once() -> None:
    with statements() as seen:
        for _ in range(3):
            assert resolving.by_host("nobody.localhost") is None

    assert len(seen) == 1


def test_an_unknown_id_and_slug_are_not_found() -> None:
    with pytest.raises(TenantNotFound):
        resolving.by_id(UUID(int=7))
    with pytest.raises(TenantNotFound):
        resolving.by_slug("nobody")


def test_misses_are_bounded() -> None:
    memory = resolving._Memory()

    for number in range(resolving.UNKNOWN_MAXIMUM + 10):
        memory.keep(f"host-{number}", None, generation=0, asked_at=time.monotonic())

    assert len(memory.unknown) == resolving.UNKNOWN_MAXIMUM
    assert not memory.is_unknown("host-9")
    assert memory.is_unknown("host-10")


def test_a_malformed_host_is_unreadable() -> None:
    with statements() as seen, pytest.raises(hosts.Unreadable):
        resolving.by_host("a b.localhost")

    assert len(seen) == 0


def test_a_forgotten_tenant_is_read_again_and_a_new_host_is_found_at_once(acme: tenancy.TenantRef) -> None:
    resolving.by_host("acme.localhost")
    assert resolving.by_host("id.acme.com") is None
    Domain.objects.create(tenant_id=acme.id, host="id.acme.com")
    Tenant.objects.filter(id=acme.id).update(state="suspended", version=99)
    assert resolving.by_host("id.acme.com") is None

    resolving.forget(acme.id)

    found = resolving.by_host("id.acme.com")
    assert found is not None
    assert (found.id, found.state) == (acme.id, "suspended")
    assert resolving.by_host("acme.localhost") == found


def test_an_announcement_of_another_process_drops_the_tenant(acme: tenancy.TenantRef, globex: tenancy.TenantRef) -> None:
    resolving.by_host("acme.localhost")
    assert resolving._listener.is_hearing.wait(timeout=5)
    resolving.forget_all()
    resolving.by_host("acme.localhost")
    resolving.by_host("globex.localhost")

    redis.Redis.from_url(django_settings.REDIS_URL).publish(django_settings.REGISTRY_CHANNEL, str(acme.id))

    end = time.monotonic() + 2
    while "acme.localhost" in resolving._memory.known and time.monotonic() < end:
        time.sleep(0.005)
    assert list(resolving._memory.known) == ["globex.localhost"]


def test_a_garbled_announcement_does_no_harm(acme: tenancy.TenantRef) -> None:
    resolving.by_host("acme.localhost")
    assert resolving._listener.is_hearing.wait(timeout=5)
    client = redis.Redis.from_url(django_settings.REDIS_URL)

    client.publish(django_settings.REGISTRY_CHANNEL, b"\xff not an id")
    client.publish(django_settings.REGISTRY_CHANNEL, str(acme.id))

    end = time.monotonic() + 2
    while "acme.localhost" in resolving._memory.known and time.monotonic() < end:
        time.sleep(0.005)
    assert "acme.localhost" not in resolving._memory.known


def test_a_change_during_a_look_up_is_not_overwritten_by_what_was_read_before_it(acme: tenancy.TenantRef) -> None:
    memory = resolving._Memory()
    generation = memory.generation
    memory.drop(acme.id)

    memory.keep("acme.localhost", acme, generation=generation, asked_at=time.monotonic())

    assert memory.known == {}


def test_what_is_known_is_read_again_after_five_seconds(acme: tenancy.TenantRef) -> None:
    resolving.by_host("acme.localhost")
    resolving._memory.known["acme.localhost"].fresh_until = time.monotonic() - 0.001

    with statements() as seen:
        assert resolving.by_host("acme.localhost") == acme

    assert len(seen) == 1
    assert resolving.FRESH_S == 5.0


def test_what_is_known_is_served_for_ten_minutes_while_home_is_away(acme: tenancy.TenantRef) -> None:
    resolving.by_host("acme.localhost")
    kept = resolving._memory.known["acme.localhost"]
    kept.fresh_until = 0.0

    with connections[tenancy.HOME].execute_wrapper(away):
        assert resolving.by_host("acme.localhost") == acme
        assert kept.fresh_until == pytest.approx(time.monotonic() + resolving.RETRY_S, abs=0.5)
        with pytest.raises(Unavailable):
            resolving.by_host("globex.localhost")
        kept.fresh_until, kept.read_at = 0.0, time.monotonic() - resolving.STALE_S - 1
        with pytest.raises(Unavailable):
            resolving.by_host("acme.localhost")


def test_a_gap_in_the_announcements_makes_everything_be_read_again_but_keeps_it_for_an_outage(acme: tenancy.TenantRef) -> None:
    resolving.by_host("acme.localhost")

    resolving._memory.distrust()

    with statements() as seen:
        assert resolving.by_host("acme.localhost") == acme
    assert len(seen) == 1
    resolving._memory.distrust()
    with connections[tenancy.HOME].execute_wrapper(away):
        assert resolving.by_host("acme.localhost") == acme


def test_the_sweeps_see_complete_tenants_only(
    acme: tenancy.TenantRef, globex: tenancy.TenantRef, platform: tenancy.TenantRef
) -> None:
    Tenant.objects.filter(id=acme.id).update(state="provisioning")
    Tenant.objects.filter(id=globex.id).update(state="suspended")

    assert {ref.slug for ref in resolving.serving()} >= {"platform", "globex"}
    assert "acme" not in {ref.slug for ref in resolving.serving()}
