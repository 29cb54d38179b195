"""A process that is killed in the middle of ending a tenant, for real: another goes on where it was, and nothing is doubled or lost."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from identity import queries as people
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from operations.models import Operation
from tenants import actions, queries, resolving
from tenants.models import Backup, Leftover, Tenant
from tests import makers
from tests.conftest import ROOT
from tests.tenants import ending

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("at_platform")]

PATIENCE_S = 60.0
REASON = "The contract ended."


@pytest.fixture
def hooli(at_platform: TenantRef) -> Iterator[TenantRef]:
    with ending.tenant_for_real("hooli-killed") as ref:
        yield ref


@contextmanager
def no_tables_are_made_or_dropped(cell: str) -> Iterator[None]:
    """Whoever wants to make or drop a table in a cell waits until the block ends."""
    with makers.superuser(cell) as held:
        held.autocommit = False
        held.execute("LOCK TABLE pg_catalog.pg_class IN SHARE MODE")
        yield
        held.rollback()


def killed_at(step: str, *, kind: str, ref: TenantRef, command: tuple[str, ...]) -> Operation:
    """The operation of a kind as it is left when the process that works on it is killed in the middle of a step."""
    with no_tables_are_made_or_dropped(ref.cell):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "tenant", *command, "--inline", "--json"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            subject = ending.tenant_of(ref).public_id
            operation = _when(lambda: _at_work(kind, subject=subject, step=step))
            # It is in the middle, not on its way there: the step waits for the lock that is held here.
            _when(lambda: _waits_for_lock(ref.cell))
        finally:
            process.kill()
            process.wait()
    ending.abandon(operation)
    resolving.forget_all()
    return operation


def finished(operation: Operation, *, by: Callable[..., None]) -> Operation:
    """Do the rest of the work. The server needs a moment to see that the killed process is gone; until then the tenant is taken, and it waits."""
    deadline = time.monotonic() + PATIENCE_S
    while not (over := ending.work_on(operation, by=by)).is_over:
        assert time.monotonic() < deadline, "it was never finished"
        time.sleep(0.1)
        ending.abandon(operation)
    return over


def _when(found: Callable[[], Operation | bool | None]) -> Operation:
    deadline = time.monotonic() + PATIENCE_S
    while not (result := found()):
        assert time.monotonic() < deadline, "it never got there"
        time.sleep(0.05)
    return result  # type: ignore[return-value]  # the one caller that uses it looks for an operation


def _at_work(kind: str, *, subject: str, step: str) -> Operation | None:
    operation = Operation.objects.filter(kind=kind, subject=subject, state="running").order_by("-id").first()
    return operation if operation is not None and operation.step_name == step else None


def _waits_for_lock(cell: str) -> bool:
    with makers.superuser(cell) as connection:
        row = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'pg_class'::regclass").fetchone()
    return bool(row and row[0])


def test_an_archiving_whose_worker_was_killed_is_finished(hooli: TenantRef) -> None:
    operation = killed_at("Try the copy", kind=queries.ARCHIVING, ref=hooli, command=("archive", hooli.slug, "--reason", REASON))
    assert ending.tenant_of(hooli).is_being_archived

    over = finished(operation, by=actions.put_away_tenant)

    tenant = ending.tenant_of(hooli)
    assert (over.state, tenant.state) == ("succeeded", "archived")
    assert over.attempts >= 2
    assert Backup.objects.filter(tenant_id=hooli.id, state="ready").count() == 1
    assert ending.tables_of(hooli) == []
    told = ending.events_about(tenant.public_id)
    assert (told.count("tenants.tenant.archiving_started"), told.count("tenants.tenant.archived")) == (1, 1)
    # What the killed trial had begun to build is written down, to be dropped by the sweep.
    assert Leftover.objects.filter(tenant_id=hooli.id).count() <= 1


def test_a_return_whose_worker_was_killed_is_finished(hooli: TenantRef, operator: Actor) -> None:
    begun = actions.archive_tenant(hooli.id, reason=REASON, actor=operator)
    ending.work_on(begun.operation, by=actions.put_away_tenant)
    operation = killed_at("Build the place", kind=queries.UNARCHIVING, ref=hooli, command=("unarchive", hooli.slug))

    over = finished(operation, by=actions.bring_back_tenant)

    assert over.state == "succeeded"
    with tenancy.activate(ending.tenant_of(hooli).ref(), purpose=Purpose.REQUEST):
        assert people.people().count() == 1


def test_an_erasure_whose_worker_was_killed_is_finished_and_proven(hooli: TenantRef, operator: Actor) -> None:
    deletion = actions.delete_tenant(hooli.id, slug=hooli.slug, reason=REASON, actor=operator)
    ending.work_on(deletion.operation, by=actions.take_final_copy)
    Tenant.objects.filter(id=hooli.id).update(delete_after=clock.now() - timedelta(hours=1))
    operation = killed_at(
        "Drop the place", kind=queries.PURGING, ref=hooli, command=("purge", hooli.slug, "--yes-i-mean", hooli.slug)
    )
    assert ending.tenant_of(hooli).is_being_erased

    over = finished(operation, by=actions.erase_tenant)

    assert (over.state, ending.tenant_of(hooli).state) == ("succeeded", "purged")
    proof = queries.erasure(ending.tenant_of(hooli)).proof
    assert proof["there_was"]["people"] == 1
    assert set(proof["found_afterwards"].values()) == {0}
