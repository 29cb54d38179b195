"""HTTP to a checked address: one request, one answer, no redirects, no proxies."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpcore

from kernel.outbound.deadlines import Deadline
from kernel.outbound.dialling import Pinned, reason, trust
from kernel.outbound.targets import checked, located, require_scheme
from kernel.problems import Unreachable

TIMEOUT_S = 10.0
ANSWER_BYTES = 256 * 1024
AGENT = "Freehold/1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: any status, redirects included; header names in lower case; the whole body."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


def get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
    limit_bytes: int = ANSWER_BYTES,
    ca_pem: str = "",
) -> Answer:
    """Fetch a URL. Raises UnsafeAddress, Unreachable (also when the answer is larger than `limit_bytes`)."""
    return _call("GET", url, body=b"", headers=headers, timeout_s=timeout_s, limit_bytes=limit_bytes, ca_pem=ca_pem)


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
    limit_bytes: int = ANSWER_BYTES,
    ca_pem: str = "",
) -> Answer:
    """Send a body to a URL. `ca_pem` holds the authorities to believe instead of the system's. Raises as `get`."""
    return _call("POST", url, body=body, headers=headers, timeout_s=timeout_s, limit_bytes=limit_bytes, ca_pem=ca_pem)


def put(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
    limit_bytes: int = ANSWER_BYTES,
    ca_pem: str = "",
) -> Answer:
    """Put a body at a URL. As `post`."""
    return _call("PUT", url, body=body, headers=headers, timeout_s=timeout_s, limit_bytes=limit_bytes, ca_pem=ca_pem)


def _call(
    method: str, url: str, *, body: bytes, headers: Mapping[str, str] | None, timeout_s: float, limit_bytes: int, ca_pem: str
) -> Answer:
    deadline, place = Deadline(timeout_s), located(url)
    target = checked(place.host, port=place.port, deadline=deadline)
    require_scheme(place, target=target)
    given = {"host": place.authority, "user-agent": AGENT, "accept-encoding": "identity", "connection": "close"}
    given |= {name.lower(): value for name, value in (headers or {}).items()}
    if method != "GET":
        given["content-length"] = str(len(body))
    address = httpcore.URL(scheme=place.scheme, host=place.host, port=place.port, target=place.path.encode())
    pool = httpcore.ConnectionPool(ssl_context=trust(ca_pem), network_backend=Pinned(target, deadline=deadline), retries=0)
    sent = [(name.encode("ascii"), value.encode("ascii")) for name, value in given.items()]
    try:
        with pool, pool.stream(method, address, headers=sent, content=body) as response:
            return Answer(response.status, _limited(response, limit_bytes=limit_bytes), _lowered(response.headers))
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as fault:
        raise Unreachable(f"The call did not succeed: {reason(fault)}.", host=place.host) from fault


def _limited(response: httpcore.Response, *, limit_bytes: int) -> bytes:
    held = bytearray()
    for chunk in response.iter_stream():
        held += chunk
        if len(held) > limit_bytes:
            raise Unreachable(f"The answer is larger than {limit_bytes:,} bytes, and was not read to its end.")
    return bytes(held)


def _lowered(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
