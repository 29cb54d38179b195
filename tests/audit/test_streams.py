"""Delivery: what is sent where, in which order, and that nothing is lost."""

import base64
import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from audit import actions, following, queries, tasks
from audit.models import Cursor, Seal, Stream
from audit.streams import batches, delivery, sending
from kernel import clock
from kernel.actors import Actor
from kernel.tenancy import TenantRef
from tests.audit.conftest import happen
from tests.audit.streaming import SIGNING_KEY, actions_on_trail, deliver, entries_in, own_records, seal, to_https
from tests.listeners import CA_PEM, HttpSink, Reply, http_sink

pytestmark = pytest.mark.usefixtures("open_loopback")


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as listening:
        yield listening


def test_what_is_sealed_after_a_stream_began_arrives_signed_and_in_order(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    happen(actor=owner, number=99)
    seal(acme)
    stream = to_https(sink, actor=owner)
    for number in range(3):
        happen(actor=owner, number=number)
    seal(acme)

    run = deliver(stream)

    (request,) = sink.requests
    lines = entries_in(request)
    assert own_records(lines) == [0, 1, 2]
    assert run.moved == len(lines)
    seals = {found.seq: found for found in Seal.objects.all()}
    assert [line["seq"] for line in lines] == sorted(line["seq"] for line in lines)
    assert all(bytes(seals[line["seq"]].leaf).hex() == line["leaf"] for line in lines)
    assert all(bytes(seals[line["seq"]].chain).hex() == line["chain"] for line in lines)
    assert {line["tenant"] for line in lines} == {str(acme.id)}
    key = f"{stream.public_id}-{lines[0]['epoch']}-{lines[0]['seq']}-{lines[-1]['seq']}"
    assert request.headers["idempotency-key"] == key
    signed = f"{request.headers['freehold-timestamp']}.{key}.".encode() + request.body
    assert request.headers["freehold-signature"] == "v1=" + hmac.digest(SIGNING_KEY.encode(), signed, "sha256").hex()
    assert request.headers["content-type"] == "application/x-ndjson"
    assert queries.stream_status(stream).state == "live"


def test_the_latest_checkpoint_comes_along(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    happen(actor=owner)
    seal(acme)
    note = queries.latest_checkpoint()

    deliver(stream)

    assert base64.b64decode(sink.requests[0].headers["freehold-checkpoint"]).decode() == note.note


def test_a_target_that_refuses_keeps_its_place_and_gets_everything_later(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    place = following.place_of(stream.cursor_name)
    happen(actor=owner, number=1)
    seal(acme)
    sink.answer = lambda _request: Reply(status=503, pieces=(b"busy",))

    run = deliver(stream)
    status = queries.stream_status(stream)

    assert (run.moved, run.attempts_after) == (0, 1)
    assert place is not None
    assert (status.state, status.seq, status.attempts) == ("failing", place.seq, 1)
    assert status.fault == "The target answered 503 busy. Look at its log, and at the secret."
    assert status.retries_at is not None
    assert status.lag_entries >= 1
    sink.answer = lambda _request: Reply()
    assert deliver(stream).moved == 0, "its time has not come"
    Cursor.objects.filter(name=stream.cursor_name).update(not_before=clock.now() - timedelta(seconds=1))

    deliver(stream)

    assert own_records(entries_in(sink.requests[-1])) == [1]
    assert queries.stream_status(stream).state == "live"


def test_waits_grow_and_are_limited() -> None:
    for attempts, longest in ((1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (500, 300)):
        waits = [delivery.wait_after(attempts).total_seconds() for _ in range(50)]

        assert longest / 2 <= min(waits)
        assert max(waits) <= longest
        assert len(set(waits)) > 1


def test_failing_and_recovering_are_recorded_once_each(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    happen(actor=owner)
    seal(acme)
    sink.answer = lambda _request: Reply(status=500)
    for _ in range(5):
        Cursor.objects.update(not_before=None)
        deliver(stream)
    sink.answer = lambda _request: Reply()
    Cursor.objects.update(not_before=None)

    for _ in range(2):
        deliver(stream)

    assert actions_on_trail("audit.stream.") == ["audit.stream.created", "audit.stream.failing", "audit.stream.recovered"]


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 429, 500])
def test_only_success_moves_the_place(status: int, sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    happen(actor=owner)
    seal(acme)
    sink.answer = lambda _request: Reply(status=status, headers={"Location": f"{sink.url}/elsewhere"})

    assert deliver(stream).moved == 0
    assert len(sink.requests) == 1


def test_filters_leave_entries_out_and_the_place_moves_all_the_same(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner, filters={"subject": "wanted"})
    happen(actor=owner, subject="other", number=1)
    happen(actor=owner, subject="wanted", number=2)
    happen(actor=owner, subject="other", number=3)
    seal(acme)

    deliver(stream)

    assert own_records(entries_in(sink.requests[0])) == [2]
    assert queries.stream_status(stream).lag_entries == 0


def test_a_paused_stream_sends_nothing_until_it_is_resumed(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    actions.pause_stream(stream.pk, reason="maintenance", actor=owner)
    happen(actor=owner, number=7)
    seal(acme)

    assert deliver(stream).moved == 0
    assert stream.pk not in queries.streams_waiting()
    assert (queries.stream_status(queries.stream(stream.pk)).state, sink.requests) == ("paused", [])
    actions.resume_stream(stream.pk, actor=owner)
    deliver(stream)

    assert own_records(entries_in(sink.requests[0])) == [7]


def test_replay_sends_again_from_a_place(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    for number in range(4):
        happen(actor=owner, number=number)
    seal(acme)
    deliver(stream)
    lines = entries_in(sink.requests[0])
    from_seq = next(line["seq"] for line in lines if line["entry"]["details"].get("number") == 2)

    actions.replay_stream(stream.pk, from_seq=from_seq, actor=owner)
    deliver(stream)

    assert own_records(entries_in(sink.requests[1])) == [2, 3]


def test_a_stream_can_begin_with_the_first_entry(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    happen(actor=owner, number=5)
    seal(acme)
    stream = to_https(sink, actor=owner, from_seq=1)

    deliver(stream)

    lines = [line for request in sink.requests for line in entries_in(request)]
    assert [line["seq"] for line in lines] == list(range(1, following.log_size() + 1))


def test_large_batches_are_cut_and_keep_their_order(
    sink: HttpSink, acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PIECE_BYTES", 2000)
    monkeypatch.setattr(delivery, "BATCH", 4)
    stream = to_https(sink, actor=owner)
    for number in range(9):
        happen(actor=owner, number=number)
    seal(acme)

    deliver(stream)

    assert len(sink.requests) > 4
    assert own_records([line for request in sink.requests for line in entries_in(request)]) == list(range(9))
    assert len({request.headers["idempotency-key"] for request in sink.requests}) == len(sink.requests)


def test_a_refusal_in_the_middle_of_a_batch_repeats_it_whole(
    sink: HttpSink, acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PIECE_BYTES", 1)
    stream = to_https(sink, actor=owner)
    for number in range(3):
        happen(actor=owner, number=number)
    seal(acme)
    sink.answer = lambda _request: Reply(status=200 if len(sink.requests) < 2 else 500)
    deliver(stream)
    sink.answer = lambda _request: Reply()
    first = len(sink.requests)
    Cursor.objects.update(not_before=None)

    deliver(stream)

    assert own_records([line for request in sink.requests[first:] for line in entries_in(request)]) == [0, 1, 2]
    assert sink.requests[0].headers["idempotency-key"] == sink.requests[first].headers["idempotency-key"]


def test_entries_whose_bodies_are_gone_are_said(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner, filters={"subject": "thing_1"})
    ids = [happen(actor=owner, number=number) for number in range(4)]
    seal(acme)
    gone = [entry for entry in following.read_after(0, limit=10_000) if entry.entry_id in ids[1:3]]

    lines = _sent_with_gaps(stream, missing={entry.seq for entry in gone})

    (said,) = [line for line in lines if line["entry"]["action"] == "audit.entries.gap"]
    assert said["entry"]["details"] == {"first_seq": gone[0].seq, "last_seq": gone[1].seq, "number": 2}
    assert (said["seq"], said["leaf"]) == (gone[1].seq, gone[1].leaf.hex())
    assert own_records(lines) == [0, 3]


def _sent_with_gaps(stream: Stream, *, missing: set[int]) -> list[dict[str, Any]]:
    """What is sent of all that is sealed, had the bodies at some places been pruned."""
    place = following.place_of(stream.cursor_name)
    assert place is not None
    found = following.read_after(place.seq)
    entries = [
        following.Sealed(one.seq, one.leaf, one.chain, one.sealed_at, one.entry_id, None) if one.seq in missing else one
        for one in found
    ]
    with http_sink() as other:
        Stream.objects.filter(pk=stream.pk).update(settings={"url": other.url, "ca": CA_PEM})
        sending.send(Stream.objects.get(pk=stream.pk), entries, after=place.seq)
        return [line for request in other.requests for line in entries_in(request)]


def test_a_slow_target_holds_up_no_other(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    slow, quick = to_https(sink, actor=owner, name="slow"), to_https(sink, actor=owner, name="quick")
    happen(actor=owner)
    seal(acme)
    following.postpone(slow.cursor_name, fault="busy", wait=timedelta(minutes=1))

    assert queries.streams_waiting() == [quick.pk]
    tasks.stream_one.run(stream_id=str(quick.pk))

    assert queries.stream_status(quick).state == "live"
    assert queries.stream_status(slow).state == "failing"


def test_pruning_waits_for_what_was_not_sent(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    assert delivery.lowest_place() is None
    happen(actor=owner)
    seal(acme)
    place = following.place_of(stream.cursor_name)
    assert place is not None

    assert delivery.lowest_place() == place.seq
    deliver(stream)
    assert delivery.lowest_place() is None


def test_pruning_waits_no_longer_than_a_week(
    sink: HttpSink, acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_https(sink, actor=owner)
    happen(actor=owner)
    seal(acme)
    later = clock.now() + timedelta(days=7, seconds=1)

    monkeypatch.setattr(clock, "now", lambda: later)

    assert delivery.lowest_place() is None


def test_entries_whose_seals_are_gone_are_said(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner, filters={"subject": "thing_1"})
    for number in range(4):
        happen(actor=owner, number=number)
    seal(acme)
    place = following.place_of(stream.cursor_name)
    assert place is not None
    left = following.read_after(place.seq)[3:]

    sending.send(stream, left, after=place.seq)

    lines = entries_in(sink.requests[0])
    assert lines[0]["entry"]["action"] == "audit.entries.gap"
    assert lines[0]["entry"]["details"] == {"first_seq": place.seq + 1, "last_seq": left[0].seq - 1, "number": 3}
    assert (lines[0]["seq"], lines[0]["leaf"]) == (left[0].seq - 1, "0" * 64)
