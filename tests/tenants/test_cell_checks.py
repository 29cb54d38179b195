"""What somebody finds who looks at a cell, and what doctor finds over all of them."""

from collections.abc import Iterator

import pytest

from config import checkups
from config.embedded import postgres
from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Unavailable
from kernel.tenancy import Purpose
from tenants import actions, queries
from tenants.models import Cell, Leftover, Region, Tenant
from tenants.placement import checking
from tenants.placement.findings import Finding, Level, gravest
from tests import places
from tests.conftest import Settings
from tests.makers import superuser


@pytest.fixture(autouse=True)
def inside_platform(platform: tenancy.TenantRef, ground: None) -> Iterator[None]:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        yield


def found(name: str = "cell-1") -> dict[str, Finding]:
    return {finding.check: finding for finding in checking.check(queries.cell(name)).findings}


def test_a_healthy_cell_shows_no_failure() -> None:
    findings = found()

    assert gravest(findings.values()) is not Level.FAIL
    assert {"reachable", "version", "login", "connections", "server settings", "places", "spares", "leftovers", "moves"} <= set(
        findings
    )
    assert findings["server settings"].level is Level.OK
    assert "lets us in after" in findings["reachable"].detail


def test_a_schema_that_nobody_knows_is_told() -> None:
    with superuser("cell-1") as server:
        server.execute("CREATE SCHEMA t_stranger")
    try:
        finding = found()["places"]
    finally:
        with superuser("cell-1") as server:
            server.execute("DROP SCHEMA t_stranger")

    assert (finding.level, "t_stranger" in finding.detail) == (Level.WARN, True)


def test_a_tenant_without_a_schema_is_a_failure(acme: tenancy.TenantRef) -> None:
    Tenant.objects.filter(id=acme.id).update(schema="t_" + "0" * 32)

    level = {finding.level for finding in checking.check(queries.cell("cell-1")).findings if "acme" in finding.detail}

    assert level == {Level.FAIL}


def test_old_places_that_should_be_gone_are_told() -> None:
    Leftover.objects.create(schema="t_old", cell_id="cell-1", reason="x", drop_after="2020-01-01T00:00:00Z")

    assert found()["leftovers"].level is Level.WARN


def test_too_many_threads_for_the_server_are_told(settings: Settings) -> None:
    settings.WEB_WORKERS = 64

    assert found()["connections"].level is Level.WARN


def test_a_cell_without_an_address_or_without_an_answer_is_a_failure(operator: Actor) -> None:
    Cell.objects.create(name="dark", region_id="local")

    (finding,) = actions.check_cell("dark", actor=operator).findings

    assert (finding.check, finding.level) == ("reachable", Level.FAIL)
    with pytest.raises(Unavailable):
        actions.measure_cell("dark", actor=operator)


def test_a_cell_is_measured(operator: Actor) -> None:
    full = actions.measure_cell("cell-1", actor=operator)

    assert full.tenant_count == queries.load("cell-1").tenant_count
    assert full.relation_count > 500
    assert 0 < full.catalog_bytes < full.database_bytes
    assert full.bytes_per_tenant is not None
    assert full.bytes_per_tenant > 0
    assert 0 < full.connections <= full.max_connections
    assert full.memory_bytes >= full.backend_bytes > 0


@pytest.mark.committed
def test_a_stopped_server_is_a_failure_and_the_rest_is_not_asked(second_cell: str) -> None:
    postgres.stop(places.second_addresses())
    try:
        findings = found(second_cell)
    finally:
        postgres.start(places.second_addresses())

    assert (list(findings), findings["reachable"].level) == (["reachable"], Level.FAIL)


def test_doctor_looks_at_every_cell_of_the_registry() -> None:
    Cell.objects.create(name="dark", region_id="local")
    Cell.objects.create(name="shut", region_id="local", state="closed")

    named = checkups.known_cells()

    assert named == ["cell-1", "dark"]
    assert (checkups.database("dark").level, checkups.cells().level) == (Level.FAIL, Level.FAIL)


def test_doctor_tells_of_tenants_outside_of_where_they_must_stay(acme: tenancy.TenantRef) -> None:
    assert checkups.residency().level is Level.OK
    Region.objects.create(code="north", jurisdiction="EU", label="North")
    Tenant.objects.filter(id=acme.id).update(residency="EU")

    finding = checkups.residency()

    assert (finding.level, "acme" in finding.detail) == (Level.FAIL, True)


def test_doctor_tells_when_no_cell_has_room() -> None:
    assert checkups.cells().level is Level.OK
    Cell.objects.update(capacity=1)

    assert checkups.cells().level is Level.WARN
