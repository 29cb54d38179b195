"""S3 and what speaks like it: one packed object per batch, under a key that tells its place in the log."""

import gzip
from collections.abc import Mapping

from audit.streams import answers, sigv4
from audit.streams.batches import Batch
from kernel import clock, outbound

TIMEOUT_S = 20.0


def send(batch: Batch, *, settings: Mapping[str, str], secret: Mapping[str, str]) -> str:
    """Put one object, and the latest checkpoint beside it. Sending a batch again writes the same key. Raises UnsafeAddress, Unreachable, TargetRefused."""
    stem = stem_of(batch, prefix=settings.get("prefix", ""))
    # Without the time of packing: a batch that is sent again gives the same bytes.
    packed = gzip.compress(batch.body, compresslevel=6, mtime=0)
    said = put(f"{stem}.{batch.writer.extension}.gz", body=packed, media_type="application/gzip", settings=settings, secret=secret)
    if batch.checkpoint:
        put(
            f"{stem}.checkpoint",
            body=batch.checkpoint.encode(),
            media_type="text/plain; charset=utf-8",
            settings=settings,
            secret=secret,
        )
    return said


def stem_of(batch: Batch, *, prefix: str) -> str:
    """`prefix/tenant/yyyy/mm/dd/epoch-first-last`, places with leading zeros so that keys sort as the log does; a test has a key of its own."""
    parts = [prefix, batch.tenant_slug, *batch.day.split("-")]
    name = f"test-{batch.day}" if batch.is_test else f"{batch.epoch:04d}-{batch.first_seq:012d}-{batch.last_seq:012d}"
    return "/".join(part for part in (*parts, name) if part)


def put(
    key: str,
    *,
    body: bytes,
    media_type: str,
    settings: Mapping[str, str],
    secret: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
) -> str:
    """Put one object at `endpoint/bucket/key`, `headers` such as those of object lock among the signed. Raises as `send`."""
    url = settings["endpoint"].rstrip("/") + sigv4.path_of(settings["bucket"], key)
    login = sigv4.Login(secret["access_key_id"], secret["secret_access_key"], settings["region"])
    given = {"content-type": media_type, **(headers or {})}
    signed = sigv4.signed("PUT", url, body=body, headers=given, login=login, at=clock.now())
    answer = outbound.put(url, body=body, headers=signed, timeout_s=TIMEOUT_S, ca_pem=settings.get("ca", ""))
    return answers.required(answer, is_taken=answer.is_success)
