"""A WSGI application that says of each request how its path is signed for and whether the signature fits; served as the product is."""

import hmac
from collections.abc import Callable, Iterable
from typing import Any

import django

django.setup()

from django.core.handlers.wsgi import WSGIRequest  # noqa: E402  (Django must be ready first)

from identity.api.signed_requests import message_of  # noqa: E402
from identity.request_signing.faults import Unacceptable  # noqa: E402

KEY_ID, SECRET = "fhh_" + "k" * 16, "fhhs_" + "s" * 43


def application(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]) -> Iterable[bytes]:
    """200 and the path when the signature fits, else 401 and the path; the proxy's question about a certificate is answered with yes."""
    message = message_of(WSGIRequest(environ))
    is_right = message.path.startswith("/internal/")
    try:
        claim = message.claim()
        is_right = hmac.compare_digest(hmac.digest(SECRET.encode(), message.signed_bytes(claim), "sha256"), claim.signature)
    except Unacceptable:
        pass
    start_response("200 OK" if is_right else "401 Unauthorized", [("Content-Type", "text/plain")])
    return [message.path.encode()]
