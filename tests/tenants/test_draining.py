"""A cell is emptied: every tenant is moved away, and who cannot be moved is told."""

from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings

from config.embedded import addresses as addressing
from config.embedded import postgres
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose
from operations import queries as operations
from tenants import actions, places, provisioning, queries
from tenants.models import Cell, Leftover, Region, Spare, Tenant
from tests import makers
from tests.tenants.commands import run

pytestmark = pytest.mark.committed


@pytest.fixture
def third(platform: tenancy.TenantRef, operator: Actor) -> Iterator[str]:
    """A cell on another database of the embedded server, in another region; gone afterwards with what lies in it."""
    Region.objects.create(code="north", jurisdiction="EU", label="North")
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.add_cell("cell-3", region="north", actor=operator)
    try:
        yield "cell-3"
    finally:
        tenancy.cells.detach("cell-3")
        Leftover.objects.filter(cell_id="cell-3").delete()
        Spare.objects.filter(cell_id="cell-3").delete()
        Tenant.objects.filter(cell_id="cell-3").delete()
        Cell.objects.filter(name="cell-3").delete()
        Region.objects.filter(code="north").delete()
        with postgres.connected_as_superuser(addressing.at(django_settings.VAR), "postgres") as server:
            server.execute("DROP DATABASE IF EXISTS cell_3 WITH (FORCE)")


@pytest.fixture
def housed(third: str, platform: tenancy.TenantRef, operator: Actor) -> Iterator[tenancy.TenantRef]:
    """A tenant in that cell."""
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        requested = actions.create_tenant(
            "northerner", name="North", owner_email="ada@north.example", owner_name="Ada", cell=third, actor=operator
        )
        actions.provision_tenant(requested.operation.id, actor=operator)
    makers.forget_caches()
    try:
        yield queries.tenant_by_slug("northerner").ref()
    finally:
        left = Tenant.objects.get(id=requested.tenant.id)
        Leftover.objects.filter(tenant_id=left.id).delete()
        Tenant.objects.filter(id=left.id).delete()
        provisioning.drop_place(left.cell_id, left.schema, on_progress=places.quietly)


def test_every_tenant_is_moved_where_room_is(housed: tenancy.TenantRef) -> None:
    drained = run("cell", "drain", "cell-3", "--to", "auto", "--inline", "--json")

    moved = Tenant.objects.get(id=housed.id)
    assert (drained.code, drained.data["state"]) == (0, "succeeded"), drained.out
    assert drained.data["result"] == {"cell": "cell-3", "moved": 1, "staying": []}
    assert (moved.cell_id, moved.state) == ("cell-1", "active")
    assert Cell.objects.get(name="cell-3").state == "draining"
    assert Leftover.objects.filter(cell_id="cell-3", tenant_id=housed.id).count() == 1


def test_who_may_not_leave_stays_and_is_told_and_the_operation_can_be_resumed(
    housed: tenancy.TenantRef, platform: tenancy.TenantRef, operator: Actor
) -> None:
    Tenant.objects.filter(id=housed.id).update(residency="EU")

    refused = run("cell", "drain", "cell-3", "--to", "auto", "--inline", "--json")
    Tenant.objects.filter(id=housed.id).update(residency="")
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        operation = operations.operations().get(kind="tenants.drain_cell", state="failed")
        run("operation", "resume", operation.public_id, "--json")
        actions.empty_cell(operation.id, actor=operator)
        state = operations.operation(operation.id).state

    assert (refused.code, refused.data["state"]) == (1, "failed")
    assert list(refused.data["problem"]["refused"]) == ["northerner"]
    assert (state, Tenant.objects.get(id=housed.id).cell_id) == ("succeeded", "cell-1")
