"""Small secrets at rest: of the active tenant, and of the installation."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import sealing, tenancy
from kernel.sealing import Unsealable
from tests.conftest import Settings

CONTEXT = "tests.row:1"


def _key(name: str, *, sign: bytes) -> str:
    return f"{name}:{base64.urlsafe_b64encode(sign * 32).decode().rstrip('=')}"


OLD, NEW = _key("old", sign=b"o"), _key("new", sign=b"n")


@given(st.binary(max_size=300), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_what_is_sealed_opens_in_its_place(value: bytes, context: str) -> None:
    sealed = sealing.seal(value, context=context)

    assert sealing.unseal(sealed, context=context) == value
    assert len(value) < 4 or value not in sealed.encode()


def test_the_same_value_never_looks_the_same() -> None:
    assert sealing.seal(b"value", context=CONTEXT) != sealing.seal(b"value", context=CONTEXT)


def test_a_value_moved_to_another_place_does_not_open() -> None:
    sealed = sealing.seal(b"value", context=CONTEXT)

    with pytest.raises(Unsealable):
        sealing.unseal(sealed, context="tests.row:2")


def test_no_altered_text_opens() -> None:
    sealed = sealing.seal(b"value", context=CONTEXT)
    head, _, body = sealed.rpartition(".")
    raw = base64.urlsafe_b64decode(body)

    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(Unsealable):
            sealing.unseal(f"{head}.{base64.urlsafe_b64encode(changed).decode()}", context=CONTEXT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v1",
        "v1.",
        "v1.nobody.AAAA",
        "v2.k1.AAAA",
        "v2..AAAA",
        "v2.AAAAAAAAAAAA.AAAA",
        "v1.k1.",
        "v1.k1.AAAA",
        "v1.k1.é",
        "v1.k1.A",
    ],
)
def test_garbage_does_not_open(text: str) -> None:
    with pytest.raises(Unsealable):
        sealing.unseal(text, context=CONTEXT)


def test_a_rotated_ring_seals_with_the_new_key_and_opens_both(settings: Settings) -> None:
    settings.SEALING_KEYS = (OLD,)
    before = sealing.seal_at_home(b"value", context=CONTEXT)
    settings.SEALING_KEYS = (NEW, OLD)
    after = sealing.seal_at_home(b"value", context=CONTEXT)

    assert before.startswith("v1.old.")
    assert after.startswith("v1.new.")
    assert sealing.unseal(before, context=CONTEXT) == sealing.unseal(after, context=CONTEXT) == b"value"


def test_what_was_sealed_with_a_removed_key_does_not_open(settings: Settings) -> None:
    settings.SEALING_KEYS = (OLD,)
    before = sealing.seal_at_home(b"value", context=CONTEXT)
    settings.SEALING_KEYS = (NEW,)

    with pytest.raises(Unsealable, match="no key 'old'"):
        sealing.unseal(before, context=CONTEXT)


def test_outside_any_tenant_the_ring_seals() -> None:
    with tenancy.outside():
        sealed = sealing.seal(b"value", context=CONTEXT)

        assert sealed.startswith("v1.")
        assert sealing.unseal(sealed, context=CONTEXT) == b"value"


def test_what_a_tenant_sealed_does_not_open_outside_it(globex: tenancy.TenantRef) -> None:
    sealed = sealing.seal(b"value", context=CONTEXT)

    assert sealed.startswith("v2.")
    with tenancy.outside(), pytest.raises(Unsealable):
        sealing.unseal(sealed, context=CONTEXT)
    with tenancy.activate(globex, purpose=tenancy.Purpose.REQUEST), pytest.raises(Unsealable, match="no key"):
        sealing.unseal(sealed, context=CONTEXT)


def test_a_digest_recognises_and_hangs_on_purpose_and_pepper(settings: Settings) -> None:
    first = sealing.digest(b"secret", purpose="one")
    settings.DIGEST_PEPPER = "another pepper"
    peppered = sealing.digest(b"secret", purpose="one")

    assert len(first) == 32
    assert len({first, peppered, sealing.digest(b"secret", purpose="two"), sealing.digest(b"Secret", purpose="one")}) == 4
    assert peppered == sealing.digest(b"secret", purpose="one")
