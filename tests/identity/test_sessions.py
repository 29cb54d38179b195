"""Signing in and out, and what ends a session."""

from datetime import datetime, timedelta

import pytest
import redis

from identity import actions, passwords, queries, redis_client, throttle
from identity.models import Session, User
from identity.problems import PasswordWeak, PasswordWrong, SignInRefused, ThrottleUnavailable, TooManyAttempts
from kernel import clock, context, tenancy
from kernel.actors import Actor, ActorKind
from kernel.problems import Forbidden
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded, recorded_once
from tests.wire import traced

REFUSED = "identity.session.refused"


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


def _at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_signing_in_begins_a_recorded_session(ada: User) -> None:
    with recorded_once("identity.session.started"):
        signed_in = makers.signed_in(" ADA@acme.example ")

    found = queries.session_actor(signed_in.session_token)
    session = Session.objects.get(user=ada)
    assert found is not None
    assert (found.actor.kind, found.actor.id, found.actor.label) == (ActorKind.PERSON, ada.public_id, "ada@acme.example")
    assert (found.user_id, found.email, found.name) == (ada.id, "ada@acme.example", "Ada Example")
    assert found.actor.grants == (frozenset({"read:*", "verify:*", "write:*"}),)
    assert found.actor.tenant_id == tenancy.current().id
    assert (session.address, session.user_agent) == ("192.0.2.7", "pytest")
    assert User.objects.get(id=ada.id).last_login_at is not None
    assert newest("identity.session.started")["details"] == {
        "session": session.public_id,
        "method": "password",
        "amr": ["pwd"],
        "sessions_ended": 0,
    }


def test_the_token_is_not_stored(ada: User) -> None:
    token = makers.signed_in(ada.email).session_token

    assert len(token) == 43
    assert token.encode() not in bytes(Session.objects.get(user=ada).key_hash)


@pytest.mark.parametrize(
    ("email", "password", "reason"),
    [
        ("ada@acme.example", "wrong password", "wrong_password"),
        ("ada@acme.example", "", "wrong_password"),
        ("ada@acme.example", makers.PASSWORD + "\0", "wrong_password"),
        ("ada@acme.example", "x" * 100_000, "wrong_password"),
        ("nobody@acme.example", makers.PASSWORD, "unknown_person"),
        ("\u0430da@acme.example", makers.PASSWORD, "unknown_person"),
        ("ada@acme.example\0", makers.PASSWORD, "unknown_person"),
        ("ada@acme.example" + " " * 300 + "x", makers.PASSWORD, "unknown_person"),
        ("\ud800", "\ud800", "unknown_person"),
        ("ada@acme.example", "\ud800", "wrong_password"),
        ("", "", "unknown_person"),
    ],
)
def test_every_failure_answers_alike_and_the_trail_tells_them_apart(email: str, password: str, reason: str, ada: User) -> None:
    with recorded_once(REFUSED), pytest.raises(SignInRefused) as refusal:
        actions.sign_in(email, password=password)

    assert refusal.value.detail == "Check the address and the password. If you were invited, accept the invitation first."
    assert refusal.value.fields == {}
    entry = newest(REFUSED)
    assert (entry["outcome"], entry["details"]["reason"]) == ("denied", reason)
    assert not Session.objects.filter(user=ada).exists()


@pytest.mark.parametrize("status", ["invited", "suspended", "deactivated"])
def test_a_person_without_access_is_refused_like_an_unknown_one(status: str, owner: Actor) -> None:
    if status == "invited":
        person = actions.add_person("bob@acme.example", "Bob", [], actor=owner).person
    else:
        person = makers.make_person("bob@acme.example")
        verb = {"suspended": actions.suspend_person, "deactivated": actions.deactivate_person}[status]
        verb(person.id, reason="a reason", actor=owner)

    with recorded_once(REFUSED), pytest.raises(SignInRefused):
        actions.sign_in("bob@acme.example", password=makers.PASSWORD)

    assert newest(REFUSED)["details"]["reason"] == f"person_{status}"
    assert newest(REFUSED)["subject"]["id"] == person.public_id


def test_an_old_hash_is_rewritten_at_the_next_sign_in(ada: User) -> None:
    old = "argon2$argon2id$v=19$m=8192,t=1,p=1$"

    class Weaker(passwords.Argon2Hasher):
        memory_cost = 8192

    User.objects.filter(id=ada.id).update(password=Weaker().encode(makers.PASSWORD, "somesaltsomesalt"))
    assert User.objects.get(id=ada.id).password.startswith(old)

    actions.sign_in(ada.email, password=makers.PASSWORD)

    assert User.objects.get(id=ada.id).password.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")
    assert actions.sign_in(ada.email, password=makers.PASSWORD)


def test_the_eleventh_failure_waits_even_with_the_right_password(ada: User) -> None:
    for _ in range(10):
        with pytest.raises(SignInRefused):
            actions.sign_in(ada.email, password="wrong password")

    with recorded_once(REFUSED), pytest.raises(TooManyAttempts) as refusal:
        actions.sign_in(ada.email, password=makers.PASSWORD)

    assert 0 < refusal.value.fields["retry_after_s"] <= 900
    assert newest(REFUSED)["details"]["reason"] == "too_many_attempts"
    with nothing_recorded(), pytest.raises(TooManyAttempts):
        actions.sign_in(ada.email, password=makers.PASSWORD)


def test_a_right_password_clears_the_count(ada: User) -> None:
    for _ in range(2):
        for _ in range(9):
            with pytest.raises(SignInRefused):
                actions.sign_in(ada.email, password="wrong password")

        assert actions.sign_in(ada.email, password=makers.PASSWORD)


def test_one_place_is_stopped_after_fifty_failures_over_many_addresses() -> None:
    for number in range(50):
        throttle.reserve(f"p{number}@acme.example", address="192.0.2.9")

    with pytest.raises(TooManyAttempts):
        throttle.reserve("one-more@acme.example", address="192.0.2.9")
    assert throttle.reserve("one-more@acme.example", address="192.0.2.10")


def test_the_count_of_one_tenant_is_not_that_of_another(ada: User, globex: TenantRef) -> None:
    for _ in range(10):
        throttle.reserve(ada.email, address="192.0.2.9")

    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        assert throttle.reserve(ada.email, address="192.0.2.9")
    with pytest.raises(TooManyAttempts):
        throttle.reserve(ada.email, address="192.0.2.9")


def test_redis_holds_no_address_of_anybody(ada: User) -> None:
    with pytest.raises(SignInRefused):
        actions.sign_in(ada.email, password="wrong password")

    names = b" ".join(redis_client.client().scan_iter(match="freehold:identity:*"))
    assert names
    assert b"ada" not in names
    assert b"192.0.2" not in names


def test_without_redis_nobody_is_let_in_and_it_takes_no_time(ada: User, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]

    started = datetime.now().astimezone()
    with nothing_recorded(), pytest.raises(ThrottleUnavailable) as refusal:
        actions.sign_in(ada.email, password=makers.PASSWORD)

    assert refusal.value.status == 503
    assert datetime.now().astimezone() - started < timedelta(seconds=1)
    with pytest.raises(redis.RedisError):
        redis_client.client().ping()


def test_signing_out_ends_the_session_once(ada: User) -> None:
    token = makers.signed_in(ada.email).session_token

    with recorded_once("identity.session.ended"):
        actions.sign_out(token)

    assert queries.session_actor(token) is None
    with nothing_recorded():
        actions.sign_out(token)
        actions.sign_out("never was a token")
    assert newest("identity.session.ended")["actor"]["id"] == ada.public_id


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "a" * 44, "a" * 42 + "\0", "é" * 43, "a" * 100_000])
def test_other_texts_are_nobody(token: str) -> None:
    assert queries.session_actor(token) is None


def test_a_session_is_found_by_one_message(ada: User) -> None:
    token = makers.signed_in(ada.email).session_token
    assert queries.session_actor(token)

    with traced(tenancy.current_alias()) as messages:
        assert queries.session_actor(token)

    assert len(messages) == 1
    assert 'EXECUTE "identity_session' in messages[0]


def test_a_session_ends_after_twelve_hours_however_busy(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    token = makers.signed_in(ada.email).session_token

    for minutes in range(60, 12 * 60, 60):
        _at(begun + timedelta(minutes=minutes), monkeypatch)
        assert queries.session_actor(token), minutes

    _at(begun + timedelta(hours=12), monkeypatch)
    assert queries.session_actor(token) is None


def test_an_idle_session_ends_after_two_hours(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    token = makers.signed_in(ada.email).session_token

    _at(begun + timedelta(hours=2), monkeypatch)

    assert queries.session_actor(token) is None


def test_being_seen_is_written_once_a_minute(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    token = makers.signed_in(ada.email).session_token

    _at(begun + timedelta(seconds=59), monkeypatch)
    queries.session_actor(token)
    assert Session.objects.get(user=ada).last_seen_at == begun

    _at(begun + timedelta(seconds=61), monkeypatch)
    with nothing_recorded():
        queries.session_actor(token)
    assert Session.objects.get(user=ada).last_seen_at == begun + timedelta(seconds=61)


def test_a_token_of_one_tenant_is_nobody_in_another(ada: User, globex: TenantRef) -> None:
    token = makers.signed_in(ada.email).session_token

    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        assert queries.session_actor(token) is None


def test_all_sessions_of_a_person_end_at_once(ada: User, owner: Actor) -> None:
    tokens = [makers.signed_in(ada.email).session_token for _ in range(3)]

    with recorded_once("identity.sessions.ended"):
        assert actions.end_sessions(ada.id, actor=owner) == 3

    assert [queries.session_actor(token) for token in tokens] == [None, None, None]
    assert actions.sign_in(ada.email, password=makers.PASSWORD)


def test_everybody_may_end_their_own_sessions_and_nobody_elses() -> None:
    member = makers.make_person("member@acme.example", roles=("member",))
    other = makers.make_person("other@acme.example", roles=("member",))

    assert actions.end_sessions(member.id, actor=makers.actor_of(member)) == 0
    with nothing_recorded(), pytest.raises(Forbidden):
        actions.end_sessions(other.id, actor=makers.actor_of(member))


def test_another_password_ends_all_sessions(ada: User) -> None:
    token = makers.signed_in(ada.email).session_token

    with recorded_once("identity.password.changed"):
        actions.change_password(makers.PASSWORD, replacement="a very different phrase", actor=makers.actor_of(ada))

    assert queries.session_actor(token) is None
    assert actions.sign_in(ada.email, password="a very different phrase")
    with pytest.raises(SignInRefused):
        actions.sign_in(ada.email, password=makers.PASSWORD)
    assert "different phrase" not in str(recorded("identity.password.changed"))


def test_a_wrong_present_password_is_recorded_and_counted(ada: User) -> None:
    for _ in range(10):
        with recorded_once(REFUSED), pytest.raises(PasswordWrong):
            actions.change_password("guess", replacement="a very different phrase", actor=makers.actor_of(ada))

    with pytest.raises(TooManyAttempts):
        actions.change_password(makers.PASSWORD, replacement="a very different phrase", actor=makers.actor_of(ada))


def test_a_weak_new_password_changes_nothing(ada: User) -> None:
    with nothing_recorded(), pytest.raises(PasswordWeak) as refusal:
        actions.change_password(makers.PASSWORD, replacement="short", actor=makers.actor_of(ada))

    assert refusal.value.fields["errors"][0]["pointer"] == "/replacement"
    assert actions.sign_in(ada.email, password=makers.PASSWORD)


def test_a_key_cannot_change_its_owners_password(ada: User) -> None:
    secret = actions.create_api_key("ci", scopes=["write:*"], actor=makers.actor_of(ada)).secret

    with nothing_recorded(), pytest.raises(PasswordWrong):
        actions.change_password(makers.PASSWORD, replacement="a very different phrase", actor=queries.key_actor(secret))


def test_the_address_of_the_refused_is_on_the_trail(ada: User) -> None:
    with context.bound(context.RequestContext("r-1", address="198.51.100.4")), pytest.raises(SignInRefused):
        actions.sign_in(ada.email, password="wrong password")

    assert newest(REFUSED)["context"]["address"] == "198.51.100.4"
