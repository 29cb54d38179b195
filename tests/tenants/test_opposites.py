"""Two operators who do opposite things at once, on connections of their own: one wins, the other is refused, nothing is half done."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connections, transaction

from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Conflict
from kernel.tenancy import Purpose, TenantRef
from operations.models import Operation
from tenants import actions, queries
from tenants.actions import moving
from tenants.models import Backup, Tenant
from tests.tenants import ending

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("at_platform")]

REASON = "The contract ended."
Call = Callable[[Tenant, Actor], object]

SUSPEND: Call = lambda row, actor: actions.suspend_tenant(row.id, reason=REASON, expected_version=row.version, actor=actor)  # noqa: E731
RENAME: Call = lambda row, actor: actions.rename_tenant(row.id, name="Other", expected_version=row.version, actor=actor)  # noqa: E731
ARCHIVE: Call = lambda row, actor: actions.archive_tenant(row.id, reason=REASON, expected_version=row.version, actor=actor)  # noqa: E731
DELETE: Call = lambda row, actor: actions.delete_tenant(  # noqa: E731
    row.id, slug=row.slug, reason=REASON, expected_version=row.version, actor=actor
)
UNDELETE: Call = lambda row, actor: actions.undelete_tenant(row.id, actor=actor)  # noqa: E731
PURGE: Call = lambda row, actor: actions.purge_tenant(row.id, slug=row.slug, actor=actor)  # noqa: E731
FREEZE: Call = lambda row, actor: moving.freeze_tenant(row.id, to_cell="cell-9", actor=actor)  # noqa: E731


@pytest.fixture
def hooli(at_platform: TenantRef) -> Iterator[TenantRef]:
    with ending.tenant_for_real("hooli-both") as ref:
        yield ref


def both_at_once(row: Tenant, *, calls: tuple[Call, Call], actor: Actor) -> list[object]:
    """What came of two calls that waited for the same row together: a result, or a refusal."""
    outcomes: list[object] = [None, None]

    def one(number: int) -> None:
        platform = queries.platform().ref()
        try:
            with tenancy.activate(platform, purpose=Purpose.OPERATOR):
                outcomes[number] = calls[number](row, actor)
        except Conflict as refused:
            outcomes[number] = refused
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in (0, 1)]
    with transaction.atomic(using=tenancy.HOME):
        Tenant.objects.select_for_update().get(id=row.id)
        for thread in threads:
            thread.start()
        _until_both_wait()
    for thread in threads:
        thread.join()
    return outcomes


def _until_both_wait() -> None:
    """Until two sessions of home wait for a lock that this one holds."""
    waiting = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
    with connections[tenancy.HOME].cursor() as cursor:
        for _ in range(2000):
            cursor.execute(waiting)
            if cursor.fetchone()[0] >= 2:
                return
    raise AssertionError("the two never met")


@pytest.mark.parametrize(
    "calls",
    [
        (SUSPEND, DELETE),
        (ARCHIVE, DELETE),
        (ARCHIVE, SUSPEND),
        (DELETE, DELETE),
        (RENAME, DELETE),
        (ARCHIVE, ARCHIVE),
        (ARCHIVE, FREEZE),
    ],
)
def test_of_two_changes_of_one_version_one_wins(calls: tuple[Call, Call], hooli: TenantRef, operator: Actor) -> None:
    row = ending.tenant_of(hooli)

    outcomes = both_at_once(row, calls=calls, actor=operator)

    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert len(refused) == 1
    after = ending.tenant_of(hooli)
    assert after.version == row.version + 1
    told = [name for name in ending.events_about(after.public_id) if name not in CREATION]
    assert len(told) == 1
    begun = Operation.objects.filter(subject=after.public_id).exclude(kind=queries.MAKING).count()
    assert begun == (1 if told[0].endswith("_started") else 0)


CREATION = {"tenants.tenant.requested", "tenants.tenant.activated"}


def test_undoing_and_erasing_exclude_each_other(hooli: TenantRef, operator: Actor) -> None:
    actions.delete_tenant(hooli.id, slug=hooli.slug, reason=REASON, actor=operator)
    now = clock.now()
    Tenant.objects.filter(id=hooli.id).update(delete_after=now - timedelta(hours=1))
    Backup.objects.create(
        tenant_id=hooli.id,
        kind="final",
        state="ready",
        cell=hooli.cell,
        region="local",
        path="a/b.copy",
        verified_at=now,
        taken_at=now,
    )

    outcomes = both_at_once(ending.tenant_of(hooli), calls=(UNDELETE, PURGE), actor=operator)

    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert len(refused) == 1
    after = ending.tenant_of(hooli)
    erasures = Operation.objects.filter(subject=after.public_id, kind=queries.PURGING).count()
    assert (after.state, after.is_being_erased, erasures) in {("active", False, 0), ("deleting", True, 1)}
    assert len(ending.tables_of(hooli)) > 10
