"""The published vectors of RFC 8785: inside our domain the text is the same byte by byte, everything else is refused rather than written otherwise."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from audit import canonical
from audit.canonical import OutsideDomain

FOLDER = Path(__file__).parent / "data" / "jcs"
"""Facts from https://github.com/cyberphone/json-canonicalization (Apache-2.0), testdata at commit 19d51d7fe467."""
NAMES = sorted(file.stem for file in (FOLDER / "input").iterdir())
INSIDE = {"arrays"}
"""The others have names beyond `[a-z0-9_.]` or numbers with a fraction."""

NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
"""RFC 8785 appendix B: the bits of a number, and how it is written."""
NO_NUMBERS = ("7fffffffffffffff", "7ff0000000000000", "fff0000000000000")


def given(name: str) -> Any:
    return json.loads((FOLDER / "input" / f"{name}.json").read_bytes())


def expected(name: str) -> bytes:
    return (FOLDER / "output" / f"{name}.json").read_bytes()


def number(bits: str) -> float:
    found: float = struct.unpack(">d", bytes.fromhex(bits))[0]
    return found


def test_all_six_published_pairs_are_here() -> None:
    assert NAMES == ["arrays", "french", "structures", "unicode", "values", "weird"]


@pytest.mark.parametrize("name", NAMES)
def test_the_library_that_we_are_compared_with_gives_the_published_text(name: str) -> None:
    assert rfc8785.dumps(given(name)) == expected(name)


@pytest.mark.parametrize("name", sorted(INSIDE))
def test_a_vector_inside_the_domain_gives_the_published_text(name: str) -> None:
    assert canonical.text_of(given(name)).encode() == expected(name)


@pytest.mark.parametrize("name", sorted(set(NAMES) - INSIDE))
def test_a_vector_outside_the_domain_is_refused(name: str) -> None:
    with pytest.raises(OutsideDomain):
        canonical.text_of(given(name))


def test_the_sample_of_section_3_2_2_without_its_fractions_gives_the_published_text() -> None:
    document = given("values")
    del document["numbers"]

    whole = expected("values")
    begin, end = whole.index(b'"numbers"'), whole.index(b'"string"')
    assert canonical.text_of(document).encode() == whole[:begin] + whole[end:]


@pytest.mark.parametrize("name", sorted(set(NAMES) - INSIDE))
def test_every_text_of_the_vectors_is_written_as_published(name: str) -> None:
    written = [canonical.text_of({"text": text}).removeprefix('{"text":').removesuffix("}") for text in _texts(given(name))]

    assert [text for text in written if text.encode() not in expected(name)] == []


@pytest.mark.parametrize("bits", NUMBERS)
def test_numbers_of_appendix_b_are_known_to_the_library_and_refused_here(bits: str) -> None:
    value = number(bits)

    assert rfc8785.dumps(value).decode() == NUMBERS[bits]
    with pytest.raises(OutsideDomain):
        canonical.text_of({"number": value})


@pytest.mark.parametrize("bits", NO_NUMBERS)
def test_what_is_no_number_is_refused_by_both(bits: str) -> None:
    with pytest.raises(rfc8785.FloatDomainError):
        rfc8785.dumps(number(bits))
    with pytest.raises(OutsideDomain):
        canonical.text_of({"number": number(bits)})


def _texts(value: Any) -> set[str]:
    """All texts in a document that are no names."""
    if isinstance(value, str):
        return {value}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {text for one in inner for text in _texts(one)}
