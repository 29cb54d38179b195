"""The pool is filled to what is wanted and no further, by whoever comes first, with spares of this state of the code."""

import pytest
from django.db import connections

from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden
from kernel.tenancy import Purpose, TenantRef
from tenants import actions, places, provisioning, queries, spares, tasks, template
from tenants.models import Cell, Leftover, Spare
from tests import makers
from tests.tenants.spare_pool import ask_for, commits, in_threads
from tests.tenants.test_provisioning import finished, picture

CELL = "cell-1"


@commits
def test_two_refills_at_once_build_no_more_than_is_wanted(operator: Actor) -> None:
    made = in_threads(*[lambda: actions.refill_spares(actor=operator)] * 3)

    assert sum(made) == 2
    assert list(Spare.objects.values_list("state", flat=True)) == ["ready", "ready"]


@commits
def test_a_spare_whose_builder_died_is_finished_by_the_next_and_one_that_is_being_built_is_left(operator: Actor) -> None:
    cell = Cell.objects.get(name=CELL)
    begun, held = spares.reserve(cell), spares.reserve(cell)
    places.create_schema(places.ref_of(CELL, schema=begun.schema))
    other = connections.create_connection(CELL)
    try:
        ref = places.ref_of(CELL, schema=held.schema, tenant_id=held.id)
        with tenancy.activate(ref, purpose=Purpose.MIGRATE), other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [provisioning.lock_key(ref)])

        assert actions.refill_spares(actor=operator) == 1
    finally:
        other.close()

    assert dict(Spare.objects.values_list("id", "state")) == {begun.id: "ready", held.id: "building"}


@commits
def test_a_cell_gets_no_more_spares_than_it_has_room_for(operator: Actor) -> None:
    Cell.objects.filter(name=CELL).update(capacity=queries.housed_in(CELL) + 1)
    try:
        assert actions.refill_spares(actor=operator) == 1
        Cell.objects.filter(name=CELL).update(capacity=queries.housed_in(CELL))
        assert actions.refill_spares(actor=operator) == 0
        assert (Spare.objects.count(), Leftover.objects.get(tenant_id=None).reason) == (0, "The cell has no room for it any more.")
    finally:
        Cell.objects.filter(name=CELL).update(capacity=1000)


@commits
def test_a_draining_cell_gets_no_spares(operator: Actor) -> None:
    Cell.objects.filter(name=CELL).update(state="draining")
    try:
        assert actions.refill_spares(actor=operator) == 0
    finally:
        Cell.objects.filter(name=CELL).update(state="open")


@commits
def test_a_spare_of_another_state_of_the_code_is_never_claimed_and_discarded_when_it_is_older(operator: Actor) -> None:
    actions.refill_spares(actor=operator)
    Spare.objects.update(template_state="0" * 64)

    requested = ask_for("spare-old", actor=operator)
    assert (requested.is_open, requested.operation.state) == (False, "queued")
    assert actions.refill_spares(actor=operator) == 2

    assert (
        list(Leftover.objects.filter(tenant_id=None).values_list("reason", flat=True))
        == ["Its tables are those of an older release."] * 2
    )
    assert Spare.objects.count() == 2
    actions.provision_tenant(requested.operation.id, actor=operator)
    assert picture(queries.tenant(requested.tenant.id)) == finished("spare-old")


@commits
def test_spares_of_a_newer_release_are_left_to_it(operator: Actor) -> None:
    template.compiled(CELL)
    newer = template.compiled(CELL)
    other = type(newer).objects.create(state="f" * 64, script="", statements=0, compile_ms=0)
    try:
        actions.refill_spares(actor=operator)
        Spare.objects.update(template_state=other.state)

        actions.refill_spares(actor=operator)

        assert Spare.objects.filter(template_state=other.state).count() == 2
    finally:
        other.delete()


@commits
def test_the_task_refills_for_no_tenant_and_for_platform(operator: Actor) -> None:
    with tenancy.outside():
        tasks.refill(from_a_newer_release=True)

    assert Spare.objects.count() == 2


@commits
def test_discarding_a_spare_that_a_tenant_took_changes_nothing(operator: Actor) -> None:
    actions.refill_spares(actor=operator)
    taken = ask_for("spare-kept", actor=operator).tenant

    actions.discard_spare(taken.id, reason="No need.", actor=operator)

    assert not Leftover.objects.filter(schema=taken.schema).exists()


def test_refilling_takes_a_right_of_platform(acme: TenantRef) -> None:
    with tenancy.activate(acme, purpose=Purpose.REQUEST), pytest.raises(Forbidden):
        actions.refill_spares(actor=makers.person_actor())
