"""Network rules: who may set them, whom they bind, and that nobody locks themselves out."""

from collections.abc import Callable

import pytest

from identity import actions, networks, queries
from identity.models import IpRule, Role, ServiceAccount, Team, TeamMember, User
from identity.problems import InputInvalid, NetworkNotFound, NetworkTaken, TooManyNetworks, WouldLockOut
from kernel import context, ids, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded_once
from tests.wire import traced

HERE = "192.0.2.7"
ELSEWHERE = context.RequestContext(request_id="elsewhere", address="203.0.113.9")


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


@pytest.fixture
def admin(ada: User) -> Actor:
    return makers.actor_of(ada)


def role(name: str) -> Role:
    return Role.objects.get(name=name)


def test_an_allowed_network_shuts_all_others_out(ada: User, admin: Actor) -> None:
    with recorded_once("identity.network.added"):
        rule = actions.add_network(" 192.0.2.0/24", note=" The  office ", actor=admin)

    assert (rule.cidr, rule.role, rule.note) == ("192.0.2.0/24", None, "The office")
    assert newest("identity.network.added")["details"] == {"cidr": "192.0.2.0/24", "role": "", "note": "The office"}
    assert queries.may_come_from(ada, HERE)
    assert not queries.may_come_from(ada, ELSEWHERE.address)


def test_whoever_has_a_role_must_be_in_its_list_too(ada: User) -> None:
    member = makers.make_person("member@acme.example")
    actions.add_network("192.0.0.0/16", actor=makers.OPERATOR)

    actions.add_network("192.0.2.0/24", role_id=role("admin").id, actor=makers.OPERATOR)

    assert [queries.may_come_from(ada, address) for address in ("192.0.2.1", "192.0.3.1", "10.0.0.1")] == [True, False, False]
    assert [queries.may_come_from(member, address) for address in ("192.0.2.1", "192.0.3.1", "10.0.0.1")] == [True, True, False]


def test_the_role_of_a_team_counts_and_one_that_has_ended_does_not(ada: User) -> None:
    team = Team.objects.create(name="nightshift", label="Night shift")
    TeamMember.objects.create(team=team, user=ada)
    robot = ServiceAccount.objects.create(name="robot", label="Robot")
    TeamMember.objects.create(team=team, service_account=robot)
    binding = team.bindings.create(role=role("auditor"))

    actions.add_network("10.0.0.0/8", role_id=role("auditor").id, actor=makers.OPERATOR)

    assert [queries.may_come_from(holder, HERE) for holder in (ada, robot)] == [False, False]
    binding.expires_at = binding.created_at
    binding.save()
    assert [queries.may_come_from(holder, HERE) for holder in (ada, robot)] == [True, True]


@pytest.mark.parametrize("address", ["", "unknown", "192.0.2.1, 192.0.2.2"])
def test_an_address_that_is_not_known_is_in_no_list(address: str, ada: User) -> None:
    assert queries.may_come_from(ada, address)
    actions.add_network("0.0.0.0/0", actor=makers.OPERATOR)
    actions.add_network("::/0", actor=makers.OPERATOR)

    assert not queries.may_come_from(ada, address)


def test_nobody_locks_themselves_out_by_allowing(ada: User, admin: Actor) -> None:
    with nothing_recorded():
        for attempt in ({"role_id": None}, {"role_id": role("admin").id}):
            with pytest.raises(WouldLockOut) as refusal:
                actions.add_network("10.0.0.0/8", **attempt, actor=admin)
            assert (refusal.value.status, refusal.value.fields) == (409, {"address": HERE})

    assert IpRule.objects.count() == 0
    assert actions.add_network("10.0.0.0/8", role_id=role("auditor").id, actor=admin)


def test_nobody_locks_themselves_out_by_taking_back(admin: Actor) -> None:
    own = actions.add_network("192.0.2.0/24", actor=admin)
    other = actions.add_network("10.0.0.0/8", actor=admin)

    with nothing_recorded(), pytest.raises(WouldLockOut):
        actions.remove_network(own.id, actor=admin)

    assert IpRule.objects.count() == 2
    with recorded_once("identity.network.removed"):
        actions.remove_network(other.id, actor=admin)
    actions.remove_network(own.id, actor=admin)
    assert IpRule.objects.count() == 0


def test_nobody_locks_themselves_out_by_taking_a_role(ada: User, admin: Actor) -> None:
    auditor, team = role("auditor"), Team.objects.create(name="night", label="Night")
    team.bindings.create(role=auditor)
    own_team = Team.objects.create(name="day", label="Day")
    TeamMember.objects.create(team=own_team, user=ada)
    actions.add_network("10.0.0.0/8", role_id=auditor.id, actor=makers.OPERATOR)

    attempts: list[Callable[[], object]] = [
        lambda: actions.grant_role(ada.public_id, role_id=auditor.id, actor=admin),
        lambda: actions.grant_role(own_team.public_id, role_id=auditor.id, actor=admin),
        lambda: actions.add_team_members(team.id, members=[ada.public_id], actor=admin),
        lambda: actions.change_person(ada.id, role_names=["admin", "auditor"], actor=admin),
    ]
    with nothing_recorded():
        for attempt in attempts:
            with pytest.raises(WouldLockOut) as refusal:
                attempt()
            assert refusal.value.fields == {"address": HERE}

    assert queries.may_come_from(ada, HERE)


def test_others_are_given_such_a_role_and_jobs_without_an_address_too(ada: User, admin: Actor) -> None:
    member, auditor = makers.make_person("member@acme.example"), role("auditor")
    actions.add_network("10.0.0.0/8", role_id=auditor.id, actor=makers.OPERATOR)
    actions.add_network("192.0.2.0/24", actor=admin)

    actions.grant_role(member.public_id, role_id=auditor.id, actor=admin)
    with context.bound(context.RequestContext(request_id="job")):
        actions.change_person(member.id, role_names=["auditor"], actor=admin)

    assert not queries.may_come_from(member, HERE)


def test_a_key_locks_its_own_holder_out_as_little(ada: User) -> None:
    robot = ServiceAccount.objects.create(name="robot", label="Robot")
    robot.bindings.create(role=role("admin"))
    made = actions.create_api_key("ci", scopes=["*:identity.security"], service_account_id=robot.id, actor=makers.OPERATOR)
    actor = queries.key_actor(made.secret)

    with pytest.raises(WouldLockOut):
        actions.add_network("10.0.0.0/8", actor=actor)

    assert queries.key_actor(made.secret)


def test_the_operator_may_and_lets_everybody_in_again(ada: User, admin: Actor, operator: Actor) -> None:
    actions.add_network("10.0.0.0/8", actor=operator)
    actions.add_network("10.0.0.0/8", role_id=role("admin").id, actor=operator)
    assert not queries.may_come_from(ada, HERE)

    with recorded_once("identity.network.cleared"):
        assert actions.clear_networks(reason="Shut out.", actor=operator) == 2

    assert newest("identity.network.cleared")["severity"] == 4
    assert queries.may_come_from(ada, HERE)
    assert actions.clear_networks(reason="Once more.", actor=operator) == 0
    assert newest("identity.network.cleared")["details"] == {"reason": "Once more.", "removed": 0}


def test_a_network_is_listed_once_for_the_same_people(operator: Actor) -> None:
    actions.add_network("10.0.0.0/8", actor=operator)
    actions.add_network("10.0.0.0/8", role_id=role("admin").id, actor=operator)

    with nothing_recorded():
        for again in ("10.0.0.0/8", "::ffff:10.0.0.0/104"):
            with pytest.raises(NetworkTaken):
                actions.add_network(again, actor=operator)

    assert IpRule.objects.count() == 2


def test_a_list_has_an_end(operator: Actor) -> None:
    IpRule.objects.bulk_create(IpRule(cidr=f"10.0.{place}.0/24") for place in range(200))

    with nothing_recorded(), pytest.raises(TooManyNetworks):
        actions.add_network("192.0.2.0/24", actor=operator)

    assert actions.add_network("192.0.2.0/24", role_id=role("admin").id, actor=operator)


def test_bad_input_an_unknown_role_and_an_unknown_rule_are_refused(admin: Actor) -> None:
    with nothing_recorded():
        with pytest.raises(InputInvalid) as refusal:
            actions.add_network("10.0.0.7/8", actor=admin)
        with pytest.raises(InputInvalid):
            actions.add_network("10.0.0.0/8", note="x" * 501, actor=admin)
        with pytest.raises(NetworkNotFound):
            actions.remove_network(ids.new_id(), actor=admin)

    assert refusal.value.fields["errors"][0]["pointer"] == "/cidr"


def test_rules_need_the_permission() -> None:
    member = makers.actor_of(makers.make_person("member@acme.example"))

    with nothing_recorded():
        with pytest.raises(Forbidden):
            actions.add_network("192.0.2.0/24", actor=member)
        with pytest.raises(Forbidden):
            actions.remove_network(ids.new_id(), actor=member)
        with pytest.raises(Forbidden):
            actions.clear_networks(reason="Mine.", actor=member)


def test_rules_stay_in_their_tenant(globex: TenantRef, operator: Actor) -> None:
    rule = actions.add_network("10.0.0.0/8", actor=operator)

    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        assert queries.may_come_from(makers.make_person("ada@globex.example"), HERE)
        with pytest.raises(NetworkNotFound):
            queries.network(rule.id)


def test_rules_are_found_by_text_role_and_list(operator: Actor) -> None:
    office = actions.add_network("192.0.2.0/24", note="Office", actor=operator)
    admins = actions.add_network("10.0.0.0/8", role_id=role("admin").id, actor=operator)

    assert (
        list(queries.networks(q="OFF")) == list(queries.networks(q="192.0")) == list(queries.networks(scope="tenant")) == [office]
    )
    assert list(queries.networks(role="admin")) == list(queries.networks(scope="role")) == [admins]
    assert list(queries.networks(q="zzz")) == list(queries.networks(role="zzz")) == []


def test_two_hundred_networks_are_read_once_and_cost_one_message(ada: User) -> None:
    IpRule.objects.bulk_create(IpRule(cidr=f"10.0.{place}.0/24") for place in range(200))
    IpRule.objects.create(cidr="192.0.2.0/24")
    assert queries.may_come_from(ada, HERE)

    with traced(tenancy.current_alias()) as messages:
        assert networks.is_allowed(ada, address=HERE)

    assert len([message for message in messages if "identity_iprule" in message]) == 1
