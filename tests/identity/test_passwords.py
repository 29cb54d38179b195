"""What a password must be, and how it is kept."""

import time

import pytest

from identity import passwords
from identity.problems import PasswordWeak

GOOD = "correct horse battery staple"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_too_short"),
        ("elevenchars", "password_too_short"),
        ("x" * 257, "password_too_long"),
        ("lovelace-2026!", "password_like_email"),
        ("my-LOVELACE-pw", "password_like_email"),
        ("QWERTY123456", "password_common"),
        ("1234567890123", "password_common"),
    ],
)
def test_a_weak_password_is_refused_with_the_rule(password: str, code: str) -> None:
    with pytest.raises(PasswordWeak) as refusal:
        passwords.require_strong(password, email="lovelace@acme.example")

    assert refusal.value.fields["errors"][0]["pointer"] == "/password"
    assert refusal.value.fields["errors"][0]["code"] == code


@pytest.mark.parametrize("password", [GOOD, "x7Kq9-2mZ4w!", "пароль из многих слов", "🦉" * 12, "al" + "x9-" * 4])
def test_a_strong_password_passes(password: str) -> None:
    passwords.require_strong(password, email="al@acme.example")


def test_a_password_is_kept_as_argon2id_with_the_figures_of_owasp() -> None:
    encoded = passwords.encode(GOOD)

    assert encoded.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")
    assert GOOD not in encoded
    assert passwords.matches(GOOD, encoded)
    assert not passwords.matches(GOOD + " ", encoded)
    assert not passwords.is_outdated(encoded)


def test_the_same_signs_match_however_they_were_typed() -> None:
    encoded = passwords.encode("cafe\u0301 au lait noir")

    assert passwords.matches("caf\u00e9 au lait noir", encoded)


def test_no_stored_password_matches_nothing() -> None:
    assert not passwords.matches("", "")
    assert not passwords.matches(GOOD, "")


def test_older_figures_are_outdated() -> None:
    assert passwords.is_outdated("argon2$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng")


def test_an_unknown_person_costs_the_time_of_a_known_one() -> None:
    encoded = passwords.encode(GOOD)
    passwords.spend_time(GOOD)

    known = min(_seconds(lambda: passwords.matches("wrong password!", encoded)) for _ in range(5))
    unknown = min(_seconds(lambda: passwords.spend_time("wrong password!")) for _ in range(5))

    assert 0.5 < unknown / known < 2


def _seconds(work: object) -> float:
    started = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - started
