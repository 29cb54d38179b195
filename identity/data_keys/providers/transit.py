"""Data keys under a key management service that speaks the transit API of HashiCorp Vault and OpenBao.

Three calls are used: `encrypt`, `decrypt` and reading the key's newest version; the service must have the key named by KMS_KEY, of the type
aes256-gcm96, and KMS_TOKEN must allow the three. The context goes along as associated data, so that the service itself refuses a wrapped key
that was moved to another row. A service that is away is not asked again for some seconds: those who wait for a secret are refused at once,
while keys that are open already go on. Source: Vault documentation, API, transit secrets engine.
"""

import base64
import re
import time
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from django.conf import settings

from identity.data_keys.providers.wrapping import Wrapped
from kernel import outbound
from kernel.problems import Unavailable, Unreachable, UnsafeAddress
from kernel.sealing import KEY_BYTES, Unsealable

TIMEOUT_S: Final = 3.0
AWAY_S: Final = 5.0
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", re.ASCII)
CIPHERTEXT: Final = re.compile(r"vault:v([1-9]\d{0,8}):[A-Za-z0-9+/=]{1,400}", re.ASCII)
log = structlog.get_logger(__name__)
AWAY: Final = "The key service does not answer, so that secrets cannot be opened or sealed now. Nothing was changed; repeat it."


class Transit:
    """Asks the service; remembers nothing but when it was last away."""

    name = "transit"

    def __init__(self) -> None:
        self._away_until = 0.0

    def wrap(self, plain: bytes, *, context: str) -> Wrapped:
        """As `Provider.wrap`."""
        given = {"plaintext": _base64(plain), "associated_data": _base64(context.encode())}
        text = str(self._asked("encrypt", settings.KMS_KEY, given).get("ciphertext"))
        found = CIPHERTEXT.fullmatch(text)
        if found is None:
            raise Unavailable(AWAY)
        return Wrapped(text=text, by=_by(int(found[1])))

    def unwrap(self, wrapped: Wrapped, *, context: str) -> bytes:
        """As `Provider.unwrap`. The key that wrapped is asked, so that KMS_KEY may name another by now."""
        name = wrapped.by.rpartition(":")[0]
        if NAME.fullmatch(name) is None:
            raise Unsealable(f"no key of a key service is called {name[:20]!r}")
        given = {"ciphertext": wrapped.text, "associated_data": _base64(context.encode())}
        try:
            plain = base64.b64decode(self._asked("decrypt", name, given)["plaintext"], validate=True)
        except (KeyError, ValueError, TypeError) as fault:
            raise Unavailable(AWAY) from fault
        if len(plain) != KEY_BYTES:
            raise Unsealable("the key service gave something that is no data key")
        return plain

    def present(self) -> str:
        """As `Provider.present`."""
        try:
            return _by(int(self._asked("keys", settings.KMS_KEY, None)["latest_version"]))
        except (KeyError, ValueError, TypeError) as fault:
            raise Unavailable(AWAY) from fault

    def forget(self) -> None:
        """Ask again even if the service was away a moment ago."""
        self._away_until = 0.0

    def _asked(self, verb: str, name: str, given: dict[str, str] | None) -> dict[str, Any]:
        """The `data` of an answer. Only what it cannot decrypt is Unsealable; a token that has ended is as if the service were away."""
        if self._away_until > time.monotonic():
            raise Unavailable(AWAY, retry_after_s=int(AWAY_S))
        try:
            answer = _called(f"{settings.KMS_URL}/v1/transit/{verb}/{name}", given)
        except (Unreachable, UnsafeAddress) as fault:
            raise self._away(why=str(fault)) from fault
        if answer.status == 400 and verb == "decrypt":
            raise Unsealable("the key service refused to decrypt, with status 400")
        try:
            data = orjson.loads(answer.body)["data"] if answer.is_success else None
        except (ValueError, KeyError, TypeError):
            data = None
        if not isinstance(data, dict):
            raise self._away(why=f"status {answer.status} to {verb}")
        return data

    def _away(self, *, why: str) -> Unavailable:
        log.warning("key_service.away", why=why)
        self._away_until = time.monotonic() + AWAY_S
        return Unavailable(AWAY, retry_after_s=int(AWAY_S))


def _called(url: str, given: dict[str, str] | None) -> outbound.Answer:
    headers = {"x-vault-token": settings.KMS_TOKEN, "content-type": "application/json"}
    authorities = Path(settings.KMS_AUTHORITIES).read_text() if settings.KMS_AUTHORITIES else ""
    if given is None:
        return outbound.get(url, headers=headers, timeout_s=TIMEOUT_S, ca_pem=authorities)
    return outbound.post(url, body=orjson.dumps(given), headers=headers, timeout_s=TIMEOUT_S, ca_pem=authorities)


def _by(version: int) -> str:
    return f"{settings.KMS_KEY}:{version}"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
