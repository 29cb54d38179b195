"""Ids, as stored and as shown."""

import uuid
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import ids
from kernel.problems import NotFound

PREFIXES = st.sampled_from(["usr", "rol", "key", "ses", "inv", "ent", "op", "ten", "dom"])
UUIDS = st.uuids()


@given(PREFIXES, UUIDS)
def test_what_is_shown_is_read_back(prefix: str, identifier: uuid.UUID) -> None:
    shown = ids.show(prefix, identifier)

    assert len(shown) == len(prefix) + 1 + 26
    assert (
        ids.parse(prefix, shown)
        == ids.parse(prefix, shown.replace(shown[len(prefix) :], shown[len(prefix) :].upper()))
        == identifier
    )
    assert ids.parse(prefix, str(identifier)) == identifier


@given(UUIDS, UUIDS)
def test_shown_ids_sort_like_the_ids(first: uuid.UUID, second: uuid.UUID) -> None:
    assert (ids.show("usr", first) < ids.show("usr", second)) == (first < second)


@given(PREFIXES, PREFIXES, UUIDS)
def test_an_id_of_another_kind_is_refused(prefix: str, other: str, identifier: uuid.UUID) -> None:
    shown = ids.show(other, identifier)

    if prefix == other:
        assert ids.wanted(prefix, shown) == identifier
    else:
        with pytest.raises(NotFound):
            ids.wanted(prefix, shown)


@given(st.text(max_size=60))
def test_no_text_is_more_than_not_found(text: str) -> None:
    with suppress(NotFound):
        ids.wanted("usr", text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "usr_",
        "usr_" + "0" * 25,
        "usr_" + "0" * 27,
        "usr_" + "8" + "0" * 25,
        "usr_" + "u" * 26,
        "usr_" + "0" * 25 + "\0",
        "usr_" + "\u0660" * 26,
        "_" + "0" * 26,
        "USR_" + "0" * 26,
        "00000000-0000-0000-0000-00000000000g",
    ],
)
def test_a_garbled_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        ids.parse("usr", text)


def test_new_ids_are_version_7_and_sort_by_time() -> None:
    made = [ids.new_id() for _ in range(1000)]

    assert {identifier.version for identifier in made} == {7}
    assert len(set(made)) == 1000
    assert [identifier.int >> 80 for identifier in made] == sorted(identifier.int >> 80 for identifier in made)
