"""From a host to a tenant, and back out."""

import time

import pytest
from django.db import OperationalError, ProgrammingError, connections
from psycopg.errors import InsufficientPrivilege
from psycopg.errors import SyntaxError as SqlSyntaxError

from kernel import tenancy
from kernel.actors import Actor
from tenants import actions, resolving
from tenants.models import Tenant
from tenants.moves import meeting
from tests.caller import Caller

PATHS = [
    "/v1/me",
    "/v1/people",
    "/v1/tenant",
    "/v1/openapi.json",
    "/",
    "/people/",
    "/sign-in",
    "/no/such/page",
    "/static/none.css?x",
]


@pytest.fixture
def suspended(platform: tenancy.TenantRef, operator: Actor, globex: tenancy.TenantRef) -> tenancy.TenantRef:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        actions.suspend_tenant(globex.id, reason="The invoice of January is not paid.", actor=operator)
    resolving.forget_all()
    return globex


def test_a_host_enters_its_tenant_and_leaves_it_afterwards() -> None:
    answer = Caller(host="acme.localhost:8000").get("/v1/openapi.json")

    assert answer.status_code == 200
    with tenancy.outside():
        assert tenancy.current_or_none() is None


@pytest.mark.parametrize("path", ["/v1/people", "/v1/nothing", "/v1/tenants"])
def test_an_unknown_host_is_a_problem_for_programs(path: str) -> None:
    answer = Caller(host="nobody.localhost").get(path)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["type"] == "/problems/tenant-unknown"
    assert answer.json()["request_id"] == answer["X-Request-Id"]


@pytest.mark.parametrize("path", ["/", "/people/", "/sign-in"])
def test_an_unknown_host_is_a_page_for_people(path: str) -> None:
    answer = Caller(host="nobody.localhost").get(path, HTTP_ACCEPT="text/html")

    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "No tenant answers at this address" in answer.content.decode()


@pytest.mark.parametrize(
    "host",
    [
        "a b",
        "acme..localhost",
        "-acme.localhost",
        "acme.localhost:port",
        "acme.localhost/x",
        "",
        "acme_.localhost",
        "x" * 300,
        "ä.localhost",
    ],
)
def test_a_malformed_host_is_refused(host: str) -> None:
    answer = Caller(host=host).get("/v1/people")

    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/malformed"


@pytest.mark.parametrize("path", PATHS)
def test_a_suspended_tenant_is_told_why_on_every_path(path: str, suspended: tenancy.TenantRef) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = Caller(host="globex.localhost").call(method, path, {} if method == "POST" else None)

        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/tenant-suspended"  # type: ignore[attr-defined]
        assert "The invoice of January is not paid." in answer.json()["detail"]  # type: ignore[attr-defined]


def test_people_of_a_suspended_tenant_see_a_page_that_says_why(suspended: tenancy.TenantRef) -> None:
    answer = Caller(host="globex.localhost").get("/people/", HTTP_ACCEPT="text/html")

    assert answer.status_code == 403
    assert "The invoice of January is not paid." in answer.content.decode()


def test_a_suspended_tenant_leaves_the_others_alone(suspended: tenancy.TenantRef) -> None:
    assert Caller(host="acme.localhost").get("/v1/openapi.json").status_code == 200


@pytest.mark.parametrize("state", ["requested", "provisioning", "failed"])
def test_a_tenant_that_is_not_complete_is_not_ready(state: str, globex: tenancy.TenantRef) -> None:
    Tenant.objects.filter(id=globex.id).update(state=state)

    answer = Caller(host="globex.localhost").get("/v1/people")

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/tenant-not-ready")
    assert answer["Retry-After"]


def test_a_state_that_the_code_does_not_know_is_closed(globex: tenancy.TenantRef) -> None:
    Tenant.objects.filter(id=globex.id).update(state="purged")

    assert Caller(host="globex.localhost").get("/v1/people").status_code == 410


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/status"])
def test_probes_answer_on_any_host(path: str, suspended: tenancy.TenantRef) -> None:
    for host in ("nobody.localhost", "globex.localhost", "acme.localhost", "127.0.0.1"):
        assert Caller(host=host).get(path).status_code == 200


def test_only_the_operators_host_knows_of_tenants() -> None:
    assert Caller(host="acme.localhost").get("/v1/tenants").status_code == 404
    assert Caller(host="platform.localhost").get("/v1/tenants").status_code == 401


def test_a_renamed_tenant_answers_at_its_new_address_only(
    platform: tenancy.TenantRef, globex: tenancy.TenantRef, operator: Actor
) -> None:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        actions.rename_tenant(globex.id, slug="globex-group", actor=operator)
    resolving.forget_all()

    assert Caller(host="globex.localhost").get("/v1/openapi.json").status_code == 404
    assert Caller(host="globex-group.localhost").get("/v1/openapi.json").status_code == 200


def test_the_registry_away_is_a_503_that_heals_by_itself() -> None:
    def away(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with connections[tenancy.HOME].execute_wrapper(away):
        answer = Caller(host="acme.localhost").get("/v1/openapi.json")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")

    assert Caller(host="acme.localhost").get("/v1/openapi.json").status_code == 200


@pytest.fixture
def moving_tenant(globex: tenancy.TenantRef) -> tenancy.TenantRef:
    """Globex, shut for the moment in which it changes its cell."""
    Tenant.objects.filter(id=globex.id).update(state="moving", previous_state="active")
    resolving.forget_all()
    return globex


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_moving_tenant_can_be_read(method: str, moving_tenant: tenancy.TenantRef) -> None:
    assert Caller(host="globex.localhost").call(method, "/v1/openapi.json").status_code in {200, 204}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_would_change_a_moving_tenant_is_told_to_come_back(
    method: str, moving_tenant: tenancy.TenantRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meeting, "PATIENCE_S", 0.05)

    answer = Caller(host="globex.localhost").call(method, "/v1/people", {})

    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert answer.json()["type"] == "/problems/tenant-moving"  # type: ignore[attr-defined]


def test_a_change_waits_for_the_end_of_the_move(moving_tenant: tenancy.TenantRef, monkeypatch: pytest.MonkeyPatch) -> None:
    def arrive(_: float) -> None:
        Tenant.objects.filter(id=moving_tenant.id).update(state="active", previous_state="")

    monkeypatch.setattr(time, "sleep", arrive)

    assert Caller(host="globex.localhost").post("/v1/people", {}).status_code == 401


@pytest.mark.parametrize("state", ["active", "moving"])
def test_a_missing_right_is_a_fault_unless_the_tenant_moved(state: str, globex: tenancy.TenantRef) -> None:
    Tenant.objects.filter(id=globex.id).update(state=state)
    fault = ProgrammingError("permission denied for table identity_user")
    fault.__cause__ = InsufficientPrivilege()

    found = meeting.met_by(fault, ref=globex)

    assert (found is not None) is (state == "moving")
    assert meeting.has_outrun(found) is (state == "moving")


def test_a_fault_that_no_wall_makes_stays_one(moving_tenant: tenancy.TenantRef) -> None:
    fault = ProgrammingError("syntax error")
    fault.__cause__ = SqlSyntaxError()

    assert meeting.met_by(fault, ref=moving_tenant) is None
