"""To a bucket with object lock: an object that nobody can alter or remove before its time, not even who owns the bucket."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta

import orjson

from audit.models import Checkpoint
from audit.streams import answers, sigv4
from kernel import clock, outbound, tenancy

TIMEOUT_S = 20.0
MODE = "COMPLIANCE"


def give(checkpoint: Checkpoint, *, settings: Mapping[str, str], secret: Mapping[str, str]) -> bytes:
    """Put the note under a key that tells epoch and size, locked for `days`; the receipt tells key, version and end of the lock.

    Raises UnsafeAddress, Unreachable, TargetRefused, also where the bucket has no object lock.
    """
    until = (clock.now() + timedelta(days=int(settings["days"]))).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = checkpoint.note.encode()
    key = key_of(checkpoint, prefix=settings.get("prefix", ""))
    url = settings["endpoint"].rstrip("/") + sigv4.path_of(settings["bucket"], key)
    headers = {
        "content-type": "text/plain; charset=utf-8",
        # Object lock asks for a digest of what is put.
        "content-md5": base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode(),
        "x-amz-object-lock-mode": MODE,
        "x-amz-object-lock-retain-until-date": until,
    }
    login = sigv4.Login(secret["access_key_id"], secret["secret_access_key"], settings["region"])
    signed = sigv4.signed("PUT", url, body=body, headers=headers, login=login, at=clock.now())
    answer = outbound.put(url, body=body, headers=signed, timeout_s=TIMEOUT_S, ca_pem=settings.get("ca", ""))
    answers.required(answer, is_taken=answer.is_success)
    version = answer.headers.get("x-amz-version-id", "")
    return orjson.dumps({"bucket": settings["bucket"], "key": key, "version": version, "mode": MODE, "until": until})


def key_of(checkpoint: Checkpoint, *, prefix: str) -> str:
    """`prefix/checkpoints/<tenant id>/<epoch>-<size>.note`, places with leading zeros so that keys sort as the log does."""
    name = f"{checkpoint.epoch:04d}-{checkpoint.size:012d}.note"
    return "/".join(part for part in (prefix, "checkpoints", str(tenancy.current().id), name) if part)
