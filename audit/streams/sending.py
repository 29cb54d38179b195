"""From a stream and what it follows to batches at its target."""

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

import orjson

from audit import formats, personal
from audit.filters import Filters
from audit.following import Sealed
from audit.formats import Line, Writer
from audit.models import Checkpoint, Head, Stream, StreamKind
from audit.streams import batches, https, s3, splunk, syslog_tls
from audit.streams.batches import Batch
from kernel import clock, sealing, tenancy

SENDERS = {StreamKind.HTTPS: https.send, StreamKind.SPLUNK: splunk.send, StreamKind.SYSLOG: syslog_tls.send, StreamKind.S3: s3.send}
NO_HASH = "0" * 64


def send(stream: Stream, entries: list[Sealed], *, after: int, before_more: Callable[[], None] = lambda: None) -> int:
    """Send what a stream's filters let through of entries that follow the place `after`; how many lines that were.

    Where bodies or seals are gone, one line says so for each run of them, whatever the filters. `before_more` is called before each request but
    the first. Raises what it and the senders raise.
    """
    lines = list(_lines(entries, after=after, filters=Filters.parse(stream.filters)))
    writer, note = formats.writer(stream.format, version=stream.format_version), latest_note()
    secret = secret_of(stream)
    for number, (held, records) in enumerate(batches.pieces(lines, writer=writer)):
        if number:
            before_more()
        batch = _batch(stream, lines=held, records=records, writer=writer, checkpoint=note, day=f"{entries[0].sealed_at:%Y-%m-%d}")
        SENDERS[StreamKind(stream.kind)](batch, settings=stream.settings, secret=secret)
    return len(lines)


def send_trial(stream: Stream, *, by: str) -> str:
    """Send one marked test record, which stands in no log; what the target answered, in short. Raises what the senders raise."""
    now = clock.now()
    line = _line(formats.trial(at=clock.rfc3339(now), by=by), epoch=_epoch(), seq=0, leaf=NO_HASH, chain=NO_HASH)
    writer = formats.writer(stream.format, version=stream.format_version)
    batch = _batch(
        stream, lines=(line,), records=(writer.one(line),), writer=writer, checkpoint="", day=f"{now:%Y-%m-%d}", is_test=True
    )
    return SENDERS[StreamKind(stream.kind)](batch, settings=stream.settings, secret=secret_of(stream))


def sealed_secret(secret: Mapping[str, str], *, stream: Stream) -> str:
    """What a target wants to know, sealed for this stream alone."""
    return sealing.seal(orjson.dumps(dict(secret)), context=_context(stream))


def secret_of(stream: Stream) -> dict[str, str]:
    """The secret, opened. Raises Unsealable."""
    if not stream.sealed_secret:
        return {}
    opened: dict[str, str] = orjson.loads(sealing.unseal(stream.sealed_secret, context=_context(stream)))
    return opened


def latest_note() -> str:
    """The latest signed checkpoint of the active tenant's log; empty before the first."""
    return Checkpoint.objects.order_by("-epoch", "-size").values_list("note", flat=True).first() or ""


def _context(stream: Stream) -> str:
    return f"audit.stream:{stream.pk}"


def _batch(
    stream: Stream,
    *,
    lines: tuple[Line, ...],
    records: tuple[bytes, ...],
    writer: Writer,
    checkpoint: str,
    day: str,
    is_test: bool = False,
) -> Batch:
    first, last = lines[0], lines[-1]
    return Batch(
        stream_id=stream.public_id, tenant_id=first.tenant_id, tenant_slug=first.tenant_slug, epoch=last.epoch, first_seq=first.seq,
        last_seq=last.seq, day=day, lines=lines, records=records, writer=writer, format=stream.format, checkpoint=checkpoint, is_test=is_test,
    )  # fmt: skip


def _lines(entries: list[Sealed], *, after: int, filters: Filters) -> Iterator[Line]:
    epoch, at = _epoch(), clock.rfc3339(clock.now())
    if entries[0].seq > after + 1:
        missing = formats.gap(first=after + 1, last=entries[0].seq - 1, at=at)
        yield _line(missing, epoch=epoch, seq=entries[0].seq - 1, leaf=NO_HASH, chain=NO_HASH)
    opened = iter(personal.opened_all([found.entry for found in entries if found.entry is not None]))
    for is_there, run in groupby(entries, key=lambda found: found.entry is not None):
        held = list(run)
        if not is_there:
            missing = formats.gap(first=held[0].seq, last=held[-1].seq, at=at)
            yield _line(missing, epoch=epoch, seq=held[-1].seq, leaf=held[-1].leaf.hex(), chain=held[-1].chain.hex())
            continue
        for found in held:
            document = next(opened)
            if filters.matches(document):
                yield _line(document, epoch=epoch, seq=found.seq, leaf=found.leaf.hex(), chain=found.chain.hex())


def _line(document: dict[str, Any], *, epoch: int, seq: int, leaf: str, chain: str) -> Line:
    ref = tenancy.current()
    return Line(tenant_id=str(ref.id), tenant_slug=ref.slug, epoch=epoch, seq=seq, leaf=leaf, chain=chain, document=document)


def _epoch() -> int:
    """The epoch in which the log is now: a copy is proven against the checkpoints of this one."""
    return Head.objects.values_list("epoch", flat=True).first() or 1
