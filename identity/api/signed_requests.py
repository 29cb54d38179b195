"""Who asks, when the request is signed. Named in `settings.REST_FRAMEWORK`, before the other ways: a signature that is there is never overlooked."""

from typing import Any

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from identity import queries
from identity.api.authentication import SCHEME
from identity.problems import KeyRefused
from identity.request_signing import Message, base
from kernel.actors import Actor

INPUT_HEADER = "HTTP_SIGNATURE_INPUT"
SIGNATURE_HEADER = "HTTP_SIGNATURE"
DIGEST_HEADER = "HTTP_CONTENT_DIGEST"
PATH_HEADER = "HTTP_X_FORWARDED_URI"
TENANT_HEADER = "HTTP_X_TENANT_ID"  # the word of kernel.api.views, which itself needs this module to be there first


class SignedRequestAuthentication(BaseAuthentication):
    """`Signature-Input` and `Signature` (RFC 9421), alone or beside `Authorization: Bearer fh_…`."""

    def authenticate(self, request: Request) -> tuple[Actor, None] | None:
        """The actor whose key signed; None when neither header is there. Raises SignatureRefused, NoncesUnavailable, KeyRefused."""
        asked = request._request
        if INPUT_HEADER not in asked.META and SIGNATURE_HEADER not in asked.META:
            return None
        actor = queries.signed_actor(message_of(asked), presented=_presented(asked))
        asked.actor = actor  # type: ignore[attr-defined]  # where the trail of refusals looks for it
        return actor, None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  (DRF's signature)
        """What a 401 asks for."""
        return 'Bearer realm="freehold"'


def message_of(request: HttpRequest) -> Message:
    """The parts of Django's request that signatures cover."""
    meta = request.META
    return Message(
        method=request.method or "",
        host=request.get_host(),
        scheme=request.scheme or "",
        path=base.path(request.path, told=meta.get(PATH_HEADER, "")),
        query=meta.get("QUERY_STRING", ""),
        signature_input=meta.get(INPUT_HEADER, ""),
        signature=meta.get(SIGNATURE_HEADER, ""),
        content_digest=meta.get(DIGEST_HEADER),
        tenant=meta.get(TENANT_HEADER),
        body=lambda: request.body,
    )


def _presented(request: HttpRequest) -> str:
    header = str(request.META.get("HTTP_AUTHORIZATION", ""))
    if not header:
        return ""
    if not header.lower().startswith(SCHEME):
        raise KeyRefused("Send the API key as `Authorization: Bearer fh_…`; no other scheme is read.")
    return header[len(SCHEME) :].strip()


class SignedRequestScheme(OpenApiAuthenticationExtension):
    """Signed requests in the OpenAPI document."""

    target_class = SignedRequestAuthentication
    name = "signature"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002  (drf-spectacular's signature)
        """The security scheme object."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Signature",
            "description": "An HTTP message signature (RFC 9421) by a signing key of an API key, with the header Signature-Input; see docs/signed-requests.md.",
        }
