"""The arithmetic of the chain, against values worked out by hand."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from audit.chain import START, leaf_of, link

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def test_the_first_links_are_these() -> None:
    leaf = leaf_of('{"a":1}')
    first = link(START, leaf)

    assert START == b"\0" * 32
    assert leaf.hex() == hashlib.sha256(b'\x00{"a":1}').hexdigest()
    assert first.hex() == hashlib.sha256(b"\0" * 32 + leaf).hexdigest()
    assert link(first, leaf).hex() == hashlib.sha256(first + leaf).hexdigest()


def test_an_empty_leaf_is_that_of_rfc_6962() -> None:
    # RFC 6962 section 2.1: MTH({d(0)}) = SHA-256(0x00 || d(0)), here for the empty d(0).
    assert leaf_of("").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@given(st.lists(TEXTS, min_size=2, max_size=6, unique=True))
def test_every_change_changes_the_end(texts: list[str]) -> None:
    ends = {_end(texts), _end(texts[:-1]), _end(texts[1:]), _end([*texts[1:], texts[0]]), _end([*texts, texts[0]])}

    assert len(ends) == 5


def _end(texts: list[str]) -> bytes:
    chain = START
    for text in texts:
        chain = link(chain, leaf_of(text))
    return chain
