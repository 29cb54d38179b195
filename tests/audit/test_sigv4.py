"""The signature of requests to S3 is the one that botocore makes."""

import hashlib
from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from audit.streams import sigv4


def botocores(url: str, *, body: bytes, headers: dict[str, str], login: sigv4.Login, at: datetime) -> str:
    """The Authorization header that botocore makes at a moment."""
    request = AWSRequest(
        method="PUT", url=url, data=body, headers={**headers, "X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest()}
    )
    request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    signer = S3SigV4Auth(Credentials(login.access_key_id, login.secret_access_key), "s3", login.region)
    canonical = signer.canonical_request(request)
    to_sign = signer.string_to_sign(request, canonical)
    names = signer.signed_headers(signer.headers_to_sign(request))
    signature = signer.signature(to_sign, request)
    return f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, SignedHeaders={names}, Signature={signature}"


def test_the_example_of_the_reference() -> None:
    """PUT Object of "Examples: Signature Calculations in AWS Signature Version 4"."""
    signed = sigv4.signed(
        "PUT",
        "https://examplebucket.s3.amazonaws.com/test%24file.text",
        body=b"Welcome to Amazon S3.",
        headers={"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
        login=sigv4.Login("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"),
        at=datetime(2013, 5, 24, tzinfo=UTC),
    )

    assert signed["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
        "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    )


@given(
    key=st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=40),
    body=st.binary(max_size=100),
    port=st.sampled_from(["", ":9000"]),
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40),
    moment=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)),  # noqa: DTZ001  (the strategy wants it plain)
)
def test_every_signature_is_botocores(key: str, body: bytes, port: str, secret: str, moment: datetime) -> None:
    url = f"https://storage.example.com{port}{sigv4.path_of('bucket', key)}"
    login, at = sigv4.Login("AKIDEXAMPLE", secret, "eu-central-1"), moment.replace(tzinfo=UTC)
    headers = {"content-type": "application/gzip", "x-amz-object-lock-mode": "COMPLIANCE"}

    ours = sigv4.signed("PUT", url, body=body, headers=headers, login=login, at=at)

    assert ours["authorization"] == botocores(url, body=body, headers=headers, login=login, at=at)


@pytest.mark.parametrize(
    ("part", "path"), [("a b", "/bucket/a%20b"), ("a/b", "/bucket/a/b"), ("ä+=", "/bucket/%C3%A4%2B%3D"), ("~_.-", "/bucket/~_.-")]
)
def test_paths_are_encoded_once(part: str, path: str) -> None:
    assert sigv4.path_of("bucket", part) == path
