"""Accounts for emergencies enter only while they are armed, and never without a key that cannot be phished."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from identity import actions, pipeline, queries
from identity.actions import Challenged, SignedIn
from identity.models import Session, User, WebAuthnCredential
from identity.problems import (
    BreakGlassNeedsKey,
    BreakGlassOwnAccount,
    InputInvalid,
    KeyRefused,
    LastOwner,
    NotBreakGlass,
    SignInRefused,
)
from kernel import clock, context
from kernel.actors import Actor
from kernel.problems import Forbidden
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded, recorded_once

REFUSED = "identity.session.refused"


@pytest.fixture
def boss() -> User:
    return makers.make_person("boss@acme.example", roles=("owner",))


@pytest.fixture
def sealed(boss: User) -> User:
    """An account with a passkey, which lies in a safe."""
    del boss
    person = makers.make_person("glass@acme.example", roles=("owner",))
    WebAuthnCredential.objects.create(
        user=person, name="Safe", confirmed=True, rp_id="acme.localhost", credential_id=uuid4().bytes, public_key=b"k", aaguid=uuid4(),
        attestation="none",
    )  # fmt: skip
    return person


@pytest.fixture
def marked(sealed: User, owner: Actor) -> User:
    return actions.mark_break_glass(sealed.id, actor=owner)


def _at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def _by_passkey(user: User) -> pipeline.Outcome:
    return pipeline.proved(User.objects.get(id=user.id), method="passkey", amr=("hwk", "user", "mfa"))


def test_marking_needs_a_key_that_cannot_be_phished(boss: User, owner: Actor) -> None:
    person = makers.make_person("glass@acme.example", roles=("owner",))

    with nothing_recorded(), pytest.raises(BreakGlassNeedsKey):
        actions.mark_break_glass(person.id, actor=owner)

    assert not User.objects.get(id=person.id).is_break_glass


def test_the_last_owner_is_not_shut_away(sealed: User, boss: User, owner: Actor) -> None:
    actions.suspend_person(boss.id, reason="a reason", actor=owner)
    others = User.objects.filter(bindings__role__name="owner").exclude(id=sealed.id)
    others.update(status="suspended")

    with nothing_recorded(), pytest.raises(LastOwner):
        actions.mark_break_glass(sealed.id, actor=owner)


def test_marking_ends_the_sessions(sealed: User, owner: Actor) -> None:
    outcome = _by_passkey(sealed)
    assert isinstance(outcome, SignedIn)

    with recorded_once("identity.break_glass.marked"):
        actions.mark_break_glass(sealed.id, actor=owner)

    assert queries.session_actor(outcome.session_token) is None
    with nothing_recorded():
        actions.mark_break_glass(sealed.id, actor=owner)


def test_unarmed_it_is_refused_like_anybody_unknown(marked: User) -> None:
    with recorded_once(REFUSED), pytest.raises(SignInRefused) as by_password:
        actions.sign_in(marked.email, password=makers.PASSWORD)
    with pytest.raises(SignInRefused) as by_passkey:
        _by_passkey(marked)
    with pytest.raises(SignInRefused) as unknown:
        actions.sign_in("nobody@acme.example", password=makers.PASSWORD)

    assert by_password.value.detail == by_passkey.value.detail == unknown.value.detail
    assert [entry["details"]["reason"] for entry in recorded(REFUSED)[:2]] == ["break_glass_not_armed"] * 2


def test_armed_a_password_alone_is_not_enough(marked: User, owner: Actor) -> None:
    actions.arm_break_glass(marked.id, hours=1, reason="the provider is away", actor=owner)

    outcome = actions.sign_in(marked.email, password=makers.PASSWORD)

    assert isinstance(outcome, Challenged)
    assert outcome.factors == ("webauthn",)


def test_each_use_is_told_of_as_critical(marked: User, owner: Actor) -> None:
    actions.arm_break_glass(marked.id, hours=1, reason="the provider is away", actor=owner)

    outcome = _by_passkey(marked)

    assert isinstance(outcome, SignedIn)
    used = newest("identity.break_glass.used")
    assert (used["severity"], used["actor"]["auth_method"], used["subject"]["id"]) == (5, "break_glass", marked.public_id)
    found = queries.session_actor(outcome.session_token)
    assert found is not None
    assert found.actor.auth_method == "break_glass"


def test_a_session_ends_with_the_arming(marked: User, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    actions.arm_break_glass(marked.id, hours=1, reason="the provider is away", actor=owner)
    outcome = _by_passkey(marked)
    assert isinstance(outcome, SignedIn)

    _at(begun + timedelta(minutes=59), monkeypatch)
    assert queries.session_actor(outcome.session_token)
    _at(begun + timedelta(minutes=60), monkeypatch)
    assert queries.session_actor(outcome.session_token) is None
    with pytest.raises(SignInRefused):
        _by_passkey(marked)


def test_disarming_ends_the_sessions_at_once(marked: User, owner: Actor) -> None:
    actions.arm_break_glass(marked.id, hours=1, reason="the provider is away", actor=owner)
    outcome = _by_passkey(marked)
    assert isinstance(outcome, SignedIn)

    with recorded_once("identity.break_glass.disarmed"):
        actions.disarm_break_glass(marked.id, actor=owner)

    assert newest("identity.break_glass.disarmed")["details"] == {"sessions_ended": 1}
    assert queries.session_actor(outcome.session_token) is None
    assert Session.objects.get(id=outcome.session.id).revoked_at is not None
    with nothing_recorded():
        actions.disarm_break_glass(marked.id, actor=owner)


@pytest.mark.parametrize("hours", [0, -1, 25, 1_000_000])
def test_nobody_arms_for_longer_than_a_day(hours: int, marked: User, owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid):
        actions.arm_break_glass(marked.id, hours=hours, reason="the provider is away", actor=owner)

    assert User.objects.get(id=marked.id).armed_until is None


def test_an_ordinary_account_is_not_armed(boss: User, owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(NotBreakGlass):
        actions.arm_break_glass(boss.id, hours=1, reason="the provider is away", actor=owner)


def test_administrators_arm_nothing(marked: User) -> None:
    admin = makers.make_person("admin@acme.example", roles=("admin",))

    with nothing_recorded(), pytest.raises(Forbidden):
        actions.arm_break_glass(marked.id, hours=1, reason="the provider is away", actor=makers.actor_of(admin))


def test_unmarked_it_is_like_any_other(marked: User, owner: Actor) -> None:
    with recorded_once("identity.break_glass.unmarked"):
        actions.unmark_break_glass(marked.id, actor=owner)

    assert isinstance(_by_passkey(marked), SignedIn)
    assert not queries.break_glass_accounts().exists()


@pytest.mark.parametrize("by", ["itself", "its key"])
def test_it_neither_lengthens_its_own_time_nor_ends_that_it_has_one(by: str, marked: User, owner: Actor) -> None:
    actions.arm_break_glass(marked.id, hours=1, reason="the provider is away", actor=owner)
    outcome = _by_passkey(marked)
    assert isinstance(outcome, SignedIn)
    found = queries.session_actor(outcome.session_token)
    assert found is not None
    actor = found.actor
    if by == "its key":
        created = actions.create_api_key("a way round", scopes=["*"], owner_id=None, actor=actor)
        actor = queries.key_actor(created.secret)
    before = User.objects.get(id=marked.id).armed_until

    with nothing_recorded(), pytest.raises(BreakGlassOwnAccount):
        actions.arm_break_glass(marked.id, hours=24, reason="longer", actor=actor)
    with nothing_recorded(), pytest.raises(BreakGlassOwnAccount):
        actions.unmark_break_glass(marked.id, actor=actor)

    assert User.objects.get(id=marked.id).armed_until == before
    assert actions.disarm_break_glass(marked.id, actor=actor).armed_until is None


def test_its_keys_work_only_while_it_is_armed(marked: User, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    secret = actions.create_api_key("a key", scopes=["read:*"], owner_id=marked.id, actor=makers.OPERATOR).secret
    with pytest.raises(KeyRefused):
        queries.key_actor(secret)

    actions.arm_break_glass(marked.id, hours=1, reason="the provider is away", actor=owner)

    assert queries.key_actor(secret).grants
    actions.add_network("::/0", actor=makers.OPERATOR)  # the larger statement, which reads the rules too
    actions.add_network("0.0.0.0/0", actor=makers.OPERATOR)
    with context.bound(context.RequestContext("r-1", address="192.0.2.7")):
        assert queries.key_actor(secret).grants
        _at(begun + timedelta(hours=1), monkeypatch)
        with pytest.raises(KeyRefused):
            queries.key_actor(secret)
