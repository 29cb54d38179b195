"""Who sends holds no transaction open: a stream is claimed by a lease, sent by one at a time, and free again when the lease ends."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connections
from django.test.utils import CaptureQueriesContext

from audit import actions, following, queries, tasks
from audit.models import Cursor, Stream
from audit.streams import batches, delivery
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tasks import QUEUE_OF
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import happen
from tests.audit.streaming import deliver, entries_in, own_records, seal, to_https
from tests.listeners import HttpSink, Reply, Request, http_sink

pytestmark = pytest.mark.usefixtures("open_loopback")

OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'"
ROW = 'SELECT 1 FROM "{schema}".audit_cursor WHERE name = %s FOR UPDATE NOWAIT'


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as listening:
        yield listening


@pytest.fixture(scope="module")
def leased(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its entries are committed."""
    with makers.passing_tenant("leased") as ref:
        yield ref


def at_place(stream: Stream) -> Cursor:
    place = following.place_of(stream.cursor_name)
    assert place is not None
    return place


def during_the_first(sink: HttpSink, what: Callable[[], object]) -> list[object]:
    """Have something done while the target lets the first request wait; what came of it."""
    came: list[object] = []

    def answer(_request: Request) -> Reply:
        if len(sink.requests) == 1:
            came.append(_alone(what))
        return Reply()

    sink.answer = answer
    return came


def _alone(what: Callable[[], object]) -> object:
    """Do it on connections of its own, as another worker does: the target listens in a thread."""
    try:
        return what()
    finally:
        connections.close_all()


@pytest.fixture
def waiting(leased: TenantRef, sink: HttpSink) -> Iterator[Stream]:
    """A stream with three entries to send, all of them committed."""
    with tenancy.activate(leased, purpose=Purpose.OPERATOR):
        seal(leased)
        stream = to_https(sink, actor=makers.OPERATOR)
        for number in range(3):
            happen(actor=makers.OPERATOR, subject="thing_leased", number=number)
        seal(leased)
        yield stream
        actions.remove_stream(stream.pk, actor=makers.OPERATOR)


@pytest.mark.committed
def test_no_transaction_and_no_lock_waits_for_a_target(leased: TenantRef, sink: HttpSink, waiting: Stream) -> None:
    def look() -> tuple[int, bool]:
        with makers.superuser(leased.cell) as connection:
            number = connection.execute(OPEN).fetchone()
            row = connection.execute(ROW.format(schema=leased.schema), [waiting.cursor_name]).fetchone()
            return (number or (-1,))[0], row is not None

    came = during_the_first(sink, look)

    assert deliver(waiting).fault == ""
    assert came == [(0, True)]


@pytest.mark.committed
def test_while_one_sends_another_leaves_the_stream_alone(leased: TenantRef, sink: HttpSink, waiting: Stream) -> None:
    def also_send() -> tuple[int, list[object], bool]:
        with tenancy.activate(leased, purpose=Purpose.OPERATOR):
            return deliver(waiting).moved, list(queries.streams_waiting()), queries.has_lagging_follower()

    Cursor.objects.exclude(name=waiting.cursor_name).delete()
    came = during_the_first(sink, also_send)

    run = deliver(waiting)

    assert came == [(0, [], False)]
    assert run.moved == len(entries_in(sink.requests[0]))
    assert len(sink.requests) == 1
    assert (at_place(waiting).leased_by, at_place(waiting).leased_until) == ("", None)


@pytest.mark.committed
def test_when_the_lease_has_ended_another_takes_over_and_the_place_moves_once(
    leased: TenantRef, sink: HttpSink, waiting: Stream
) -> None:
    def take_over() -> int:
        with tenancy.activate(leased, purpose=Purpose.OPERATOR):
            Cursor.objects.filter(name=waiting.cursor_name).update(leased_until=clock.now())
            return deliver(waiting).moved

    came = during_the_first(sink, take_over)

    late = deliver(waiting)

    first, second = sink.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert came == [len(entries_in(first))]
    assert (late.moved, late.fault) == (0, "")
    assert at_place(waiting).seq == following.log_size()


@pytest.mark.committed
def test_whoever_lost_the_stream_sends_no_further_piece(
    leased: TenantRef, sink: HttpSink, waiting: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PIECE_BYTES", 1)
    before = at_place(waiting).seq

    def replay() -> None:
        with tenancy.activate(leased, purpose=Purpose.OPERATOR):
            actions.replay_stream(waiting.pk, from_seq=before, actor=makers.OPERATOR)

    during_the_first(sink, replay)

    deliver(waiting)

    seqs = [entries_in(request)[0]["seq"] for request in sink.requests]
    assert seqs == [before + 1, *range(before, before + len(seqs) - 1)]
    assert at_place(waiting).seq == seqs[-1]


@pytest.mark.committed
def test_a_stream_that_is_removed_while_it_is_sent_leaves_nothing(leased: TenantRef, sink: HttpSink, waiting: Stream) -> None:
    with tenancy.activate(leased, purpose=Purpose.OPERATOR):
        other = to_https(sink, actor=makers.OPERATOR, name="other", from_seq=1)

    def remove() -> None:
        with tenancy.activate(leased, purpose=Purpose.OPERATOR):
            actions.remove_stream(other.pk, actor=makers.OPERATOR)

    during_the_first(sink, remove)

    assert deliver(other).moved == 0
    assert following.place_of(other.cursor_name) is None


def test_a_lease_is_renewed_before_each_further_piece(
    sink: HttpSink, acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PIECE_BYTES", 1)
    stream = to_https(sink, actor=owner)
    for number in range(3):
        happen(actor=owner, number=number)
    seal(acme)
    begun = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(seconds=40 * len(sink.requests)))
    until: list[timedelta] = []
    renew = following.renew

    def renewed(claim: following.Claim, *, lease: timedelta) -> bool:
        kept = renew(claim, lease=lease)
        until.append((at_place(stream).leased_until or begun) - clock.now())
        return kept

    monkeypatch.setattr(following, "renew", renewed)

    deliver(stream)

    assert len(sink.requests) > 2
    assert until == [delivery.LEASE] * (len(sink.requests) - 1)


def test_a_fault_frees_the_stream_and_stands_with_it(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    happen(actor=owner)
    seal(acme)
    sink.answer = lambda _request: Reply(status=503)

    deliver(stream)

    place = at_place(stream)
    assert (place.leased_by, place.leased_until, place.attempts) == ("", None, 1)


def test_a_fault_of_somebody_who_was_late_is_not_the_streams(acme: TenantRef, owner: Actor) -> None:
    happen(actor=owner)
    seal(acme)
    late = following.claim("tests.leased", lease=timedelta(0))
    current = following.claim("tests.leased", lease=timedelta(minutes=1))
    assert late is not None
    assert current is not None

    assert not following.give_back(late, fault="away", wait=timedelta(minutes=1))
    assert not following.finish(late)
    assert not following.renew(late, lease=timedelta(hours=1))

    place = following.place_of("tests.leased")
    assert place is not None
    assert (place.seq, place.attempts, place.fault, place.leased_by) == (0, 0, "", current.holder)
    assert following.finish(current)


def test_a_lease_keeps_others_off_in_both_manners(acme: TenantRef, owner: Actor) -> None:
    happen(actor=owner)
    seal(acme)
    claim = following.claim("tests.leased", lease=timedelta(minutes=1))

    assert claim is not None
    assert following.claim("tests.leased", lease=timedelta(minutes=1)) is None
    assert following.advance("tests.leased", lambda _entries: None) == 0


def test_what_is_sealed_reaches_a_stream_of_a_moment_ago(
    sink: HttpSink, acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, object]] = []
    monkeypatch.setattr(tasks, "enqueue", lambda name, **given: asked.append((name, given)))
    tasks.watch.run()
    without = list(asked)
    stream = to_https(sink, actor=owner)
    happen(actor=owner, number=7)
    seal(acme)

    tasks.watch.run()
    for _, given in asked:
        tasks.stream_one.run(**given)

    assert without == []
    assert asked == [("audit.stream_one", {"stream_id": str(stream.pk)})]
    assert own_records([line for request in sink.requests for line in entries_in(request)]) == [7]


def test_a_tenant_without_streams_is_asked_once_after_each_batch(acme: TenantRef, owner: Actor) -> None:
    happen(actor=owner)
    seal(acme)

    with CaptureQueriesContext(connections[acme.cell]) as captured:
        found = queries.streams_waiting()

    assert found == []
    assert len(captured) == 1
    assert settings.EVENT_CONSUMERS == ("audit.watch",)
    assert "audit.stream" not in QUEUE_OF


def test_a_paused_stream_alone_wakes_nobody(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    happen(actor=owner)
    seal(acme)
    Cursor.objects.exclude(name=stream.cursor_name).delete()
    assert queries.has_lagging_follower()

    actions.pause_stream(stream.pk, reason="maintenance", actor=owner)

    assert not queries.has_lagging_follower()
