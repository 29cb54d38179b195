"""HTTPS: one POST per batch, signed so that the receiver knows who sent it and that nothing was changed or replayed later."""

import base64
import hmac
from collections.abc import Mapping

from audit.streams import answers
from audit.streams.batches import Batch
from kernel import clock, outbound

TIMEOUT_S = 10.0


def send(batch: Batch, *, settings: Mapping[str, str], secret: Mapping[str, str]) -> str:
    """Send one batch; what the receiver answered, in short. Any 2xx takes it. Raises UnsafeAddress, Unreachable, TargetRefused."""
    body, stamp = batch.body, str(int(clock.now().timestamp()))
    headers = {
        "content-type": batch.writer.media_type,
        "idempotency-key": batch.key,
        "freehold-stream": batch.stream_id,
        "freehold-tenant": batch.tenant_id,
        "freehold-timestamp": stamp,
        "freehold-signature": signature(body, key=secret["signing_key"], stamp=stamp, batch_key=batch.key),
    }
    if batch.checkpoint:
        headers["freehold-checkpoint"] = base64.b64encode(batch.checkpoint.encode()).decode()
    if secret.get("authorization"):
        headers["authorization"] = secret["authorization"]
    answer = outbound.post(settings["url"], body=body, headers=headers, timeout_s=TIMEOUT_S, ca_pem=settings.get("ca", ""))
    return answers.required(answer, is_taken=answer.is_success)


def signature(body: bytes, *, key: str, stamp: str, batch_key: str) -> str:
    """`v1=` and the HMAC-SHA-256 in hex of `stamp.batch_key.body` under the signing key."""
    return "v1=" + hmac.digest(key.encode(), f"{stamp}.{batch_key}.".encode() + body, "sha256").hex()
