"""Another password for who forgot theirs: the same answer for everybody, one use, and never past the second factor."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from identity import actions, attempts, queries
from identity.actions import Challenged, SignedIn
from identity.models import PasswordReset, Session, TotpDevice, User
from identity.problems import (
    BeyondOwnGrants,
    PasswordWeak,
    PersonState,
    ResetNotFound,
    ResetUnavailable,
    SignInRefused,
    TooManyAttempts,
)
from identity.tasks import mail_password_reset
from kernel import clock, context, tenancy
from kernel.actors import Actor
from kernel.tenancy import TenantRef
from tests import mailbox, makers
from tests.identity.trail import newest, nothing_recorded, recorded, recorded_once
from tests.wire import traced

ASKED, DONE = "identity.password.reset_requested", "identity.password.reset"
FRESH = "an entirely different phrase"


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


@pytest.fixture
def box(settings: Any, open_loopback: None) -> Iterator[mailbox.Mailbox]:
    with mailbox.listening() as opened:
        settings.MAIL_URL = opened.url
        yield opened


def _link(user: User) -> str:
    issued = actions.issue_asked_reset(user.id, actor=makers.OPERATOR)
    assert issued is not None
    return issued.token


def _at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_asking_does_the_same_for_known_and_unknown_addresses(ada: User, box: mailbox.Mailbox) -> None:
    del box
    work = []
    for email in (ada.email, "nobody@acme.example", "\0", "x" * 500):
        with traced(tenancy.current_alias()) as messages, recorded_once(ASKED):
            actions.ask_password_reset(email)
        work.append([message.partition(" ")[0] for message in messages if "SAVEPOINT" not in message])

    assert work[0] == work[1] == work[2] == work[3]
    assert ada.email not in str(recorded(ASKED))
    assert PasswordReset.objects.count() == 0


def test_the_task_mails_a_link_that_works(ada: User, box: mailbox.Mailbox) -> None:
    mail_password_reset.run(person_id=str(ada.id))

    ((_, recipients, message),) = box.taken
    text = str(message.get_payload())
    token = text.partition("/reset/")[2].split()[0]
    assert recipients == ["ada@acme.example"]
    assert "http://acme.localhost:8000/reset/" in text
    assert queries.password_reset(token).user == ada
    assert token.encode() not in bytes(PasswordReset.objects.get().token_hash)


@pytest.mark.parametrize("who", ["nobody", "suspended", "break glass"])
def test_the_task_mails_nothing_to_others(who: str, ada: User, owner: Actor, box: mailbox.Mailbox) -> None:
    if who == "suspended":
        actions.suspend_person(ada.id, reason="a reason", actor=owner)
    if who == "break glass":
        User.objects.filter(id=ada.id).update(is_break_glass=True)

    mail_password_reset.run(person_id=str(uuid4() if who == "nobody" else ada.id))

    assert box.taken == []
    assert PasswordReset.objects.count() == 0


def test_without_mail_everybody_is_told_so(ada: User) -> None:
    for email in (ada.email, "nobody@acme.example"):
        with nothing_recorded(), pytest.raises(ResetUnavailable) as refusal:
            actions.ask_password_reset(email)
        assert refusal.value.detail == "Ask an administrator of this tenant for a link to choose another password."


def test_a_tenant_that_does_not_want_it_is_obeyed(ada: User, owner: Actor, box: mailbox.Mailbox) -> None:
    del box
    actions.change_security({"password_may_reset": False}, actor=owner)

    with nothing_recorded(), pytest.raises(ResetUnavailable):
        actions.ask_password_reset(ada.email)


def test_one_place_asks_twenty_times_an_hour(box: mailbox.Mailbox) -> None:
    del box
    for number in range(20):
        actions.ask_password_reset(f"p{number}@acme.example")

    with nothing_recorded(), pytest.raises(TooManyAttempts):
        actions.ask_password_reset("one-more@acme.example")
    with context.bound(context.RequestContext("r-1", address="198.51.100.4")):
        actions.ask_password_reset("one-more@acme.example")


def test_the_addresses_of_one_subscriber_are_one_place(box: mailbox.Mailbox) -> None:
    del box
    for number in range(20):
        with context.bound(context.RequestContext("r-1", address=f"2001:db8:1:2::{number:x}")):
            actions.ask_password_reset(f"p{number}@acme.example")

    with context.bound(context.RequestContext("r-1", address="2001:db8:1:2::ffff")), pytest.raises(TooManyAttempts):
        actions.ask_password_reset("one-more@acme.example")


def test_a_reset_ends_all_sessions_and_begins_one(ada: User) -> None:
    before = actions.sign_in(ada.email, password=makers.PASSWORD)
    assert isinstance(before, SignedIn)

    outcome = actions.reset_password(_link(ada), password=FRESH)

    assert isinstance(outcome, SignedIn)
    assert queries.session_actor(before.session_token) is None
    assert queries.session_actor(outcome.session_token) is not None
    assert newest(DONE)["details"] == {"sessions_ended": 1}
    assert Session.objects.get(id=outcome.session.id).method == "password_reset"
    assert FRESH not in str(recorded(DONE))
    with pytest.raises(SignInRefused):
        actions.sign_in(ada.email, password=makers.PASSWORD)


def test_a_reset_does_not_skip_the_second_factor(ada: User) -> None:
    TotpDevice.objects.create(user=ada, name="App", confirmed=True, sealed_seed="sealed")

    outcome = actions.reset_password(_link(ada), password=FRESH)

    assert isinstance(outcome, Challenged)
    assert outcome.factors == ("totp",)
    assert not Session.objects.filter(user=ada, revoked_at=None).exists()
    attempt = attempts.peek(outcome.token, purpose=attempts.Purpose.SIGN_IN)
    assert (attempt.method, attempt.proofs) == ("password_reset", ["pwd"])


def test_a_link_works_once(ada: User) -> None:
    token = _link(ada)
    actions.reset_password(token, password=FRESH)

    with nothing_recorded(), pytest.raises(ResetNotFound):
        actions.reset_password(token, password="yet another long phrase")


def test_a_newer_link_replaces_the_one_before(ada: User) -> None:
    first, second = _link(ada), _link(ada)

    with nothing_recorded(), pytest.raises(ResetNotFound):
        actions.reset_password(first, password=FRESH)
    assert queries.password_reset(second).user == ada


def test_a_link_works_for_an_hour(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    token = _link(ada)

    _at(begun + timedelta(seconds=3599), monkeypatch)
    assert queries.password_reset(token)

    _at(begun + timedelta(seconds=3600), monkeypatch)
    with pytest.raises(ResetNotFound):
        queries.password_reset(token)


@pytest.mark.parametrize("ending", ["suspended", "signed out everywhere", "password changed"])
def test_what_ends_access_ends_a_link(ending: str, ada: User, owner: Actor) -> None:
    token = _link(ada)

    if ending == "suspended":
        actions.suspend_person(ada.id, reason="a reason", actor=owner)
    elif ending == "password changed":
        actions.change_password(makers.PASSWORD, replacement=FRESH, actor=makers.actor_of(ada))
    else:
        actions.end_sessions(ada.id, actor=owner)

    with nothing_recorded(), pytest.raises(ResetNotFound):
        actions.reset_password(token, password="yet another long phrase")


def test_a_weak_password_leaves_the_link_unused(ada: User) -> None:
    token = _link(ada)

    with nothing_recorded(), pytest.raises(PasswordWeak):
        actions.reset_password(token, password="short")

    assert isinstance(actions.reset_password(token, password=FRESH), SignedIn)


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "é" * 43, "a" * 42 + "\0"])
def test_other_texts_are_no_link(token: str) -> None:
    with pytest.raises(ResetNotFound):
        actions.reset_password(token, password=FRESH)


def test_a_link_of_one_tenant_is_none_in_another(ada: User, globex: TenantRef) -> None:
    token = _link(ada)

    with tenancy.activate(globex, purpose=tenancy.Purpose.REQUEST), pytest.raises(ResetNotFound):
        actions.reset_password(token, password=FRESH)


def test_an_administrator_hands_a_link_over(ada: User, owner: Actor) -> None:
    with recorded_once("identity.password.reset_issued"):
        link = actions.issue_password_reset(ada.id, actor=owner)

    assert newest("identity.password.reset_issued")["severity"] == 4
    assert link.token not in str(recorded("identity.password.reset_issued"))
    assert queries.password_reset(link.token).user == ada


def test_nobody_takes_over_an_account_that_may_more(ada: User) -> None:
    boss = makers.make_person("boss@acme.example", roles=("owner",))

    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        actions.issue_password_reset(boss.id, actor=makers.actor_of(ada))

    assert PasswordReset.objects.count() == 0


def test_only_active_people_get_a_link(owner: Actor) -> None:
    invited = actions.add_person("bob@acme.example", "Bob", [], actor=owner).person

    with nothing_recorded(), pytest.raises(PersonState):
        actions.issue_password_reset(invited.id, actor=owner)
