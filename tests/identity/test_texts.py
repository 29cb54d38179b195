"""One spelling of addresses and names: pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import texts


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("ada@acme.example", "ada@acme.example"),
        ("  Ada.Lovelace+notes@ACME.Example ", "ada.lovelace+notes@acme.example"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@acme。example", "ada@acme.example"),
        ("ada@\u0430cme.example", "ada@xn--cme-5cd.example"),
    ],
)
def test_every_spelling_of_a_mailbox_is_stored_alike(written: str, stored: str) -> None:
    assert texts.email(written) == stored


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "email"),
        ("ada", "email"),
        ("@acme.example", "email"),
        ("ada@", "email_domain"),
        ("ada@localhost", "email_domain"),
        ("ada@acme..example", "email_domain"),
        ("ada@-acme.example", "email_domain"),
        ("ada@192.0.2.1", "email_domain"),
        ("ada@acme.example\0", "email_domain"),
        ("a da@acme.example", "email"),
        ("ada\r\nBcc: all@acme.example", "email"),
        (".ada@acme.example", "email"),
        ("ada..b@acme.example", "email"),
        ('"a b"@acme.example', "email"),
        ("\u0430da@acme.example", "email_not_ascii"),
        ("a" * 65 + "@acme.example", "email"),
        ("ada@" + "a." * 130 + "example", "email_domain"),
        ("ada@" + ".".join(["a" * 60] * 4) + ".example", "too_long"),
    ],
)
def test_what_is_no_address_is_refused(written: str, code: str) -> None:
    with pytest.raises(texts.BadText) as refusal:
        texts.email(written)

    assert refusal.value.code == code


@given(st.text(max_size=300))
def test_an_accepted_address_is_stable_ascii(written: str) -> None:
    try:
        stored = texts.email(written)
    except texts.BadText:
        return

    assert stored.isascii()
    assert stored == stored.lower()
    assert len(stored) <= texts.EMAIL_MAX
    assert texts.email(stored) == stored


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Ada", "Ada"),
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("李小龍", "李小龍"),
        ("O'Brien-Núñez", "O'Brien-Núñez"),
        ("x" * 200, "x" * 200),
    ],
)
def test_names_keep_their_letters(written: str, stored: str) -> None:
    assert texts.name(written) == stored


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "blank"),
        ("   ", "blank"),
        ("x" * 201, "too_long"),
        ("Ada\0", "unseen_characters"),
        ("Ada\nLovelace", "unseen_characters"),
        ("Ada\u202eevol", "unseen_characters"),
        ("Ada\u2028", "unseen_characters"),
        ("Ada\ud800", "unseen_characters"),
    ],
)
def test_names_that_hide_something_are_refused(written: str, code: str) -> None:
    with pytest.raises(texts.BadText) as refusal:
        texts.name(written)

    assert refusal.value.code == code
