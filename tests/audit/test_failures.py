"""What was refused, what failed and what was looked at stands in the trail too, and a hammered door does not fill it."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.core.management import call_command

from audit import actions, events, nudging, queries, telling
from audit.models import Entry
from identity import queries as people
from identity.models import Role
from kernel import context, tenancy
from kernel.actors import Actor
from kernel.problems import Conflict, Forbidden
from kernel.tasks import TENANT_HEADER
from kernel.tenancy import Purpose, TenantRef
from tenants import actions as tenants
from tests import makers
from tests.audit.conftest import happen
from tests.caller import Caller
from tests.wire import traced

ROLE = {"name": "failing", "label": "Failing", "description": "", "permissions": ["read:audit.entries"]}


@pytest.fixture(autouse=True)
def forgetful() -> None:
    """Nothing remembered of earlier refusals."""
    nudging._refused.clear()
    telling.forget_all()


@pytest.fixture
def writer(client: Caller) -> Caller:
    """A program that may do everything."""
    client.key = makers.make_key().secret
    return client


def written(action: str) -> list[Entry]:
    """The entries of one action, oldest first."""
    return list(queries.entries(action=action).order_by("id"))


def test_a_request_that_fails_leaves_an_entry_and_nothing_else(writer: Caller) -> None:
    before = Role.objects.count()

    response = writer.post("/v1/roles", {**ROLE, "name": "X" * 300})

    assert response.status_code == 422
    (entry,) = written("audit.request.failed")
    assert (entry.outcome, entry.category, entry.actor_kind) == ("failure", "operations", "key")
    assert entry.document["details"]["action"] == "POST /v1/roles"
    assert entry.document["details"]["problem"] == response.json()["type"].rpartition("/")[2]
    assert entry.request_id == response["X-Request-Id"]
    assert Role.objects.count() == before


def test_what_is_refused_is_written_once(writer: Caller) -> None:
    writer.key = makers.make_key(scopes=("read:audit.entries",), email="reader@acme.example").secret

    assert writer.post("/v1/roles", ROLE).status_code == 403

    assert len(written("audit.request.refused")) == 1
    assert written("audit.request.failed") == []


def test_a_request_that_only_reads_may_fail_in_silence(writer: Caller) -> None:
    assert writer.get("/v1/roles/rol_00000000000000000000000000").status_code == 404

    assert written("audit.request.failed") == []


def test_a_refused_sign_in_is_written_once_with_the_account_and_the_address(client: Caller, acme: TenantRef) -> None:
    person = makers.make_person("milo@acme.example")

    client.client.post("/sign-in", {"email": "milo@acme.example", "password": "wrong wrong wrong"}, REMOTE_ADDR="192.0.2.44")
    client.client.post("/sign-in", {"email": "nobody@acme.example", "password": "wrong wrong wrong"}, REMOTE_ADDR="192.0.2.44")

    known, unknown = [queries.opened(entry) for entry in written("identity.session.refused")]
    assert (known["category"], known["outcome"], known["reason"]) == ("authentication", "denied", "wrong_password")
    assert known["subject"] == {"id": person.public_id, "kind": "person", "label": "milo@acme.example"}
    assert unknown["subject"] == {"id": "", "kind": "person", "label": "nobody@acme.example"}
    assert {shown["context"]["address"] for shown in (known, unknown)} == {"192.0.2.44"}
    assert all("milo" not in entry.canonical and "nobody" not in entry.canonical for entry in written("identity.session.refused"))
    assert written("audit.request.failed") == written("audit.request.refused") == []


def test_a_form_that_is_shown_again_is_a_failure(client: Caller, acme: TenantRef) -> None:
    owner = makers.make_person("form@acme.example", roles=("owner",))
    assert owner.is_active

    response = client.client.post("/invitation/no-such-token", {"password": "x"}, HTTP_ACCEPT="text/html")

    assert response.status_code >= 400
    (entry,) = written("audit.request.failed")
    assert "no-such-token" not in entry.canonical


def test_the_same_failure_is_written_once_a_minute(owner: Actor) -> None:
    for _ in range(5):
        actions.record_failure(Conflict("No."), action="PUT /x", actor=owner)
        telling._told.set(None)

    assert len(written("audit.request.failed")) == 1


def test_many_addresses_do_not_fill_the_trail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "STRANGERS_PER_MINUTE", 3)

    for number in range(10):
        with context.bound(context.RequestContext(f"req-{number}", address=f"192.0.2.{number}")):
            actions.record_failure(Conflict("No."), action="PUT /x", actor=None)

    assert len(written("audit.request.failed")) == 3


@pytest.mark.parametrize("path", ["/sign-in?n={}", "/nowhere/{}", "/sign-in/factor?n={}", "/invitation/{}", "/v1/nowhere/{}"])
def test_strangers_of_one_place_leave_a_handful_of_entries_whatever_they_call(client: Caller, acme: TenantRef, path: str) -> None:
    for number in range(30):
        address = f"2001:db8:1:2::{number:x}"
        answer = client.client.post(path.format(number), {"email": ""}, REMOTE_ADDR=address)
        assert answer.status_code >= 302
    told = len(written("audit.request.failed")) + len(written("audit.request.refused"))

    client.client.post("/sign-in", {"email": ""}, REMOTE_ADDR="2001:db8:1:3::1")

    assert told <= 20
    assert len(written("audit.request.failed")) + len(written("audit.request.refused")) == told + 1


def test_a_flood_of_strangers_keeps_nothing_of_people_off_the_trail(writer: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST_PER_MINUTE", 150)
    for number in range(200):
        with context.bound(context.RequestContext(f"req-{number}", address=f"203.0.{number}.1")):
            actions.record_failure(Conflict("No."), action=f"POST /nowhere/{number}", actor=None)
        telling._told.set(None)

    writer.post("/v1/roles", {**ROLE, "name": "X" * 300})

    entries = written("audit.request.failed")
    assert [entry.actor_kind for entry in entries].count("system") == telling.STRANGERS_PER_MINUTE == 100
    assert entries[-1].actor_kind == "key"


def test_the_memories_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "REMEMBERED", 2)

    for number in range(9):
        telling.is_first_look(str(number))
        telling._is_first_within({str(number): 1}, what=str(number))

    assert (len(telling._looked) <= 2, len(telling._counted) <= 2) == (True, True)


def test_a_task_that_gives_up_says_so_in_its_tenants_trail(acme: TenantRef) -> None:
    arguments = {"operation_id": "01a1ffc4-9210-7402-813e-2b23de665a40"}

    current_app.tasks["tenants.move"].apply(kwargs=arguments, headers={TENANT_HEADER: str(acme.id)}, throw=False, task_id="job-7")

    (entry,) = written("audit.work.given_up")
    assert (entry.subject, entry.actor_id, entry.outcome) == ("tenants.move", "task:tenants.move", "failure")
    assert entry.document["details"]["problem"] == "registry-closed"
    assert entry.document["context"]["task_id"] == "job-7"


def test_the_text_of_an_unknown_fault_is_not_told(owner: Actor) -> None:
    actions.record_given_up(ValueError("password=hunter2"), name="tests.work", actor=owner)

    (entry,) = written("audit.work.given_up")
    assert entry.document["details"] == {"problem": "ValueError", "detail": ""}


def test_a_refused_command_stands_in_the_trail_of_the_tenant_it_named(acme: TenantRef) -> None:
    with pytest.raises(SystemExit):
        call_command("person", "resume", "nobody@acme.example", "--tenant", acme.slug)

    (entry,) = written("audit.work.given_up")
    assert (entry.subject, entry.actor_id) == ("person resume", "command:person")


def test_a_look_is_written_once_a_minute_and_for_each_looker(owner: Actor) -> None:
    other = makers.person_actor()
    look = events.EntryRead(subject="ent_1")

    ids = [actions.record_read(look, actor=who) for who in (owner, owner, other)]

    assert [identifier is None for identifier in ids] == [False, True, False]
    assert [entry.actor_id for entry in written("audit.entry.read")] == [owner.id, other.id]


@pytest.fixture(scope="module")
def watched(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its entries are committed."""
    with makers.passing_tenant("watched") as ref:
        yield ref


@pytest.mark.committed
def test_a_look_does_not_wait_for_the_disk_and_a_change_does(watched: TenantRef) -> None:
    ada = makers.person_actor()
    with tenancy.activate(watched, purpose=Purpose.REQUEST):
        with traced(watched.cell) as looked:
            actions.record_read(events.EntryRead(subject="ent_1"), actor=ada)
        with traced(watched.cell) as changed:
            actions.record(events.EntryRead(subject="ent_2"), actor=ada)

    assert any("SET LOCAL synchronous_commit = off" in message for message in looked)
    assert not any("synchronous_commit" in message for message in changed)


@pytest.mark.committed
def test_a_closed_tenant_hears_who_knocked(watched: TenantRef, platform: TenantRef) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        tenants.suspend_tenant(watched.id, reason="Not paid.", actor=makers.OPERATOR)
    caller = Caller(host=f"{watched.slug}.localhost")

    answers = [caller.get("/v1/roles").status_code for _ in range(3)]

    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        tenants.resume_tenant(watched.id, actor=makers.OPERATOR)
    assert answers == [403, 403, 403]
    with tenancy.activate(watched, purpose=Purpose.OPERATOR):
        (entry,) = written("audit.request.refused")
        assert (entry.actor_id, entry.document["details"]["problem"]) == ("anonymous", "tenant-suspended")


def test_an_entry_that_is_opened_and_a_list_that_is_searched_are_looks(writer: Caller, owner: Actor) -> None:
    entry: Any = queries.entries().order_by("-id")[0]

    for _ in range(2):
        writer.get(f"/v1/audit/entries/{entry.public_id}")
        writer.get("/v1/audit/entries?action=identity.*&q=milo@acme.example")

    (opened,), (listed,) = written("audit.entry.read"), written("audit.entries.listed")
    assert opened.subject == entry.public_id
    assert queries.opened(listed)["details"]["filters"] == {"q": "milo@acme.example", "action": "identity.*"}
    assert "milo" not in listed.canonical


def test_who_looks_at_a_person_is_written_unless_it_is_themself(writer: Caller) -> None:
    person = makers.make_person("milo@acme.example")

    assert writer.get(f"/v1/people/{person.public_id}").status_code == 200

    (entry,) = written("identity.person.read")
    assert (entry.subject, entry.subject_label) == (person.public_id, "milo@acme.example")


def test_a_refusal_is_denied_and_a_fault_is_a_failure(owner: Actor) -> None:
    actions.record_failure(Forbidden("No."), action="PUT /x", actor=owner)
    telling._told.set(None)
    actions.record_failure(Conflict("No."), action="PUT /x", actor=owner)

    assert [entry.outcome for entry in (*written("audit.request.refused"), *written("audit.request.failed"))] == [
        "denied",
        "failure",
    ]


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", ""),
        ("garbage", ""),
    ],
)
def test_an_entry_carries_the_trace_that_it_belongs_to(writer: Caller, header: str, trace: str) -> None:
    writer.post("/v1/roles", ROLE, HTTP_TRACEPARENT=header)

    (entry,) = written("identity.role.created")
    assert entry.document["context"]["trace_id"] == trace


def test_an_entry_names_the_session_that_the_caller_came_by(acme: TenantRef) -> None:
    makers.make_person("sara@acme.example", roles=("owner",))
    signed_in = makers.signed_in("sara@acme.example")
    found = people.session_actor(signed_in.session_token)
    assert found is not None

    entry = queries.entry(happen(actor=found.actor))

    assert entry.document["actor"]["session"].startswith("ses_")
    assert [started.document["actor"]["session"] for started in written("identity.session.started")][-1] == entry.document["actor"][
        "session"
    ]


def test_a_stranger_at_the_door_leaves_nothing(client: Caller) -> None:
    before = queries.entries().count()

    assert client.post("/v1/roles", ROLE).status_code == 401

    assert queries.entries().count() == before
