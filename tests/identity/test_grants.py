"""Grants that contain others: pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import grants
from kernel.actors import allows

verbs = st.sampled_from(["read", "write", "execute"])
resources = st.sampled_from(["audit", "audit.entries", "identity.people", "identity.people.notes", "webhooks.endpoints"])
stems = st.sampled_from(["*", "audit.*", "identity.*", "identity.people.*", "webhooks.*"])
permissions = st.builds(lambda verb, resource: f"{verb}:{resource}", verbs, resources)
patterns = st.one_of(
    st.just("*"),
    permissions,
    st.builds(lambda verb, stem: f"{verb}:{stem}", verbs, stems),
    st.builds(lambda resource: f"*:{resource}", resources),
    st.builds(lambda stem: f"*:{stem}", stems.filter(lambda stem: stem != "*")),
)


@given(patterns, patterns, permissions)
def test_whoever_holds_the_container_holds_what_is_in_it(outer: str, inner: str, permission: str) -> None:
    if grants.contains(outer, inner) and allows(frozenset({inner}), permission):
        assert allows(frozenset({outer}), permission)


@given(patterns, permissions)
def test_containing_one_permission_is_allowing_it(pattern: str, permission: str) -> None:
    assert grants.contains(pattern, permission) == allows(frozenset({pattern}), permission)


@given(patterns)
def test_every_grant_is_well_formed_and_contains_itself(pattern: str) -> None:
    assert grants.is_well_formed(pattern)
    assert grants.contains(pattern, pattern)
    assert grants.contains("*", pattern)


@pytest.mark.parametrize(
    "grant",
    [
        "",
        "read",
        "read:",
        ":people",
        "*:*",
        "**",
        "read:**",
        "read:*.people",
        "read:people.",
        "READ:people",
        "read:people *",
        "read:a:b",
        "r\u0435ad:people",
        "read:people\n",
        "read:" + "a" * 100,
    ],
)
def test_what_is_not_a_grant_is_told(grant: str) -> None:
    assert not grants.is_well_formed(grant)


@pytest.mark.parametrize(
    ("wanted", "held", "missing"),
    [
        (["read:a"], [{"*"}], []),
        (["*"], [{"read:*", "write:*"}], ["*"]),
        (["read:*"], [{"read:a"}], ["read:*"]),
        (["write:webhooks.*"], [{"write:webhooks.endpoints"}], ["write:webhooks.*"]),
        (["write:webhooks"], [{"write:webhooks.*"}], ["write:webhooks"]),
        (["read:a", "write:a"], [{"*:a"}, {"read:*"}], ["write:a"]),
        (["read:a"], [], ["read:a"]),
        ([], [set()], []),
    ],
)
def test_missing_grants_are_named(wanted: list[str], held: list[set[str]], missing: list[str]) -> None:
    assert grants.uncovered(wanted, by=[frozenset(grant) for grant in held]) == missing
