"""REST: people, roles and `me`, as a program sees them."""

from typing import Any

import pytest

from identity import actions, queries
from identity.models import ApiKey, Role, User
from kernel import ids, tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.caller import Caller
from tests.identity.answers import PROBLEM, is_problem, json_of
from tests.identity.trail import newest, nothing_recorded, recorded, recorded_once

# ---- me ----


def test_a_key_learns_who_it_is_and_what_it_may(client: Caller, acme: TenantRef) -> None:
    created = makers.make_key(scopes=("read:*",), roles=("admin",))
    client.key = created.secret

    document = json_of(client.get("/v1/me"))

    assert (document["kind"], document["id"], document["label"]) == ("key", created.key.public_id, "test key")
    assert document["grants"] == [["read:*"], ["read:*", "verify:*", "write:*"]]
    assert document["tenant"] == {"id": ids.show("ten", acme.id), "slug": "acme", "name": "Acme"}
    assert document["person"]["email"] == "keys@acme.example"


def test_nobody_is_asked_to_authenticate(client: Caller) -> None:
    with nothing_recorded():
        response = client.get("/v1/me")

    is_problem(response, status=401, kind="unauthenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


# ---- authentication ----


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer x", "Basic YTpi", "fh_only", "Bearer fh_\u00e9", "Bearer " + "x" * 5000, "Bearer fh_a fh_b"],
)
def test_a_bad_header_is_401_and_no_cookie_is_looked_at(header: str, client: Caller) -> None:
    person = makers.make_person(roles=("owner",))
    client.client.cookies["freehold_session"] = makers.signed_in(person.email).session_token

    response = client.get("/v1/me", HTTP_AUTHORIZATION=header)

    is_problem(response, status=401, kind="api-key-refused")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_is_401_on_the_very_next_request(root: Caller) -> None:
    assert root.get("/v1/me").status_code == 200
    actions.revoke_api_key(ApiKey.objects.get().id, reason="leaked", actor=makers.OPERATOR)

    is_problem(root.get("/v1/me"), status=401, kind="api-key-refused")

    assert newest("identity.api_key.refused")["details"]["reason"] == "revoked"


def test_a_key_of_another_tenant_is_401(client: Caller, globex: TenantRef) -> None:
    with tenancy.activate(globex, purpose=Purpose.OPERATOR):
        client.key = makers.make_key(email="keys@globex.example").secret

    is_problem(client.get("/v1/me"), status=401, kind="api-key-refused")


def test_the_scheme_is_read_in_any_case(root: Caller) -> None:
    assert root.get("/v1/me", HTTP_AUTHORIZATION=f"bEARER  {root.key}").status_code == 200


def test_a_session_reads_by_cookie_and_writes_only_with_proof_of_the_page(client: Caller) -> None:
    person = makers.make_person(roles=("owner",))
    client.client.handler.enforce_csrf_checks = True
    client.client.cookies["freehold_session"] = makers.signed_in(person.email).session_token
    body = {"email": "bob@acme.example", "name": "Bob", "roles": ["member"]}

    assert json_of(client.get("/v1/me"))["kind"] == "person"
    is_problem(client.post("/v1/people", body), status=403, kind="cross-site-refused")
    assert not User.objects.filter(email="bob@acme.example").exists()

    client.client.cookies["freehold_csrf"] = "a" * 32
    proven = client.post("/v1/people", body, HTTP_X_CSRFTOKEN="a" * 32, HTTP_ORIGIN="http://acme.localhost")
    assert proven.status_code == 201


def test_a_signed_out_session_is_nobody(client: Caller) -> None:
    person = makers.make_person(roles=("owner",))
    token = makers.signed_in(person.email).session_token
    client.client.cookies["freehold_session"] = token
    actions.sign_out(token)

    is_problem(client.get("/v1/me"), status=401, kind="unauthenticated")


# ---- people ----


def test_inviting_a_person_answers_once_with_the_secret(root: Caller) -> None:
    with recorded_once("identity.person.added"):
        response = root.post("/v1/people", {"email": "Bob@ACME.example", "name": "Bob", "roles": ["member"]})

    document = json_of(response)
    assert (response.status_code, response["ETag"]) == (201, '"v1"')
    assert response["Location"] == f"/v1/people/{document['id']}"
    assert (document["email"], document["status"], document["roles"]) == ("bob@acme.example", "invited", ["member"])
    assert queries.invitation(document["secret"]).user.email == "bob@acme.example"
    assert "secret" not in json_of(root.get(response["Location"]))


def test_a_repeated_request_does_not_repeat_the_secret(root: Caller) -> None:
    body = {"email": "bob@acme.example", "name": "Bob", "roles": []}
    first = json_of(root.post("/v1/people", body, HTTP_IDEMPOTENCY_KEY="bob-1"))

    with nothing_recorded():
        again = root.post("/v1/people", body, HTTP_IDEMPOTENCY_KEY="bob-1")

    assert again.status_code == 201
    assert json_of(again) == {**first, "secret": None}


@pytest.mark.parametrize(
    ("body", "status", "pointer", "code"),
    [
        ({}, 422, "/email", "required"),
        ({"email": "bob@acme.example", "name": "Bob", "roles": [], "admin": True}, 422, "/admin", "unknown_field"),
        ({"email": 5, "name": "Bob", "roles": []}, 422, "/email", "invalid"),
        ({"email": "bob@acme.example", "name": True, "roles": []}, 422, "/name", "invalid"),
        ({"email": "bob@acme.example", "name": None, "roles": []}, 422, "/name", "null"),
        ({"email": "bob@acme.example", "name": "Bob", "roles": "owner"}, 422, "/roles", "not_a_list"),
        ({"email": "bob@acme.example", "name": "Bob", "roles": [7]}, 422, "/roles/0", "invalid"),
        ({"email": "bob@acme.example", "name": "x" * 201, "roles": []}, 422, "/name", "max_length"),
        ({"email": "b" * 255, "name": "Bob", "roles": []}, 422, "/email", "max_length"),
        ({"email": "\u0431ob@acme.example", "name": "Bob", "roles": []}, 422, "/email", "email_not_ascii"),
        ({"email": "bob@acme.example", "name": "Bob\u202e", "roles": []}, 422, "/name", "unseen_characters"),
        ({"email": "bob@acme.example", "name": "Bob", "roles": ["emperor"]}, 422, "/roles", "unknown_role"),
    ],
)
def test_bad_fields_are_named_and_nothing_changes(body: Any, status: int, pointer: str, code: str, root: Caller) -> None:
    before = User.objects.count()

    with nothing_recorded():
        response = root.post("/v1/people", body)

    document = json_of(response)
    assert response.status_code == status
    assert {(fault["pointer"], fault["code"]) for fault in document["errors"]} >= {(pointer, code)}
    assert User.objects.count() == before


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b'{"email": "a\\u0000b"}',
        b'{"name": 1, "name": 2}',
        b"\xff",
        b'{"email": "\\ud800"}',
        b'{"name": NaN}',
    ],
)
def test_a_broken_body_is_refused(body: bytes, root: Caller) -> None:
    with nothing_recorded():
        response = root.post("/v1/people", body)

    assert response.status_code in {400, 422}
    assert response["Content-Type"] == PROBLEM


def test_a_taken_address_is_a_conflict(root: Caller) -> None:
    makers.make_person("bob@acme.example")

    with nothing_recorded():
        response = root.post("/v1/people", {"email": "BOB@acme.example", "name": "Bob", "roles": []})

    is_problem(response, status=409, kind="email-taken")


def test_escalation_by_a_key_is_403_and_on_the_trail(client: Caller) -> None:
    created = makers.make_key(scopes=("write:*", "read:*"), roles=("owner",))
    client.key = created.secret

    response = client.post("/v1/people", {"email": "evil@acme.example", "name": "Evil", "roles": ["owner"]})

    assert is_problem(response, status=403, kind="beyond-own-permissions")["missing"] == ["*"]
    assert not User.objects.filter(email="evil@acme.example").exists()
    refusal = recorded("audit.request.refused")
    assert [entry["actor"]["id"] for entry in refusal] == [created.key.public_id]


def test_people_are_listed_in_pages_with_filters(root: Caller, owner: Any) -> None:
    for number in range(5):
        actions.add_person(f"page{number}@acme.example", f"Page {number}", [], actor=owner)

    first = root.get("/v1/people?q=page&status=invited&limit=3")
    found = json_of(first)
    second = json_of(root.get(first["Link"].split(">")[0][1:]))

    assert [person["name"] for person in found["data"]] == ["Page 4", "Page 3", "Page 2"]
    assert found["has_more"] is True
    assert [person["name"] for person in second["data"]] == ["Page 1", "Page 0"]
    assert (second["has_more"], second["next_cursor"]) == (False, None)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("status=gone", 422),
        ("limit=0", 422),
        ("limit=x", 422),
        ("cursor=abc", 400),
        ("colour=red", 422),
        ("q=a&q=b", 400),
        ("q=%00", 400),
        ("q=" + "x" * 201, 422),
    ],
)
def test_bad_parameters_are_refused(query: str, status: int, root: Caller) -> None:
    response = root.get(f"/v1/people?{query}")

    assert response.status_code == status
    assert response["Content-Type"] == PROBLEM


def test_a_person_is_changed_under_its_etag(root: Caller) -> None:
    person = queries.person(makers.make_person("bob@acme.example").id)
    path = f"/v1/people/{person.public_id}"
    etag = root.get(path)["ETag"]

    changed = root.patch(path, {"name": "Robert", "roles": ["auditor"]}, HTTP_IF_MATCH=etag)
    assert changed.status_code == 200
    assert (json_of(changed)["name"], json_of(changed)["roles"]) == ("Robert", ["auditor"])

    with nothing_recorded():
        stale = root.patch(path, {"name": "Bobby"}, HTTP_IF_MATCH=etag)
    assert is_problem(stale, status=412, kind="precondition-failed")["current_version"] == person.version + 1


def test_a_person_is_suspended_resumed_and_deactivated(root: Caller) -> None:
    person = makers.make_person("bob@acme.example")
    path = f"/v1/people/{person.public_id}"

    assert json_of(root.put(f"{path}/suspension", {"reason": "on leave"}))["status"] == "suspended"
    assert json_of(root.delete(f"{path}/suspension"))["status"] == "active"
    assert json_of(root.put(f"{path}/deactivation", {"reason": "left"}))["status"] == "deactivated"
    refused = is_problem(root.delete(f"{path}/suspension"), status=409, kind="person-state")
    assert refused["person_status"] == "deactivated"

    again = root.post(f"{path}/invitation")
    assert again.status_code == 201
    assert queries.invitation(json_of(again)["secret"]).user_id == person.id


def test_the_sessions_of_a_person_are_ended(root: Caller) -> None:
    person = makers.make_person("bob@acme.example")
    token = makers.signed_in(person.email).session_token

    assert json_of(root.delete(f"/v1/people/{person.public_id}/sessions")) == {"sessions_ended": 1}
    assert queries.session_actor(token) is None


# ---- roles ----


def test_a_role_is_made_changed_and_deleted(root: Caller) -> None:
    made = root.post("/v1/roles", {"name": "help-desk", "label": "Help desk", "permissions": ["read:identity.people"]})
    path = made["Location"]
    assert (made.status_code, json_of(made)["is_builtin"]) == (201, False)

    changed = root.patch(path, {"permissions": ["*:identity.people"]}, HTTP_IF_MATCH=made["ETag"])
    assert (json_of(changed)["permissions"], changed["ETag"]) == (["*:identity.people"], '"v2"')

    assert root.delete(path, HTTP_IF_MATCH='"v2"').status_code == 204
    is_problem(root.get(path), status=404, kind="role-not-found")


def test_a_built_in_role_is_a_conflict(root: Caller) -> None:
    path = f"/v1/roles/{Role.objects.get(name='owner').public_id}"

    with nothing_recorded():
        is_problem(root.delete(path), status=409, kind="role-built-in")
        is_problem(root.patch(path, {"label": "King"}), status=409, kind="role-built-in")


def test_roles_are_listed(root: Caller) -> None:
    assert {role["name"] for role in json_of(root.get("/v1/roles"))["data"]} == {
        "owner", "admin", "auditor", "developer", "operator", "billing", "member",
    }  # fmt: skip


# ---- the operator acting in a tenant ----


def test_the_operator_acts_in_a_tenant_and_names_who_owns_a_key(
    operator_client: Caller, platform: TenantRef, acme: TenantRef
) -> None:
    person = makers.make_person("bob@acme.example", roles=("member",))
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        created = makers.make_key(email="product@platform.example")
    operator_client.key = created.secret

    me = json_of(operator_client.get("/v1/me", HTTP_X_TENANT_ID="acme"))
    assert (me["id"], me["tenant"]["id"], me["person"]) == (created.key.public_id, ids.show("ten", acme.id), None)

    body = {"name": "for Bob", "scopes": ["read:identity.people"]}
    is_problem(operator_client.post("/v1/api-keys", body, HTTP_X_TENANT_ID="acme"), status=403, kind="api-key-owner")
    made = operator_client.post("/v1/api-keys", {**body, "owner": person.public_id}, HTTP_X_TENANT_ID="acme")
    assert (made.status_code, json_of(made)["owner"]["email"]) == (201, "bob@acme.example")
    assert newest("identity.api_key.created")["actor"]["id"] == created.key.public_id


# ---- whose it is ----


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/people/{person}", None),
        ("PATCH", "/v1/people/{person}", {"name": "Stolen"}),
        ("PUT", "/v1/people/{person}/suspension", {"reason": "not mine"}),
        ("DELETE", "/v1/people/{person}/suspension", None),
        ("PUT", "/v1/people/{person}/deactivation", {"reason": "not mine"}),
        ("POST", "/v1/people/{person}/invitation", None),
        ("DELETE", "/v1/people/{person}/sessions", None),
        ("GET", "/v1/roles/{role}", None),
        ("PATCH", "/v1/roles/{role}", {"label": "Stolen"}),
        ("DELETE", "/v1/roles/{role}", None),
        ("GET", "/v1/api-keys/{key}", None),
        ("PUT", "/v1/api-keys/{key}/revocation", {"reason": "not mine"}),
    ],
)
def test_another_tenants_things_are_not_found(method: str, path: str, body: Any, root: Caller, globex: TenantRef) -> None:
    with tenancy.activate(globex, purpose=Purpose.OPERATOR):
        created = makers.make_key(email="keys@globex.example")
        role = actions.create_role("theirs", label="Theirs", permissions=["read:*"], actor=makers.OPERATOR)
        address = path.format(person=created.key.holder.public_id, role=role.public_id, key=created.key.public_id)

    with nothing_recorded():
        response = root.call(method, address, body)

    assert response.status_code == 404
    with tenancy.activate(globex, purpose=Purpose.OPERATOR):
        assert queries.person(created.key.holder.id).status == "active"
        assert queries.role(role.id).label == "Theirs"
        assert queries.api_key(created.key.id).state == "active"


@pytest.mark.parametrize(
    "text", ["usr_", "usr_x", "key_" + "0" * 26, "usr_" + "z" * 26, "usr_" + "u" * 26, "1", "..", "%2e%2e", "usr_" + "0" * 26]
)
def test_what_is_no_id_is_not_found(text: str, root: Caller) -> None:
    with nothing_recorded():
        assert root.get(f"/v1/people/{text}").status_code == 404


def test_methods_that_a_route_does_not_have_are_405(root: Caller) -> None:
    assert root.delete("/v1/people").status_code == 405
    assert root.post("/v1/me", {}).status_code == 405
