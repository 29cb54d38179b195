"""Hostile bodies: each is refused with the right problem, and nothing is changed."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from audit import queries as audit
from identity.models import Role
from kernel.api import parsing
from kernel.problems import Invalid
from tests.caller import Caller

DEEP = b'{"name":' + b"[" * 17 + b"]" * 17 + b"}"
BOTTOMLESS = b"[" * 100_000
VALID = {"name": "parsed", "label": "Parsed", "description": "", "permissions": ["read:audit.entries"]}


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"{", 400, "malformed"),
        (b"\xff\xfe\x00", 400, "malformed"),
        (b'{"name": "a\\u0000b"}', 400, "malformed"),
        (b'{"na\\u0000me": "ab"}', 400, "malformed"),
        (b'{"name": "\\ud800"}', 400, "malformed"),
        (b'{"name": "a", "name": "b"}', 400, "malformed"),
        (b'{"x": {"y": 1, "y": 2}}', 400, "malformed"),
        (b'{"name": NaN}', 400, "malformed"),
        (b'{"name": Infinity}', 400, "malformed"),
        (b'{"name": -Infinity}', 400, "malformed"),
        (b'{"name": ' + b"9" * 5000 + b"}", 400, "malformed"),
        (DEEP, 400, "malformed"),
        (BOTTOMLESS, 400, "malformed"),
        (b"[]", 422, "invalid"),
        (b"7", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'"text"', 422, "invalid"),
        (b"", 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"name": 1e400, "label": "x", "permissions": []}', 422, "invalid"),
        (b'{"name": {"a": 1}, "label": [], "permissions": "all"}', 422, "invalid"),
        (b'{"name": null, "label": true, "permissions": [null]}', 422, "invalid"),
        (b'{"pad": "' + b"x" * parsing.MAX_BODY_BYTES + b'"}', 413, "too-large"),
        (b'{"pad": "' + b"x" * 1_100_000 + b'"}', 413, "too-large"),
    ],
    ids=lambda value: value[:20].decode(errors="replace") if isinstance(value, bytes) else str(value),
)
def test_a_hostile_body_is_refused_and_changes_nothing(caller: Caller, body: bytes, status: int, kind: str) -> None:
    before = Role.objects.count(), audit.entries(outcome="success").count()

    response = caller.post("/v1/roles", body)

    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert response.json()["type"] == f"/problems/{kind}"
    assert (Role.objects.count(), audit.entries(outcome="success").count()) == before


@pytest.mark.parametrize("announced", ["abc", "-1", "1e3", "٣٣", "²", "9" * 5000, "0x10", " "])
def test_a_length_that_is_no_length_is_the_callers_fault(caller: Caller, announced: str) -> None:
    response = caller.post("/v1/roles", VALID, CONTENT_LENGTH=announced)

    assert response.status_code in {400, 413, 422}
    assert not Role.objects.filter(name="parsed").exists()


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""]
)
def test_another_content_type_is_refused(caller: Caller, content_type: str) -> None:
    response = caller.post("/v1/roles", VALID, CONTENT_TYPE=content_type)

    assert (response.status_code, response.json()["type"]) == (415, "/problems/unsupported-media-type")
    assert not Role.objects.filter(name="parsed").exists()


def test_a_charset_beside_the_content_type_is_fine(caller: Caller) -> None:
    assert caller.post("/v1/roles", VALID, CONTENT_TYPE="application/json; charset=utf-8").status_code == 201


def test_every_fault_is_named_by_pointer(caller: Caller) -> None:
    response = caller.post("/v1/roles", {**VALID, "colour": "red", "a/b~c": 1})
    wrong = caller.post("/v1/roles", {"name": 7, "permissions": ["read:audit.entries", 5]})

    assert [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]] == [
        ("/colour", "unknown_field"),
        ("/a~1b~0c", "unknown_field"),
    ]
    assert {(fault["pointer"], fault["code"]) for fault in wrong.json()["errors"]} == {
        ("/name", "invalid"),
        ("/label", "required"),
        ("/permissions/1", "invalid"),
    }
    assert response.status_code == wrong.status_code == 422


class Inner(parsing.Shape):
    number = serializers.IntegerField()


class Outer(parsing.Shape):
    inner = Inner(many=True)
    names = serializers.ListField(child=serializers.CharField(max_length=3))


def test_pointers_lead_into_lists_and_objects() -> None:
    with pytest.raises(Invalid) as refused:
        parsing.validated(Outer, data={"inner": [{"number": 1}, {"number": "x", "more": 1}], "names": ["abc", "abcd"]})

    assert sorted(fault["pointer"] for fault in refused.value.fields["errors"]) == ["/inner/1/more", "/names/1"]


def test_a_partial_shape_may_leave_fields_out_but_not_add_any() -> None:
    assert parsing.validated(Outer, data={"names": ["a"]}, partial=True) == {"names": ["a"]}
    with pytest.raises(Invalid):
        parsing.validated(Outer, data={"names": ["a"]})
    with pytest.raises(Invalid):
        parsing.validated(Outer, data={"other": 1}, partial=True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_any_json_is_accepted_or_refused_never_a_fault(document: Any) -> None:
    with suppress(Invalid):
        parsing.validated(Outer, data=document)
