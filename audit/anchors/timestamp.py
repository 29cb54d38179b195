"""A time stamp: an authority's signed word that the note existed at a moment (RFC 3161)."""

from collections.abc import Mapping

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from audit.models import Checkpoint
from audit.problems import AnchorRefused
from kernel import outbound

TIMEOUT_S = 15.0
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


def give(checkpoint: Checkpoint, *, settings: Mapping[str, str]) -> bytes:
    """Have the note stamped; the receipt is the authority's whole answer in DER, checked against the roots.

    `openssl ts -verify` checks it without us. Raises UnsafeAddress, Unreachable, AnchorRefused.
    """
    data = checkpoint.note.encode()
    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = outbound.post(
        settings["url"],
        body=request.as_bytes(),
        headers={"content-type": QUERY, "accept": REPLY},
        timeout_s=TIMEOUT_S,
        ca_pem=settings.get("ca", ""),
    )
    if answer.status != 200:
        raise AnchorRefused(
            f"The authority answered {answer.status}. Look whether the URL is that of its time stamps.", answer=str(answer.status)
        )
    require_stamp(answer.body, data=data, roots=settings["roots"], request=request)
    return answer.body


def require_stamp(reply: bytes, *, data: bytes, roots: str, request: TimeStampRequest | None = None) -> None:
    """Go on only with a stamp of this data that leads to one of the roots (PEM), and that answers the request where one is given.

    Raises AnchorRefused.
    """
    builder = VerifierBuilder() if request is None else VerifierBuilder.from_request(request)
    for root in x509.load_pem_x509_certificates(roots.encode()):
        builder = builder.add_root_certificate(root)
    try:
        builder.build().verify_message(decode_timestamp_response(reply), data)
    except (VerificationError, ValueError) as fault:
        words = str(fault)[:200]
        raise AnchorRefused(
            f"What the authority answered is no time stamp of the note under its root: {words}.", answer=words
        ) from fault
