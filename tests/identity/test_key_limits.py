"""Where a key may be used from, how often, and by whom it is owned: checked with the key itself."""

import re
from datetime import timedelta

import pytest

from identity import actions, key_format, queries
from identity.models import ApiKey, IpRule, KeyKind, Role, SecuritySettings, ServiceAccount, User
from identity.problems import BeyondOwnGrants, InputInvalid, KeyEnded, KeyNeedsOwner, KeyRefused, WouldLockOut
from kernel import context, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, PreconditionFailed
from kernel.tenancy import TenantRef
from tests import makers
from tests.identity import signing
from tests.identity.trail import newest, nothing_recorded, recorded, recorded_once
from tests.wire import traced

REFUSED = "identity.api_key.refused"
ELSEWHERE = context.RequestContext(request_id="elsewhere", address="203.0.113.9")


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


@pytest.fixture
def created(ada: User) -> actions.Created:
    return actions.create_api_key("ci", scopes=["read:*", "write:identity.api_keys"], actor=makers.actor_of(ada))


def bounded(ada: User, **limits: object) -> actions.Created:
    return actions.create_api_key("ci", scopes=["read:*"], terms=actions.KeyTerms(**limits), actor=makers.actor_of(ada))  # type: ignore[arg-type]


def reason_of(secret: str) -> str:
    """Why a key is refused, as the trail tells it."""
    with pytest.raises(KeyRefused):
        queries.key_actor(secret)
    return str(newest(REFUSED)["details"]["reason"])


@pytest.mark.parametrize(
    ("networks", "address", "is_let_in"),
    [
        ([], "203.0.113.9", True),
        (["192.0.2.0/24"], "192.0.2.200", True),
        (["192.0.2.0/24"], "::ffff:192.0.2.200", True),
        (["::ffff:192.0.2.0/120"], "192.0.2.200", True),
        (["192.0.2.0/24"], "203.0.113.9", False),
        (["192.0.2.0/24"], "", False),
        (["192.0.2.0/24"], "not an address", False),
        (["2001:db8::/32", "10.0.0.0/8"], "2001:db8::9", True),
        (["2001:db8::/32", "10.0.0.0/8"], "10.9.9.9", True),
        (["2001:db8::/32", "10.0.0.0/8"], "2001:db9::9", False),
    ],
)
def test_a_key_works_from_its_networks_only(networks: list[str], address: str, *, is_let_in: bool, ada: User) -> None:
    secret = bounded(ada, networks=networks).secret

    with context.bound(context.RequestContext(request_id="somewhere", address=address)):
        if is_let_in:
            assert queries.key_actor(secret).may("read:audit.entries")
        else:
            assert reason_of(secret) == "address_of_key"


def test_the_rules_of_the_tenant_and_of_roles_hold_for_keys_too(created: actions.Created) -> None:
    IpRule.objects.create(cidr="192.0.2.0/24")
    assert queries.key_actor(created.secret)
    with context.bound(ELSEWHERE):
        assert reason_of(created.secret) == "address"

    IpRule.objects.create(cidr="10.0.0.0/8", role=Role.objects.get(name="auditor"))
    assert queries.key_actor(created.secret)

    IpRule.objects.create(cidr="10.0.0.0/8", role=Role.objects.get(name="admin"))
    with pytest.raises(KeyRefused):
        queries.key_actor(created.secret)


def test_a_key_with_everything_that_can_be_asked_of_it_is_still_checked_by_one_message(ada: User) -> None:
    secret = bounded(ada, networks=["192.0.2.0/24"], rate_per_s=1000).secret
    IpRule.objects.create(cidr="192.0.2.0/24")
    queries.key_actor(secret)

    with traced(tenancy.current_alias()) as messages:
        queries.key_actor(secret)

    assert len(messages) == 1
    assert 'EXECUTE "identity_key' in messages[0]


def test_the_larger_statement_is_asked_only_where_there_are_rules_and_then_first(created: actions.Created) -> None:
    sent = []

    def check(address: str) -> None:
        with (
            context.bound(context.RequestContext(request_id="somewhere", address=address)),
            traced(tenancy.current_alias()) as messages,
        ):
            queries.key_actor(created.secret)
        sent.append([name for message in messages for name in re.findall(r'EXECUTE "(\w+):', message)])

    check("203.0.113.9")
    rule = IpRule.objects.create(cidr="192.0.2.0/24")
    check("192.0.2.7")
    check("192.0.2.7")
    rule.delete()
    check("203.0.113.9")

    assert sent == [["identity_key"], ["identity_key", "identity_key_whole"], ["identity_key_whole"], ["identity_key_whole"]]


def test_a_key_of_trials_is_told_apart_and_lives_a_month_at_most(ada: User, acme: TenantRef) -> None:
    made = bounded(ada, kind=KeyKind.TRIAL)

    assert made.secret.startswith(f"fht_{acme.code}")
    assert (made.key.kind, made.key.display[:4]) == (KeyKind.TRIAL, "fht_")
    assert made.key.expires_at - made.key.created_at == timedelta(days=30)
    assert queries.key_actor(made.secret).may("read:audit.entries")
    with pytest.raises(InputInvalid):
        actions.create_api_key(
            "ci", scopes=["read:*"], expires_in_days=31, terms=actions.KeyTerms(KeyKind.TRIAL), actor=makers.actor_of(ada)
        )


def test_a_live_key_written_as_one_for_trials_is_refused(created: actions.Created) -> None:
    body = "fht_" + created.secret.removeprefix("fh_")[: -key_format.CHECKSUM_LENGTH]

    assert reason_of(body + key_format.checksum(body)) == "wrong_secret"


def test_a_key_that_asks_for_signatures_is_refused_without_one(created: actions.Created, owner: Actor) -> None:
    signing.made(created.key)
    actions.change_api_key(created.key.id, limits=actions.KeyLimits(requires_signature=True), actor=owner)

    assert reason_of(created.secret) == "not_signed"


def test_the_tenant_bounds_the_life_of_its_keys(ada: User) -> None:
    SecuritySettings.objects.update_or_create(id=1, defaults={"key_days_maximum": 20})

    made = actions.create_api_key("ci", scopes=["read:*"], actor=makers.actor_of(ada))

    assert made.key.expires_at - made.key.created_at == timedelta(days=20)
    with pytest.raises(InputInvalid):
        actions.create_api_key("ci", scopes=["read:*"], expires_in_days=21, actor=makers.actor_of(ada))


class TestOfServiceAccounts:
    """Keys of programs that are nobody's."""

    @pytest.fixture
    def robot(self) -> ServiceAccount:
        account = ServiceAccount.objects.create(name="robot", label="Robot")
        account.bindings.create(role=Role.objects.get(name="auditor"))
        return account

    def test_a_key_acts_with_the_roles_of_its_service_account(self, robot: ServiceAccount, ada: User) -> None:
        made = actions.create_api_key("ci", scopes=["read:*", "write:*"], service_account_id=robot.id, actor=makers.actor_of(ada))

        actor = queries.key_actor(made.secret)
        assert (made.key.holder, queries.holder_of(actor), queries.person_of(actor)) == (robot, robot, None)
        assert actor.may("read:audit.entries")
        assert not actor.may("write:identity.people")

    def test_it_ends_with_the_account(self, robot: ServiceAccount, ada: User) -> None:
        made = actions.create_api_key("ci", scopes=["read:*"], service_account_id=robot.id, actor=makers.actor_of(ada))

        ServiceAccount.objects.filter(id=robot.id).update(status="suspended")

        assert reason_of(made.secret) == "owner_not_active"

    def test_an_account_that_is_not_active_gets_none_and_nobody_names_two_owners(self, robot: ServiceAccount, ada: User) -> None:
        with nothing_recorded(), pytest.raises(KeyNeedsOwner):
            actions.create_api_key("ci", scopes=["read:*"], service_account_id=robot.id, owner_id=ada.id, actor=makers.OPERATOR)
        ServiceAccount.objects.filter(id=robot.id).update(status="suspended")

        with nothing_recorded(), pytest.raises(KeyNeedsOwner):
            actions.create_api_key("ci", scopes=["read:*"], service_account_id=robot.id, actor=makers.actor_of(ada))

        assert ApiKey.objects.count() == 0


def test_a_change_is_recorded_with_what_was_and_is(created: actions.Created, ada: User) -> None:
    limits = actions.KeyLimits(networks=["10.0.0.0/8", "::ffff:10.0.0.0/104"], rate_per_s=5)

    with recorded_once("identity.api_key.changed"):
        key = actions.change_api_key(
            created.key.id, name="nightly", scopes=["read:audit.*"], limits=limits, actor=makers.actor_of(ada)
        )

    assert (key.name, key.scopes, key.networks, key.rate_per_s, key.version) == ("nightly", ["read:audit.*"], ["10.0.0.0/8"], 5, 2)
    assert newest("identity.api_key.changed")["changes"] == {
        "name": ["ci", "nightly"],
        "scopes": [["read:*", "write:identity.api_keys"], ["read:audit.*"]],
        "networks": [[], ["10.0.0.0/8"]],
        "rate_per_s": [0, 5],
    }
    assert reason_of(created.secret) == "address_of_key"


def test_changing_nothing_and_changing_what_was_changed_meanwhile(created: actions.Created, ada: User) -> None:
    with nothing_recorded():
        same = actions.change_api_key(created.key.id, name="ci", limits=actions.KeyLimits(rate_per_s=0), actor=makers.actor_of(ada))
        with pytest.raises(PreconditionFailed):
            actions.change_api_key(created.key.id, name="other", expected_version=7, actor=makers.actor_of(ada))

    assert same.version == 1


def test_scopes_grow_within_ones_own_permissions_only(created: actions.Created, ada: User) -> None:
    actor = makers.actor_of(ada)
    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        actions.change_api_key(created.key.id, scopes=["read:*", "execute:identity.break_glass"], actor=actor)

    wider = actions.change_api_key(created.key.id, scopes=["read:*", "write:identity.people"], actor=actor)

    assert wider.scopes == ["read:*", "write:identity.people"]


def test_a_key_does_not_loosen_what_binds_a_stronger_key(created: actions.Created, ada: User) -> None:
    strong = makers.make_key()
    weak = queries.key_actor(created.secret)

    for limits in (actions.KeyLimits(networks=[]), actions.KeyLimits(rate_per_s=9), actions.KeyLimits(requires_signature=True)):
        actions.change_api_key(strong.key.id, limits=actions.KeyLimits(networks=["10.0.0.0/8"]), actor=makers.OPERATOR)
        with nothing_recorded(), pytest.raises(BeyondOwnGrants):
            actions.change_api_key(strong.key.id, limits=limits, actor=weak)
    with pytest.raises(KeyNeedsOwner):
        actions.rotate_api_key(strong.key.id, actor=weak)


def test_a_key_does_not_lock_itself_out(created: actions.Created) -> None:
    itself = queries.key_actor(created.secret)

    with nothing_recorded(), pytest.raises(WouldLockOut) as refusal:
        actions.change_api_key(created.key.id, limits=actions.KeyLimits(networks=["10.0.0.0/8"]), actor=itself)

    assert (refusal.value.status, refusal.value.fields) == (409, {"address": "192.0.2.7"})
    assert queries.key_actor(created.secret)


@pytest.mark.parametrize(
    ("limits", "pointer"),
    [
        ({"networks": ["192.0.2.0/24", "office"]}, "/networks/1"),
        ({"networks": ["10.0.0.7/8"]}, "/networks/0"),
        ({"networks": [f"10.0.{place // 250}.{place % 250}" for place in range(201)]}, "/networks"),
        ({"rate_per_s": -1}, "/rate_per_s"),
        ({"rate_per_s": 10_001}, "/rate_per_s"),
    ],
)
def test_bad_limits_name_the_field(limits: dict[str, object], pointer: str, created: actions.Created, ada: User) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid) as refusal:
        actions.change_api_key(created.key.id, limits=actions.KeyLimits(**limits), actor=makers.actor_of(ada))  # type: ignore[arg-type]

    assert refusal.value.fields["errors"][0]["pointer"] == pointer


def test_a_key_that_has_ended_is_not_changed_and_changing_needs_the_permission(
    created: actions.Created, ada: User, owner: Actor
) -> None:
    member = makers.actor_of(makers.make_person("member@acme.example"))
    with pytest.raises(Forbidden):
        actions.change_api_key(created.key.id, name="mine", actor=member)
    actions.revoke_api_key(created.key.id, reason="leaked", actor=owner)

    with nothing_recorded(), pytest.raises(KeyEnded) as refusal:
        actions.change_api_key(created.key.id, name="other", actor=owner)

    assert refusal.value.fields == {"key_state": "revoked"}


def test_lists_are_filtered_by_owner(created: actions.Created, ada: User) -> None:
    robot = ServiceAccount.objects.create(name="robot", label="Robot")
    other = actions.create_api_key("robots", scopes=["read:*"], service_account_id=robot.id, actor=makers.actor_of(ada)).key

    assert list(queries.api_keys(owner_id=ada.id)) == list(queries.api_keys(owner_kind="person")) == [created.key]
    assert list(queries.api_keys(owner_id=robot.id)) == list(queries.api_keys(owner_kind="service_account")) == [other]
    assert list(queries.api_keys(state="no-such-state")) == []
    assert recorded(REFUSED) == []
