"""What the operator's host says about tenants, cells, copies, plans and runs: all that is there, to those who may, each below its owner."""

from collections.abc import Callable

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.caller import Caller
from tests.isolation import belongings
from tests.isolation.asking import HTML, OPERATOR_HOST, api, ask, is_problem, pages, wrong
from tests.isolation.belongings import Belongings
from tests.isolation.routes import OPERATOR, Route

ABSENT = {"/v1/backups/{backup}/file": "backup-not-ready", "/v1/tenants/{tenant}/erasure": "not-erased"}
"""What a tenant in the registry need not have, and how the answer says so: its copy's file lies nowhere, and nobody erased it."""
ABSENT_PAGES = {
    "/tenants/{tenant_id}/erasure",
    "/people/{person_id}/factors/{factor_id}/removal",  # the factor is of another of the tenant's people
    "/account/factors/new/{factor_kind}/completion",  # leads to the beginning while nothing has begun
}


def test_the_operators_registry_finds_what_is_there(operators: Belongings, ours: Belongings) -> None:
    """Without this the tests here could pass because nothing is ever found."""
    caller = Caller(host=OPERATOR_HOST, key=operators.key)
    asked = [route for route in api(OPERATOR) if route.is_registry and route.parameters and route.method == "GET"]

    answers = [(route, ask(caller, route, values=ours.parameters, urlconf=OPERATOR)) for route in asked]

    assert len(answers) >= 15
    found, absent = (
        [(route, answer) for route, answer in answers if (route.path in ABSENT) is is_absent] for is_absent in (False, True)
    )
    assert wrong(found, wanted=lambda answer: answer.status_code == 200) == []
    assert {route.path: answer.json()["type"].rpartition("/")[2] for route, answer in absent} == ABSENT


def test_the_registry_answers_nobody_at_the_operators_without_its_permissions(
    platform: TenantRef, ours: Belongings, untouched: Callable[[], bool]
) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        key = makers.make_key(scopes=("read:audit.entries",), email="reader@platform.example").secret
    before = belongings.state_of(ours.ref)
    caller = Caller(host=OPERATOR_HOST, key=key)
    asked = [route for route in api(OPERATOR) if route.is_registry]

    answers = [(route, ask(caller, route, values=ours.parameters, urlconf=OPERATOR)) for route in asked]

    assert len(answers) >= 60
    assert wrong(answers, wanted=is_problem(403, "/problems/forbidden")) == []
    assert belongings.state_of(ours.ref) == before
    assert untouched()


def test_one_tenants_thing_is_not_found_below_another_tenant(
    operators: Belongings, ours: Belongings, theirs: Belongings, untouched: Callable[[], bool]
) -> None:
    caller = Caller(host=OPERATOR_HOST, key=operators.key)
    crossed = {**theirs.parameters, "tenant": ours.parameters["tenant"], "tenant_id": ours.parameters["tenant_id"]}
    person = {**HTML, "HTTP_COOKIE": operators.cookie}

    programs = [
        (route, ask(caller, route, values=crossed, urlconf=OPERATOR))
        for route in api(OPERATOR)
        if {"tenant", "domain"} <= set(route.parameters)
    ]
    people = [
        (route, ask(Caller(host=OPERATOR_HOST), route, values=crossed, headers=person))
        for route in pages(OPERATOR)
        if {"tenant_id", "domain_id"} <= set(route.parameters)
    ]

    assert (len(programs) >= 8, len(people) >= 8) == (True, True)
    assert wrong(programs + people, wanted=lambda answer: answer.status_code == 404) == []
    assert untouched()


def test_the_operators_pages_find_what_is_there(operators: Belongings, ours: Belongings) -> None:
    caller = Caller(host=OPERATOR_HOST)
    person = {**HTML, "HTTP_COOKIE": operators.cookie}
    asked = [route for route in pages(OPERATOR) if route.parameters and route.method == "GET" and not route.is_public]

    answers = [
        (route, ask(caller, route, values=_seen_by_operators(route, operators, ours), headers=person))
        for route in asked
        if route.path not in ABSENT_PAGES
    ]

    assert len(answers) >= 40
    assert wrong(answers, wanted=lambda answer: answer.status_code == 200) == []


def _seen_by_operators(route: Route, operators: Belongings, tenant: Belongings) -> dict[str, str]:
    """Of the tenant what the registry knows of it; all else, people and the operator's own hosts among it, is the operator's."""
    if "tenant_id" in route.parameters:
        return tenant.parameters
    return operators.parameters
