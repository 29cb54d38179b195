"""Splunk's HTTP Event Collector: objects one behind the other, a token, and an answer whose `code` is 0."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

import orjson

from audit.formats import Line
from audit.streams import answers
from audit.streams.batches import Batch
from kernel import clock, outbound
from kernel.outbound import Answer

TIMEOUT_S = 10.0
COLLECTOR = "/services/collector/event"


def send(batch: Batch, *, settings: Mapping[str, str], secret: Mapping[str, str]) -> str:
    """Send one batch, the latest checkpoint behind it as an event of its own. Raises UnsafeAddress, Unreachable, TargetRefused."""
    events = [_event(line, record, batch=batch) for line, record in zip(batch.lines, batch.records, strict=True)]
    if batch.checkpoint:
        events.append(_checkpoint(batch))
    headers = {"content-type": "application/json", "authorization": f"Splunk {secret['token']}"}
    body = b"\n".join(orjson.dumps(event) for event in events)
    answer = outbound.post(address(settings["url"]), body=body, headers=headers, timeout_s=TIMEOUT_S, ca_pem=settings.get("ca", ""))
    return answers.required(answer, is_taken=answer.status == 200 and _code(answer) == 0)


def address(url: str) -> str:
    """The collector's address; the usual path is put behind a URL that has none."""
    return url.rstrip("/") + COLLECTOR if urlsplit(url).path in {"", "/"} else url


def _event(line: Line, record: bytes, *, batch: Batch) -> dict[str, object]:
    """One entry. `fields` are indexed, so that a copy is found by its place and proven by its hashes."""
    return {
        "time": datetime.fromisoformat(line.document["occurred_at"]).timestamp(),
        "host": batch.tenant_slug,
        "source": "freehold",
        "sourcetype": f"freehold:audit:{batch.format}",
        "event": orjson.loads(record),
        "fields": {"tenant": line.tenant_id, "epoch": line.epoch, "seq": line.seq, "leaf": line.leaf, "chain": line.chain},
    }


def _checkpoint(batch: Batch) -> dict[str, object]:
    return {
        "time": clock.now().timestamp(),
        "host": batch.tenant_slug,
        "source": "freehold",
        "sourcetype": "freehold:checkpoint",
        "event": {"tenant": batch.tenant_id, "checkpoint": batch.checkpoint},
    }


def _code(answer: Answer) -> int:
    """The collector's own code; -1 where it did not answer as one."""
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return -1
    code = said.get("code", -1) if isinstance(said, dict) else -1
    return code if isinstance(code, int) else -1
