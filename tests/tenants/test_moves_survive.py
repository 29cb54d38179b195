"""A worker dies anywhere in a move, or somebody cancels it: another goes on, or everything is as it was."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connections

from kernel import clock, tenancy
from kernel.tenancy import Purpose, TenantRef
from operations.models import Operation
from tenants import actions
from tenants.models import Leftover, Tenant
from tenants.moves import copying, servers
from tests.tenants import moving

pytestmark = pytest.mark.committed

BEFORE_THE_CHANGE = [
    "after:tenants.provisioning.build_place",
    "after:tenants.moves.copying.empty",
    "after:tenants.moves.copying.publish",
    "before:tenants.moves.copying.wait_for_copy",
    "after:tenants.actions.relocation.freeze_tenant",
    "after:tenants.moves.walls.stop_writers",
    "before:tenants.actions.relocation.relocate_tenant",
]
AFTER_THE_CHANGE = [
    "after:tenants.actions.relocation.relocate_tenant",
    "after:tenants.moves.copying.unsubscribe",
    "after:tenants.moves.leaving.put_aside",
]


@pytest.fixture
def traveller(second_cell: str) -> Iterator[TenantRef]:
    """A tenant with people in the first cell, while there is a second."""
    ref = moving.make_traveller()
    moving.add_people(ref, number=2)
    yield ref
    moving.remove(ref)


@pytest.mark.parametrize("point", [*BEFORE_THE_CHANGE, *AFTER_THE_CHANGE])
def test_another_worker_finishes_what_a_dead_one_began(point: str, traveller: TenantRef, second_cell: str) -> None:
    before, rights = moving.emails(traveller), moving.rights(traveller, alias="cell-1")
    operation = moving.start(traveller.id, to=second_cell)
    moving.work_until_death(operation, at=point)

    finished = moving.work(operation)
    moving.relay()

    assert (finished.state, finished.problem, finished.attempts) == ("succeeded", None, 2)
    there = Tenant.objects.get(id=traveller.id)
    assert (there.cell_id, there.state) == (second_cell, "active")
    assert moving.emails(traveller) == before
    assert moving.rights(traveller, alias=second_cell) == rights
    assert (moving.traces("cell-1"), moving.traces(second_cell)) == ([], [])
    assert [row.cell_id for row in Leftover.objects.filter(tenant_id=traveller.id)] == ["cell-1"]
    assert moving.told(traveller).count("tenants.tenant.moved") == 1


@pytest.mark.parametrize(
    "point",
    ["after:tenants.moves.copying.publish", "after:tenants.moves.copying.wait_for_copy", "after:tenants.moves.walls.stop_writers"],
)
def test_the_sweep_undoes_a_cancelled_move_that_nobody_works_on(point: str, traveller: TenantRef, second_cell: str) -> None:
    rights = moving.rights(traveller, alias="cell-1")
    operation = moving.start(traveller.id, to=second_cell)
    moving.work_until_death(operation, at=point)
    moving.cancel(operation)

    moving.settle()

    here = Tenant.objects.get(id=traveller.id)
    assert (here.cell_id, here.state, here.previous_state) == ("cell-1", "active", "")
    assert moving.rights(traveller, alias="cell-1") == rights
    moving.settle()
    assert (moving.traces("cell-1"), moving.traces(second_cell)) == ([], [])
    moving.add_people(moving.fresh(traveller), number=1, prefix="after")


def test_a_move_that_is_cancelled_while_it_copies_is_undone_by_its_worker(traveller: TenantRef, second_cell: str) -> None:
    rights = moving.rights(traveller, alias="cell-1")
    operation = moving.start(traveller.id, to=second_cell)
    moving.work_until_death(operation, at="after:tenants.moves.copying.publish")
    found: list[Operation] = []

    def work() -> None:
        found.append(moving.work(operation))
        connections.close_all()

    worker = threading.Thread(target=work)
    with servers.opened("cell-1") as writer, servers.acting_as(writer, traveller.schema), writer.transaction():
        # Tables are copied from a moment at which no transaction is underway.
        writer.execute(f'UPDATE "{traveller.schema}".identity_user SET name = name')
        worker.start()
        _wait_until_following(traveller, second_cell)
        moving.cancel(operation)
        worker.join()

    assert found[0].state == "cancelled"
    assert (moving.traces("cell-1"), moving.traces(second_cell)) == ([], [])
    assert traveller.schema not in moving.schemas(second_cell)
    assert moving.rights(traveller, alias="cell-1") == rights
    assert not Leftover.objects.filter(tenant_id=traveller.id).exists()
    assert moving.told(traveller)[-1] == "tenants.tenant.move_failed"


def test_an_unfinished_place_is_dropped_when_its_time_is_over(traveller: TenantRef, second_cell: str) -> None:
    operation = moving.start(traveller.id, to=second_cell)
    moving.work_until_death(operation, at="after:tenants.moves.copying.empty")
    Leftover.objects.filter(tenant_id=traveller.id).update(drop_after=clock.now() - timedelta(seconds=1))

    kept = _drop()
    moving.cancel(operation)
    dropped = _drop()

    assert (kept, dropped) == (0, 1)
    assert traveller.schema not in moving.schemas(second_cell)
    assert traveller.schema in moving.schemas("cell-1")
    assert not Leftover.objects.filter(tenant_id=traveller.id).exists()
    assert len(moving.emails(traveller)) == 3


def test_the_old_place_is_kept_for_a_week_and_then_dropped(traveller: TenantRef, second_cell: str) -> None:
    moving.move(traveller.id, to=second_cell)
    left = Leftover.objects.get(tenant_id=traveller.id)

    kept = _drop()
    Leftover.objects.filter(id=left.id).update(drop_after=clock.now())
    dropped = _drop()

    assert timedelta(days=6, hours=23) < left.drop_after - clock.now() <= timedelta(days=7)
    assert (kept, dropped) == (0, 1)
    assert left.schema not in moving.schemas("cell-1")
    with servers.opened("cell-1") as source:
        assert servers.value(source, "SELECT 1 FROM pg_roles WHERE rolname = %s", traveller.schema) is None
    assert len(moving.emails(traveller)) == 3


def test_a_place_that_a_tenant_lives_in_is_never_dropped(traveller: TenantRef) -> None:
    Leftover.objects.create(
        cell_id="cell-1", schema=traveller.schema, reason="A mistake", drop_after=clock.now(), tenant_id=traveller.id
    )

    assert _drop() == 0
    assert traveller.schema in moving.schemas("cell-1")


def _drop() -> int:
    with tenancy.activate(moving.at_platform(), purpose=Purpose.OPERATOR):
        return actions.drop_leftovers(actor=moving.OPERATOR)


def _wait_until_following(ref: TenantRef, cell: str) -> None:
    with servers.opened(cell) as target:
        while not copying.is_subscribed(target, ref):
            threading.Event().wait(0.05)
