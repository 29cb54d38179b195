"""Teams: made, changed, deleted, entered and left; and that nobody reaches through one beyond what they may do themselves."""

from datetime import timedelta

import pytest

from identity import actions, lifecycle, queries
from identity.models import MfaPolicy, Role, RoleBinding, Session, Team, TeamMember, User
from identity.problems import (
    BeyondOwnGrants,
    InputInvalid,
    LastOwner,
    TeamInUse,
    TeamMemberNotFound,
    TeamNotFound,
    TeamTaken,
)
from kernel import clock, ids
from kernel.actors import Actor
from kernel.problems import Forbidden, PreconditionFailed
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded_once

ADMIN = frozenset({"read:*", "verify:*", "write:*"})


@pytest.fixture
def team(owner: Actor) -> Team:
    return actions.create_team("help-desk", label="Help desk", description="Answers.", actor=owner)


def gives(team: Team, role: str, *, until: timedelta | None = None) -> RoleBinding:
    """The team gives a role, for good or for a while."""
    expires_at = None if until is None else clock.now() + until
    return RoleBinding.objects.create(team=team, role=Role.objects.get(name=role), expires_at=expires_at)


def test_a_team_is_made_and_recorded_once(owner: Actor) -> None:
    with recorded_once("identity.team.created"):
        team = actions.create_team("help-desk", label=" Help  desk ", description="", actor=owner)

    assert (team.name, team.label, team.version) == ("help-desk", "Help desk", 1)
    assert newest("identity.team.created")["subject"] == {"id": team.public_id, "kind": "team", "label": "Help desk"}


def test_a_name_is_taken_once(team: Team, owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(TeamTaken):
        actions.create_team(team.name, label="Another", actor=owner)

    assert Team.objects.count() == 1


@pytest.mark.parametrize(("name", "label", "pointer"), [("Help", "x", "/name"), ("-a", "x", "/name"), ("ok", "", "/label")])
def test_bad_words_name_their_field(name: str, label: str, pointer: str, owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid) as refused:
        actions.create_team(name, label=label, actor=owner)

    assert [fault["pointer"] for fault in refused.value.fields["errors"]] == [pointer]


def test_a_change_is_one_entry_and_none_when_nothing_changes(team: Team, owner: Actor) -> None:
    with recorded_once("identity.team.changed"):
        changed = actions.change_team(team.id, label="First line", expected_version=1, actor=owner)

    with nothing_recorded():
        same = actions.change_team(team.id, label="First line", actor=owner)

    assert (changed.label, changed.description, same.version) == ("First line", "Answers.", 2)
    assert newest("identity.team.changed")["changes"] == {"title": ["Help desk", "First line"]}


def test_an_outdated_version_changes_nothing(team: Team, owner: Actor) -> None:
    actions.change_team(team.id, label="First line", actor=owner)

    with nothing_recorded(), pytest.raises(PreconditionFailed):
        actions.change_team(team.id, label="Second line", expected_version=1, actor=owner)

    assert queries.team(team.id).label == "First line"


def test_members_have_the_roles_of_their_team_from_the_next_look_on(team: Team, owner: Actor) -> None:
    gives(team, "auditor")
    person = makers.make_person(roles=())
    token = makers.signed_in(person.email).session_token

    with recorded_once("identity.team.members_added"):
        added = actions.add_team_members(team.id, members=[person.public_id], actor=owner)

    assert added == [person.public_id]
    found = queries.session_actor(token)
    assert found is not None
    assert found.actor.may("read:audit.entries")
    assert newest("identity.team.members_added")["details"]["roles"] == ["auditor"]


def test_whose_rights_change_gets_another_token_soon(team: Team, owner: Actor) -> None:
    person = makers.make_person(roles=())
    actions.sign_in(person.email, password=makers.PASSWORD)

    actions.add_team_members(team.id, members=[person.public_id], actor=owner)

    assert list(Session.objects.filter(user=person).values_list("rotate_due", flat=True)) == [True]


def test_whoever_is_in_the_team_is_not_added_again(team: Team, owner: Actor) -> None:
    people = [makers.make_person(f"{name}@acme.example", roles=()) for name in ("ada", "bob")]
    actions.add_team_members(team.id, members=[people[0].public_id], actor=owner)

    added = actions.add_team_members(team.id, members=[person.public_id for person in people], actor=owner)

    assert added == [people[1].public_id]
    assert TeamMember.objects.filter(team=team).count() == 2


def test_adding_only_members_records_nothing(team: Team, owner: Actor) -> None:
    person = makers.make_person(roles=())
    actions.add_team_members(team.id, members=[person.public_id], actor=owner)

    with nothing_recorded():
        added = actions.add_team_members(team.id, members=[person.public_id], actor=owner)

    assert added == []


def test_a_service_account_can_be_in_a_team(team: Team, owner: Actor) -> None:
    account = actions.create_service_account("robot", label="Robot", actor=owner)

    actions.add_team_members(team.id, members=[account.public_id], actor=owner)

    assert [member.holder for member in queries.team_members(team)] == [account]
    assert queries.teams_of(account) == [team]


def test_nobody_puts_somebody_into_a_team_that_may_more_than_they(team: Team) -> None:
    gives(team, "owner")
    person = makers.make_person(roles=())
    admin = makers.person_actor(grants=ADMIN)

    with nothing_recorded(), pytest.raises(BeyondOwnGrants) as refused:
        actions.add_team_members(team.id, members=[person.public_id], actor=admin)

    assert refused.value.fields["missing"] == ["*"]
    assert not TeamMember.objects.exists()


def test_nobody_takes_somebody_out_of_a_team_that_may_more_than_they(team: Team, owner: Actor) -> None:
    person = makers.make_person(roles=())
    actions.add_team_members(team.id, members=[person.public_id], actor=owner)
    gives(team, "owner")

    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        actions.remove_team_member(team.id, member=person.public_id, actor=makers.person_actor(grants=ADMIN))

    assert TeamMember.objects.count() == 1


@pytest.mark.parametrize("member", ["", "usr_", "nobody", "svc_x", "tem_06c1mzf3k8tqd5v0r9hw2y7b4n", ids.show("usr", ids.new_id())])
def test_a_member_must_be_somebody_here(member: str, team: Team, owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid) as refused:
        actions.add_team_members(team.id, members=[member], actor=owner)

    assert refused.value.fields["errors"][0]["code"] == "unknown_member"


@pytest.mark.parametrize("members", [[], [f"usr_{number}" for number in range(101)]])
def test_one_to_a_hundred_at_once(members: list[str], team: Team, owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid) as refused:
        actions.add_team_members(team.id, members=members, actor=owner)

    assert refused.value.fields["errors"][0]["code"] == "member_count"


def test_whose_access_ended_enters_no_team(team: Team, owner: Actor) -> None:
    person = makers.make_person(roles=())
    actions.deactivate_person(person.id, reason="left", actor=owner)

    with nothing_recorded(), pytest.raises(InputInvalid) as refused:
        actions.add_team_members(team.id, members=[person.public_id], actor=owner)

    assert refused.value.fields["errors"][0]["code"] == "member_deactivated"


def test_taking_somebody_out_ends_what_the_team_gave(team: Team, owner: Actor) -> None:
    gives(team, "auditor")
    person = makers.make_person(roles=())
    token = makers.signed_in(person.email).session_token
    actions.add_team_members(team.id, members=[person.public_id], actor=owner)

    with recorded_once("identity.team.member_removed"):
        actions.remove_team_member(team.id, member=person.public_id, actor=owner)

    found = queries.session_actor(token)
    assert found is not None
    assert not found.actor.may("read:audit.entries")


def test_nobody_is_taken_out_who_is_not_in(team: Team, owner: Actor) -> None:
    person = makers.make_person(roles=())

    with nothing_recorded(), pytest.raises(TeamMemberNotFound):
        actions.remove_team_member(team.id, member=person.public_id, actor=owner)


def test_a_team_that_gives_roles_to_members_is_not_deleted(team: Team, owner: Actor) -> None:
    gives(team, "auditor")
    person = makers.make_person(roles=())
    actions.add_team_members(team.id, members=[person.public_id], actor=owner)

    with nothing_recorded(), pytest.raises(TeamInUse) as refused:
        actions.delete_team(team.id, actor=owner)

    assert (refused.value.fields["roles"], refused.value.fields["members"]) == (["auditor"], 1)
    assert Team.objects.filter(id=team.id).exists()


def test_a_team_with_a_rule_about_second_factors_is_not_deleted(team: Team, owner: Actor) -> None:
    MfaPolicy.objects.create(team=team, required="any")

    with nothing_recorded(), pytest.raises(TeamInUse):
        actions.delete_team(team.id, actor=owner)

    assert MfaPolicy.objects.count() == 1


def test_a_team_that_gives_nothing_is_deleted_with_its_members(team: Team, owner: Actor) -> None:
    gives(team, "auditor", until=timedelta(seconds=-1))
    person = makers.make_person(roles=())
    actions.add_team_members(team.id, members=[person.public_id], actor=owner)

    with recorded_once("identity.team.deleted"):
        actions.delete_team(team.id, actor=owner)

    assert newest("identity.team.deleted")["details"] == {"team": "help-desk", "members": 1}
    assert User.objects.filter(id=person.id).exists()
    with pytest.raises(TeamNotFound):
        queries.team(team.id)


def test_the_last_owner_through_a_team_stays_in_it(team: Team, owner: Actor) -> None:
    gives(team, "owner")
    person = makers.make_person(roles=())
    actions.add_team_members(team.id, members=[person.public_id], actor=owner)

    with nothing_recorded(), pytest.raises(LastOwner):
        actions.remove_team_member(team.id, member=person.public_id, actor=owner)

    assert list(lifecycle.lasting_owners()) == [person]


def test_the_last_owner_through_a_team_is_not_deactivated(team: Team, owner: Actor) -> None:
    gives(team, "owner")
    person = makers.make_person(roles=())
    actions.add_team_members(team.id, members=[person.public_id], actor=owner)

    with nothing_recorded(), pytest.raises(LastOwner):
        actions.deactivate_person(person.id, reason="left", actor=owner)

    assert queries.person(person.id).status == "active"


@pytest.mark.parametrize("other", ["through a team", "by name"])
def test_an_owner_may_go_when_another_stays(other: str, team: Team, owner: Actor) -> None:
    person = makers.make_person("first@acme.example", roles=("owner",))
    second = makers.make_person("second@acme.example", roles=("owner",) if other == "by name" else ())
    if other == "through a team":
        gives(team, "owner")
        actions.add_team_members(team.id, members=[second.public_id], actor=owner)

    actions.deactivate_person(person.id, reason="left", actor=owner)

    assert list(lifecycle.lasting_owners()) == [second]


@pytest.mark.parametrize("other", ["until tomorrow", "through a team until tomorrow", "only while armed", "suspended", "invited"])
def test_an_owner_who_cannot_be_relied_on_does_not_count(other: str, team: Team, owner: Actor) -> None:
    person = makers.make_person("first@acme.example", roles=("owner",))
    second = makers.make_person("second@acme.example", roles=()) if other != "invited" else None
    if second is None:
        actions.add_person("second@acme.example", "Second", ["owner"], actor=owner)
    elif other == "through a team until tomorrow":
        gives(team, "owner", until=timedelta(days=1))
        actions.add_team_members(team.id, members=[second.public_id], actor=owner)
    else:
        until = clock.now() + timedelta(days=1) if other == "until tomorrow" else None
        RoleBinding.objects.create(user=second, role=Role.objects.get(name="owner"), expires_at=until)
        User.objects.filter(id=second.id).update(
            is_break_glass=other == "only while armed", status="suspended" if other == "suspended" else "active"
        )

    with nothing_recorded(), pytest.raises(LastOwner):
        actions.deactivate_person(person.id, reason="left", actor=owner)

    assert queries.person(person.id).status == "active"


def test_teams_are_found_by_part_of_a_name(team: Team, owner: Actor) -> None:
    other = actions.create_team("finance", label="Money", actor=owner)

    assert [list(queries.teams(q=q).order_by("name")) for q in ("desk", "MONEY", "", "zzz")] == [
        [team], [other], [other, team], [],
    ]  # fmt: skip


def test_candidates_are_those_outside_whose_access_has_not_ended(team: Team, owner: Actor) -> None:
    inside, outside, gone = (makers.make_person(f"{name}@acme.example", roles=()) for name in ("inside", "outside", "gone"))
    actions.add_team_members(team.id, members=[inside.public_id], actor=owner)
    actions.deactivate_person(gone.id, reason="left", actor=owner)

    assert set(queries.people_outside(team, q="@acme.example").values_list("email", flat=True)) >= {"outside@acme.example"}
    assert list(queries.people_outside(team, q="side@")) == [outside]
    assert list(queries.people_outside(team, q="gone")) == []


def test_nobody_without_the_permission_writes_teams(team: Team) -> None:
    nobody = makers.person_actor(grants=frozenset({"read:*"}))

    for act in (
        lambda: actions.create_team("x-y", label="X", actor=nobody),
        lambda: actions.change_team(team.id, label="X", actor=nobody),
        lambda: actions.delete_team(team.id, actor=nobody),
        lambda: actions.add_team_members(team.id, members=["usr_x"], actor=nobody),
        lambda: actions.remove_team_member(team.id, member="usr_x", actor=nobody),
    ):
        with nothing_recorded(), pytest.raises(Forbidden):
            act()
