"""Idempotency-Key: one answer per key, actor and request (draft-ietf-httpapi-idempotency-key-header).

The key is claimed and the answer kept in the transaction of the change itself, so there is no moment in which one stands without the other.
A refused or failed request keeps nothing: it may be sent again with the same key.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Protocol, cast

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import IdempotencyReused, Malformed

HEADER = "HTTP_IDEMPOTENCY_KEY"
MAX_LENGTH = 255
REPLAYED = "Idempotent-Replayed"
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
SECRET_FIELD = "secret"  # noqa: S105  (the name of a field, not a secret)


class Kept(Protocol):
    """A stored answer as the store gives it back."""

    fingerprint: bytes
    status: int
    headers: dict[str, str]
    body: str


class Store(Protocol):
    """Where answers are kept; named in `settings.IDEMPOTENCY_STORE`, since the kernel owns no table."""

    def claim(self, *, key: str, actor_id: str, fingerprint: bytes) -> Kept | None:
        """Take the key, or return the answer that it already has. Raises IdempotencyRunning."""

    def keep(self, *, key: str, actor_id: str, status: int, headers: dict[str, str], body: str) -> None:
        """Keep the answer of a claimed key."""


def once(key: str, *, actor: Actor, request: HttpRequest, handler: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Answer from the store, or run the handler and keep its answer.

    Raises Malformed for a bad key, IdempotencyReused for another request under the same key, IdempotencyRunning.
    """
    key = _checked(key)
    fingerprint = _fingerprint(request)
    store = cast("Store", import_string(settings.IDEMPOTENCY_STORE))
    with tenancy.atomic():
        kept = store.claim(key=key, actor_id=actor.id, fingerprint=fingerprint)
        if kept is not None:
            return _replay(kept, fingerprint=fingerprint)
        response = handler()
        headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        body = _without_secrets(cast("HttpResponse", response))
        store.keep(key=key, actor_id=actor.id, status=response.status_code, headers=headers, body=body)
    return response


def _checked(key: str) -> str:
    bare = key.strip().removeprefix('"').removesuffix('"')
    if not 1 <= len(bare) <= MAX_LENGTH or not bare.isascii() or not bare.isprintable():
        raise Malformed(f"An Idempotency-Key is 1 to {MAX_LENGTH} printable ASCII characters.", header="Idempotency-Key")
    return bare


def _fingerprint(request: HttpRequest) -> bytes:
    parts = (request.method or "", request.get_full_path(), hashlib.sha256(request.body).hexdigest())
    return hashlib.sha256("\0".join(parts).encode()).digest()


def _replay(kept: Kept, *, fingerprint: bytes) -> HttpResponse:
    if bytes(kept.fingerprint) != fingerprint:
        raise IdempotencyReused(
            "Take a new Idempotency-Key for a new request; this one belongs to another method, address or body."
        )
    response = HttpResponse(kept.body.encode(), status=kept.status)
    for name, value in kept.headers.items():
        response[name] = value
    response[REPLAYED] = "true"
    return response


def _without_secrets(response: HttpResponse) -> str:
    """The answer without what is shown once: kept answers lie in the database in clear."""
    document: Any = orjson.loads(response.content) if response.content else None
    shown_once = {SECRET_FIELD, *getattr(response, "shown_once", ())}
    if not isinstance(document, dict) or shown_once.isdisjoint(document):
        return response.content.decode()
    return orjson.dumps(document | dict.fromkeys(shown_once & document.keys())).decode()
