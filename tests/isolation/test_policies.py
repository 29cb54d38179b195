"""Every door that asks for a permission asks the policies too: with one in force that is against everything, none of them opens.

Routes are found by walking, so that a new door is asked with the rest.
"""

from typing import Any

import pytest

from identity import actions
from identity.access.decide import REPAIRS
from kernel import tenancy
from kernel.api.access import Access
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.caller import Caller
from tests.isolation.asking import HTML, OPERATOR_HOST, api, ask, is_problem, pages, wrong
from tests.isolation.belongings import Belongings
from tests.isolation.routes import OPERATOR, TENANT, Route


def _permission(route: Route) -> str:
    """What a door asks for; empty when it is open to all or to everybody who is signed in."""
    needed = route.access[route.method]
    return "" if isinstance(needed, Access) else str(needed)


def _shut(ref: TenantRef) -> None:
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        policy = actions.create_policy("all-shut", text="forbid(principal, action, resource);", actor=makers.OPERATOR)
        actions.enable_policy(policy.id, actor=makers.OPERATOR)


@pytest.mark.parametrize("urlconf", [TENANT, OPERATOR])
def test_no_door_for_programs_opens_past_a_policy(ours: Belongings, operators: Belongings, urlconf: str) -> None:
    whose, host = (ours, ours.host) if urlconf == TENANT else (operators, OPERATOR_HOST)
    caller = Caller(host=host, key=whose.key)
    _shut(whose.ref)
    asked = [route for route in api(urlconf) if _permission(route)]

    answers = [(route, ask(caller, route, values=whose.parameters, urlconf=urlconf)) for route in asked]

    assert len(answers) >= 100
    assert wrong(answers, wanted=is_problem(403, "policy-forbids")) == []


@pytest.mark.parametrize("urlconf", [TENANT, OPERATOR])
def test_no_page_opens_past_a_policy_but_those_of_the_policies_for_an_owner(
    ours: Belongings, operators: Belongings, urlconf: str
) -> None:
    whose, host = (ours, ours.host) if urlconf == TENANT else (operators, OPERATOR_HOST)
    caller = Caller(host=host)
    _shut(whose.ref)
    asked = [route for route in pages(urlconf) if _permission(route)]
    headers = {**HTML, "HTTP_COOKIE": whose.cookie}

    answers = [(route, ask(caller, route, values=whose.parameters, urlconf=urlconf, headers=headers)) for route in asked]

    opened = {_permission(route) for route, answer in answers if not _is_shut(answer)}
    assert len(answers) >= 100
    assert opened == set(REPAIRS)


def _is_shut(answer: Any) -> bool:
    return bool(answer.status_code == 403 and answer.problem.type == "policy-forbids")
