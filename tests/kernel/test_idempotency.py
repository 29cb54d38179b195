"""Idempotency-Key: one change and one answer per key, whatever is sent how often."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from audit import queries as audit
from identity.models import ApiKey, Role, User
from kernel import clock, tenancy
from kernel.tenancy import Purpose, TenantRef
from operations import answers
from operations.models import KeptAnswer
from tests import makers
from tests.caller import Caller
from tests.tenancy.worker import wait_until

KEY = {"HTTP_IDEMPOTENCY_KEY": "order-66"}
ROLE = {"name": "kept", "label": "Kept", "description": "", "permissions": ["read:audit.entries"]}


def test_the_same_request_again_gets_the_same_answer_and_changes_nothing(caller: Caller) -> None:
    first = caller.post("/v1/roles", ROLE, **KEY)
    entries = audit.entries(outcome="success").count()

    second = caller.post("/v1/roles", ROLE, **KEY)

    assert (first.status_code, first.get("Idempotent-Replayed")) == (201, None)
    assert (second.status_code, second["Idempotent-Replayed"]) == (201, "true")
    assert second.content == first.content
    assert [second[name] for name in ("ETag", "Location", "Content-Type")] == [
        first[name] for name in ("ETag", "Location", "Content-Type")
    ]
    assert Role.objects.filter(name="kept").count() == 1
    assert audit.entries(outcome="success").count() == entries


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/roles", {**ROLE, "label": "Other"}),
        ("POST", "/v1/roles?x=1", ROLE),
        ("POST", "/v1/people", ROLE),
        ("PATCH", "/v1/roles", ROLE),
    ],
)
def test_another_request_under_the_same_key_is_refused(caller: Caller, method: str, path: str, body: Any) -> None:
    caller.post("/v1/roles", ROLE, **KEY)
    before = Role.objects.count(), User.objects.count(), audit.entries(outcome="success").count()

    response: Any = caller.call(method, path, body, **KEY)

    if method == "PATCH":
        assert response.status_code == 405
    else:
        assert (response.status_code, response.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert (Role.objects.count(), User.objects.count(), audit.entries(outcome="success").count()) == before


def test_a_refused_request_keeps_nothing(caller: Caller) -> None:
    refused = caller.post("/v1/roles", {**ROLE, "permissions": ["nonsense"]}, **KEY)

    accepted = caller.post("/v1/roles", ROLE, **KEY)

    assert (refused.status_code, accepted.status_code) == (422, 201)
    assert accepted.get("Idempotent-Replayed") is None


def test_keys_of_two_callers_have_nothing_to_do_with_each_other(caller: Caller) -> None:
    other = Caller(host="acme.localhost", key=makers.make_key(email="second@acme.example").secret)
    caller.post("/v1/roles", ROLE, **KEY)

    response = other.post("/v1/roles", {**ROLE, "name": "kept-too"}, **KEY)

    assert response.status_code == 201
    assert response.get("Idempotent-Replayed") is None


def test_the_secret_of_a_new_key_is_neither_kept_nor_given_again(caller: Caller) -> None:
    body = {"name": "made once", "scopes": ["read:*"]}
    first = caller.post("/v1/api-keys", body, **KEY)

    second = caller.post("/v1/api-keys", body, **KEY)

    secret = first.json()["secret"]
    assert secret.startswith("fh_")
    assert second.json() == {**first.json(), "secret": None}
    assert ApiKey.objects.filter(name="made once").count() == 1
    assert secret not in KeptAnswer.objects.get(key="order-66").body


def test_the_token_of_an_invitation_is_neither_kept_nor_given_again(caller: Caller) -> None:
    body = {"email": "new@acme.example", "name": "New", "roles": ["member"]}
    first = caller.post("/v1/people", body, **KEY)

    second = caller.post("/v1/people", body, **KEY)

    assert len(first.json()["secret"]) >= 22
    assert second.json() == {**first.json(), "secret": None}
    assert first.json()["secret"] not in KeptAnswer.objects.get(key="order-66").body


def test_a_read_takes_no_key(caller: Caller) -> None:
    assert caller.get("/v1/me", **KEY).status_code == 200
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize("key", ["", " ", '""', "é", "a" * 256, "a\tb"])
def test_a_garbled_key_is_refused(caller: Caller, key: str) -> None:
    response = caller.post("/v1/roles", ROLE, HTTP_IDEMPOTENCY_KEY=key)

    assert (response.status_code, response.json()["type"]) == (400, "/problems/malformed")
    assert not Role.objects.filter(name="kept").exists()


def test_a_quoted_key_is_the_same_key(caller: Caller) -> None:
    caller.post("/v1/roles", ROLE, **KEY)

    assert caller.post("/v1/roles", ROLE, HTTP_IDEMPOTENCY_KEY='"order-66"')["Idempotent-Replayed"] == "true"


def test_an_answer_is_forgotten_after_a_day(caller: Caller) -> None:
    caller.post("/v1/roles", ROLE, **KEY)
    KeptAnswer.objects.update(created_at=clock.now() - answers.KEPT_FOR - timedelta(seconds=1))

    again = caller.post("/v1/roles", {**ROLE, "name": "kept-anew"}, **KEY)

    assert (again.status_code, again.get("Idempotent-Replayed")) == (201, None)
    assert answers.drop_old() == 0
    KeptAnswer.objects.update(created_at=clock.now() - answers.KEPT_FOR - timedelta(seconds=1))
    assert answers.drop_old() == 1


@pytest.fixture(scope="module")
def pair(installation: None) -> Iterator[tuple[TenantRef, str]]:
    """A tenant of this file's own, since its requests commit, and a key of it."""
    with makers.passing_tenant("once-only") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            secret = makers.make_key().secret
        yield ref, secret


@pytest.mark.committed
def test_two_requests_at_once_make_one_change(pair: tuple[TenantRef, str]) -> None:
    ref, secret = pair

    first, second = _at_once(ref, secret=secret, body={**ROLE, "name": "at-once"})

    answered = sorted([first, second], key=lambda response: response.get("Idempotent-Replayed", ""))
    assert [response.status_code for response in answered] == [201, 201]
    assert [response.get("Idempotent-Replayed") for response in answered] == [None, "true"]
    assert first.content == second.content
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        assert Role.objects.filter(name="at-once").count() == 1
        assert audit.entries(action="identity.role.created", subject=first.json()["id"]).count() == 1


@pytest.mark.committed
def test_a_second_request_does_not_wait_for_ever(pair: tuple[TenantRef, str], monkeypatch: pytest.MonkeyPatch) -> None:
    ref, secret = pair
    monkeypatch.setattr(answers, "WAIT_MS", 100)

    first, second = _at_once(ref, secret=secret, body={**ROLE, "name": "in-haste"}, until_refused=1)

    answered = sorted([first, second], key=lambda response: response.status_code)
    assert [response.status_code for response in answered] == [201, 409]
    assert answered[1].json()["type"] == "/problems/idempotency-key-running"
    assert answered[1]["Retry-After"] == "2"
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        assert Role.objects.filter(name="in-haste").count() == 1


def _at_once(ref: TenantRef, *, secret: str, body: Any, until_refused: int = 0) -> tuple[Any, Any]:
    """The answers to two equal requests that certainly overlap: the table is held until both wait, or one of them has given up."""

    def send() -> Any:
        try:
            return Caller(host=f"{ref.slug}.localhost", key=secret).post("/v1/roles", body, HTTP_IDEMPOTENCY_KEY=body["name"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool, makers.superuser(ref.cell) as server:
        with server.transaction():
            server.execute(f"LOCK TABLE {ref.schema}.identity_role IN EXCLUSIVE MODE")
            sent: list[Future[Any]] = [pool.submit(send), pool.submit(send)]
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            if until_refused:
                wait_until(lambda: sum(future.done() for future in sent) == until_refused, what="a request that gives up")
            else:
                wait_until(lambda: server.execute(waiting).fetchone() == (2,), what="both requests to wait")
        return sent[0].result(), sent[1].result()
