"""Caddy with the product's own configuration, on loopback ports and with certificates of its own authority."""

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from tests.conftest import ROOT
from tests.flows.product import Reply
from tests.nameserver import free_port

PATIENCE_S = 20.0


@dataclass(slots=True)
class Proxy:
    """A proxy in front of a product at `upstream`; its files lie in `folder`."""

    folder: Path
    upstream: int
    http_port: int
    https_port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run until `stop`; certificates of an earlier run are found again."""
        program = shutil.which("caddy")
        assert program is not None, "caddy is missing: scripts/bootstrap test"
        self.folder.mkdir(parents=True, exist_ok=True)
        ours = {
            "HOME": str(self.folder),
            "FREEHOLD_UPSTREAM": f"127.0.0.1:{self.upstream}",
            "FREEHOLD_ASK": f"http://127.0.0.1:{self.upstream}/internal/tls-ask",
            "FREEHOLD_STORAGE": str(self.folder / "storage"),
            "FREEHOLD_TLS": "internal",
            "FREEHOLD_HTTP_PORT": str(self.http_port),
            "FREEHOLD_HTTPS_PORT": str(self.https_port),
            "FREEHOLD_GLOBAL": "default_bind 127.0.0.1",
        }
        with (self.folder / "caddy.log").open("ab") as log:
            self.process = subprocess.Popen(
                [program, "run", "--config", str(ROOT / "proxy" / "Caddyfile"), "--adapter", "caddyfile"],
                env={**os.environ, **ours},
                stdout=log,
                stderr=log,
            )
        self._wait()

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE_S)
            self.process = None

    def get(self, host: str, path: str, *, name: str = "", headers: dict[str, str] | None = None) -> Reply:
        """GET over https at 127.0.0.1 as if DNS led there, trusting the proxy's authority alone; `name` is the handshake's, else the host.

        Raises ssl.SSLError when there is no certificate for the name.
        """
        raw = socket.create_connection(("127.0.0.1", self.https_port), timeout=PATIENCE_S)
        trusting = ssl.create_default_context(cafile=str(self.folder / "storage/pki/authorities/local/root.crt"))
        with trusting.wrap_socket(raw, server_hostname=name or host) as stream:
            lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
            lines += [f"{key}: {value}" for key, value in (headers or {}).items()]
            stream.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            response = HTTPResponse(stream)
            response.begin()
            return Reply(response.status, {key.lower(): value for key, value in response.getheaders()}, response.read())

    def get_plain(self, host: str, path: str) -> Reply:
        """GET over http."""
        connection = HTTPConnection("127.0.0.1", self.http_port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path, headers={"Host": host})
            response = connection.getresponse()
            return Reply(response.status, {key.lower(): value for key, value in response.getheaders()}, response.read())
        finally:
            connection.close()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        root = self.folder / "storage/pki/authorities/local/root.crt"
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.https_port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
                continue
            if root.exists():
                return
            time.sleep(0.05)
        raise AssertionError(f"caddy did not start: {(self.folder / 'caddy.log').read_text()[-3000:]}")


@contextmanager
def in_front_of(port: int, *, folder: Path) -> Iterator[Proxy]:
    """A running proxy with a fresh authority, gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    proxy = Proxy(folder, upstream=port, http_port=free_port(), https_port=free_port())
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
