"""Every route, other tenant: with another tenant's ids, keys and sessions there is nothing to see and nothing to change.

Routes are found by walking, so each of these tests grows with the product. A test goes over all routes of a host and names those that
answered wrongly.
"""

from collections.abc import Callable
from typing import Any

import pytest

from config import openapi
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import actions as tenants
from tests import makers
from tests.caller import Caller
from tests.isolation import belongings, routes
from tests.isolation.asking import HTML, OPERATOR_HOST, api, ask, hides, is_problem, pages, wrong
from tests.isolation.belongings import Belongings
from tests.isolation.routes import OPERATOR, TENANT

REASON = "The invoice of May is open."
UNDOCUMENTED = {"/v1/openapi.json"}


@pytest.mark.parametrize("urlconf", [TENANT, OPERATOR])
def test_the_document_describes_every_route_for_programs(urlconf: str) -> None:
    described = {(path, method.upper()) for path, methods in openapi.document(urlconf)["paths"].items() for method in methods}

    walked = {(route.path, route.method) for route in api(urlconf) if route.path not in UNDOCUMENTED}

    assert described == walked
    assert len(walked) >= 25


def test_an_api_route_with_anothers_id_is_not_found(ours: Belongings, theirs: Belongings, untouched: Callable[[], bool]) -> None:
    caller = Caller(host=ours.host, key=ours.key)
    before = belongings.state_of(ours.ref)
    asked = [route for route in api(TENANT) if route.is_of_a_thing]

    answers = [(route, ask(caller, route, values=theirs.parameters)) for route in asked]

    assert len(answers) >= 15
    assert wrong(answers, wanted=is_problem(404)) == []
    # A problem repeats the address that was asked, which the caller wrote.
    assert wrong(answers, wanted=lambda answer: hides(theirs)(answer, besides=answer.json()["instance"])) == []
    # The caller's own trail tells of what was asked for in vain; nothing else of the caller's has changed, and nothing at all of the other's.
    assert belongings.changed(before, belongings.state_of(ours.ref)) == belongings.TRAIL
    assert untouched()


def test_the_same_routes_find_what_is_ones_own(ours: Belongings) -> None:
    """Without this the tests here could pass because nothing is ever found."""
    caller = Caller(host=ours.host, key=ours.key)
    asked = [route for route in api(TENANT) if route.parameters and route.method == "GET"]

    answers = [(route, ask(caller, route, values=ours.parameters)) for route in asked]

    assert len(answers) >= 5
    assert wrong(answers, wanted=lambda answer: answer.status_code == 200) == []


def test_an_api_route_without_an_id_shows_nothing_of_another(
    ours: Belongings, theirs: Belongings, untouched: Callable[[], bool]
) -> None:
    caller = Caller(host=ours.host, key=ours.key)
    asked = [route for route in api(TENANT) if not route.is_of_a_thing]

    answers = [(route, ask(caller, route, values=routes.WORDS)) for route in asked]

    assert wrong(answers, wanted=hides(theirs)) == []
    assert untouched()


def test_a_page_with_anothers_id_is_not_found(ours: Belongings, theirs: Belongings, untouched: Callable[[], bool]) -> None:
    caller = Caller(host=ours.host)
    asked = [route for route in pages(TENANT) if route.is_of_a_thing]

    answers = [
        (route, ask(caller, route, values=theirs.parameters, headers={**HTML, "HTTP_COOKIE": ours.cookie})) for route in asked
    ]

    assert len(answers) >= 10
    assert wrong(answers, wanted=lambda answer: answer.status_code == 404) == []
    assert wrong(answers, wanted=lambda answer: f"{theirs.ref.slug}.example" not in answer.content.decode()) == []
    assert untouched()


def test_a_page_without_an_id_shows_nothing_of_another(ours: Belongings, theirs: Belongings) -> None:
    caller = Caller(host=ours.host)
    asked = [route for route in pages(TENANT) if not route.is_of_a_thing and route.method == "GET"]

    answers = [(route, ask(caller, route, values=routes.WORDS, headers={**HTML, "HTTP_COOKIE": ours.cookie})) for route in asked]

    assert len(answers) >= 8
    assert wrong(answers, wanted=hides(theirs)) == []
    assert any(ours.parameters["person_id"] in answer.content.decode() for _, answer in answers)


@pytest.mark.parametrize("direction", ["ours at theirs", "theirs at ours"])
def test_a_key_of_another_tenant_is_no_key(ours: Belongings, theirs: Belongings, direction: str) -> None:
    guest, host = (ours, theirs) if direction == "ours at theirs" else (theirs, ours)
    before = belongings.state_of(guest.ref), belongings.state_of(host.ref)
    caller = Caller(host=host.host, key=guest.key)

    answers = [(route, ask(caller, route, values=host.parameters)) for route in api(TENANT) if not route.is_public]

    assert wrong(answers, wanted=is_problem(401)) == []
    after = belongings.state_of(guest.ref), belongings.state_of(host.ref)
    assert after[0] == before[0]
    # Where the key was tried a person should know of it, so the trail has grown; nothing else has.
    assert belongings.changed(before[1], after[1]) <= belongings.TRAIL


def test_a_tenants_key_is_no_key_at_the_operators_address(ours: Belongings, theirs: Belongings) -> None:
    caller = Caller(host=OPERATOR_HOST, key=ours.key)

    answers = [
        (route, ask(caller, route, values=theirs.parameters, urlconf=OPERATOR)) for route in api(OPERATOR) if not route.is_public
    ]

    assert wrong(answers, wanted=is_problem(401)) == []


@pytest.mark.parametrize("urlconf", [TENANT, OPERATOR])
def test_a_session_of_another_tenant_is_no_session(ours: Belongings, theirs: Belongings, urlconf: str) -> None:
    caller = Caller(host=theirs.host if urlconf == TENANT else OPERATOR_HOST)
    cookie = {"HTTP_COOKIE": ours.cookie}

    programs = [
        (route, ask(caller, route, values=ours.parameters, headers=cookie)) for route in api(urlconf) if not route.is_public
    ]
    people = [
        (route, ask(caller, route, values=ours.parameters, headers={**HTML, **cookie}))
        for route in pages(urlconf)
        if not route.is_public
    ]

    assert wrong(programs, wanted=is_problem(401)) == []
    assert wrong(people, wanted=_asks_to_sign_in) == []


def test_the_operators_key_sees_the_operators_own_tenant_alone(
    operators: Belongings, theirs: Belongings, untouched: Callable[[], bool]
) -> None:
    caller = Caller(host=OPERATOR_HOST, key=operators.key)
    asked = [route for route in api(OPERATOR) if not route.is_registry]

    # In this order: the operator's own trail repeats the addresses that the operator asked for in vain, with the ids that stood in them.
    plain = [(route, ask(caller, route, values=routes.WORDS, urlconf=OPERATOR)) for route in asked if not route.is_of_a_thing]
    named = [(route, ask(caller, route, values=theirs.parameters, urlconf=OPERATOR)) for route in asked if route.is_of_a_thing]

    assert len(named) >= 15
    assert wrong(named, wanted=is_problem(404)) == []
    # The operator's own trail says what the operator did: that a tenant was made, under its slug.
    traces = {trace for trace in theirs.traces if trace not in {theirs.parameters["tenant"], theirs.ref.schema}}
    private = Belongings(theirs.ref, key="", session="", parameters={}, traces=frozenset(traces - {f"{theirs.ref.slug}.example"}))
    assert wrong(plain, wanted=hides(private)) == []
    assert untouched()


def test_the_operators_key_acting_in_one_tenant_does_not_reach_another(
    operators: Belongings, ours: Belongings, theirs: Belongings, untouched: Callable[[], bool]
) -> None:
    caller = Caller(host=OPERATOR_HOST, key=operators.key)
    acting = {"HTTP_X_TENANT_ID": ours.ref.slug}
    asked = [route for route in api(OPERATOR) if route.is_of_a_thing and not route.is_registry]

    answers = [(route, ask(caller, route, values=theirs.parameters, urlconf=OPERATOR, headers=acting)) for route in asked]
    found = caller.get(f"/v1/people/{ours.parameters['person_id']}", **acting)

    own = [(route, answer) for route, answer in answers if route.path.startswith("/v1/me/")]
    assert found.status_code == 200
    assert wrong([one for one in answers if one not in own], wanted=is_problem(404)) == []
    # Whoever comes from the operator is no person of the tenant, and has nothing of their own there.
    assert wrong(own, wanted=is_problem(403, "/problems/factor-needs-person")) == []
    assert untouched()


def test_a_tenants_key_may_not_act_in_another_tenant(ours: Belongings, theirs: Belongings, untouched: Callable[[], bool]) -> None:
    caller = Caller(host=ours.host, key=ours.key)
    acting = {"HTTP_X_TENANT_ID": theirs.ref.slug}

    answers = [
        (route, ask(caller, route, values=theirs.parameters, headers=acting)) for route in api(TENANT) if not route.is_public
    ]

    assert wrong(answers, wanted=is_problem(403)) == []
    assert untouched()


@pytest.mark.parametrize("urlconf", [TENANT, OPERATOR])
def test_no_route_answers_without_credentials(ours: Belongings, operators: Belongings, urlconf: str) -> None:
    owner = ours if urlconf == TENANT else operators
    before = belongings.state_of(owner.ref)
    caller = Caller(host=owner.host)

    programs = [
        (route, ask(caller, route, values=owner.parameters, urlconf=urlconf)) for route in api(urlconf) if not route.is_public
    ]
    people = [(route, ask(caller, route, values=owner.parameters, headers=HTML)) for route in pages(urlconf) if not route.is_public]

    assert wrong(programs, wanted=is_problem(401)) == []
    assert wrong(people, wanted=_asks_to_sign_in) == []
    assert belongings.state_of(owner.ref) == before


@pytest.mark.parametrize("urlconf", [TENANT, OPERATOR])
def test_what_is_open_to_everybody_is_a_short_list(urlconf: str) -> None:
    public = {str(route) for route in routes.of(urlconf) if route.is_public}

    assert public == {
        "GET /v1/openapi.json",
        "GET /sign-in",
        "POST /sign-in",
        "POST /sign-out",
        "GET /sign-in/factor",
        "POST /sign-in/factor",
        "POST /sign-in/factor/code",
        "GET /sign-in/passkey",
        "POST /sign-in/passkey",
        "GET /sign-in/enrolment",
        "GET /sign-in/enrolment/{factor_kind}",
        "POST /sign-in/enrolment/{factor_kind}",
        "GET /sign-in/enrolment/{factor_kind}/completion",
        "POST /sign-in/enrolment/{factor_kind}/completion",
        "GET /invitation/{token}",
        "POST /invitation/{token}",
        "GET /forgotten",
        "POST /forgotten",
        "GET /reset/{token}",
        "POST /reset/{token}",
        "GET /support/enter/{token}",
        "POST /support/enter/{token}",
        "POST /v1/leaked-keys",
        "POST /v1/password-resets",
    }


@pytest.mark.parametrize("urlconf", [TENANT, OPERATOR])
def test_no_route_answers_on_an_unknown_host(ours: Belongings, urlconf: str) -> None:
    caller = Caller(host="nobody.localhost", key=ours.key)

    answers = [(route, ask(caller, route, values=ours.parameters, urlconf=urlconf)) for route in routes.of(urlconf)]
    pages_of_it = [(route, ask(caller, route, values=ours.parameters, headers=HTML)) for route in pages(urlconf)]

    assert wrong(answers, wanted=is_problem(404, "/problems/tenant-unknown")) == []
    assert wrong(pages_of_it, wanted=lambda answer: answer.status_code == 404) == []


def test_no_route_of_a_suspended_tenant_answers_and_each_says_why(ours: Belongings, platform: TenantRef) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        tenants.suspend_tenant(ours.ref.id, reason=REASON, actor=makers.OPERATOR)
    makers.forget_caches()
    programs = Caller(host=ours.host, key=ours.key)
    person = {**HTML, "HTTP_COOKIE": ours.cookie}

    answers = [(route, ask(programs, route, values=ours.parameters)) for route in routes.of(TENANT)]
    people = [(route, ask(programs, route, values=ours.parameters, headers=person)) for route in pages(TENANT)]
    beside = [programs.get(path) for path in ("/nothing", "/v1/nothing", "/v1/")]

    assert wrong(answers, wanted=is_problem(403, "/problems/tenant-suspended")) == []
    assert wrong(answers, wanted=lambda answer: answer.json()["reason"] == REASON and REASON in answer.json()["detail"]) == []
    assert wrong(people, wanted=lambda answer: answer.status_code == 403 and REASON in answer.content.decode()) == []
    assert [answer.status_code for answer in beside] == [403, 403, 403]


def test_the_operators_key_may_not_act_in_a_suspended_tenant(operators: Belongings, ours: Belongings, platform: TenantRef) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        tenants.suspend_tenant(ours.ref.id, reason=REASON, actor=makers.OPERATOR)
    makers.forget_caches()
    caller = Caller(host=OPERATOR_HOST, key=operators.key)
    asked = [route for route in api(OPERATOR) if not route.is_registry and not route.is_public]

    answers = [
        (route, ask(caller, route, values=ours.parameters, urlconf=OPERATOR, headers={"HTTP_X_TENANT_ID": ours.ref.slug}))
        for route in asked
    ]

    assert wrong(answers, wanted=is_problem(403, "/problems/tenant-suspended")) == []


def _asks_to_sign_in(answer: Any) -> bool:
    return bool(answer.status_code == 302 and answer["Location"].startswith("/sign-in"))
