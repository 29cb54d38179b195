"""Accepting and renewing invitations."""

from datetime import timedelta

import pytest

from identity import actions, queries
from identity.models import Invitation, User
from identity.problems import BeyondOwnGrants, InputInvalid, InvitationNotFound, PasswordWeak, PersonState
from kernel.actors import Actor
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded_once


@pytest.fixture
def added(owner: Actor) -> actions.Added:
    return actions.add_person("ada@acme.example", "Ada", ["member"], actor=owner)


def test_an_accepted_invitation_makes_an_active_person_who_can_sign_in(added: actions.Added) -> None:
    with recorded_once("identity.invitation.accepted"):
        person = actions.accept_invitation(added.invitation_token, password=makers.PASSWORD, name="Ada Lovelace")

    assert (person.status, person.name) == ("active", "Ada Lovelace")
    assert makers.signed_in("ada@acme.example").user.id == person.id
    assert newest("identity.invitation.accepted")["actor"]["id"] == person.public_id


def test_an_empty_name_keeps_the_one_of_the_invitation(added: actions.Added) -> None:
    assert actions.accept_invitation(added.invitation_token, password=makers.PASSWORD, name="").name == "Ada"


def test_an_invitation_works_once(added: actions.Added) -> None:
    actions.accept_invitation(added.invitation_token, password=makers.PASSWORD, name="")

    with nothing_recorded(), pytest.raises(InvitationNotFound):
        actions.accept_invitation(added.invitation_token, password="another password 9", name="")

    assert actions.sign_in("ada@acme.example", password=makers.PASSWORD)


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "a" * 42 + "\0", "é" * 43])
def test_other_texts_open_nothing(token: str) -> None:
    with nothing_recorded(), pytest.raises(InvitationNotFound):
        actions.accept_invitation(token, password=makers.PASSWORD, name="")


def test_a_weak_password_leaves_the_invitation_open(added: actions.Added) -> None:
    with nothing_recorded(), pytest.raises(PasswordWeak):
        actions.accept_invitation(added.invitation_token, password="too short", name="")

    assert queries.invitation(added.invitation_token).user.status == "invited"


def test_a_bad_name_leaves_the_invitation_open(added: actions.Added) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid):
        actions.accept_invitation(added.invitation_token, password=makers.PASSWORD, name="Ada\0")

    assert queries.invitation(added.invitation_token).user.status == "invited"


def test_an_expired_invitation_opens_nothing(added: actions.Added) -> None:
    invitation = queries.invitation(added.invitation_token)
    assert invitation.expires_at - invitation.created_at == timedelta(days=7)

    Invitation.objects.filter(id=invitation.id).update(expires_at=invitation.created_at)

    with nothing_recorded(), pytest.raises(InvitationNotFound):
        actions.accept_invitation(added.invitation_token, password=makers.PASSWORD, name="")


@pytest.mark.parametrize("verb", ["suspend", "deactivate"])
def test_a_person_who_was_shut_out_meanwhile_cannot_accept(verb: str, added: actions.Added, owner: Actor) -> None:
    getattr(actions, f"{verb}_person")(added.person.id, reason="changed our mind", actor=owner)

    with nothing_recorded(), pytest.raises(InvitationNotFound):
        actions.accept_invitation(added.invitation_token, password=makers.PASSWORD, name="")

    assert User.objects.get(id=added.person.id).password == ""


def test_the_token_is_not_stored(added: actions.Added) -> None:
    invitation = queries.invitation(added.invitation_token)

    assert added.invitation_token.encode() not in bytes(invitation.token_hash)
    assert len(bytes(invitation.token_hash)) == 32


def test_a_renewed_invitation_replaces_the_one_before(added: actions.Added, owner: Actor) -> None:
    with recorded_once("identity.invitation.renewed"):
        renewed = actions.renew_invitation(added.person.id, actor=owner)

    with pytest.raises(InvitationNotFound):
        queries.invitation(added.invitation_token)
    assert queries.invitation(renewed.invitation_token).user_id == added.person.id


def test_a_deactivated_person_can_be_invited_back_and_their_keys_work_when_they_accept(owner: Actor) -> None:
    person = makers.make_person(roles=("admin",))
    secret = actions.create_api_key("ci", scopes=["read:*"], actor=makers.actor_of(person)).secret
    actions.deactivate_person(person.id, reason="left", actor=owner)

    renewed = actions.renew_invitation(person.id, actor=owner)

    assert (renewed.person.status, renewed.person.password, queries.person(person.id).role_names) == ("invited", "", ["admin"])
    assert queries.api_keys(state="active").count() == 0
    actions.accept_invitation(renewed.invitation_token, password="another long password 5", name="")
    assert actions.sign_in(person.email, password="another long password 5")
    assert queries.key_actor(secret).may("read:identity.people")


def test_an_active_person_is_not_invited_again(owner: Actor) -> None:
    person = makers.make_person()

    with nothing_recorded(), pytest.raises(PersonState):
        actions.renew_invitation(person.id, actor=owner)


def test_an_admin_cannot_take_over_an_owner_by_inviting_again(owner: Actor) -> None:
    added = actions.add_person("next@acme.example", "Next", ["owner"], actor=owner)
    admin = makers.person_actor(grants=frozenset({"read:*", "write:*"}))

    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        actions.renew_invitation(added.person.id, actor=admin)

    assert queries.invitation(added.invitation_token)
