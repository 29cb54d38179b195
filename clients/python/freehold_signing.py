"""Sign requests to Freehold (RFC 9421 and RFC 9530) with the standard library alone. Copy this file; `signed_headers` is all there is to call.

As a program:

    FREEHOLD_KEY_ID=fhh_… FREEHOLD_SECRET=fhhs_… python freehold_signing.py GET https://acme.example.com/v1/me
    echo '{"reason": "leaked"}' | … python freehold_signing.py PUT https://acme.example.com/v1/api-keys/key_…/revocation
"""

import base64
import hashlib
import hmac
import os
import secrets
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import quote, urlsplit

TAG = "freehold-v1"
LIVES_S = 60
DEFAULT_PORTS = {"http": 80, "https": 443}
PATH_SIGNS = "%/:@!$&'()*+,;="

Sign = Callable[[bytes], bytes]


def hmac_sha256(secret: str) -> Sign:
    """The signature function of an HMAC key. For ed25519 pass the `sign` of your library's private key instead."""
    return lambda message: hmac.digest(secret.encode(), message, "sha256")


def signed_headers(
    method: str, url: str, *, body: bytes = b"", tenant: str = "", key_id: str, sign: Sign, algorithm: str = "hmac-sha256"
) -> dict[str, str]:
    """The headers to add to a request, for one use within a minute.

    `url` and `body` are sent as they stand here; only what has no place in an address, such as a space or `ü`, is escaped (see `target`).
    `tenant` is the value of X-Tenant-ID, for a request that has that header. X-Forwarded-Uri tells how the path was spelt: most servers
    resolve its escapes before they ask the product, and what was signed is the path as it was sent.
    """
    path, _, query = target(url).partition("?")
    headers = {"X-Forwarded-Uri": path}
    covered = {
        "@method": method.upper(),
        "@authority": authority(url),
        "@path": path,
        "@query": f"?{query}",
    }
    if body:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["Content-Digest"] = covered["content-digest"] = f"sha-256=:{digest}:"
    if tenant:
        headers["X-Tenant-ID"] = covered["x-tenant-id"] = tenant
    now = int(time.time())
    names = " ".join(f'"{name}"' for name in covered)
    parameters = (
        f"({names});created={now};expires={now + LIVES_S}"
        f';nonce="{secrets.token_urlsafe(18)}";keyid="{key_id}";alg="{algorithm}";tag="{TAG}"'
    )
    lines = [f'"{name}": {value}' for name, value in covered.items()]
    message = "\n".join([*lines, f'"@signature-params": {parameters}']).encode()
    headers["Signature-Input"] = f"sig={parameters}"
    headers["Signature"] = f"sig=:{base64.b64encode(sign(message)).decode()}:"
    return headers


def target(url: str) -> str:
    """Path and query as they are sent; what is escaped already stays as it is."""
    parts = urlsplit(url)
    path = quote(parts.path, safe=PATH_SIGNS) or "/"
    return f"{path}?{quote(parts.query, safe=PATH_SIGNS + '?')}" if parts.query else path


def authority(url: str) -> str:
    """Host and port as the Host header has them: in small letters, without the usual port of the scheme."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return host if parts.port in {None, DEFAULT_PORTS.get(parts.scheme)} else f"{host}:{parts.port}"


def send(method: str, url: str, *, body: bytes = b"", bearer: str = "", key_id: str, secret: str) -> tuple[int, str]:
    """One signed request; status and body of the answer. `bearer` is the API key, where it is needed too."""
    parts = urlsplit(url)
    headers = {"Host": authority(url), "Accept": "application/json"}
    headers |= signed_headers(method, url, body=body, key_id=key_id, sign=hmac_sha256(secret))
    if body:
        headers["Content-Type"] = "application/json"
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    host = parts.hostname or ""
    # Names below `localhost` mean this machine (RFC 6761), which not every resolver knows.
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect("127.0.0.1" if host.endswith(".localhost") else host, parts.port, timeout=30)
    try:
        connection.request(method.upper(), target(url), body=body or None, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def main() -> int:
    """Send what the command line says, and standard input where the method has a body."""
    method, url = sys.argv[1:3]
    body = b"" if method.upper() in {"GET", "HEAD", "DELETE"} else sys.stdin.buffer.read()
    bearer = os.environ.get("FREEHOLD_API_KEY", "")
    status, text = send(
        method, url, body=body, bearer=bearer, key_id=os.environ["FREEHOLD_KEY_ID"], secret=os.environ["FREEHOLD_SECRET"]
    )
    sys.stdout.write(f"{status}\n{text}\n")
    return 0 if status < 400 else 1


if __name__ == "__main__":
    sys.exit(main())
