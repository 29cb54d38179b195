"""Connections to checked addresses, with TLS or as the ground of an HTTP call."""

import socket
import ssl
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import httpcore

from kernel.outbound.deadlines import Deadline
from kernel.outbound.targets import Target, checked, plain_host
from kernel.problems import Unreachable, UnsafeAddress

SLICE_BYTES = 16 * 1024
DIAL_S = 10.0
TRUSTS_KEPT: Final = 64
"""Sets of authorities that a process keeps read: reading the system's takes some 20 ms. What changes in a file of theirs counts from the next start."""


def dial(host: str, port: int, *, ca_pem: str = "", timeout_s: float = DIAL_S) -> ssl.SSLSocket:
    """A TLS connection (1.2 or later) to a checked address; the certificate must be that of `host`, from `ca_pem` or the system's authorities.

    `timeout_s` bounds the making of the connection, and each read and write afterwards. Raises UnsafeAddress, Unreachable.
    """
    deadline = Deadline(timeout_s)
    name = plain_host(host)
    tls = trust(ca_pem)
    raw = connected(checked(name, port=port, deadline=deadline), deadline=deadline)
    try:
        raw.settimeout(deadline.left())
        wrapped = tls.wrap_socket(raw, server_hostname=name)
    except OSError as fault:
        raw.close()
        raise Unreachable(f"No TLS connection: {reason(fault)}.", host=name) from fault
    wrapped.settimeout(timeout_s)
    return wrapped


@lru_cache(maxsize=TRUSTS_KEPT)
def trust(ca_pem: str) -> ssl.SSLContext:
    """Whose certificates are believed: those of `ca_pem` alone, or the system's authorities. Raises UnsafeAddress for what is no PEM."""
    try:
        return ssl.create_default_context(cadata=ca_pem or None)
    except (ssl.SSLError, ValueError) as fault:
        raise UnsafeAddress("The certificate authority cannot be read; give certificates in PEM form.") from fault


def require_authority(ca_pem: str) -> None:
    """Refuse what cannot be read as certificates in PEM form. Raises UnsafeAddress."""
    trust(ca_pem)


def connected(target: Target, *, deadline: Deadline) -> socket.socket:
    """A TCP connection to the first of the checked addresses that answers. Raises Unreachable."""
    fault: OSError | None = None
    for address in target.addresses:
        try:
            return socket.create_connection((address, target.port), timeout=deadline.left_to_connect())
        except OSError as refused:
            fault = refused
    raise Unreachable(f"No connection: {reason(fault or OSError('no address'))}.", host=target.host, port=target.port) from fault


def reason(fault: BaseException) -> str:
    """What went wrong in a few words, without the addresses of machines."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"the certificate does not hold ({fault.verify_message})"
    if isinstance(fault, TimeoutError):
        return "no answer in time"
    if isinstance(fault, OSError) and fault.strerror:
        return fault.strerror
    return str(fault)[:200] or type(fault).__name__


class Pinned(httpcore.NetworkBackend):
    """Connects httpcore to a checked target, whatever host it asks for, and holds all it does to one deadline."""

    def __init__(self, target: Target, *, deadline: Deadline) -> None:
        self._target = target
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Held(connected(self._target, deadline=self._deadline), deadline=self._deadline)


class _Held(httpcore.NetworkStream):
    """A connection whose every step ends with the deadline: httpcore's own limits begin anew with each read."""

    def __init__(self, connection: socket.socket, *, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._connection.settimeout(self._deadline.left())
        return self._connection.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), SLICE_BYTES):
            self._connection.settimeout(self._deadline.left())
            self._connection.sendall(buffer[start : start + SLICE_BYTES])

    def close(self) -> None:
        self._connection.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._connection.settimeout(self._deadline.left())
        return _Held(ssl_context.wrap_socket(self._connection, server_hostname=server_hostname), deadline=self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._connection if info == "socket" else None
