"""Browsers that need not show a second factor: for how long, for whom, and where."""

import pytest

from identity import actions, queries
from identity.models import TrustedDevice, User
from identity.problems import DeviceNotTrusted, TrustedDeviceNotFound
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.identity.factor_makers import add_app, later, signed_in

EMAIL = "ada@acme.example"


@pytest.fixture
def ada() -> User:
    return makers.make_person(EMAIL, roles=("owner",))


def test_a_trusted_browser_ends_with_its_days(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    add_app(ada)
    token = actions.trust_device(actor=signed_in(ada))
    before = actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token)

    with later(monkeypatch, seconds=14 * 86_400 + 1):
        after = actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token)

    assert isinstance(before, actions.SignedIn)
    assert isinstance(after, actions.Challenged)


def test_a_stricter_rule_counts_for_browsers_that_are_trusted_already(ada: User) -> None:
    add_app(ada)
    token = actions.trust_device(actor=signed_in(ada))
    actions.create_mfa_policy(actions.Terms(required="any", remember_days=0), actor=makers.OPERATOR)

    outcome = actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token)

    assert isinstance(outcome, actions.Challenged)


def test_a_trusted_browser_is_trusted_for_its_person_alone(ada: User) -> None:
    bob = makers.make_person("bob@acme.example")
    add_app(ada)
    add_app(bob)
    token = actions.trust_device(actor=signed_in(bob))

    assert isinstance(actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token), actions.Challenged)
    assert isinstance(actions.sign_in("bob@acme.example", password=makers.PASSWORD, trusted_device=token), actions.SignedIn)


def test_ended_access_ends_trust(ada: User) -> None:
    add_app(ada)
    token = actions.trust_device(actor=signed_in(ada))
    actions.end_sessions(ada.id, actor=makers.OPERATOR)

    outcome = actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token)

    assert isinstance(outcome, actions.Challenged)


def test_where_the_rules_forbid_it_no_browser_is_trusted(ada: User) -> None:
    add_app(ada)
    actions.create_mfa_policy(actions.Terms(required="any", remember_days=0), actor=makers.OPERATOR)

    with pytest.raises(DeviceNotTrusted):
        actions.trust_device(actor=signed_in(ada))

    assert TrustedDevice.objects.count() == 0


def test_a_browser_of_somebody_else_is_not_found(ada: User) -> None:
    add_app(ada)
    actions.trust_device(actor=signed_in(ada))
    device = TrustedDevice.objects.get()
    bob = makers.make_person("bob@acme.example")

    with pytest.raises(TrustedDeviceNotFound):
        actions.revoke_trusted_device(device.id, actor=signed_in(bob))

    assert queries.trusted_devices(ada).count() == 1


def test_the_token_of_a_trusted_browser_is_worth_nothing_in_another_tenant(ada: User, globex: TenantRef) -> None:
    add_app(ada)
    token = actions.trust_device(actor=signed_in(ada))
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        namesake = makers.make_person(EMAIL)
        add_app(namesake)

        outcome = actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token)

        assert isinstance(outcome, actions.Challenged)
        assert TrustedDevice.objects.count() == 0
    assert isinstance(actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token), actions.SignedIn)
