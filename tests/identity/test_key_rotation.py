"""Replacing keys: the new one, the while in which both work, and its end."""

from datetime import timedelta

import pytest

from identity import actions, key_uses, queries, tasks
from identity.models import ApiKey, ServiceAccount, User
from identity.problems import InputInvalid, KeyEnded, KeyNeedsOwner, KeyRefused
from kernel import clock
from kernel.actors import Actor
from kernel.problems import Forbidden, PreconditionFailed
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded, recorded_once

ROTATED, RETIRED = "identity.api_key.rotated", "identity.api_key.retired"


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


@pytest.fixture
def created(ada: User) -> actions.Created:
    terms = actions.KeyTerms(networks=["192.0.2.0/24"], rate_per_s=50)
    return actions.create_api_key("ci", scopes=["read:*"], expires_in_days=40, terms=terms, actor=makers.actor_of(ada))


def test_the_new_key_is_like_the_old_one_and_both_work(created: actions.Created, ada: User) -> None:
    with recorded_once(ROTATED):
        new = actions.rotate_api_key(created.key.id, actor=makers.actor_of(ada))

    assert new.secret != created.secret
    fields = ("name", "scopes", "networks", "rate_per_s", "requires_signature", "holder", "kind")
    assert [getattr(new.key, field) for field in fields] == [getattr(created.key, field) for field in fields]
    assert new.key.rotated_from_id == created.key.id
    assert new.key.expires_at - new.key.created_at == timedelta(days=40)
    for secret in (created.secret, new.secret):
        assert queries.key_actor(secret).may("read:audit.entries")
    details = newest(ROTATED)["details"]
    assert (details["replacement"], details["replacement_key_id"]) == (new.key.public_id, new.key.key_id)
    assert new.secret not in str(newest(ROTATED))


@pytest.mark.parametrize(("hours", "works_for"), [(1, timedelta(hours=1)), (24, timedelta(days=1)), (720, timedelta(days=30))])
def test_the_old_key_ends_with_the_overlap_to_the_microsecond(
    hours: int, works_for: timedelta, created: actions.Created, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begin)
    actions.rotate_api_key(created.key.id, overlap_hours=hours, actor=makers.actor_of(ada))

    monkeypatch.setattr(clock, "now", lambda: begin + works_for - timedelta(microseconds=1))
    assert queries.key_actor(created.secret)
    monkeypatch.setattr(clock, "now", lambda: begin + works_for)
    with pytest.raises(KeyRefused):
        queries.key_actor(created.secret)

    assert newest("identity.api_key.refused")["details"]["reason"] == "rotated"
    assert queries.api_key(created.key.id).state == "expired"
    assert list(queries.api_keys(state="expired")) == [created.key]


def test_without_an_overlap_the_old_key_ends_at_once(created: actions.Created, ada: User) -> None:
    new = actions.rotate_api_key(created.key.id, overlap_hours=0, actor=makers.actor_of(ada))

    assert queries.key_actor(new.secret)
    with pytest.raises(KeyRefused):
        queries.key_actor(created.secret)
    assert (queries.api_key(created.key.id).state, queries.api_key(created.key.id).revoke_reason) == ("revoked", "rotated")


def test_an_overlap_does_not_lengthen_a_life(created: actions.Created, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ApiKey.objects.filter(id=created.key.id).update(expires_at=clock.now() + timedelta(hours=2))
    actions.rotate_api_key(created.key.id, overlap_hours=24, actor=makers.actor_of(ada))
    later = clock.now() + timedelta(hours=3)

    monkeypatch.setattr(clock, "now", lambda: later)

    with pytest.raises(KeyRefused):
        queries.key_actor(created.secret)
    assert newest("identity.api_key.refused")["details"]["reason"] == "expired"


def test_a_key_is_replaced_once_and_its_replacement_again(created: actions.Created, ada: User) -> None:
    actor = makers.actor_of(ada)
    second = actions.rotate_api_key(created.key.id, actor=actor)

    with nothing_recorded(), pytest.raises(KeyEnded) as refusal:
        actions.rotate_api_key(created.key.id, actor=actor)
    third = actions.rotate_api_key(second.key.id, actor=actor)

    assert refusal.value.fields == {"key_state": "rotated"}
    assert third.key.rotated_from_id == second.key.id
    assert queries.replacements_of([created.key, second.key, third.key]) == {created.key.id: second.key, second.key.id: third.key}


def test_ended_keys_and_keys_of_ended_owners_are_not_replaced(created: actions.Created, ada: User, owner: Actor) -> None:
    actions.suspend_person(ada.id, reason="A test.", actor=owner)
    with nothing_recorded(), pytest.raises(KeyNeedsOwner):
        actions.rotate_api_key(created.key.id, actor=makers.OPERATOR)
    actions.revoke_api_key(created.key.id, reason="leaked", actor=owner)

    with nothing_recorded(), pytest.raises(KeyEnded):
        actions.rotate_api_key(created.key.id, actor=makers.OPERATOR)

    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"overlap_hours": -1}, "/overlap_hours"),
        ({"overlap_hours": 721}, "/overlap_hours"),
        ({"expires_in_days": 0}, "/expires_in_days"),
        ({"expires_in_days": 367}, "/expires_in_days"),
    ],
)
def test_bad_input_names_the_field(asked: dict[str, int], pointer: str, created: actions.Created, ada: User) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid) as refusal:
        actions.rotate_api_key(created.key.id, **asked, actor=makers.actor_of(ada))

    assert refusal.value.fields["errors"][0]["pointer"] == pointer
    assert queries.api_key(created.key.id).overlap_until is None


def test_replacing_needs_the_permission_and_the_version_that_was_seen(created: actions.Created, ada: User) -> None:
    member = makers.actor_of(makers.make_person("member@acme.example"))

    with nothing_recorded():
        with pytest.raises(Forbidden):
            actions.rotate_api_key(created.key.id, actor=member)
        with pytest.raises(PreconditionFailed):
            actions.rotate_api_key(created.key.id, expected_version=5, actor=makers.actor_of(ada))

    assert ApiKey.objects.count() == 1


def test_a_key_may_replace_itself(ada: User) -> None:
    scopes = ["write:identity.api_keys", "read:audit.entries"]
    first = actions.create_api_key("ci", scopes=scopes, actor=makers.actor_of(ada))

    second = actions.rotate_api_key(first.key.id, actor=queries.key_actor(first.secret))

    assert queries.key_actor(second.secret).may("read:audit.entries")


def test_the_key_of_a_service_account_is_replaced_by_one_of_the_same_account(ada: User) -> None:
    robot = ServiceAccount.objects.create(name="robot", label="Robot")
    first = actions.create_api_key("ci", scopes=["read:*"], service_account_id=robot.id, actor=makers.actor_of(ada))

    second = actions.rotate_api_key(first.key.id, actor=makers.actor_of(ada))

    assert second.key.holder == robot


def test_the_end_of_an_overlap_is_recorded_once_with_the_last_use(
    created: actions.Created, ada: User, monkeypatch: pytest.MonkeyPatch, operator: Actor
) -> None:
    actions.rotate_api_key(created.key.id, overlap_hours=1, actor=makers.actor_of(ada))
    queries.key_actor(created.secret)
    key_uses.write()
    assert actions.retire_replaced_keys(actor=operator) == 0
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert [actions.retire_replaced_keys(actor=operator) for _ in range(2)] == [1, 0]

    key = queries.api_key(created.key.id)
    assert (key.state, key.revoke_reason) == ("revoked", "rotated")
    assert key.last_used_at is not None
    assert [entry["details"]["last_used_at"] for entry in recorded(RETIRED)] == [clock.rfc3339(key.last_used_at)]


def test_the_chore_retires_keys_in_every_tenant(created: actions.Created, ada: User) -> None:
    actions.rotate_api_key(created.key.id, overlap_hours=1, actor=makers.actor_of(ada))
    ApiKey.objects.filter(id=created.key.id).update(overlap_until=clock.now() - timedelta(seconds=1))

    tasks.retire_keys.run()

    assert len(recorded(RETIRED)) == 1
