"""The witness as an HTTP server: one address, small requests, plain HTTP behind a proxy that ends TLS, or TLS of its own."""

import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from audit.witnessing.judging import Said, Witness

PATH = "/add-checkpoint"
BODY_MAXIMUM = 64 * 1024
PATIENCE_S = 10


class Server(ThreadingHTTPServer):
    """Answers for one witness, each request in a thread of its own."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], *, witness: Witness) -> None:
        super().__init__(address, _Handler)
        self.witness = witness

    def secure(self, *, certificate: Path, key: Path) -> None:
        """Speak TLS from now on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = PATIENCE_S
    server_version = "FreeholdWitness/1"
    sys_version = ""

    def do_POST(self) -> None:
        self._say(self._judged())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """Say nothing: what was cosigned stands in the memory."""

    def _judged(self) -> Said:
        if self.path != PATH:
            return Said(404, f"there is only {PATH} here\n")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return Said(411, "tell the length of the body\n")
        if len(length) > 9 or int(length) > BODY_MAXIMUM:
            return Said(413, f"a body has at most {BODY_MAXIMUM} bytes\n")
        return self.server.witness.judge(self.rfile.read(int(length)))

    def _say(self, said: Said) -> None:
        body = said.body.encode()
        self.send_response(said.status)
        self.send_header("Content-Type", said.media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True
