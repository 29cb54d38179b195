"""Every route, other tenant: with another tenant's ids, keys and sessions there is nothing to see and nothing to change.

Routes are found by walking, so each of these tests grows with the product. A test goes over all routes of a host and names those that
answered wrongly.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from config import openapi
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import actions as tenants
from tests import makers
from tests.caller import Caller
from tests.isolation import belongings, routes
from tests.isolation.belongings import Belongings
from tests.isolation.routes import OPERATOR, TENANT, Route

REASON = "The invoice of May is open."
UNDOCUMENTED = {"/v1/openapi.json"}
OPERATOR_HOST = "platform.localhost"
HTML = {"HTTP_ACCEPT": "text/html"}
ABSENT = {"/v1/backups/{backup}/file": "backup-not-ready", "/v1/tenants/{tenant}/erasure": "not-erased"}
"""What a tenant in the registry need not have, and how the answer says so: its copy's file lies nowhere, and nobody erased it."""
ABSENT_PAGES = {"/tenants/{tenant_id}/erasure"}


@pytest.fixture
def ours(acme: TenantRef) -> Belongings:
    """What acme has."""
    return belongings.of(acme)


@pytest.fixture
def theirs(globex: TenantRef) -> Belongings:
    """What globex has."""
    return belongings.of(globex)


@pytest.fixture
def operators(platform: TenantRef) -> Belongings:
    """What the operator has."""
    return belongings.of(platform)


@pytest.fixture
def untouched(theirs: Belongings) -> Callable[[], bool]:
    """Whether globex is as it was when the test began."""
    before = belongings.state_of(theirs.ref)
    assert before["audit_entry"][0] > 5
    return lambda: belongings.state_of(theirs.ref) == before


def api(urlconf: str) -> list[Route]:
    """The routes for programs."""
    return [route for route in routes.of(urlconf) if route.is_api]


def pages(urlconf: str) -> list[Route]:
    """The routes for people."""
    return [route for route in routes.of(urlconf) if not route.is_api]


def ask(
    caller: Caller, route: Route, *, values: dict[str, str], urlconf: str = TENANT, headers: dict[str, str] | None = None
) -> Any:
    """Call a route with ids put in and a body that it accepts."""
    body = routes.body_for(route, urlconf=urlconf) if route.is_api else b""
    query = routes.query_for(route, urlconf=urlconf) if route.is_api else ""
    return caller.call(route.method, route.at(values) + query, body, **(headers or {}))


def wrong(answers: Iterable[tuple[Route, Any]], *, wanted: Callable[[Any], bool]) -> list[str]:
    """The routes whose answer is not the wanted one, with what they said."""
    return [f"{route}: {answer.status_code} {answer.content[:300]!r}" for route, answer in answers if not wanted(answer)]


def is_problem(status: int, kind: str = "") -> Callable[[Any], bool]:
    """A problem document with this status and, where given, this type."""

    def fits(answer: Any) -> bool:
        if answer.status_code != status or answer["Content-Type"] != "application/problem+json":
            return False
        document = answer.json()
        return bool(document["status"] == status and document["request_id"] and kind in document["type"])

    return fits


def hides(theirs: Belongings) -> Callable[..., bool]:
    """Nothing of another tenant stands in the answer or its headers, and it is no fault of ours."""

    def fits(answer: Any, *, besides: str = "") -> bool:
        text = answer.content.decode() + str(dict(answer.items()))
        text = text.replace(besides, "") if besides else text
        return bool(answer.status_code < 500 and not any(trace in text for trace in theirs.traces))

    return fits


@pytest.mark.parametrize("urlconf", [TENANT, OPERATOR])
def test_the_document_describes_every_route_for_programs(urlconf: str) -> None:
    described = {(path, method.upper()) for path, methods in openapi.document(urlconf)["paths"].items() for method in methods}

    walked = {(route.path, route.method) for route in api(urlconf) if route.path not in UNDOCUMENTED}

    assert described == walked
    assert len(walked) >= 25


def test_an_api_route_with_anothers_id_is_not_found(ours: Belongings, theirs: Belongings, untouched: Callable[[], bool]) -> None:
    caller = Caller(host=ours.host, key=ours.key)
    asked = [route for route in api(TENANT) if route.parameters]

    answers = [(route, ask(caller, route, values=theirs.parameters)) for route in asked]

    assert len(answers) >= 15
    assert wrong(answers, wanted=is_problem(404)) == []
    # A problem repeats the address that was asked, which the caller wrote.
    assert wrong(answers, wanted=lambda answer: hides(theirs)(answer, besides=answer.json()["instance"])) == []
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
    asked = [route for route in api(TENANT) if not route.parameters]

    answers = [(route, ask(caller, route, values={})) for route in asked]

    assert wrong(answers, wanted=hides(theirs)) == []
    assert untouched()


def test_a_page_with_anothers_id_is_not_found(ours: Belongings, theirs: Belongings, untouched: Callable[[], bool]) -> None:
    caller = Caller(host=ours.host)
    asked = [route for route in pages(TENANT) if route.parameters]

    answers = [
        (route, ask(caller, route, values=theirs.parameters, headers={**HTML, "HTTP_COOKIE": ours.cookie})) for route in asked
    ]

    assert len(answers) >= 10
    assert wrong(answers, wanted=lambda answer: answer.status_code == 404) == []
    assert wrong(answers, wanted=lambda answer: f"{theirs.ref.slug}.example" not in answer.content.decode()) == []
    assert untouched()


def test_a_page_without_an_id_shows_nothing_of_another(ours: Belongings, theirs: Belongings) -> None:
    caller = Caller(host=ours.host)
    asked = [route for route in pages(TENANT) if not route.parameters and route.method == "GET"]

    answers = [(route, ask(caller, route, values={}, headers={**HTML, "HTTP_COOKIE": ours.cookie})) for route in asked]

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
    changed = {table for table, state in after[1].items() if state != before[1][table]}
    assert changed <= {"audit_entry", "audit_queuedentry"}


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


def test_the_operators_registry_finds_what_is_there(operators: Belongings, ours: Belongings) -> None:
    """As above, for what the operator's host says about tenants, cells, copies, plans and runs."""
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


def test_the_operators_key_sees_the_operators_own_tenant_alone(
    operators: Belongings, theirs: Belongings, untouched: Callable[[], bool]
) -> None:
    caller = Caller(host=OPERATOR_HOST, key=operators.key)
    asked = [route for route in api(OPERATOR) if not route.is_registry]

    named = [
        (route, ask(caller, route, values=theirs.parameters, urlconf=OPERATOR))
        for route in asked
        if route.parameters and not route.is_registry
    ]
    plain = [(route, ask(caller, route, values={}, urlconf=OPERATOR)) for route in asked if not route.parameters]

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
    asked = [route for route in api(OPERATOR) if route.parameters and not route.is_registry]

    answers = [(route, ask(caller, route, values=theirs.parameters, urlconf=OPERATOR, headers=acting)) for route in asked]
    found = caller.get(f"/v1/people/{ours.parameters['person_id']}", **acting)

    assert found.status_code == 200
    assert wrong(answers, wanted=is_problem(404)) == []
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
        "GET /invitation/{token}",
        "POST /invitation/{token}",
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


def _seen_by_operators(route: Route, operators: Belongings, tenant: Belongings) -> dict[str, str]:
    """Of the tenant what the registry knows of it; all else, people and the operator's own hosts among it, is the operator's."""
    if "tenant_id" in route.parameters:
        return tenant.parameters
    return operators.parameters


def _asks_to_sign_in(answer: Any) -> bool:
    return bool(answer.status_code == 302 and answer["Location"].startswith("/sign-in"))
