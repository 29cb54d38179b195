"""Service accounts: made, changed, stopped, ended and let in again, with the same cascade as people."""

from collections.abc import Callable

import pytest

from identity import actions, queries
from identity.models import ApiKey, Role, RoleBinding, ServiceAccount
from identity.problems import (
    BeyondOwnGrants,
    InputInvalid,
    InvitationNotFound,
    ResetNotFound,
    ServiceAccountNotFound,
    ServiceAccountState,
    ServiceAccountTaken,
)
from kernel import ids
from kernel.actors import Actor
from kernel.problems import Forbidden, PreconditionFailed
from tests import makers
from tests.identity import leaving, signing
from tests.identity.leaving import OPEN
from tests.identity.trail import newest, nothing_recorded, recorded_once

Way = Callable[[ServiceAccount, Actor], object]
WAYS: dict[str, Way] = {
    "suspended": lambda account, actor: actions.suspend_service_account(account.id, reason="Its log leaked.", actor=actor),
    "deactivated": lambda account, actor: actions.deactivate_service_account(account.id, reason="Gone.", actor=actor),
    "restored copy": lambda *_: actions.end_access(kept_keys=frozenset(), reason="restored", actor=makers.OPERATOR),
}
SIGNED = {"suspended": "api-key-refused", "deactivated": "signature-refused", "restored copy": "signature-refused"}


@pytest.fixture
def account(owner: Actor) -> ServiceAccount:
    made = actions.create_service_account("deployer", label="Deployment robot", actor=owner)
    RoleBinding.objects.create(service_account=made, role=Role.objects.get(name="admin"))
    return made


def key_of(account: ServiceAccount, name: str = "ci") -> actions.Created:
    """A key of the account that may what an administrator may."""
    return actions.create_api_key(name, scopes=["read:*", "write:*"], service_account_id=account.id, actor=makers.OPERATOR)


def asked(created: actions.Created) -> str:
    """What the key answers."""
    return leaving.answered({"HTTP_AUTHORIZATION": f"Bearer {created.secret}"})


def test_an_account_is_made_without_rights_and_recorded_once(owner: Actor) -> None:
    with recorded_once("identity.service_account.created"):
        account = actions.create_service_account("deployer", label="Deployment robot", description="Rolls out.", actor=owner)

    shown = queries.service_account(account.id)
    assert (shown.name, shown.label, shown.description, shown.status, shown.role_names) == (
        "deployer", "Deployment robot", "Rolls out.", "active", [],
    )  # fmt: skip


def test_a_name_is_taken_once(account: ServiceAccount, owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(ServiceAccountTaken):
        actions.create_service_account(account.name, label="Another", actor=owner)

    assert ServiceAccount.objects.count() == 1


def test_attributes_are_replaced_as_a_whole(account: ServiceAccount, owner: Actor) -> None:
    actions.change_service_account(account.id, attributes={"stage": "test", "team": "core"}, actor=owner)

    with recorded_once("identity.service_account.changed"):
        changed = actions.change_service_account(account.id, attributes={"stage": "live"}, actor=owner)

    assert (changed.attributes, changed.version) == ({"stage": "live"}, 3)
    assert newest("identity.service_account.changed")["changes"] == {
        "attributes": [{"stage": "test", "team": "core"}, {"stage": "live"}]
    }


@pytest.mark.parametrize(
    "attributes",
    [
        {"Stage": "x"},
        {"a b": "x"},
        {"": "x"},
        {"a" * 41: "x"},
        {"a": ""},
        {"a": "x" * 201},
        {"a": "x\0"},
        {f"a{n}": "x" for n in range(51)},
    ],
)
def test_bad_attributes_change_nothing(attributes: dict[str, str], account: ServiceAccount, owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid) as refused:
        actions.change_service_account(account.id, attributes=attributes, actor=owner)

    assert refused.value.fields["errors"][0]["pointer"] == "/attributes"
    assert queries.service_account(account.id).attributes == {}


def test_an_outdated_version_changes_nothing(account: ServiceAccount, owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(PreconditionFailed):
        actions.change_service_account(account.id, label="Other", expected_version=7, actor=owner)

    assert queries.service_account(account.id).label == "Deployment robot"


@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_an_account_works_when_its_access_ended(way: str, account: ServiceAccount, owner: Actor) -> None:
    created = key_of(account)
    signer = signing.made(created.key)
    invited = actions.add_person("friend@acme.example", "Friend", [], actor=queries.key_actor(created.secret))
    forgetful = makers.make_person("forgetful@acme.example", roles=())
    link = actions.issue_password_reset(forgetful.id, actor=queries.key_actor(created.secret))
    assert queries.password_reset(link.token).user == forgetful
    assert (asked(created), leaving.answered(signing.headers(signer, "GET", "/v1/me"))) == (OPEN, OPEN)

    WAYS[way](account, owner)

    assert asked(created) == "api-key-refused"
    assert leaving.answered(signing.headers(signer, "GET", "/v1/me")) == SIGNED[way]
    with pytest.raises(InvitationNotFound):
        queries.invitation(invited.invitation_token)
    with pytest.raises(ResetNotFound):
        queries.password_reset(link.token)


@pytest.mark.parametrize("way", ["suspended", "deactivated"])
def test_a_resumed_account_has_its_keys_but_those_revoked_by_hand(way: str, account: ServiceAccount, owner: Actor) -> None:
    living, by_hand = key_of(account), key_of(account, "by hand")
    actions.revoke_api_key(by_hand.key.id, reason="It leaked.", actor=owner)
    WAYS[way](account, owner)

    with recorded_once("identity.service_account.resumed"):
        actions.resume_service_account(account.id, actor=owner)

    assert (asked(living), asked(by_hand)) == (OPEN, "api-key-refused")
    details = newest("identity.service_account.resumed")["details"]
    assert (details["old_status"], details["keys_restored"]) == (way, 1 if way == "deactivated" else 0)


def test_deactivating_counts_what_ended(account: ServiceAccount, owner: Actor) -> None:
    created = key_of(account)
    signing.made(created.key)

    with recorded_once("identity.service_account.deactivated"):
        ended = actions.deactivate_service_account(account.id, reason="Gone.", actor=owner)

    assert (ended.status, ended.status_reason, ended.epoch) == ("deactivated", "Gone.", 1)
    assert newest("identity.service_account.deactivated")["details"] == {
        "account": "deployer", "reason": "Gone.", "keys_revoked": 1, "signing_keys_revoked": 1, "invitations_revoked": 0,
    }  # fmt: skip
    assert ApiKey.objects.get(id=created.key.id).revoke_reason == "owner_deactivated"


@pytest.mark.parametrize("way", ["suspended", "deactivated"])
def test_ending_twice_records_once(way: str, account: ServiceAccount, owner: Actor) -> None:
    WAYS[way](account, owner)

    with nothing_recorded():
        WAYS[way](account, owner)

    assert queries.service_account(account.id).status == way


def test_resuming_an_active_account_records_nothing(account: ServiceAccount, owner: Actor) -> None:
    with nothing_recorded():
        actions.resume_service_account(account.id, actor=owner)


def test_a_deactivated_account_is_not_suspended(account: ServiceAccount, owner: Actor) -> None:
    WAYS["deactivated"](account, owner)

    with nothing_recorded(), pytest.raises(ServiceAccountState) as refused:
        WAYS["suspended"](account, owner)

    assert refused.value.fields["service_account_status"] == "deactivated"


@pytest.mark.parametrize("act", ["change", "suspend", "resume", "deactivate"])
def test_nobody_touches_an_account_that_may_more_than_they(act: str, account: ServiceAccount, owner: Actor) -> None:
    RoleBinding.objects.create(service_account=account, role=Role.objects.get(name="owner"))
    admin = makers.person_actor(grants=frozenset({"read:*", "verify:*", "write:*"}))
    words: dict[str, dict[str, str]] = {"change": {"label": "x"}, "suspend": {"reason": "x"}, "deactivate": {"reason": "x"}}

    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        getattr(actions, f"{act}_service_account")(account.id, **words.get(act, {}), actor=admin)

    assert queries.service_account(account.id).version == account.version


def test_nobody_without_the_permission_makes_one() -> None:
    with nothing_recorded(), pytest.raises(Forbidden):
        actions.create_service_account("x-y", label="X", actor=makers.person_actor(grants=frozenset({"read:*"})))

    assert not ServiceAccount.objects.exists()


def test_an_unknown_account_is_not_found(owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(ServiceAccountNotFound):
        actions.suspend_service_account(ids.new_id(), reason="x", actor=owner)
