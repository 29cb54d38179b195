"""Built-in roles and the tenant's own."""

from datetime import timedelta

import pytest

from identity import actions, queries
from identity.models import Role
from identity.problems import BeyondOwnGrants, InputInvalid, RoleBuiltIn, RoleInUse, RoleNotFound, RoleTaken
from kernel import clock, ids
from kernel.actors import Actor
from kernel.problems import Forbidden, PreconditionFailed
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded_once


def _role(owner: Actor, *, permissions: tuple[str, ...] = ("read:audit.entries",)) -> Role:
    return actions.create_role("help-desk", label="Help desk", permissions=permissions, actor=owner)


def test_every_tenant_has_the_seven_built_in_roles() -> None:
    found = {role.name: role.permissions for role in queries.roles() if role.is_builtin}

    assert found == {
        "owner": ["*"],
        "admin": ["read:*", "verify:*", "write:*"],
        "auditor": ["read:*", "verify:*"],
        "operator": [
            "read:*",
            "write:audit.alerts",
            "write:audit.exports",
            "write:audit.streams",
            "write:identity.sessions",
            "write:operations.*",
        ],
        "developer": [
            "read:audit.entries",
            "read:identity.api_keys",
            "read:identity.people",
            "read:identity.roles",
            "read:identity.service_accounts",
            "read:operations.operations",
            "write:audit.events",
            "write:identity.api_keys",
        ],
        "billing": ["read:identity.people", "read:identity.seats", "write:identity.seats"],
        "member": ["read:identity.people", "read:identity.roles"],
    }


def test_installing_again_changes_nothing() -> None:
    with nothing_recorded():
        roles = actions.install_builtin_roles(actor=makers.OPERATOR)

    assert [role.name for role in roles] == ["admin", "auditor", "billing", "developer", "member", "operator", "owner"]


def test_installing_repairs_a_role_and_makes_a_lost_one() -> None:
    Role.objects.filter(name="auditor").update(permissions=["*"])
    Role.objects.filter(name="member").delete()

    with recorded_once("identity.role.installed"):
        actions.install_builtin_roles(actor=makers.OPERATOR)

    assert newest("identity.role.installed")["details"] == {"roles": ["auditor", "member"]}
    assert Role.objects.get(name="auditor").permissions == ["read:*", "verify:*"]


def test_only_who_may_everything_installs() -> None:
    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        actions.install_builtin_roles(actor=makers.person_actor(grants=frozenset({"write:*"})))


def test_a_role_is_made_once_with_its_permissions_sorted(owner: Actor) -> None:
    with recorded_once("identity.role.created"):
        role = _role(owner, permissions=("write:identity.people", "read:identity.*", "read:identity.*"))

    assert role.permissions == ["read:identity.*", "write:identity.people"]
    with nothing_recorded(), pytest.raises(RoleTaken):
        _role(owner)


@pytest.mark.parametrize(
    ("name", "label", "permissions", "pointer"),
    [
        ("Help", "Help", ["read:*"], "/name"),
        ("x", "Help", ["read:*"], "/name"),
        ("help_desk", "Help", ["read:*"], "/name"),
        ("h\u0435lp", "Help", ["read:*"], "/name"),
        ("help-desk", "", ["read:*"], "/label"),
        ("help-desk", "Help", [], "/permissions"),
        ("help-desk", "Help", ["everything"], "/permissions"),
        ("help-desk", "Help", ["read:*\0"], "/permissions"),
        ("help-desk", "Help", [f"read:r{number}" for number in range(201)], "/permissions"),
    ],
)
def test_bad_input_names_the_field(name: str, label: str, permissions: list[str], pointer: str, owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid) as refusal:
        actions.create_role(name, label=label, permissions=permissions, actor=owner)

    assert refusal.value.fields["errors"][0]["pointer"] == pointer


def test_nobody_makes_a_role_beyond_their_own_permissions() -> None:
    desk = makers.person_actor(grants=frozenset({"write:identity.roles", "read:*"}))

    with nothing_recorded(), pytest.raises(BeyondOwnGrants) as refusal:
        actions.create_role("boss", label="Boss", permissions=["write:identity.people", "read:audit.*"], actor=desk)

    assert refusal.value.fields["missing"] == ["write:identity.people"]


def test_a_changed_role_works_at_once(owner: Actor) -> None:
    role = _role(owner, permissions=("read:audit.entries",))
    person = makers.make_person(roles=("help-desk",))
    token = makers.signed_in(person.email).session_token

    with recorded_once("identity.role.changed"):
        changed = actions.change_role(role.id, permissions=["read:identity.people"], expected_version=1, actor=owner)

    signed_in = queries.session_actor(token)
    assert changed.version == 2
    assert signed_in is not None
    assert signed_in.actor.may("read:identity.people")
    assert not signed_in.actor.may("read:audit.entries")


def test_changing_nothing_records_nothing(owner: Actor) -> None:
    role = _role(owner)

    with nothing_recorded():
        same = actions.change_role(role.id, label="Help desk", description="", permissions=["read:audit.entries"], actor=owner)

    assert same.version == 1


def test_nobody_widens_or_narrows_a_role_beyond_their_own_permissions(owner: Actor) -> None:
    role = _role(owner, permissions=("execute:everything",))
    desk = makers.person_actor(grants=frozenset({"write:identity.roles", "read:*"}))

    with nothing_recorded():
        for wanted in (["read:*"], ["execute:everything", "write:*"]):
            with pytest.raises(BeyondOwnGrants):
                actions.change_role(role.id, permissions=wanted, actor=desk)

    assert queries.role(role.id).permissions == ["execute:everything"]


def test_built_in_roles_stay(owner: Actor) -> None:
    builtin = Role.objects.get(name="member")

    with nothing_recorded():
        with pytest.raises(RoleBuiltIn):
            actions.change_role(builtin.id, permissions=["*"], actor=owner)
        with pytest.raises(RoleBuiltIn):
            actions.delete_role(builtin.id, actor=owner)

    assert Role.objects.get(name="member").permissions == builtin.permissions


def test_a_role_in_use_is_not_deleted(owner: Actor) -> None:
    role = _role(owner)
    makers.make_person(roles=("help-desk",))

    with nothing_recorded(), pytest.raises(RoleInUse) as refusal:
        actions.delete_role(role.id, actor=owner)

    assert refusal.value.fields["people"] == 1


def test_a_role_whose_time_is_over_for_everybody_is_deleted_and_that_is_told(owner: Actor) -> None:
    role = _role(owner)
    ada = makers.make_person(roles=("help-desk",))
    role.bindings.update(expires_at=clock.now() - timedelta(hours=1))

    actions.delete_role(role.id, actor=owner)

    assert newest("identity.role.expired")["details"]["holder"] == ada.public_id
    assert newest("identity.role.deleted")["details"] == {"role": "help-desk"}
    assert queries.person(ada.id).role_names == []
    assert not Role.objects.filter(id=role.id).exists()


def test_an_unused_role_is_deleted_once(owner: Actor) -> None:
    role = _role(owner)

    with recorded_once("identity.role.deleted"):
        actions.delete_role(role.id, expected_version=1, actor=owner)

    with nothing_recorded(), pytest.raises(RoleNotFound):
        actions.delete_role(role.id, actor=owner)


def test_an_outdated_version_is_refused(owner: Actor) -> None:
    role = _role(owner)

    with nothing_recorded():
        for act in (actions.change_role, actions.delete_role):
            with pytest.raises(PreconditionFailed):
                act(role.id, expected_version=7, actor=owner)


def test_roles_need_the_permission() -> None:
    reader = makers.person_actor(grants=frozenset({"read:*"}))

    with nothing_recorded():
        with pytest.raises(Forbidden):
            actions.create_role("x-ray", label="X", permissions=["read:*"], actor=reader)
        with pytest.raises(Forbidden):
            actions.change_role(ids.new_id(), label="X", actor=reader)
        with pytest.raises(Forbidden):
            actions.delete_role(ids.new_id(), actor=reader)
