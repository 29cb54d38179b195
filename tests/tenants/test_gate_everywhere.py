"""One gate for every door: what a tenant's state forbids is refused to requests, sessions, keys, invitations, jobs and commands alike.

Each door is tried in each state. Passing it in a state that is closed to it fails here, whichever door forgot to ask.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery.exceptions import Retry
from django.conf import settings as django_settings

from identity import actions as identity
from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Problem
from kernel.tasks import TENANT_HEADER, task
from kernel.tenancy import Purpose, TenantRef
from kernel.tenancy.context import OPEN_STATES
from tenants import resolving
from tenants.models import Tenant, TenantState
from tests import makers
from tests.caller import Caller
from tests.tenancy import worker
from tests.tenants.commands import run

S = TenantState
ANSWERS = {
    S.REQUESTED: (503, "tenant-not-ready"),
    S.PROVISIONING: (503, "tenant-not-ready"),
    S.FAILED: (503, "tenant-not-ready"),
    S.SUSPENDED: (403, "tenant-suspended"),
    S.ARCHIVED: (410, "tenant-archived"),
    S.DELETING: (410, "tenant-deleting"),
    S.PURGED: (410, "tenant-gone"),
}
CLOSED = list(ANSWERS)
PARKED = {S.REQUESTED, S.PROVISIONING, S.FAILED, S.SUSPENDED, S.MOVING}
EMAIL = "keeper@globex.example"

ran: list[str] = []


@task("tests.gate_everywhere", queue="soon")
def chore() -> None:
    """A job that says in which tenant it ran."""
    ran.append(tenancy.current().slug)


class Doors:
    """What somebody of globex holds: a key, a session, an invitation; and the operator's key."""

    def __init__(self, globex: TenantRef, platform: TenantRef) -> None:
        with tenancy.activate(globex, purpose=Purpose.OPERATOR):
            self.key = makers.make_key(email=EMAIL).secret
            session = makers.signed_in(EMAIL).session_token
            self.invitation = identity.add_person(
                "guest@globex.example", "Guest", ["member"], actor=makers.OPERATOR
            ).invitation_token
        with tenancy.activate(platform, purpose=Purpose.OPERATOR):
            self.operator_key = makers.make_key(email="keys@platform.example").secret
        self.cookie = {"HTTP_COOKIE": f"{django_settings.SESSION_COOKIE_NAME}={session}"}


@pytest.fixture
def doors(globex: TenantRef, platform: TenantRef) -> Doors:
    return Doors(globex, platform)


@pytest.fixture
def put(globex: TenantRef) -> Iterator[Callable[[TenantState], TenantRef]]:
    """Puts globex into a state, as every process would then see it."""

    def change(state: TenantState) -> TenantRef:
        Tenant.objects.filter(id=globex.id).update(state=state.value, state_reason="Because.")
        resolving.forget_all()
        return Tenant.objects.get(id=globex.id).ref()

    ran.clear()
    yield change
    ran.clear()


def programs(path: str, method: str = "GET", **headers: str) -> Callable[[Doors], Any]:
    """A program's call at the tenant's own address."""
    return lambda doors: Caller(host="globex.localhost", key=doors.key).call(
        method, path, None if method == "GET" else {}, **headers
    )


HTTP_DOORS: dict[str, Callable[[Doors], Any]] = {
    "a key that reads": programs("/v1/people"),
    "a key that writes": programs("/v1/people", "POST"),
    "a session": lambda doors: Caller(host="globex.localhost").get("/v1/people", **doors.cookie),
    "nobody, at the sign-in": lambda _doors: Caller(host="globex.localhost").get("/sign-in"),
    "an invitation": lambda doors: Caller(host="globex.localhost").get(f"/invitation/{doors.invitation}"),
    "the schema of the API": programs("/v1/openapi.json"),
    "a path that is not there": programs("/nothing"),
    "the operator acting": lambda doors: Caller(host="platform.localhost", key=doors.operator_key).get(
        "/v1/people", HTTP_X_TENANT_ID="globex"
    ),
    "the operator acting by id": lambda doors: Caller(host="platform.localhost", key=doors.operator_key).get(
        "/v1/people", HTTP_X_TENANT_ID=Tenant.objects.get(slug="globex").public_id
    ),
}
"""Each with what it is let through to when the tenant is active."""


@pytest.mark.parametrize("state", CLOSED)
def test_no_door_of_http_leads_into_a_closed_tenant(
    state: TenantState, doors: Doors, put: Callable[[TenantState], TenantRef]
) -> None:
    status, kind = ANSWERS[state]
    expected = dict.fromkeys(HTTP_DOORS, (status, f"/problems/{kind}"))
    if state is S.PURGED:  # its slug is nobody's any more
        expected["the operator acting"] = (404, "/problems/tenant-not-found")
    put(state)

    answers = {name: door(doors) for name, door in HTTP_DOORS.items()}

    assert {name: (answer.status_code, answer.json()["type"]) for name, answer in answers.items()} == expected


def test_the_same_doors_are_open_while_it_is_active(doors: Doors) -> None:
    """Without this the test above could pass because nothing ever answers."""
    answers = {name: door(doors).status_code for name, door in HTTP_DOORS.items()}

    assert answers == {**dict.fromkeys(HTTP_DOORS, 200), "a key that writes": 422, "a path that is not there": 404}


@pytest.mark.committed  # a worker lets go of its connections around each job, which a transaction around the test would not survive
@pytest.mark.parametrize("state", list(TenantState))
def test_a_job_runs_parks_or_is_dropped_by_the_state(state: TenantState, put: Callable[[TenantState], TenantRef]) -> None:
    ref = put(state)

    chore.push_request(
        id="gate", called_directly=False, headers={TENANT_HEADER: str(ref.id)}, delivery_info={"routing_key": "bulk"}
    )
    try:
        if state in PARKED:
            with pytest.raises(Retry):
                chore()
        else:
            chore()
    finally:
        chore.pop_request()
        worker.empty_queues()
        Tenant.objects.filter(id=ref.id).update(state=S.ACTIVE.value, state_reason="")
        resolving.forget_all()

    assert ran == (["globex"] if state is S.ACTIVE else [])


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("state", [state.value for state in TenantState] + ["unheard-of"])
def test_every_purpose_asks_the_one_gate(state: str, purpose: Purpose, globex: TenantRef) -> None:
    ref = Tenant(id=globex.id, slug="globex", name="Globex", schema=globex.schema, cell_id=globex.cell, state=state).ref()

    if state in OPEN_STATES[purpose]:
        with tenancy.activate(ref, purpose=purpose):
            assert tenancy.current().slug == "globex"
    else:
        with pytest.raises(Problem), tenancy.activate(ref, purpose=purpose):
            pass


def test_outgoing_calls_and_jobs_are_for_active_tenants_alone() -> None:
    assert OPEN_STATES[Purpose.WEBHOOK] == OPEN_STATES[Purpose.JOB] == OPEN_STATES[Purpose.REQUEST] == {"active"}
    for purpose in set(Purpose) - {Purpose.MIGRATE}:
        assert not OPEN_STATES[purpose] & {"archived", "purged"}


@pytest.mark.parametrize(("state", "code", "problem"), [(S.ARCHIVED, 3, "tenant-archived"), (S.PURGED, 3, "tenant-not-found")])
def test_a_command_in_a_tenant_that_has_no_place_is_refused_with_a_code(
    state: TenantState, code: int, problem: str, put: Callable[[TenantState], TenantRef]
) -> None:
    put(state)

    refused = run("person", "list", "--tenant", "globex", "--json")

    assert (refused.code, refused.data["problem"]["type"]) == (code, f"/problems/{problem}")


@pytest.mark.parametrize("state", [S.SUSPENDED, S.DELETING])
def test_a_command_works_in_a_tenant_that_is_shut_off(
    state: TenantState, put: Callable[[TenantState], TenantRef], operator: Actor
) -> None:
    put(state)

    assert run("person", "list", "--tenant", "globex", "--json").code == 0
