"""The service over HTTP: the calls of Vault's transit engine that the product makes, and the rotation of a key."""

import base64
import hmac
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final

import orjson

from identity.local_kms.keyring import Keyring, Refused

BODY_BYTES: Final = 16 * 1024
PREFIX: Final = "/v1/transit/"


class Service(ThreadingHTTPServer):
    """Listens on loopback; `token` is what callers must send as X-Vault-Token."""

    daemon_threads = True

    def __init__(self, keyring: Keyring, *, token: str, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.keyring = keyring
        self.token = token

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One call. What goes wrong is told as Vault does, in `errors`; nothing is logged, for bodies hold keys."""

    server: Service
    timeout: ClassVar[float] = 5.0

    def do_GET(self) -> None:
        """Read a key's newest version."""
        self._answered({})

    def do_POST(self) -> None:
        """Encrypt, decrypt, wrap again, rotate."""
        size = self.headers.get("content-length", "")
        if not size.isdecimal() or int(size) > BODY_BYTES:
            self._send(413, {"errors": ["the body is too large, or its length is missing"]})
            return
        try:
            given = orjson.loads(self.rfile.read(int(size)) or b"{}")
        except ValueError:
            given = None
        if not isinstance(given, dict):
            self._send(400, {"errors": ["the body is no JSON object"]})
            return
        self._answered(given)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the library's signature)
        """Say nothing."""

    def _answered(self, given: dict[str, Any]) -> None:
        if not hmac.compare_digest(self.headers.get("x-vault-token", "").encode(), self.server.token.encode()):
            self._send(403, {"errors": ["permission denied"]})
            return
        try:
            self._send(200, {"data": self._called(given)})
        except Refused as refusal:
            self._send(400, {"errors": [str(refusal)]})
        except (KeyError, ValueError, TypeError, AttributeError):
            self._send(400, {"errors": ["a field is missing or is no base64"]})

    def _called(self, given: dict[str, Any]) -> dict[str, Any]:
        if not self.path.startswith(PREFIX):
            raise Refused("there is no such call")
        keyring = self.server.keyring
        context = base64.b64decode(given.get("associated_data", ""), validate=True)
        match [self.command, *self.path.removeprefix(PREFIX).split("/")]:
            case ["GET", "keys", name]:
                return {"name": name, "type": "aes256-gcm96", "latest_version": keyring.newest(name)}
            case ["POST", "keys", name, "rotate"]:
                return {"latest_version": keyring.rotate(name)}
            case ["POST", "encrypt", name]:
                plain = base64.b64decode(given["plaintext"], validate=True)
                return {"ciphertext": keyring.encrypt(name, plain=plain, context=context)}
            case ["POST", "decrypt", name]:
                plain = keyring.decrypt(name, text=given["ciphertext"], context=context)
                return {"plaintext": base64.b64encode(plain).decode()}
            case ["POST", "rewrap", name]:
                plain = keyring.decrypt(name, text=given["ciphertext"], context=context)
                return {"ciphertext": keyring.encrypt(name, plain=plain, context=context)}
        raise Refused("there is no such call")

    def _send(self, status: int, document: dict[str, Any]) -> None:
        body = orjson.dumps(document)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
