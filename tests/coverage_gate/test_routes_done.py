"""Every route with an unsafe method, called as somebody may and should: it succeeds, and the trail says what was done."""

import pytest

from kernel.tenancy import TenantRef
from tests.coverage_gate import asking, bodies_api, bodies_console, calls
from tests.coverage_gate.asking import Host
from tests.isolation.asking import OPERATOR_HOST
from tests.isolation.belongings import Belongings
from tests.isolation.routes import OPERATOR, TENANT

TABLES = {"api": bodies_api, "console": bodies_console}
LEAST_PART = 0.85
both_doors = pytest.mark.parametrize("door", sorted(TABLES))


@both_doors
def test_what_is_done_in_a_tenant_is_told(at_tenant: Belongings, platform: TenantRef, door: str) -> None:
    host = Host(name=at_tenant.host, urlconf=TENANT, whose=at_tenant, trails=(at_tenant.ref,), platform=platform)
    asked, table = asking.unsafe(TENANT, is_api=door == "api"), TABLES[door]

    outcomes = list(asking.outcomes(host, of=asked, calls=table.CALLS))

    assert len(outcomes) >= 60
    assert "\n".join(calls.unproven(outcomes, exceptions=table.EXCEPTIONS)) == ""


@both_doors
def test_what_is_done_at_the_operators_is_told(at_operator: Belongings, platform: TenantRef, acme: TenantRef, door: str) -> None:
    host = Host(name=OPERATOR_HOST, urlconf=OPERATOR, whose=at_operator, trails=(acme,), platform=platform)
    asked, table = asking.unsafe(OPERATOR, is_api=door == "api"), TABLES[door]

    outcomes = list(asking.outcomes(host, of=asked, calls=table.CALLS))

    assert len(outcomes) >= 110
    assert "\n".join(calls.unproven(outcomes, exceptions=table.EXCEPTIONS)) == ""


@both_doors
def test_the_tables_name_routes_that_exist_and_few_exceptions(door: str) -> None:
    table = TABLES[door]
    known = {str(route) for urlconf in (TENANT, OPERATOR) for route in asking.unsafe(urlconf, is_api=door == "api")}

    assert table.CALLS.keys() | table.EXCEPTIONS.keys() <= known
    assert {before for call in table.CALLS.values() for before in call.after} <= known
    assert all(table.EXCEPTIONS.values())
    assert len(known - table.EXCEPTIONS.keys()) >= LEAST_PART * len(known)
