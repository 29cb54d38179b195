"""Which slugs are allowed, and which look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants import slugs
from tenants.problems import SlugInvalid, SlugReserved


@pytest.mark.parametrize("slug", ["acme", "abc", "a1b", "acme-group", "a-b-c-d", "x" * 40, "team4711"])
def test_a_well_formed_slug_is_allowed(slug: str) -> None:
    assert slugs.check(slug) == slug


@pytest.mark.parametrize(
    ("slug", "code"),
    [
        ("", "length"),
        ("ab", "length"),
        ("x" * 41, "length"),
        ("1acme", "form"),
        ("-acme", "form"),
        ("acme-", "form"),
        ("acme--group", "form"),
        ("Acme", "form"),
        ("acme group", "form"),
        ("acme_group", "form"),
        ("acme.group", "form"),
        ("acme\n", "form"),
        ("acme\0", "form"),
        ("xn--cme-7cd", "form"),
        ("аcme", "non-ascii"),  # noqa: RUF001 - the first letter is Cyrillic
        ("acmé", "non-ascii"),
        ("acme１", "non-ascii"),  # noqa: RUF001 - a full-width digit is the point
    ],
)
def test_a_malformed_slug_is_refused_with_the_rule(slug: str, code: str) -> None:
    with pytest.raises(SlugInvalid) as refused:
        slugs.check(slug)

    assert refused.value.status == 422
    assert refused.value.fields["errors"][0]["pointer"] == "/slug"
    assert refused.value.fields["errors"][0]["code"] == code


def test_a_letter_of_another_alphabet_is_named_as_the_fault() -> None:
    with pytest.raises(SlugInvalid) as refused:
        slugs.check("аcme")  # noqa: RUF001 - the first letter is Cyrillic

    assert "another alphabet" in refused.value.detail


@pytest.mark.parametrize(
    "slug", ["platform", "p1atform", "plat-form", "www", "vvww", "api", "ap1", "admin", "adrnin", "login", "l0gin", "sso"]
)
def test_reserved_words_and_what_looks_like_them_are_refused(slug: str) -> None:
    with pytest.raises(SlugReserved):
        slugs.check(slug)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("acme", "ac-me"),
        ("globex", "g1obex"),
        ("globex", "gl0bex"),
        ("globex", "giobex"),
        ("modern", "modem"),
        ("savvy", "sawy"),
        ("cloud", "doud"),
        ("c1oud", "doud"),
        ("sales5", "saless"),
        ("quartz", "quart2"),
    ],
)
def test_slugs_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert slugs.skeleton(one) == slugs.skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("acme", "acne"), ("acme", "acme2"), ("globex", "globes"), ("north", "south")])
def test_slugs_that_differ_to_the_eye_have_two_skeletons(one: str, other: str) -> None:
    assert slugs.skeleton(one) != slugs.skeleton(other)


@given(st.from_regex(slugs.FORM, fullmatch=True).filter(lambda slug: len(slug) <= slugs.MAXIMUM))
def test_a_skeleton_is_its_own_skeleton_and_never_longer(slug: str) -> None:
    skeleton = slugs.skeleton(slug)

    assert slugs.skeleton(skeleton) == skeleton
    assert len(skeleton) <= len(slug)


@given(st.text(max_size=60))
def test_any_text_is_a_slug_or_is_refused(text: str) -> None:
    try:
        assert slugs.check(text) == text
    except (SlugInvalid, SlugReserved):
        return
    assert slugs.MINIMUM <= len(text) <= slugs.MAXIMUM
    assert text.isascii()
