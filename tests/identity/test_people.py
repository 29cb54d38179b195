"""Inviting, changing, suspending, resuming and deactivating people."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from identity import actions, queries
from identity.models import ApiKey, Invitation, RoleBinding, Session, User
from identity.problems import BeyondOwnGrants, EmailTaken, InputInvalid, LastOwner, PersonNotFound, PersonState
from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, PreconditionFailed
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded_once

ADMIN_GRANTS = frozenset({"read:*", "verify:*", "write:*"})


def test_an_added_person_is_invited_and_recorded_once(owner: Actor) -> None:
    with recorded_once("identity.person.added"):
        added = actions.add_person(" Ada@ACME.example ", "Ada  Lovelace", ["member", "auditor"], actor=owner)

    person = queries.person(added.person.id)
    assert (person.email, person.name, person.status) == ("ada@acme.example", "Ada Lovelace", "invited")
    assert person.role_names == ["auditor", "member"]
    assert person.password == ""
    entry = newest("identity.person.added")
    assert entry["subject"] == {"id": person.public_id, "kind": "person", "label": "ada@acme.example"}
    assert entry["details"]["roles"] == ["auditor", "member"]
    assert added.invitation_token not in str(entry)


@pytest.mark.parametrize("spelling", ["ada@acme.example", "ADA@acme.example", " ada@ACME.EXAMPLE"])
def test_an_address_is_added_once_in_any_spelling(spelling: str, owner: Actor) -> None:
    actions.add_person("ada@acme.example", "Ada", [], actor=owner)

    with nothing_recorded(), pytest.raises(EmailTaken):
        actions.add_person(spelling, "Another Ada", [], actor=owner)

    assert User.objects.filter(email="ada@acme.example").count() == 1


@pytest.mark.parametrize(
    ("email", "name", "roles", "pointer"),
    [
        ("ada", "Ada", ["member"], "/email"),
        ("\u0430da@acme.example", "Ada", ["member"], "/email"),
        ("ada@acme.example\0", "Ada", ["member"], "/email"),
        ("ada@acme.example", "", ["member"], "/name"),
        ("ada@acme.example", "A\0da", ["member"], "/name"),
        ("ada@acme.example", "Ada", ["no-such-role"], "/roles"),
        ("ada@acme.example", "Ada", ["member\0"], "/roles"),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(email: str, name: str, roles: list[str], pointer: str, owner: Actor) -> None:
    before = User.objects.count()

    with nothing_recorded(), pytest.raises(InputInvalid) as refusal:
        actions.add_person(email, name, roles, actor=owner)

    assert refusal.value.fields["errors"][0]["pointer"] == pointer
    assert User.objects.count() == before


def test_nobody_adds_people_without_the_permission() -> None:
    reader = makers.person_actor(grants=frozenset({"read:*"}))

    with nothing_recorded(), pytest.raises(Forbidden) as refusal:
        actions.add_person("ada@acme.example", "Ada", ["member"], actor=reader)

    assert refusal.value.fields["permission"] == "write:identity.people"


def test_nobody_gives_a_role_beyond_their_own_permissions() -> None:
    admin = makers.person_actor(grants=ADMIN_GRANTS)

    with nothing_recorded(), pytest.raises(BeyondOwnGrants) as refusal:
        actions.add_person("ada@acme.example", "Ada", ["owner"], actor=admin)

    assert refusal.value.fields["missing"] == ["*"]
    assert not User.objects.filter(email="ada@acme.example").exists()


def test_changing_name_and_roles_is_one_entry(owner: Actor) -> None:
    person = makers.make_person(roles=("member",))

    with recorded_once("identity.person.changed"):
        changed = actions.change_person(person.id, name="Countess", role_names=["auditor"], actor=owner)

    assert (changed.name, changed.role_names, changed.version) == ("Countess", ["auditor"], queries.person(person.id).version)
    details = newest("identity.person.changed")["details"]
    assert (details["old_name"], details["new_name"]) == ("Ada Example", "Countess")
    assert (details["roles_added"], details["roles_removed"]) == (["auditor"], ["member"])


def test_another_role_gives_the_sessions_another_token_soon(owner: Actor) -> None:
    person = makers.make_person(roles=("member",))
    actions.sign_in(person.email, password=makers.PASSWORD)

    actions.change_person(person.id, role_names=["auditor"], actor=owner)

    assert list(Session.objects.filter(user=person).values_list("rotate_due", flat=True)) == [True]


def test_changing_nothing_records_nothing_and_keeps_the_version(owner: Actor) -> None:
    person = queries.person(makers.make_person(roles=("member",)).id)

    with nothing_recorded():
        same = actions.change_person(person.id, name="Ada Example", role_names=["member"], actor=owner)

    assert same.version == person.version


def test_an_outdated_version_is_refused(owner: Actor) -> None:
    person = makers.make_person()

    with nothing_recorded(), pytest.raises(PreconditionFailed):
        actions.change_person(person.id, name="Other", expected_version=99, actor=owner)

    assert queries.person(person.id).name == "Ada Example"


@pytest.mark.parametrize("roles", [["owner"], ["member", "owner"]])
def test_an_admin_cannot_make_an_owner(roles: list[str]) -> None:
    person = makers.make_person(roles=("member",))
    admin = makers.person_actor(grants=ADMIN_GRANTS)

    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        actions.change_person(person.id, role_names=roles, actor=admin)

    assert queries.person(person.id).role_names == ["member"]


def test_an_admin_cannot_take_the_owner_role_away() -> None:
    first = makers.make_person("first@acme.example", roles=("owner",))
    makers.make_person("second@acme.example", roles=("owner",))
    admin = makers.person_actor(grants=ADMIN_GRANTS)

    with pytest.raises(BeyondOwnGrants):
        actions.change_person(first.id, role_names=[], actor=admin)

    assert queries.person(first.id).role_names == ["owner"]


@pytest.mark.parametrize("verb", ["suspend", "deactivate"])
def test_an_admin_cannot_shut_an_owner_out(verb: str) -> None:
    first = makers.make_person("first@acme.example", roles=("owner",))
    makers.make_person("second@acme.example", roles=("owner",))
    admin = makers.person_actor(grants=ADMIN_GRANTS)

    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        getattr(actions, f"{verb}_person")(first.id, reason="coup", actor=admin)

    assert queries.person(first.id).status == "active"


def _only_owner() -> User:
    RoleBinding.objects.filter(role__name="owner").delete()
    return makers.make_person("only@acme.example", roles=("owner",))


GOODBYES: dict[str, Callable[[UUID, Actor], object]] = {
    "suspended": lambda person_id, actor: actions.suspend_person(person_id, reason="gone", actor=actor),
    "deactivated": lambda person_id, actor: actions.deactivate_person(person_id, reason="gone", actor=actor),
    "demoted": lambda person_id, actor: actions.change_person(person_id, role_names=["admin"], actor=actor),
}


@pytest.mark.parametrize("goodbye", GOODBYES)
def test_the_last_owner_stays(goodbye: str, owner: Actor) -> None:
    only = _only_owner()
    actions.add_person("next@acme.example", "Invited, not active", ["owner"], actor=owner)

    with nothing_recorded(), pytest.raises(LastOwner):
        GOODBYES[goodbye](only.id, owner)

    assert (queries.person(only.id).status, queries.person(only.id).role_names) == ("active", ["owner"])


def test_one_of_two_owners_may_go(owner: Actor) -> None:
    only = _only_owner()
    makers.make_person("second@acme.example", roles=("owner",))

    actions.deactivate_person(only.id, reason="left", actor=owner)

    assert queries.person(only.id).status == "deactivated"


def test_suspending_ends_sessions_and_keeps_keys_for_later(owner: Actor) -> None:
    person = makers.make_person(roles=("admin",))
    token = makers.signed_in(person.email).session_token
    created = actions.create_api_key("ci", scopes=["read:*"], actor=makers.actor_of(person))

    with recorded_once("identity.person.suspended"):
        suspended = actions.suspend_person(person.id, reason="on leave", actor=owner)

    assert (suspended.status, suspended.status_reason, suspended.epoch) == ("suspended", "on leave", person.epoch + 1)
    assert queries.session_actor(token) is None
    assert newest("identity.person.suspended")["details"] == {
        "reason": "on leave",
        "source": "admin",
        "sessions_ended": 1,
        "trusted_devices_ended": 0,
        "sign_ins_ended": 0,
        "password_resets_ended": 0,
        "invitations_revoked": 0,
    }
    assert ApiKey.objects.get(id=created.key.id).revoked_at is None


def test_suspending_twice_records_once(owner: Actor) -> None:
    person = makers.make_person()
    actions.suspend_person(person.id, reason="on leave", actor=owner)

    with nothing_recorded():
        again = actions.suspend_person(person.id, reason="another reason", actor=owner)

    assert again.status_reason == "on leave"


def test_a_resumed_person_needs_a_new_session_and_has_their_keys(owner: Actor) -> None:
    person = makers.make_person(roles=("admin",))
    token = makers.signed_in(person.email).session_token
    secret = actions.create_api_key("ci", scopes=["read:*"], actor=makers.actor_of(person)).secret
    actions.suspend_person(person.id, reason="on leave", actor=owner)

    with recorded_once("identity.person.resumed"):
        actions.resume_person(person.id, actor=owner)

    assert queries.person(person.id).status == "active"
    assert queries.session_actor(token) is None
    assert queries.key_actor(secret).may("read:identity.people")


def test_a_person_suspended_before_accepting_is_invited_again_when_resumed(owner: Actor) -> None:
    added = actions.add_person("ada@acme.example", "Ada", [], actor=owner)
    actions.suspend_person(added.person.id, reason="wait", actor=owner)

    resumed = actions.resume_person(added.person.id, actor=owner)

    assert resumed.status == "invited"
    assert queries.invitation(added.invitation_token).user_id == resumed.id


def test_deactivating_ends_everything_in_one_entry(owner: Actor) -> None:
    person = makers.make_person(roles=("admin",))
    for _ in range(2):
        actions.sign_in(person.email, password=makers.PASSWORD)
    for name in ("one", "two", "three"):
        actions.create_api_key(name, scopes=["read:*"], actor=makers.actor_of(person))

    with recorded_once("identity.person.deactivated"):
        actions.deactivate_person(person.id, reason="left", actor=owner)

    assert newest("identity.person.deactivated")["details"] == {
        "reason": "left",
        "source": "admin",
        "sessions_ended": 2,
        "trusted_devices_ended": 0,
        "sign_ins_ended": 0,
        "password_resets_ended": 0,
        "keys_revoked": 3,
        "signing_keys_revoked": 0,
        "invitations_revoked": 0,
    }
    assert not Session.objects.filter(user=person, revoked_at=None).exists()
    assert set(ApiKey.objects.filter(owner=person).values_list("revoke_reason", flat=True)) == {"owner_deactivated"}


def test_deactivating_an_invited_person_withdraws_the_invitation(owner: Actor) -> None:
    added = actions.add_person("ada@acme.example", "Ada", [], actor=owner)

    actions.deactivate_person(added.person.id, reason="hired elsewhere", actor=owner)

    assert Invitation.objects.get(user=added.person).revoked_at is not None


def test_a_deactivated_person_is_neither_suspended_nor_resumed(owner: Actor) -> None:
    person = makers.make_person()
    actions.deactivate_person(person.id, reason="left", actor=owner)

    with nothing_recorded():
        actions.deactivate_person(person.id, reason="left again", actor=owner)
        with pytest.raises(PersonState):
            actions.suspend_person(person.id, reason="too late", actor=owner)
        with pytest.raises(PersonState):
            actions.resume_person(person.id, actor=owner)

    assert queries.person(person.id).status == "deactivated"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "be\0cause"])
def test_a_reason_is_a_line(reason: str, owner: Actor) -> None:
    person = makers.make_person()

    with nothing_recorded(), pytest.raises(InputInvalid):
        actions.suspend_person(person.id, reason=reason, actor=owner)

    assert queries.person(person.id).status == "active"


def test_an_unknown_person_is_not_found(owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(PersonNotFound):
        actions.suspend_person(ids.new_id(), reason="who?", actor=owner)


def test_lists_are_filtered_by_text_and_status(owner: Actor) -> None:
    makers.make_person("ada@acme.example", name="Ada Lovelace")
    actions.add_person("grace@acme.example", "Grace 100%", [], actor=owner)

    assert [person.email for person in queries.people(q="LOVELACE")] == ["ada@acme.example"]
    assert [person.email for person in queries.people(q="100%")] == ["grace@acme.example"]
    assert "grace@acme.example" in [person.email for person in queries.people(status="invited")]
    assert [person.email for person in queries.people(status="active")] == ["ada@acme.example"]


def test_a_list_of_people_with_roles_takes_three_queries(owner: Actor) -> None:
    for number in range(5):
        actions.add_person(f"p{number}@acme.example", "P", ["member", "auditor"], actor=owner)

    with CaptureQueriesContext(connections[tenancy.current_alias()]) as taken:
        names = [person.role_names for person in queries.people()]

    assert ["auditor", "member"] in names
    assert len(taken) == 3
