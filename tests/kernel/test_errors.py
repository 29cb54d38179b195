"""Whatever goes wrong is one kind of answer, with the right status and nothing of our inside."""

import json
from collections.abc import Iterator

import pytest
from django.test import RequestFactory

from audit import queries as audit
from kernel import problems
from kernel.api import errors
from kernel.problems import Problem
from tests.caller import Caller
from tests.conftest import Settings
from tests.kernel.failing_urls import FAULTS, INSIDE

STATUSES = {
    "Invalid": 422, "Malformed": 400, "TooLarge": 413, "UnsupportedMedia": 415, "IdempotencyReused": 422, "Unauthenticated": 401,
    "Forbidden": 403, "TenantSuspended": 403, "NotFound": 404, "TenantUnknown": 404, "TenantGone": 410, "MethodNotAllowed": 405,
    "NotAcceptable": 406, "Conflict": 409, "PreconditionFailed": 412, "IdempotencyRunning": 409, "LimitReached": 429,
    "Unavailable": 503, "TenantNotReady": 503, "TenantMoving": 503, "TenantArchived": 410, "TenantDeleting": 410, "InternalError": 500,
    "MailRefused": 422, "UnsafeAddress": 422, "Unreachable": 502,
}  # fmt: skip
ANSWERS = {
    "operational": (503, "unavailable"), "interface": (503, "unavailable"), "broker": (503, "unavailable"),
    "redis": (503, "unavailable"), "redis-late": (503, "unavailable"), "data": (400, "malformed"), "suspicious": (400, "malformed"),
    "bad-request": (400, "malformed"), "http404": (404, "not-found"), "denied": (403, "forbidden"), "runtime": (500, "internal-error"),
    "key": (500, "internal-error"), "recursion": (500, "internal-error"), "drf-parse": (400, "malformed"),
    "drf-throttled": (429, "limit-reached"), "drf-media": (415, "unsupported-media-type"), "drf-validation": (422, "invalid"),
    "limit": (429, "limit-reached"), "unavailable": (503, "unavailable"), "forbidden": (403, "forbidden"),
}  # fmt: skip


def _all(family: type[Problem]) -> Iterator[type[Problem]]:
    for child in family.__subclasses__():
        yield child
        yield from _all(child)


@pytest.fixture
def failing(settings: Settings, client: Caller) -> Caller:
    """A caller of addresses that fail."""
    settings.ROOT_URLCONF = "tests.kernel.failing_urls"
    return client


def test_the_kernels_problems_have_their_statuses() -> None:
    kernels = {problem.__name__: problem.status for problem in _all(Problem) if problem.__module__ == problems.__name__}

    assert kernels == STATUSES


@pytest.mark.parametrize("problem", list(_all(Problem)), ids=lambda problem: problem.__name__)
def test_every_problem_becomes_a_document(problem: type[Problem]) -> None:
    request = RequestFactory().get("/v1/things")

    response = errors.respond(problem("Do something else.", number=7), request=request)

    assert (response.status_code, response["Content-Type"]) == (problem.status, "application/problem+json")
    document = json.loads(response.content)
    assert document == {
        "type": f"/problems/{problem.type}",
        "title": problem.title,
        "status": problem.status,
        "detail": "Do something else.",
        "number": 7,
        "instance": "/v1/things",
        "request_id": "test-request",
    }
    assert response.has_header("WWW-Authenticate") is (problem.status == 401)
    assert response.has_header("Retry-After") is (problem.status in {502, 503})


def test_types_are_stable_words_and_each_is_one_problem() -> None:
    types = [problem.type for problem in _all(Problem) if not problem.__module__.startswith("tests.")]

    assert len(set(types)) == len(types)
    assert all(kind == kind.lower() and kind.replace("-", "").isalnum() for kind in types)


def test_the_table_of_this_test_is_complete() -> None:
    assert set(ANSWERS) == set(FAULTS)


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("place", ["/v1/failing/", "/failing/"])
def test_a_fault_is_answered_and_tells_nothing_of_the_inside(failing: Caller, place: str, fault: str) -> None:
    response = failing.get(f"{place}{fault}")
    page = failing.get(f"{place}{fault}", HTTP_ACCEPT="text/html")

    status, kind = ANSWERS[fault]
    assert (response.status_code, response.json()["type"], page.status_code) == (status, f"/problems/{kind}", status)
    assert page["Content-Type"] == ("application/problem+json" if place == "/v1/failing/" else "text/html; charset=utf-8")
    assert response["X-Request-Id"] == response.json()["request_id"]
    for text in (response.content.decode(), page.content.decode()):
        assert not any(word in text for word in (*INSIDE.split(), "Traceback", "Error("))


@pytest.mark.parametrize(("fault", "seconds"), [("operational", "5"), ("redis", "5"), ("unavailable", "5"), ("limit", "17")])
def test_who_should_come_back_is_told_when(failing: Caller, fault: str, seconds: str) -> None:
    assert failing.get(f"/v1/failing/{fault}")["Retry-After"] == seconds


def test_a_refusal_stands_in_the_trail(failing: Caller) -> None:
    failing.get("/v1/failing/forbidden", REMOTE_ADDR="192.0.2.99")  # the same from one address is written once a minute

    entry = audit.entries(action="audit.request.refused").order_by("-id")[0]
    assert entry.outcome == "denied"
    assert entry.document["details"] == {"action": "GET /v1/failing/forbidden", "problem": "forbidden", "detail": "No."}
    assert entry.document["actor"]["ref"] == "anonymous"


@pytest.mark.parametrize("fault", ["runtime", "http404", "limit", "operational", "data"])
def test_what_is_no_refusal_does_not(failing: Caller, fault: str) -> None:
    before = audit.entries().count()

    failing.get(f"/v1/failing/{fault}")

    assert audit.entries().count() == before


def test_a_method_that_a_route_does_not_know_is_named(failing: Caller) -> None:
    response = failing.put("/v1/failing/key")

    assert (response.status_code, response["Allow"]) == (405, "GET, POST")
    assert response.json()["allowed"] == ["GET", "POST"]
    assert failing.call("OPTIONS", "/v1/failing/key")["Allow"] == "GET, POST, OPTIONS"


def test_an_address_that_does_not_exist_is_not_found(failing: Caller) -> None:
    assert (failing.get("/v1/nothing").status_code, failing.get("/nothing").status_code) == (404, 404)
    assert failing.get("/nothing", HTTP_ACCEPT="text/html")["Content-Type"].startswith("text/html")


def test_a_method_with_a_declared_door_is_closed_to_strangers(failing: Caller) -> None:
    response = failing.delete("/v1/echo")

    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="freehold"')
