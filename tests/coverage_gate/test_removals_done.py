"""Removing what is old, by each door: for these calls time must have passed before anybody calls."""

from uuid import UUID

import pytest

from kernel.tenancy import TenantRef
from tests.audit.travelling import aged, keep_for, travel
from tests.coverage_gate import asking, bodies_api, bodies_commands, bodies_console, running
from tests.coverage_gate.asking import Host
from tests.isolation.belongings import Belongings
from tests.isolation.routes import TENANT

__all__ = ["aged", "travel"]
ROUTES = {"POST /v1/audit/prunings": bodies_api, "POST /audit/retention/removal": bodies_console}
VERB = "retention prune"
PRUNED = "audit.bodies.pruned"


@pytest.fixture
def outdated(aged: list[UUID]) -> None:
    """A month whose entries nobody need keep any longer; everything that is made afterwards is of a later one."""
    keep_for()


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_what_a_request_removes_is_told(outdated: None, at_tenant: Belongings, platform: TenantRef, name: str) -> None:
    host = Host(name=at_tenant.host, urlconf=TENANT, whose=at_tenant, trails=(at_tenant.ref,), platform=platform)
    is_api = ROUTES[name] is bodies_api
    asked = [route for route in asking.unsafe(TENANT, is_api=is_api) if str(route) == name]

    (outcome,) = asking.outcomes(host, of=asked, calls=ROUTES[name].CALLS)

    assert (outcome.is_proven, outcome.told) == (True, [PRUNED]), str(outcome)
    assert name in ROUTES[name].EXCEPTIONS


def test_what_a_command_removes_is_told(outdated: None, at_terminal: Belongings, platform: TenantRef) -> None:
    (outcome,) = running.outcomes(at_terminal, platform=platform, of=[VERB])

    assert (outcome.is_proven, outcome.told) == (True, [PRUNED]), str(outcome)
    assert VERB in bodies_commands.EXCEPTIONS
