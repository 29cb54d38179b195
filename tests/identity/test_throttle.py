"""Guessing is slow, and nobody can lock somebody else out."""

import pytest

from identity import actions, redis_client, throttle
from identity.actions import SignedIn
from identity.factors import trusted
from identity.models import TrustedDevice, User
from identity.problems import SignInRefused, TooManyAttempts
from kernel import addresses, context
from tests import makers
from tests.identity.factor_makers import signed_in

MINE, STRANGE = "192.0.2.7", "198.51.100.4"


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


def _from(address: str) -> context.RequestContext:
    return context.RequestContext("r-1", address=address)


def _fail(email: str, *, address: str, times: int = 1) -> None:
    for _ in range(times):
        with context.bound(_from(address)), pytest.raises(SignInRefused):
            actions.sign_in(email, password="wrong password")


def _attack(email: str, *, times: int) -> None:
    """Failures from so many places that no place is full."""
    for number in range(times):
        throttle.reserve(email, address=f"203.0.113.{number % 250}")


def test_ten_failures_from_one_place_stop_that_place_and_no_other(ada: User) -> None:
    _fail(ada.email, address=STRANGE, times=10)

    with context.bound(_from(STRANGE)), pytest.raises(TooManyAttempts):
        actions.sign_in(ada.email, password=makers.PASSWORD)
    with context.bound(_from(MINE)):
        assert isinstance(actions.sign_in(ada.email, password=makers.PASSWORD), SignedIn)


def test_ten_failures_of_one_person_do_not_stop_another_at_the_same_place(ada: User) -> None:
    bob = makers.make_person("bob@acme.example")
    _fail(ada.email, address=STRANGE, times=10)

    with context.bound(_from(STRANGE)):
        assert isinstance(actions.sign_in(bob.email, password=makers.PASSWORD), SignedIn)


def test_a_known_place_goes_on_during_an_attack_from_everywhere(ada: User) -> None:
    with context.bound(_from(MINE)):
        actions.sign_in(ada.email, password=makers.PASSWORD)
    _attack(ada.email, times=30)
    throttle.reserve(ada.email, address="203.0.113.251")

    with pytest.raises(TooManyAttempts):
        throttle.reserve(ada.email, address=STRANGE)
    with context.bound(_from(MINE)):
        assert isinstance(actions.sign_in(ada.email, password=makers.PASSWORD), SignedIn)


def test_a_trusted_browser_goes_on_from_a_strange_place(ada: User) -> None:
    _, token = trusted.trust(ada, days=5, amr=("pwd", "otp"))
    _attack(ada.email, times=30)
    throttle.reserve(ada.email, address="203.0.113.251")

    with context.bound(_from(STRANGE)), pytest.raises(TooManyAttempts):
        actions.sign_in(ada.email, password=makers.PASSWORD)
    with context.bound(_from(STRANGE)):
        assert isinstance(actions.sign_in(ada.email, password=makers.PASSWORD, trusted_device=token), SignedIn)


def test_who_guesses_behind_the_same_address_does_not_stop_a_trusted_browser(ada: User) -> None:
    _, token = trusted.trust(ada, days=5, amr=("pwd", "otp"))
    for number in range(throttle.PER_PLACE):
        throttle.reserve(f"p{number}@acme.example", address=MINE)

    with context.bound(_from(MINE)), pytest.raises(TooManyAttempts):
        actions.sign_in(ada.email, password=makers.PASSWORD)
    with context.bound(_from(MINE)):
        assert isinstance(actions.sign_in(ada.email, password=makers.PASSWORD, trusted_device=token), SignedIn)


def test_a_trusted_browser_is_counted_too(ada: User) -> None:
    _, token = trusted.trust(ada, days=5, amr=("pwd", "otp"))
    for _ in range(throttle.PER_PERSON_AND_PLACE):
        with pytest.raises(SignInRefused):
            actions.sign_in(ada.email, password="wrong password", trusted_device=token)

    with pytest.raises(TooManyAttempts):
        actions.sign_in(ada.email, password=makers.PASSWORD, trusted_device=token)


def test_who_is_signed_in_changes_their_password_although_others_guess_beside_them(ada: User) -> None:
    with context.bound(_from(MINE)):
        actor = signed_in(ada)
        for _ in range(throttle.PER_PERSON_AND_PLACE):
            throttle.reserve(ada.email, address=MINE)

        changed = actions.change_password(makers.PASSWORD, replacement="an entirely different phrase", actor=actor)

    assert changed.session_token


def test_the_trusted_browser_of_one_person_is_none_for_another(ada: User) -> None:
    bob = makers.make_person("bob@acme.example")
    _, token = trusted.trust(bob, days=5, amr=("pwd", "otp"))
    _attack(ada.email, times=31)

    with context.bound(_from(STRANGE)), pytest.raises(TooManyAttempts):
        actions.sign_in(ada.email, password=makers.PASSWORD, trusted_device=token)
    assert TrustedDevice.objects.get().last_used_at is None


def test_strange_places_get_one_attempt_in_a_while_and_the_while_grows_to_a_minute(ada: User) -> None:
    _attack(ada.email, times=30)
    client, turn = redis_client.client(), throttle.reserve(ada.email, address=STRANGE).keys[3]
    first = client.ttl(turn)
    waits = []
    for number in range(40):
        client.delete(turn)
        throttle.reserve(ada.email, address=f"203.0.113.{number}")
        waits.append(client.ttl(turn))

    assert first <= 2
    assert waits == sorted(waits)
    assert waits[-1] in (59, 60)


def test_a_refused_attempt_is_not_counted_so_waiting_ends(ada: User) -> None:
    _fail(ada.email, address=STRANGE, times=10)
    pair = throttle.reserve("somebody@acme.example", address=STRANGE).keys[1]
    before = redis_client.client().get(pair)

    with context.bound(_from(STRANGE)), pytest.raises(TooManyAttempts):
        actions.sign_in(ada.email, password="wrong password")

    assert redis_client.client().get(pair) == before


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_a_place_is_an_address_or_a_subscribers_network(address: str, place: str) -> None:
    assert addresses.place_of(address) == place


def test_strangers_of_many_places_are_news_two_hundred_times_a_minute() -> None:
    told = [throttle.is_news_of_stranger(f"198.51.{number // 100}.{number % 100}") for number in range(throttle.STRANGERS + 20)]

    assert (throttle.STRANGERS, told.index(False), sum(told)) == (200, 200, 200)
