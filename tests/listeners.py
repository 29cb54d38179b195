"""Real listeners on loopback that play the far end: they take what comes over TLS, keep it, and answer as they are told."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme

PATIENCE_S = 20.0
AUTHORITY = trustme.CA()
CA_PEM = AUTHORITY.cert_pem.bytes().decode()
"""The authority that issues the certificates of all listeners here."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it came; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; the body comes in pieces, `pause_s` after each."""

    status: int = 200
    pieces: tuple[bytes, ...] = (b"{}",)
    headers: dict[str, str] = field(default_factory=dict)
    pause_s: float = 0.0


class HttpSink:
    """Takes requests; `answer` decides what each gets."""

    def __init__(self, *, scheme: str, port: int) -> None:
        self.port = port
        self.url = f"{scheme}://localhost:{port}"
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Reply] = lambda _request: Reply()


def server_context(*names: str) -> ssl.SSLContext:
    """TLS of a server with a certificate for these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(*names).configure_cert(context)
    return context


@contextmanager
def http_sink(*names: str, tls: bool = True, address: str = "127.0.0.1", port: int = 0) -> Iterator[HttpSink]:
    """An HTTP server whose certificate is for `names`, by default `localhost`; plain http without `tls`."""
    server = ThreadingHTTPServer((address, port), _Handler)
    server.daemon_threads = True
    if tls:
        server.socket = server_context(*(names or ("localhost",))).wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    sink = HttpSink(scheme="https" if tls else "http", port=server.server_address[1])
    server.sink = sink  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sink: HttpSink = self.server.sink  # type: ignore[attr-defined]
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        request = Request(self.command, self.path, headers, body)
        sink.requests.append(request)
        self._say(sink.answer(request))

    do_GET = do_POST  # noqa: N815  (the library's name)
    do_PUT = do_POST  # noqa: N815  (the library's name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """Stay quiet."""

    def _say(self, reply: Reply) -> None:
        try:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            for piece in reply.pieces:
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(reply.pause_s)
        except OSError:  # the caller has hung up, as it may
            self.close_connection = True


class SyslogSink:
    """Takes syslog over TLS with octet counting, strictly (RFC 5425 section 4.3); `faults` tells what broke the framing."""

    def __init__(self, *, port: int) -> None:
        self.port = port
        self.messages: list[bytes] = []
        self.faults: list[str] = []
        self.connections = 0


@contextmanager
def syslog_sink(*names: str, port: int = 0) -> Iterator[SyslogSink]:
    """A syslog server whose certificate is for `names`, by default `localhost`."""
    context = server_context(*(names or ("localhost",)))
    with socket.create_server(("127.0.0.1", port)) as listening:
        listening.settimeout(0.05)
        sink = SyslogSink(port=listening.getsockname()[1])
        ended = threading.Event()
        thread = threading.Thread(target=_accept, args=(listening, context, sink, ended), daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            ended.set()
            thread.join()


def _accept(listening: socket.socket, context: ssl.SSLContext, sink: SyslogSink, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            raw, _address = listening.accept()
        except TimeoutError:
            continue
        threading.Thread(target=_take, args=(raw, context, sink), daemon=True).start()


def _take(raw: socket.socket, context: ssl.SSLContext, sink: SyslogSink) -> None:
    try:
        raw.settimeout(PATIENCE_S)
        with context.wrap_socket(raw, server_side=True) as connection, connection.makefile("rb") as stream:
            sink.connections += 1
            while True:
                count = b""
                while (sign := stream.read(1)).isdigit():
                    count += sign
                if not sign and not count:
                    return
                if sign != b" " or not count or count.startswith(b"0"):
                    sink.faults.append(f"no octet count before {sign!r}")
                    return
                message = stream.read(int(count))
                if len(message) != int(count):
                    sink.faults.append("a message ends early")
                    return
                sink.messages.append(message)
    except OSError as fault:
        sink.faults.append(str(fault))


def wait_until(fact: Callable[[], bool], *, patience_s: float = PATIENCE_S) -> None:
    """Wait until a fact holds; fails when it does not in time."""
    ends_at = time.monotonic() + patience_s
    while not fact():
        assert time.monotonic() < ends_at, "it did not come to pass"
        time.sleep(0.02)
