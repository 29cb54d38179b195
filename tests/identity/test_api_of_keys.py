"""REST: API keys, as a program sees them."""

from typing import Any

import pytest

from identity.models import ApiKey
from tests.caller import Caller
from tests.identity.answers import is_problem, json_of
from tests.identity.trail import nothing_recorded


def test_a_made_key_works_and_its_secret_is_in_that_answer_only(root: Caller) -> None:
    made = root.post("/v1/api-keys", {"name": "SIEM", "scopes": ["read:*"], "expires_in_days": 30})
    document = json_of(made)
    assert (made.status_code, document["state"], document["owner"]["email"]) == (201, "active", "keys@acme.example")

    shown = root.get(made["Location"])
    assert document["secret"].encode() not in shown.content + root.get("/v1/api-keys").content
    assert json_of(shown) == {name: value for name, value in document.items() if name != "secret"}

    root.key = document["secret"]
    assert root.get("/v1/people").status_code == 200
    assert root.post("/v1/people", {}).status_code == 403


def test_a_repeated_request_makes_one_key_and_keeps_its_secret(root: Caller) -> None:
    body = {"name": "SIEM", "scopes": ["read:*"]}
    first = root.post("/v1/api-keys", body, HTTP_IDEMPOTENCY_KEY="siem-1")
    again = root.post("/v1/api-keys", body, HTTP_IDEMPOTENCY_KEY="siem-1")

    assert json_of(again) == {**json_of(first), "secret": None}
    assert ApiKey.objects.filter(name="SIEM").count() == 1
    other = root.post("/v1/api-keys", {**body, "name": "Other"}, HTTP_IDEMPOTENCY_KEY="siem-1")
    is_problem(other, status=422, kind="idempotency-key-reused")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["all"]}, "/scopes"),
        ({"scopes": "read:*"}, "/scopes"),
        ({"scopes": [["read:*"]]}, "/scopes/0"),
        ({"expires_in_days": 0}, "/expires_in_days"),
        ({"expires_in_days": 367}, "/expires_in_days"),
        ({"expires_in_days": "90"}, "/expires_in_days"),
        ({"expires_in_days": True}, "/expires_in_days"),
        ({"expires_in_days": 1.5}, "/expires_in_days"),
        ({"name": "  "}, "/name"),
        ({"secret": "fh_mine"}, "/secret"),
    ],
)
def test_bad_fields_of_a_key_are_named(change: dict[str, Any], pointer: str, root: Caller) -> None:
    with nothing_recorded():
        response = root.post("/v1/api-keys", {"name": "SIEM", "scopes": ["read:*"], **change})

    assert response.status_code == 422
    assert pointer in [fault["pointer"] for fault in json_of(response)["errors"]]


def test_a_key_is_revoked_for_a_reason(root: Caller) -> None:
    made = root.post("/v1/api-keys", {"name": "SIEM", "scopes": ["read:*"]})

    revoked = root.put(f"{made['Location']}/revocation", {"reason": "leaked"}, HTTP_IF_MATCH=made["ETag"])

    assert (json_of(revoked)["state"], json_of(revoked)["revoke_reason"], revoked["ETag"]) == ("revoked", "leaked", '"v2"')
    root.key = json_of(made)["secret"]
    is_problem(root.get("/v1/me"), status=401, kind="api-key-refused")


def test_keys_are_listed_by_state(root: Caller) -> None:
    assert [key["name"] for key in json_of(root.get("/v1/api-keys?state=active"))["data"]] == ["test key"]
    assert json_of(root.get("/v1/api-keys?state=revoked"))["data"] == []
