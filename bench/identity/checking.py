"""Inside the measured process: blocks of one check each, the key's in turns with the bare query that it is compared with."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_network
from typing import Any, Final

from django.db import connections

from identity import queries
from identity.permissions import Permission
from identity.request_signing import Message, base
from kernel import clock, context, tenancy
from kernel.actors import EVERYTHING, Actor, allows
from kernel.tenancy import Purpose
from tenants import queries as registry

BODY: Final = b"x" * 4096
GRANTS: Final = frozenset(f"read:resource-{number}.things" for number in range(200)) | {"*:identity.teams", "write:audit.*"}
ASKED: Final = ("read:resource-7.things", "write:identity.teams", "write:audit.holds", "read:identity.people")
RBAC_CALLS: Final = 2000
ADDRESSES: Final = ip_network("10.0.0.0/8").hosts()
"""Each is asked from once."""

SELECT: Final = "SELECT k.id, k.secret_hash FROM identity_apikey k WHERE k.key_id = %s"


@contextmanager
def _inside(slug: str) -> Iterator[None]:
    """A request to a tenant, as far as checks can see."""
    unit = context.RequestContext(request_id="bench", address="192.0.2.7")
    with context.bound(unit), tenancy.activate(registry.tenant_by_slug(slug).ref(), purpose=Purpose.REQUEST):
        yield


def check_keys(slug: str, secret: str, count: int) -> dict[str, Any]:
    """Wall time of key checks and bare indexed queries in turns, and CPU time per check of a block of checks alone (µs)."""
    key_id = secret.split("_")[1]
    with _inside(slug):
        checks, selects = [], []
        for _ in range(count):
            checks.append(_taken_us(lambda: queries.key_actor(secret)))
            selects.append(_taken_us(lambda: _select(key_id)))
        began = time.process_time_ns()
        for _ in range(count):
            queries.key_actor(secret)
        cpu_us = (time.process_time_ns() - began) / 1e3 / count
    return {"checks_us": checks, "selects_us": selects, "cpu_us": cpu_us}


def _select(key_id: str) -> Any:
    """The bare query: the row of a key by its index as Django runs it, on the same connection, inside the same tenant."""
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(SELECT, [key_id])
        return cursor.fetchone()


def check_signatures(slug: str, signing_id: str, signing_secret: str, count: int) -> dict[str, Any]:
    """Wall time of each check of a signed request with 4 KiB of body: form, key, signature, digest and nonce (µs). Signing is not counted."""
    with _inside(slug):
        messages = [_signed(signing_id, secret=signing_secret) for _ in range(count)]
        return {"checks_us": [_taken_us(lambda one=message: queries.signed_actor(one)) for message in messages]}  # type: ignore[misc]


def check_grants() -> dict[str, Any]:
    """CPU time per question to 202 grants, some of them wildcards, a quarter of the questions answered with no (µs)."""
    began = time.thread_time_ns()
    for _ in range(RBAC_CALLS):
        for permission in ASKED:
            allows(GRANTS, permission)
    return {"check_us": (time.thread_time_ns() - began) / 1e3 / RBAC_CALLS / len(ASKED)}


def check_policies(slug: str, secret: str, count: int) -> dict[str, Any]:
    """CPU time of each `require` of an actor whose tenant has policies in force, parsed before (µs): it waits for nothing but its turn.

    Each question comes from another address, so that no answer that was kept serves it.
    """
    with _inside(slug):
        actor: Actor = queries.key_actor(secret)
        _require_policies(actor)
        callers = [replace(actor, facts=replace(actor.facts, address=str(next(ADDRESSES)))) for _ in range(count)]  # type: ignore[arg-type]
        return {"checks_us": [_cpu_us(lambda caller=caller: caller.require(Permission.READ_TEAMS)) for caller in callers]}  # type: ignore[misc]


def _require_policies(actor: Actor) -> None:
    """A run that asked no policy would measure nothing."""
    if actor.facts is None or actor.grants[0] != EVERYTHING:
        raise RuntimeError("the key's tenant has no policies in force")


def _taken_us(call: Callable[[], Any]) -> float:
    began = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - began) / 1e3


def _cpu_us(call: Callable[[], Any]) -> float:
    began = time.thread_time_ns()
    call()
    return (time.thread_time_ns() - began) / 1e3


def _signed(key_id: str, *, secret: str) -> Message:
    """A request as a client signs it."""
    moment = int(clock.now().timestamp())
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(BODY).digest()).decode()}:"
    parameters = (
        f'("@method" "@authority" "@path" "@query" "content-digest");created={moment};expires={moment + 60}'
        f';nonce="{secrets.token_urlsafe(18)}";keyid="{key_id}";alg="hmac-sha256";tag="freehold-v1"'
    )
    values = (
        ("@method", "POST"),
        ("@authority", "shop.localhost"),
        ("@path", "/v1/things"),
        ("@query", "?"),
        ("content-digest", digest),
    )
    signed = base.of(((f'"{name}"', value) for name, value in values), parameters=parameters)
    proof = base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()
    return Message(
        method="POST",
        host="shop.localhost",
        scheme="http",
        path="/v1/things",
        query="",
        signature_input=f"sig={parameters}",
        signature=f"sig=:{proof}:",
        content_digest=digest,
        tenant=None,
        body=lambda: BODY,
    )
