"""Off-boarding: every way out against everything that lets a person in; and two owners who go at the same moment."""

from collections.abc import Callable
from threading import Barrier, Thread
from uuid import UUID

import pytest
from django.db import connections

from identity import actions, lifecycle, queries
from identity.models import Role, RoleBinding, Session, User
from identity.problems import InvitationNotFound, KeyRefused, LastOwner, SignInRefused
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.caller import Caller

Way = Callable[[UUID, Actor], object]
WAYS: dict[str, Way] = {
    "suspended": lambda person_id, actor: actions.suspend_person(person_id, reason="test", actor=actor),
    "deactivated": lambda person_id, actor: actions.deactivate_person(person_id, reason="test", actor=actor),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_a_person_who_is_out_lets_anybody_in(way: str, owner: Actor, client: Caller) -> None:
    person = makers.make_person("bob@acme.example", roles=("admin",))
    secret = actions.create_api_key("ci", scopes=["read:*"], actor=makers.actor_of(person)).secret
    token = makers.signed_in(person.email).session_token

    WAYS[way](person.id, owner)

    with pytest.raises(SignInRefused):
        actions.sign_in(person.email, password=makers.PASSWORD)
    with pytest.raises(KeyRefused):
        queries.key_actor(secret)
    assert queries.session_actor(token) is None
    assert client.get("/v1/me", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 401
    client.client.cookies["freehold_session"] = token
    assert client.get("/v1/me").status_code == 401


@pytest.mark.parametrize("way", WAYS)
def test_an_open_invitation_of_a_person_who_is_out_is_dead(way: str, owner: Actor) -> None:
    added = actions.add_person("bob@acme.example", "Bob", [], actor=owner)

    WAYS[way](added.person.id, owner)

    with pytest.raises(InvitationNotFound):
        queries.invitation(added.invitation_token)


def test_the_epoch_alone_kills_a_session_that_was_overlooked() -> None:
    person = makers.make_person("bob@acme.example")
    token = makers.signed_in(person.email).session_token
    assert Session.objects.filter(user=person, revoked_at=None).count() == 1

    User.objects.filter(id=person.id).update(epoch=person.epoch + 1)

    assert queries.session_actor(token) is None


@pytest.mark.committed
def test_two_owners_cannot_both_go_at_the_same_moment(acme: TenantRef) -> None:
    with tenancy.activate(acme, purpose=Purpose.OPERATOR):
        before = list(RoleBinding.objects.filter(role__name="owner", user__status="active"))
        assert before == []
        pair = [makers.make_person(f"racer{number}-{tenancy.current().code}@acme.example", roles=("owner",)) for number in range(2)]
    outcomes: list[str] = []
    together = Barrier(2)

    def go(person_id: UUID) -> None:
        try:
            with tenancy.activate(acme, purpose=Purpose.OPERATOR):
                together.wait(10)
                actions.deactivate_person(person_id, reason="race", actor=makers.OPERATOR)
                outcomes.append("gone")
        except LastOwner:
            outcomes.append("stays")
        finally:
            connections.close_all()

    threads = [Thread(target=go, args=(person.id,)) for person in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    with tenancy.activate(acme, purpose=Purpose.OPERATOR):
        active = User.objects.filter(id__in=[person.id for person in pair], status="active").count()
        User.objects.filter(id__in=[person.id for person in pair]).delete()
    assert sorted(outcomes) == ["gone", "stays"]
    assert active == 1


@pytest.mark.committed
def test_the_last_two_owners_cannot_go_by_different_ways_at_the_same_moment(acme: TenantRef) -> None:
    with tenancy.activate(acme, purpose=Purpose.OPERATOR):
        team = actions.create_team("racing-owners", label="Racing owners", actor=makers.OPERATOR)
        RoleBinding.objects.create(team=team, role=Role.objects.get(name="owner"))
        by_name = makers.make_person("by-name@acme.example", roles=("owner",))
        by_team = makers.make_person("by-team@acme.example", roles=())
        actions.add_team_members(team.id, members=[by_team.public_id], actor=makers.OPERATOR)
    outcomes: list[str] = []
    together = Barrier(2)

    def go(act: Callable[[], object]) -> None:
        try:
            with tenancy.activate(acme, purpose=Purpose.OPERATOR):
                together.wait(10)
                act()
                outcomes.append("gone")
        except LastOwner:
            outcomes.append("stays")
        finally:
            connections.close_all()

    acts: list[Callable[[], object]] = [
        lambda: actions.deactivate_person(by_name.id, reason="race", actor=makers.OPERATOR),
        lambda: actions.remove_team_member(team.id, member=by_team.public_id, actor=makers.OPERATOR),
    ]
    threads = [Thread(target=go, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    with tenancy.activate(acme, purpose=Purpose.OPERATOR):
        left = lifecycle.lasting_owners().count()
        User.objects.filter(id__in=[by_name.id, by_team.id]).delete()
        team.delete()
    assert sorted(outcomes) == ["gone", "stays"]
    assert left == 1
