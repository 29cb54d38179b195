"""Refusals stand in the trail, although what was refused is rolled back, and a hammered door does not fill it."""

import pytest

from audit import actions, nudging, queries
from audit.models import Entry
from identity.models import Role
from kernel import context
from kernel.actors import Actor
from kernel.problems import Conflict, Forbidden
from operations.models import KeptAnswer
from tests import makers
from tests.caller import Caller

ROLE = {"name": "beyond", "label": "Beyond", "description": "", "permissions": ["*"]}
KEY = {"HTTP_IDEMPOTENCY_KEY": "refused-1"}


@pytest.fixture(autouse=True)
def forgetful() -> None:
    """Nothing remembered of earlier refusals."""
    nudging._refused.clear()


def refused() -> list[Entry]:
    """The entries of refusals, oldest first."""
    return list(queries.entries(action="audit.request.refused").order_by("id"))


def test_a_refusal_outlives_the_transaction_that_it_ended(client: Caller) -> None:
    created = makers.make_key(scopes=("read:*", "write:*"), roles=("admin",))
    client.key = created.secret
    before = Entry.objects.count()

    response = client.post("/v1/roles", ROLE, **KEY)

    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")
    assert Entry.objects.count() == before + 1
    (entry,) = refused()
    assert (entry.outcome, entry.actor_id, entry.actor_kind) == ("denied", created.key.public_id, "key")
    assert entry.document["details"]["action"] == "POST /v1/roles"
    assert entry.document["context"]["request_id"] == response["X-Request-Id"]
    assert not Role.objects.filter(name="beyond").exists()
    assert not KeptAnswer.objects.exists()


def test_a_refusal_at_the_door_stands_in_the_trail_too(client: Caller) -> None:
    client.key = makers.make_key(scopes=("read:audit.entries",)).secret

    response = client.post("/v1/roles", ROLE)

    assert (response.status_code, response.json()["permission"]) == (403, "write:identity.roles")
    assert [entry.document["details"]["problem"] for entry in refused()] == ["forbidden"]


def test_the_same_refusal_of_the_same_caller_is_written_once_a_minute(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        actions.record_refusal(Forbidden("No."), action="GET /x", actor=owner)
    assert len(refused()) == 1

    monkeypatch.setattr(nudging, "REFUSAL_QUIET_S", 0.0)
    assert actions.record_refusal(Forbidden("No."), action="GET /x", actor=owner) is not None
    assert len(refused()) == 2


def test_another_caller_action_problem_or_address_is_another_refusal(owner: Actor) -> None:
    actions.record_refusal(Forbidden("No."), action="GET /x", actor=owner)

    actions.record_refusal(Forbidden("No."), action="GET /x", actor=makers.person_actor())
    actions.record_refusal(Forbidden("No."), action="GET /y", actor=owner)
    actions.record_refusal(Conflict("No."), action="GET /x", actor=owner)
    actions.record_refusal(Forbidden("No."), action="GET /x", actor=None)
    with context.bound(context.RequestContext("req-other", address="203.0.113.5")):
        actions.record_refusal(Forbidden("No."), action="GET /x", actor=owner)

    assert len(refused()) == 6
    assert [entry.actor_id for entry in refused()].count("anonymous") == 1


def test_the_memory_of_refusals_is_bounded(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nudging, "REMEMBERED", 3)

    for number in range(10):
        nudging.is_first_this_minute(str(number))

    assert len(nudging._refused) <= 3


def test_a_long_story_is_cut(owner: Actor) -> None:
    actions.record_refusal(Forbidden("d" * 9000), action="a" * 9000, actor=owner)

    details = refused()[0].document["details"]
    assert (len(details["action"]), len(details["detail"])) == (200, 500)
