"""The canonical text: RFC 8785 in a closed domain, and the edges of that domain."""

import enum
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit import canonical
from audit.canonical import MAX_BYTES, MAX_DEPTH, MAX_INTEGER, MAX_TEXT, OutsideDomain

KEYS = st.from_regex(r"[a-z0-9_.]{1,64}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)
SCALARS = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
).filter(lambda value: _depth(value) < MAX_DEPTH)


def _depth(value: Any) -> int:
    """How many lists and maps stand within one another."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((_depth(item) for item in inner), default=0)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_inside_the_domain_the_text_is_that_of_rfc_8785(document: dict[str, Any]) -> None:
    assert canonical.text_of(document).encode() == rfc8785.dumps(document)


@given(st.dictionaries(KEYS, VALUES, min_size=2, max_size=6))
def test_the_order_of_names_does_not_matter(document: dict[str, Any]) -> None:
    backwards = dict(reversed(document.items()))

    assert canonical.text_of(backwards) == canonical.text_of(document)


class Word(enum.StrEnum):
    SUCCESS = "success"


def test_text_enumerations_and_tuples_are_text_and_lists() -> None:
    assert canonical.text_of({"b": ("x", 1), "a": Word.SUCCESS}) == '{"a":"success","b":["x",1]}'


@pytest.mark.parametrize(
    "value",
    [
        1.0, -0.0, float("nan"), float("inf"), MAX_INTEGER + 1, -MAX_INTEGER - 1, Decimal(1), b"bytes", datetime.now(UTC), uuid4(),
        {1, 2}, object(), "a\0b", "\ud800", "x" * (MAX_TEXT + 1), {"Upper": 1}, {"with space": 1}, {"": 1}, {"a" * 65: 1}, {"é": 1},
        {1: 1}, {None: 1}, {"a\n": 1}, [[[1.5]]], {"a": {"b": [float("nan")]}}, [[[[[[[[]]]]]]]],
    ],
    ids=repr,
)  # fmt: skip
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(OutsideDomain):
        canonical.text_of({"value": value})


@pytest.mark.parametrize(
    "value", [MAX_INTEGER, -MAX_INTEGER, "x" * MAX_TEXT, "", "\u2028", "\U0001f600", {"a" * 64: None}, [], [[[[[[[]]]]]]]]
)
def test_the_edges_of_the_domain_are_inside(value: Any) -> None:
    assert canonical.text_of({"value": value}).encode() == rfc8785.dumps({"value": value})


def test_an_entry_has_a_greatest_size() -> None:
    parts = ["x" * MAX_TEXT] * (MAX_BYTES // MAX_TEXT)

    assert len(canonical.text_of({"parts": parts[:-1]})) < MAX_BYTES
    with pytest.raises(OutsideDomain):
        canonical.text_of({"parts": [*parts, "x" * MAX_TEXT]})
