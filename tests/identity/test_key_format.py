"""How a key is written: pure."""

import re
import string
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import key_format

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
codes = st.text(BASE62, min_size=6, max_size=6)


@given(codes)
def test_a_generated_key_reads_back(code: str) -> None:
    key = key_format.generate(tenant_code=code)

    assert key_format.parse(key.text) == key
    assert key.tenant_code == code
    assert len(key.text) == 58


def test_a_key_fits_the_published_expression() -> None:
    key = key_format.generate(tenant_code="Ab12Cd")

    assert re.fullmatch(r"\bfh_[0-9A-Za-z]{16}_[0-9A-Za-z]{38}\b", key.text)


def test_the_display_shows_the_code_and_the_last_four() -> None:
    key = key_format.generate(tenant_code="Ab12Cd")

    assert key.display == f"fh_Ab12Cd…{key.text[-4:]}"


def test_keys_do_not_repeat() -> None:
    texts = {key_format.generate(tenant_code="Ab12Cd").text for _ in range(1000)}

    assert len(texts) == 1000


@given(codes, st.data())
def test_any_one_changed_sign_is_found(code: str, data: st.DataObject) -> None:
    text = key_format.generate(tenant_code=code).text
    place = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.sampled_from(BASE62 + "_-").filter(lambda drawn: drawn != text[place]))

    assert key_format.parse(text[:place] + sign + text[place + 1 :]) is None


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    found = key_format.parse(text)

    assert found is None or found.text == text


@pytest.mark.parametrize("shape", [" {}", "{}\n", "{}\0", "Bearer {}", "{} {}"])
def test_a_key_with_something_around_it_is_refused(shape: str) -> None:
    text = key_format.generate(tenant_code="Ab12Cd").text

    assert key_format.parse(shape.replace("{}", text)) is None


def test_signs_of_other_scripts_are_refused() -> None:
    text = key_format.generate(tenant_code="Ab12Cd").text

    assert key_format.parse(text[:-1] + "\u0661") is None


@given(st.text())
def test_the_checksum_is_crc32_in_base62(body: str) -> None:
    signs = key_format.checksum(body)

    number = 0
    for sign in signs:
        number = number * 62 + BASE62.index(sign)
    assert len(signs) == 6
    assert number == zlib.crc32(body.encode())


@pytest.mark.parametrize("code", ["", "short", "longer7", "Ab12C-", "Ab12Cé"])
def test_a_bad_tenant_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="tenant code"):
        key_format.generate(tenant_code=code)
