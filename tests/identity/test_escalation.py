"""Nobody who is no owner becomes one, or makes one, by any way on which rights are given; and who may do everything is made only after a fresh proof."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from identity import access, actions, queries
from identity.bulk.kinds import Kind
from identity.models import Role, RoleBinding, ServiceAccount, Session, Team, User
from identity.problems import BeyondOwnGrants, InvitationNotFound, ResetNotFound, StepUpNeeded
from kernel import clock
from kernel.actors import Actor
from tests import makers
from tests.identity import policies
from tests.identity.trail import nothing_recorded

RIGHTS = (
    "read:*", "write:identity.people", "write:identity.bulk", "write:identity.roles", "write:identity.teams",
    "write:identity.service_accounts", "write:identity.api_keys",
)  # fmt: skip
"""What somebody has who manages people and roles, and neither the trail nor the rules for sign-in."""
BEYOND = "write:identity.security"
POWERS = ("owner", "everything", "security")
"""The owner role, a role of the tenant's own that allows the same, and one that only goes a little beyond."""
Way = Callable[[Role, Actor], object]


@pytest.fixture(autouse=True)
def world() -> None:
    """A manager of people with these rights, somebody else, an account, a team that gives nothing, and a role for each power."""
    roles = (("manager", RIGHTS), ("everything", ("*",)), ("security", (BEYOND,)), ("small", ("read:identity.people",)))
    for name, permissions in roles:
        actions.create_role(name, label=name, permissions=permissions, actor=makers.OPERATOR)
    makers.make_person("manager@acme.example", roles=("manager",))
    makers.make_person("bob@acme.example")
    actions.create_service_account("robot", label="Robot", actor=makers.OPERATOR)
    actions.create_team("plain", label="Plain", actor=makers.OPERATOR)


@pytest.fixture
def manager() -> Actor:
    return makers.actor_of(person("manager"))


def person(name: str) -> User:
    return queries.person_by_email(f"{name}@acme.example")


def team_with(role: Role) -> Team:
    team = actions.create_team("mighty", label="Mighty", actor=makers.OPERATOR)
    actions.grant_role(team.public_id, role_id=role.id, actor=makers.OPERATOR)
    return team


def mighty() -> Team:
    return Team.objects.get(name="mighty")


def robot() -> ServiceAccount:
    return ServiceAccount.objects.get(name="robot")


def invite(role: Role, actor: Actor) -> object:
    return actions.add_person("new@acme.example", "New", [role.name], actor=actor)


def change_other(role: Role, actor: Actor) -> object:
    return actions.change_person(person("bob").id, role_names=["member", role.name], actor=actor)


def change_self(role: Role, actor: Actor) -> object:
    return actions.change_person(person("manager").id, role_names=["manager", role.name], actor=actor)


def bind_other(role: Role, actor: Actor) -> object:
    return actions.grant_role(person("bob").public_id, role_id=role.id, actor=actor)


def bind_for_a_minute(role: Role, actor: Actor) -> object:
    until = clock.now() + timedelta(minutes=1)
    return actions.grant_role(person("manager").public_id, role_id=role.id, expires_at=until, actor=actor)


def bind_team(role: Role, actor: Actor) -> object:
    return actions.grant_role(Team.objects.get(name="plain").public_id, role_id=role.id, actor=actor)


def bind_service_account(role: Role, actor: Actor) -> object:
    return actions.grant_role(robot().public_id, role_id=role.id, actor=actor)


def join_team(role: Role, actor: Actor) -> object:
    return actions.add_team_members(mighty().id, members=[person("manager").public_id], actor=actor)


def put_service_account_into_team(role: Role, actor: Actor) -> object:
    return actions.add_team_members(mighty().id, members=[robot().public_id], actor=actor)


def widen_role(role: Role, actor: Actor) -> object:
    return actions.change_role(Role.objects.get(name="small").id, permissions=role.permissions, actor=actor)


def create_role(role: Role, actor: Actor) -> object:
    return actions.create_role("copy", label="Copy", permissions=role.permissions, actor=actor)


def key_of_service_account(role: Role, actor: Actor) -> object:
    return actions.create_api_key("k", scopes=role.permissions, expires_in_days=1, service_account_id=robot().id, actor=actor)


def take_from_owner(role: Role, actor: Actor) -> object:
    return actions.withdraw_role(RoleBinding.objects.get(user=person("bob"), role=role).id, actor=actor)


WAYS: tuple[Way, ...] = (
    invite, change_other, change_self, bind_other, bind_for_a_minute, bind_team, bind_service_account, join_team,
    put_service_account_into_team, widen_role, create_role, key_of_service_account, take_from_owner,
)  # fmt: skip
FREE_OF_PROOF = (create_role, key_of_service_account)
"""A role that nobody has gives nothing yet, and keys ask for a proof by themselves, whatever they may."""


def prepare(way: Way, *, role: Role) -> None:
    """What the operator did before, where a way needs it."""
    if way in (join_team, put_service_account_into_team):
        team_with(role)
    elif way is key_of_service_account:
        actions.grant_role(robot().public_id, role_id=role.id, actor=makers.OPERATOR)
    elif way is take_from_owner:
        actions.grant_role(person("bob").public_id, role_id=role.id, actor=makers.OPERATOR)


def powers() -> dict[str, frozenset[str]]:
    """What everybody may do, and every role allows."""
    holders: list[User | ServiceAccount] = [*User.objects.all(), *ServiceAccount.objects.all()]
    told = {str(holder): access.grants_of(holder) for holder in holders}
    return told | {f"role {role.name}": frozenset(role.permissions) for role in Role.objects.all()}


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_way_gives_or_takes_what_the_asker_does_not_have(way: Way, power: str, manager: Actor) -> None:
    role = Role.objects.get(name=power)
    prepare(way, role=role)
    before = powers()

    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        way(role, manager)

    assert powers() == before


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("cell", ["roles", "teams"])
def test_a_file_gives_no_more_than_whoever_sends_it_has(cell: str, power: str, manager: Actor) -> None:
    role = Role.objects.get(name=power)
    name = team_with(role).name if cell == "teams" else role.name
    content = f"email,name,{cell}\nnew@acme.example,New,{name}\n".encode()
    changes = f"email,{cell}\nbob@acme.example,{name}\n".encode()

    for kind, text in ((Kind.INVITE, content), (Kind.CHANGE, changes)):
        run = actions.start_bulk(kind, rows=queries.bulk_file_rows(text, kind=kind), actor=manager)
        assert run.operation_id is not None
        actions.work_on_bulk(run.operation_id, actor=Actor.system("task:identity.bulk"))
        assert queries.bulk_counts(run)["refused"] == 1

    assert not User.objects.filter(email="new@acme.example").exists()
    assert access.grants_of(person("bob")) == frozenset(Role.objects.get(name="member").permissions)


@pytest.mark.parametrize("power", ["owner", "everything"])
@pytest.mark.parametrize("way", [way for way in WAYS if way not in FREE_OF_PROOF], ids=lambda way: way.__name__)
def test_who_may_do_everything_is_made_and_unmade_only_after_a_fresh_proof(way: Way, power: str) -> None:
    chief = policies.actor_by_session(makers.make_person("chief@acme.example", roles=("owner",)))
    Session.objects.update(proved_at=clock.now() - timedelta(hours=2))
    role = Role.objects.get(name=power)
    prepare(way, role=role)
    before = powers()

    with nothing_recorded(), pytest.raises(StepUpNeeded):
        way(role, chief)

    assert powers() == before


def test_a_link_opens_no_more_than_whoever_sent_it_may_do(manager: Actor) -> None:
    added = actions.add_person("new@acme.example", "New", ["small"], actor=manager)
    actions.change_person(added.person.id, role_names=["owner"], actor=makers.OPERATOR)

    with nothing_recorded(), pytest.raises(InvitationNotFound) as refusal:
        actions.accept_invitation(added.invitation_token, password=makers.PASSWORD, name="")

    assert refusal.value.detail.startswith("Ask an owner for a new invitation")
    assert queries.person(added.person.id).status == "invited"
    fresh = actions.renew_invitation(added.person.id, actor=makers.OPERATOR)
    assert actions.accept_invitation(fresh.invitation_token, password=makers.PASSWORD, name="").status == "active"


def test_a_link_that_was_sent_with_a_key_opens_what_the_owner_of_the_key_may_do(manager: Actor) -> None:
    key = actions.create_api_key("k", scopes=["write:identity.people", "read:*"], expires_in_days=1, actor=manager)
    sender = queries.key_actor(key.secret)
    within = actions.add_person("within@acme.example", "Within", ["small"], actor=sender)
    beyond = actions.add_person("beyond@acme.example", "Beyond", ["small"], actor=sender)
    actions.change_person(beyond.person.id, role_names=["security"], actor=makers.OPERATOR)

    entered = actions.accept_invitation(within.invitation_token, password=makers.PASSWORD, name="")

    assert entered.status == "active"
    with pytest.raises(InvitationNotFound):
        actions.accept_invitation(beyond.invitation_token, password=makers.PASSWORD, name="")


GIFTS: dict[str, Callable[[], object]] = {
    "to the person": lambda: actions.grant_role(person("bob").public_id, role_id=_role("security").id, actor=makers.OPERATOR),
    "to a team of theirs": lambda: actions.grant_role(
        Team.objects.get(name="plain").public_id, role_id=_role("security").id, actor=makers.OPERATOR
    ),
    "to a role of theirs": lambda: actions.change_role(_role("small").id, permissions=[BEYOND], actor=makers.OPERATOR),
}
"""Ways on which somebody is given more, after a link to choose another password was made for them."""


def _role(name: str) -> Role:
    return Role.objects.get(name=name)


def _scoped(owner: Actor) -> str:
    """The secret of a key that may make links."""
    return actions.create_api_key("k", scopes=["write:identity.people", "read:*"], expires_in_days=1, actor=owner).secret


@pytest.mark.parametrize("by", ["hand", "key"])
@pytest.mark.parametrize("gift", GIFTS)
def test_a_link_to_another_password_opens_no_more_than_whoever_made_it_may_do(gift: str, by: str, manager: Actor) -> None:
    bob = person("bob")
    actions.add_team_members(Team.objects.get(name="plain").id, members=[bob.public_id], actor=makers.OPERATOR)
    actions.change_person(bob.id, role_names=["small"], actor=makers.OPERATOR)
    maker = manager if by == "hand" else queries.key_actor(_scoped(manager))
    token = actions.issue_password_reset(bob.id, actor=maker).token
    before = queries.password_reset(token).user

    GIFTS[gift]()

    with nothing_recorded(), pytest.raises(ResetNotFound) as refusal:
        actions.reset_password(token, password="an entirely different phrase")
    assert refusal.value.detail.startswith("Ask an owner for a new link")
    assert (before, person("bob").password) == (bob, bob.password)


def test_a_link_to_another_password_falls_with_the_rights_of_whoever_made_it(manager: Actor) -> None:
    token = actions.issue_password_reset(person("bob").id, actor=manager).token
    actions.change_person(person("manager").id, role_names=[], actor=makers.OPERATOR)

    with nothing_recorded(), pytest.raises(ResetNotFound):
        actions.reset_password(token, password="an entirely different phrase")


def test_a_link_that_somebody_asked_for_by_mail_opens_their_access_whatever_they_were_given_since() -> None:
    bob = person("bob")
    link = actions.issue_asked_reset(bob.id, actor=Actor.system("task:test"))
    assert link is not None
    actions.grant_role(bob.public_id, role_id=_role("owner").id, actor=makers.OPERATOR)

    assert queries.password_reset(link.token).user == bob


def test_the_invitation_of_an_owner_is_not_withdrawn_by_somebody_less(manager: Actor) -> None:
    added = actions.add_person("new@acme.example", "New", ["owner"], actor=makers.OPERATOR)
    invitation = queries.invitations(q="new@acme.example").get()

    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        actions.revoke_invitation(invitation.id, actor=manager)

    assert queries.invitation(added.invitation_token).id == invitation.id
