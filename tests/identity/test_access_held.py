"""Roles given to people, teams and service accounts, for good or until a moment."""

from datetime import timedelta
from uuid import UUID

import pytest

from identity import access, actions, queries
from identity.models import RoleBinding, ServiceAccount, Team, TeamMember, User
from identity.problems import BeyondOwnGrants, BindingNotFound, InputInvalid, LastOwner
from kernel import clock, ids
from kernel.actors import Actor
from kernel.problems import Forbidden, NotFound, PreconditionFailed
from tests import makers
from tests.caller import Caller
from tests.identity.answers import is_problem, json_of
from tests.identity.trail import newest, nothing_recorded, recorded_once


def _role_id(name: str) -> UUID:
    return queries.roles().get(name=name).id


def _key_of(person: User) -> str:
    return actions.create_api_key("k", scopes=["*"], expires_in_days=1, owner_id=person.id, actor=makers.OPERATOR).secret


def test_a_role_until_a_moment_counts_and_stands_in_the_trail(owner: Actor) -> None:
    ada = makers.make_person()
    until = clock.now() + timedelta(days=7)

    with recorded_once("identity.role.granted"):
        binding = actions.grant_role(ada.public_id, role_id=_role_id("auditor"), expires_at=until, actor=owner)

    assert (binding.expires_at, binding.user_id) == (until, ada.id)
    assert access.grants_of(ada) == {"read:*", "verify:*", "read:identity.people", "read:identity.roles"}
    assert queries.person(ada.id).role_names == ["auditor", "member"]
    details = newest("identity.role.granted")["details"]
    assert (details["holder"], details["role"], details["new_expires_at"]) == (ada.public_id, "auditor", clock.rfc3339(until))


def test_giving_the_same_again_is_not_recorded_and_another_end_is(owner: Actor) -> None:
    ada = makers.make_person()
    first = actions.grant_role(ada.public_id, role_id=_role_id("auditor"), actor=owner)

    with nothing_recorded():
        actions.grant_role(ada.public_id, role_id=_role_id("auditor"), actor=owner)
    with recorded_once("identity.role.granted"):
        again = actions.grant_role(
            ada.public_id, role_id=_role_id("auditor"), expires_at=clock.now() + timedelta(hours=1), actor=owner
        )

    assert again.id == first.id
    assert RoleBinding.objects.filter(user=ada, role__name="auditor").count() == 1


def test_who_read_a_person_before_a_role_was_given_does_not_take_it_away_again(owner: Actor) -> None:
    ada = makers.make_person()
    read = queries.person(ada.id).version
    actions.grant_role(ada.public_id, role_id=_role_id("auditor"), actor=owner)

    with nothing_recorded(), pytest.raises(PreconditionFailed):
        actions.change_person(ada.id, role_names=["member"], expected_version=read, actor=owner)

    assert queries.person(ada.id).role_names == ["auditor", "member"]


def test_what_is_shown_of_a_holder_has_another_version_with_every_role_that_comes_or_goes(owner: Actor) -> None:
    account = actions.create_service_account("robot", label="Robot", actor=owner)
    team = actions.create_team("desk", label="Desk", actor=owner)
    versions = []
    for holder in (makers.make_person(), account, team):
        before = type(holder).objects.get(id=holder.id).version
        binding = actions.grant_role(holder.public_id, role_id=_role_id("auditor"), actor=owner)
        given = type(holder).objects.get(id=holder.id).version
        actions.withdraw_role(binding.id, actor=owner)
        versions.append((given - before, type(holder).objects.get(id=holder.id).version - given))

    assert versions == [(1, 1), (1, 1), (1, 1)]


def test_a_role_that_is_over_does_not_count_with_the_next_request(client: Caller) -> None:
    bob = makers.make_person("bob@acme.example", roles=("developer",))
    client.key = _key_of(bob)
    assert client.get("/v1/api-keys").status_code == 200

    RoleBinding.objects.filter(user=bob, role__name="developer").update(expires_at=clock.now() - timedelta(microseconds=1))

    is_problem(client.get("/v1/api-keys"), status=403, kind="forbidden")


def test_what_a_team_may_its_members_may_until_the_team_loses_it(client: Caller, owner: Actor) -> None:
    bob = makers.make_person("bob@acme.example", roles=("developer",))
    team = Team.objects.create(name="auditors", label="Auditors")
    TeamMember.objects.create(team=team, user=bob)
    client.key = _key_of(bob)
    binding = actions.grant_role(team.public_id, role_id=_role_id("auditor"), actor=owner)
    allowed = client.get("/v1/policies").status_code

    actions.withdraw_role(binding.id, actor=owner)

    assert allowed == 200
    is_problem(client.get("/v1/policies"), status=403, kind="forbidden")


def test_a_service_account_gets_and_loses_a_role(owner: Actor) -> None:
    robot = ServiceAccount.objects.create(name="robot", label="Robot")
    binding = actions.grant_role(robot.public_id, role_id=_role_id("auditor"), actor=owner)
    held = access.grants_of(robot)

    with recorded_once("identity.role.withdrawn"):
        actions.withdraw_role(binding.id, actor=owner)

    assert (held, access.grants_of(robot)) == (frozenset({"read:*", "verify:*"}), frozenset())


def test_nobody_gives_or_takes_a_role_beyond_their_own() -> None:
    """ASVS 5.0.0-8.2.1 and 8.3.1: rights are handed on only by who has them."""
    ada = makers.make_person(roles=("owner",))
    admin = makers.person_actor(grants=frozenset({"read:*", "write:*", "verify:*"}))
    bob = makers.make_person("bob@acme.example")
    own = RoleBinding.objects.get(user=ada, role__name="owner")

    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        actions.grant_role(bob.public_id, role_id=_role_id("owner"), actor=admin)
    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        actions.withdraw_role(own.id, actor=admin)

    assert RoleBinding.objects.filter(id=own.id).exists()
    assert queries.person(bob.id).role_names == ["member"]


@pytest.mark.parametrize("letters", ["usr", "tem", "svc"])
def test_each_kind_of_holder_needs_its_own_permission(letters: str) -> None:
    actor = makers.person_actor(grants=frozenset({"read:*"}))

    with nothing_recorded(), pytest.raises(Forbidden):
        actions.grant_role(ids.show(letters, ids.new_id()), role_id=_role_id("member"), actor=actor)


@pytest.mark.parametrize("holder", ["", "key_06f0kt8m1wfvx5r2c9h3qjz4ac", "usr_x", "usr"])
def test_what_is_no_holder_is_not_found(owner: Actor, holder: str) -> None:
    with nothing_recorded(), pytest.raises(NotFound):
        actions.grant_role(holder, role_id=_role_id("member"), actor=owner)


def test_a_role_is_not_given_until_a_moment_that_is_over(owner: Actor) -> None:
    ada = makers.make_person()

    with nothing_recorded(), pytest.raises(InputInvalid) as refused:
        actions.grant_role(ada.public_id, role_id=_role_id("auditor"), expires_at=clock.now(), actor=owner)

    assert refused.value.fields["errors"][0]["pointer"] == "/expires_at"
    assert queries.person(ada.id).role_names == ["member"]


def test_the_last_owner_stays_owner_for_good(owner: Actor) -> None:
    ada = makers.make_person(roles=("owner",))
    binding = RoleBinding.objects.get(user=ada, role__name="owner")

    with pytest.raises(LastOwner):
        actions.withdraw_role(binding.id, actor=owner)
    with pytest.raises(LastOwner):
        actions.grant_role(ada.public_id, role_id=_role_id("owner"), expires_at=clock.now() + timedelta(days=1), actor=owner)

    assert RoleBinding.objects.filter(id=binding.id, expires_at=None).exists()


def test_what_is_over_is_tidied_up_and_told_once(operator: Actor) -> None:
    ada = makers.make_person()
    RoleBinding.objects.filter(user=ada).update(expires_at=clock.now() - timedelta(hours=1))

    with recorded_once("identity.role.expired"):
        number = actions.tidy_expired_roles(actor=operator)

    assert (number, actions.tidy_expired_roles(actor=operator)) == (1, 0)
    assert newest("identity.role.expired")["details"]["holder"] == ada.public_id


def test_a_binding_that_is_over_is_not_found(owner: Actor) -> None:
    ada = makers.make_person()
    RoleBinding.objects.filter(user=ada).update(expires_at=clock.now() - timedelta(hours=1))

    with nothing_recorded(), pytest.raises(BindingNotFound):
        actions.withdraw_role(RoleBinding.objects.get(user=ada).id, actor=owner)


def test_a_person_whose_role_is_over_can_be_given_it_again(owner: Actor) -> None:
    ada = makers.make_person()
    RoleBinding.objects.filter(user=ada).update(expires_at=clock.now() - timedelta(hours=1))

    actions.change_person(ada.id, role_names=["member"], actor=owner)

    assert queries.person(ada.id).role_names == ["member"]
    assert RoleBinding.objects.get(user=ada).expires_at is None


def test_the_api_lists_gives_and_takes(root: Caller) -> None:
    ada = makers.make_person()
    role = queries.roles().get(name="auditor").public_id
    body = {"holder": ada.public_id, "expires_at": "2099-01-01T00:00:00Z"}

    given = json_of(root.post(f"/v1/roles/{role}/bindings", body))
    of_person = json_of(root.get(f"/v1/people/{ada.public_id}/roles"))["data"]
    of_role = json_of(root.get(f"/v1/roles/{role}/bindings?q=ada"))["data"]
    gone = root.delete(f"/v1/roles/bindings/{given['id']}").status_code

    assert (given["holder"], given["expires_at"]) == (
        {"id": ada.public_id, "kind": "person", "name": "ada@acme.example"},
        "2099-01-01T00:00:00.000000Z",
    )
    assert [row["role"]["name"] for row in of_person] == ["auditor", "member"]
    assert of_role == [given]
    assert (gone, json_of(root.get(f"/v1/roles/{role}/bindings"))["data"]) == (204, [])
