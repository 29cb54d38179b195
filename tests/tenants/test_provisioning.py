"""Making a tenant's place: every step may run again, and a death in the middle leaves nothing doubled. These tests commit."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections

from audit import queries as audit
from identity import queries as people
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden
from kernel.tasks import TENANT_HEADER
from operations import actions as operations
from operations import queries as operation_queries
from operations.models import Operation
from tenants import actions, provisioning, queries, tasks
from tenants.models import PendingEntry, Tenant
from tenants.problems import BeingMade
from tests import makers

pytestmark = pytest.mark.committed

ONE_STEP = range(len(provisioning.STEPS))


@pytest.fixture
def at_platform(platform: tenancy.TenantRef) -> Iterator[None]:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        yield


def ask_for(slug: str, *, actor: Actor, email: str = "") -> actions.Requested:
    return actions.create_tenant(
        slug, name=slug.title(), owner_email=email or f"owner@{slug}.example", owner_name="Olive Owner", actor=actor
    )


def picture(tenant: Tenant) -> dict[str, object]:
    """All that could be doubled."""
    with tenancy.activate(tenant.ref(), purpose=tenancy.Purpose.OPERATOR):
        inside = {
            "people": sorted(people.people().values_list("email", "status")),
            "roles": sorted(people.roles().values_list("name", flat=True)),
            "added": audit.entries(action="identity.person.added").count(),
            "installed": audit.entries(action="identity.role.installed").count(),
        }
    told = audit.entries(subject=tenant.public_id).order_by("id").values_list("action", flat=True)
    return {**inside, "hosts": sorted(tenant.domains.values_list("host", flat=True)), "told": list(told)}


def finished(slug: str) -> dict[str, object]:
    """What `picture` shows of a tenant that was made once."""
    return {
        "people": [(f"owner@{slug}.example", "invited")],
        "roles": ["admin", "auditor", "billing", "developer", "member", "operator", "owner"],
        "added": 1,
        "installed": 1,
        "hosts": [f"{slug}.localhost"],
        "told": ["tenants.tenant.requested", "tenants.tenant.activated"],
    }


@pytest.mark.usefixtures("at_platform")
def test_a_tenant_is_made_and_its_owner_invited(operator: Actor) -> None:
    requested = ask_for("born-once", actor=operator)

    actions.provision_tenant(requested.operation.id, actor=operator)

    tenant, operation = queries.tenant(requested.tenant.id), Operation.objects.get(id=requested.operation.id)
    assert (tenant.state, operation.state, operation.progress_percent, operation.attempts) == ("active", "succeeded", 100, 1)
    assert picture(tenant) == finished("born-once")
    token = operation_queries.result_of(operation, actor=operator)["invitation_url"].rpartition("/")[2]
    with tenancy.activate(tenant.ref(), purpose=tenancy.Purpose.REQUEST):
        assert people.invitation(token).user.email == "owner@born-once.example"
    assert not PendingEntry.objects.exists()


@pytest.mark.usefixtures("at_platform")
def test_every_step_may_run_again(operator: Actor) -> None:
    requested = ask_for("born-again", actor=operator)
    actions.provision_tenant(requested.operation.id, actor=operator)
    first = picture(requested.tenant)

    for step in ONE_STEP:
        Operation.objects.filter(id=requested.operation.id).update(state="queued", step=step)
        actions.provision_tenant(requested.operation.id, actor=operator)

        assert Operation.objects.get(id=requested.operation.id).state == "succeeded"
        assert picture(requested.tenant) == first


@pytest.mark.usefixtures("at_platform")
def test_an_operation_that_is_over_or_at_work_is_left_alone(operator: Actor) -> None:
    requested = ask_for("born-late", actor=operator)
    Operation.objects.filter(id=requested.operation.id).update(state="running", heartbeat_at=clock.now())

    actions.provision_tenant(requested.operation.id, actor=operator)
    assert queries.tenant(requested.tenant.id).state == "provisioning"

    Operation.objects.filter(id=requested.operation.id).update(state="queued")
    message = {"kwargs": {"operation_id": str(requested.operation.id), "from_a_newer_release": True}, "throw": True}
    headers = {TENANT_HEADER: str(tenancy.current().id)}
    tasks.provision.apply(**message, headers=headers)
    assert queries.tenant(requested.tenant.id).state == "active"
    tasks.provision.apply(**message, headers=headers)
    assert picture(requested.tenant) == finished("born-late")


@pytest.mark.usefixtures("at_platform")
def test_two_workers_do_not_make_one_tenant(operator: Actor) -> None:
    ref = ask_for("born-alone", actor=operator).tenant.ref()
    other = connections.create_connection(ref.cell)
    try:
        key = int.from_bytes(ref.id.bytes[8:], signed=True)
        with tenancy.activate(ref, purpose=tenancy.Purpose.MIGRATE), other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [key])

        with pytest.raises(BeingMade), provisioning.alone(ref):
            pytest.fail("the lock is held by another connection")
        with tenancy.activate(ref, purpose=tenancy.Purpose.MIGRATE), other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
    finally:
        other.close()
    with provisioning.alone(ref):
        pass


@pytest.mark.usefixtures("at_platform")
def test_a_fault_that_will_not_pass_fails_the_tenant_and_resuming_finishes_it(operator: Actor) -> None:
    requested = ask_for("born-ill", actor=operator)
    Operation.objects.filter(id=requested.operation.id).update(
        arguments={**requested.operation.arguments, "owner_email": "not an address"}
    )

    actions.provision_tenant(requested.operation.id, actor=operator)

    tenant, operation = queries.tenant(requested.tenant.id), Operation.objects.get(id=requested.operation.id)
    assert (tenant.state, operation.state, operation.step_name) == ("failed", "failed", "Invite the owner")
    assert tenant.state_reason == operation.problem["detail"]  # type: ignore[index]

    Operation.objects.filter(id=operation.id).update(arguments=requested.operation.arguments)
    operations.resume(operation.id, actor=operator)
    actions.provision_tenant(operation.id, actor=operator)

    assert queries.tenant(tenant.id).state == "active"
    wanted = finished("born-ill")
    told = ["requested", "provisioning_failed", "provisioning_resumed", "activated"]
    assert picture(tenant) == {**wanted, "told": [f"tenants.tenant.{name}" for name in told]}


@pytest.mark.usefixtures("at_platform")
def test_a_fault_that_may_pass_leaves_the_operation_to_the_sweep_until_the_last_attempt(operator: Actor) -> None:
    requested = ask_for("born-slow", actor=operator)
    ref = requested.tenant.ref()
    with tenancy.activate(ref, purpose=tenancy.Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{ref.schema}"; CREATE TABLE "{ref.schema}".identity_user (id int)')

    for attempt in range(1, 6):
        silent = clock.now() - timedelta(minutes=1)
        Operation.objects.filter(id=requested.operation.id, state="running").update(heartbeat_at=silent)
        actions.provision_tenant(requested.operation.id, actor=operator)
        operation = Operation.objects.get(id=requested.operation.id)
        assert (operation.attempts, operation.state) == (attempt, "failed" if attempt == 5 else "running")

    assert queries.tenant(ref.id).state == "failed"
    with tenancy.activate(ref, purpose=tenancy.Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute(f'DROP TABLE "{ref.schema}".identity_user')
    operations.resume(requested.operation.id, actor=operator)
    actions.provision_tenant(requested.operation.id, actor=operator)
    assert queries.tenant(ref.id).state == "active"


@pytest.mark.usefixtures("at_platform")
def test_a_worker_killed_in_the_middle_is_taken_over_and_nothing_is_doubled(operator: Actor) -> None:
    worker = subprocess.Popen(
        [sys.executable, str(settings.ROOT / "manage.py"), "tenant", "create", "born-twice", "--name", "Born-Twice", "--inline", "--json",
         "--owner-email", "owner@born-twice.example", "--owner-name", "Olive Owner"],
        env={**os.environ, "FREEHOLD_VAR": str(settings.VAR)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + 30
    while not (found := Operation.objects.filter(label__contains="born-twice", step__gte=1).first()) and time.monotonic() < end:
        time.sleep(0.002)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()

    assert found is not None
    operation = Operation.objects.get(id=found.id)
    assert operation.state == "running"
    Operation.objects.filter(id=operation.id).update(heartbeat_at=clock.now() - timedelta(minutes=1))
    _taken_over(operation.id, actor=operator)

    tenant = queries.tenant_by_slug("born-twice")
    assert (tenant.state, Operation.objects.get(id=operation.id).attempts) == ("active", 2)
    assert picture(tenant) == finished("born-twice")


def _taken_over(operation_id: UUID, *, actor: Actor) -> None:
    """Work on it as the next worker; the server may take a moment to notice that the last one died, and holds its lock till then."""
    end = time.monotonic() + 10
    while Operation.objects.get(id=operation_id).state != "succeeded" and time.monotonic() < end:
        Operation.objects.filter(id=operation_id, attempts__gte=2).update(state="queued", attempts=1)
        actions.provision_tenant(operation_id, actor=actor)
        time.sleep(0.05)


@pytest.mark.usefixtures("at_platform")
def test_the_tenants_role_can_use_its_schema_and_no_other(
    operator: Actor, acme: tenancy.TenantRef, globex: tenancy.TenantRef
) -> None:
    with tenancy.activate(acme, purpose=tenancy.Purpose.REQUEST), connections[acme.cell].cursor() as cursor:
        cursor.execute(
            "SELECT current_user, has_schema_privilege(%s, 'CREATE'), has_schema_privilege(%s, 'USAGE')",
            [acme.schema, globex.schema],
        )
        assert cursor.fetchone() == (acme.schema, False, False)
        cursor.execute("SELECT rolcanlogin, rolinherit, rolsuper FROM pg_roles WHERE rolname = %s", [acme.schema])
        assert cursor.fetchone() == (False, False, False)


@pytest.mark.usefixtures("at_platform")
def test_home_is_not_even_noted_in_a_tenants_migrations(acme: tenancy.TenantRef) -> None:
    with tenancy.activate(acme, purpose=tenancy.Purpose.MIGRATE), connections[acme.cell].cursor() as cursor:
        cursor.execute("SELECT DISTINCT app FROM django_migrations ORDER BY app")
        assert [app for (app,) in cursor.fetchall()] == ["audit", "identity", "operations"]
    assert provisioning.behind([acme]) == []


@pytest.mark.usefixtures("at_platform")
def test_a_tenant_whose_operation_was_cancelled_is_settled_as_failed(operator: Actor) -> None:
    actions.settle_unfinished(actor=operator)
    requested = ask_for("born-never", actor=operator)
    operations.cancel(requested.operation.id, actor=operator)

    assert actions.settle_unfinished(actor=operator) == 1
    assert actions.settle_unfinished(actor=operator) == 0

    assert (queries.tenant(requested.tenant.id).state, queries.tenant(requested.tenant.id).state_reason) == (
        "failed",
        "Its operation was cancelled.",
    )


@pytest.mark.usefixtures("at_platform")
def test_a_tenant_whose_operation_is_lost_is_settled_after_ten_minutes(operator: Actor) -> None:
    requested = ask_for("born-lost", actor=operator)
    Operation.objects.filter(id=requested.operation.id).delete()

    assert actions.settle_unfinished(actor=operator) == 0
    Tenant.objects.filter(id=requested.tenant.id).update(state_since=clock.now() - timedelta(minutes=11))
    tasks.sweep()

    assert queries.tenant(requested.tenant.id).state == "failed"


def test_making_takes_a_right_of_platform(platform: tenancy.TenantRef, acme: tenancy.TenantRef) -> None:
    with tenancy.activate(acme, purpose=tenancy.Purpose.REQUEST), pytest.raises(Forbidden):
        actions.provision_tenant(platform.id, actor=makers.person_actor())
