"""AWS Signature Version 4 for one S3 request whose body is at hand. Pure.

Written here because the client libraries bring 30 MB and connections of their own, past `kernel.outbound`. The tests compare every signature
with botocore's. Source: the signing process of the AWS reference, "Authenticating Requests: Using the Authorization Header".
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit

SERVICE = "s3"
ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Login:
    """Who signs, and for which region."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str


def signed(method: str, url: str, *, body: bytes, headers: Mapping[str, str], login: Login, at: datetime) -> dict[str, str]:
    """The headers of a request, given ones among them, with its signature. `at` is in UTC; the URL has no query and an encoded path."""
    parts = urlsplit(url)
    stamp, day = at.strftime("%Y%m%dT%H%M%SZ"), at.strftime("%Y%m%d")
    digest = hashlib.sha256(body).hexdigest()
    sent = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    sent |= {"host": parts.netloc, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    names = ";".join(sorted(sent))
    lines = "".join(f"{name}:{sent[name]}\n" for name in sorted(sent))
    request = f"{method}\n{parts.path}\n\n{lines}\n{names}\n{digest}"
    scope = f"{day}/{login.region}/{SERVICE}/aws4_request"
    to_sign = f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{login.secret_access_key}".encode()
    for part in (day, login.region, SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    credential = f"{login.access_key_id}/{scope}"
    return sent | {"authorization": f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"}


def path_of(*parts: str) -> str:
    """A path of encoded parts; slashes inside a part stay."""
    return "/" + "/".join(quote(part, safe="/-_.~") for part in parts if part)
