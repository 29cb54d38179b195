"""An authenticator in software (W3C Web Authentication Level 3 sections 6 and 8.2): makes passkeys and signs with them, as well or as badly as a test wants."""

import base64
import hashlib
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(value: bytes) -> str:
    """As the browser's JSON has bytes."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """Back."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One authenticator with at most one passkey. `flags` are those of its answers beside presence; the counter grows with each use."""

    flags: int = VERIFIED
    count: int = 0
    aaguid: bytes = b"\0" * 16
    rp_id: str = ""
    user_handle: bytes = b""
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str, *, origin: str) -> str:
        """The answer to creation options: a passkey for the host that they name, attested by itself with format `none`."""
        asked = orjson.loads(options)
        self.rp_id, self.user_handle = asked["rp"]["id"], unb64(asked["user"]["id"])
        point = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = self.aaguid + struct.pack(">H", len(self.credential_id)) + self.credential_id + public
        data = self._data(ATTESTED) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"], origin=origin)
        return self._json({"clientDataJSON": b64(client), "attestationObject": b64(statement), "transports": ["internal"]})

    def use(self, options: str, *, origin: str) -> str:
        """The answer to request options: the challenge, signed."""
        asked = orjson.loads(options)
        self.count += 1
        data, client = self._data(0), self._client("webauthn.get", asked["challenge"], origin=origin)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {
            "clientDataJSON": b64(client),
            "authenticatorData": b64(data),
            "signature": b64(signature),
            "userHandle": b64(self.user_handle),
        }
        return self._json(answer)

    def _data(self, more: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([PRESENT | self.flags | more]) + struct.pack(">I", self.count)

    def _client(self, kind: str, challenge: str, *, origin: str) -> bytes:
        return orjson.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False})

    def _json(self, response: dict[str, Any]) -> str:
        whole = {"id": b64(self.credential_id), "rawId": b64(self.credential_id), "type": "public-key", "response": response}
        return orjson.dumps(whole | {"clientExtensionResults": {}}).decode()
