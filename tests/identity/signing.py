"""Signing requests in tests, with the very file that users of the API copy, and spoiling them afterwards."""

import importlib.util
import secrets
from datetime import timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver, InvalidSignature, algorithms

from identity import actions, queries
from identity.actions.signing_keys import CreatedSigningKey
from identity.models import ApiKey
from identity.problems import SignatureRefused
from identity.request_signing import Message, public_keys
from kernel import clock
from tests import makers
from tests.conftest import ROOT
from tests.identity.trail import newest, recorded

HOST = "acme.localhost"
PAIR = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = public_keys.shown(PAIR.public_key().public_bytes_raw())
WSGI = {
    "Signature-Input": "HTTP_SIGNATURE_INPUT",
    "Signature": "HTTP_SIGNATURE",
    "Content-Digest": "HTTP_CONTENT_DIGEST",
    "X-Tenant-ID": "HTTP_X_TENANT_ID",
    "X-Forwarded-Uri": "HTTP_X_FORWARDED_URI",
}


def _client() -> ModuleType:
    spec = importlib.util.spec_from_file_location("freehold_signing", ROOT / "clients" / "python" / "freehold_signing.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


client = _client()


def made(api_key: ApiKey, *, algorithm: str = "hmac-sha256") -> CreatedSigningKey:
    """A signing key of an API key; an ed25519 one has PAIR."""
    public_key = PUBLIC if algorithm == "ed25519" else ""
    return actions.create_signing_key(
        api_key.id, name="test signer", algorithm=algorithm, public_key=public_key, actor=makers.OPERATOR
    )


def headers(
    created: CreatedSigningKey, method: str, path: str, *, body: bytes = b"", host: str = HOST, tenant: str = ""
) -> dict[str, str]:
    """The signature headers of one request, in WSGI spelling."""
    sign = client.hmac_sha256(created.secret) if created.secret else PAIR.sign
    signed = client.signed_headers(
        method,
        f"http://{host}{path}",
        body=body,
        tenant=tenant,
        key_id=created.key.key_id,
        sign=sign,
        algorithm=created.key.algorithm,
    )
    return {WSGI[name]: value for name, value in signed.items()}


class _Secret(HTTPSignatureKeyResolver):
    """The one key that there is."""

    def __init__(self, secret: str) -> None:
        self.secret = secret.encode()

    def resolve_private_key(self, key_id: str) -> bytes:  # noqa: ARG002  (the package's signature)
        return self.secret

    def resolve_public_key(self, key_id: str) -> bytes:  # noqa: ARG002
        return self.secret


def by_library(created: CreatedSigningKey, method: str, path: str, *, body: bytes) -> dict[str, str]:
    """The same headers, made by a package that others use."""
    message = SimpleNamespace(method=method, url=f"http://{HOST}{path}", headers={})
    signer = HTTPMessageSigner(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=_Secret(created.secret))
    moment = clock.now()
    signer.sign(
        message,
        key_id=created.key.key_id,
        created=moment,
        expires=moment + timedelta(seconds=60),
        nonce=secrets.token_urlsafe(18),
        tag="freehold-v1",
        covered_component_ids=("@method", "@authority", "@path", "@query"),
        body=body,
    )
    return {WSGI[name]: value for name, value in message.headers.items()}


def library_accepts(created: CreatedSigningKey, method: str, path: str, *, headers: dict[str, str], body: bytes) -> bool:
    """Whether that package takes what our client signed."""
    names = {wsgi: name for name, wsgi in WSGI.items()}
    message: Any = SimpleNamespace(
        method=method, url=f"http://{HOST}{path}", headers={names[wsgi]: value for wsgi, value in headers.items()}
    )
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=_Secret(created.secret))
    try:
        return len(verifier.verify(message, max_age=timedelta(seconds=300), expect_tag="freehold-v1", body=body)) == 1
    except InvalidSignature:
        return False


def message(headers: dict[str, str], *, method: str = "GET", path: str = "/v1/me", query: str = "", body: bytes = b"") -> Message:
    """The request that these headers sign, as the check sees it."""
    return Message(
        method=method,
        host=HOST,
        scheme="http",
        path=path,
        query=query,
        signature_input=headers["HTTP_SIGNATURE_INPUT"],
        signature=headers["HTTP_SIGNATURE"],
        content_digest=headers.get("HTTP_CONTENT_DIGEST"),
        tenant=headers.get("HTTP_X_TENANT_ID"),
        body=lambda: body,
    )


def refusal_of(asked: Message) -> str:
    """The reason in the trail, of a request that must be refused; empty when nothing stands there, as for what is not in the profile."""
    before = len(recorded("identity.signing_key.refused"))
    with pytest.raises(SignatureRefused):
        queries.signed_actor(asked)
    return (
        str(newest("identity.signing_key.refused")["details"]["reason"])
        if len(recorded("identity.signing_key.refused")) > before
        else ""
    )
