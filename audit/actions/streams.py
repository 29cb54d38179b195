"""Streams: where entries are sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from audit import events, following, queries, targets
from audit.actions.recording import FAILURE, SUCCESS, record
from audit.filters import Filters
from audit.models import Stream
from audit.permissions import Permission
from audit.problems import StreamNameTaken
from audit.streams import delivery, sending, specifications
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Invalid, Problem, require_version
from kernel.tasks import enqueue

ANSWER_MAXIMUM = 300
ADDRESSES = ("url", "host", "port", "endpoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a stream shall be. For a change, None leaves as it is; `settings` and `secret` are given whole."""

    name: str | None = None
    settings: Mapping[str, Any] | None = None
    secret: Mapping[str, Any] | None = field(default=None, repr=False)
    format: str | None = None
    format_version: str | None = None
    filters: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a test record: whether the target took it, and its answer or the fault in short."""

    is_taken: bool
    answer: str


@tenancy.atomic
def create_stream(kind: str, *, wanted: Wanted, from_seq: int | None, actor: Actor) -> Stream:
    """Send entries to another system from now on, or from the place `from_seq` on, 1 being the first entry.

    Raises Forbidden, Invalid, UnsafeAddress, Unreachable for a host that nobody knows, StreamNameTaken.
    """
    actor.require(Permission.WRITE_STREAMS)
    specifications.require_kind(kind)
    stream = Stream(kind=kind, name=targets.name_of(wanted.name or ""))
    stream.format = wanted.format or specifications.FORMATS_OF[kind][0]
    stream.format_version = wanted.format_version or ""
    specifications.require_format(kind, name=stream.format, version=stream.format_version)
    stream.filters = Filters.parse(wanted.filters or {}).as_dict()
    stream.settings = specifications.settings_of(kind, wanted.settings or {})
    secret = specifications.secret_of(kind, wanted.secret or {})
    specifications.require_allowed(kind, settings=stream.settings)
    after = following.log_size() if from_seq is None else _before(from_seq, size=following.log_size())
    stream.sealed_secret = sending.sealed_secret(secret, stream=stream) if secret else ""
    _saved(stream, is_new=True)
    following.place(stream.cursor_name, seq=after)
    record(
        events.StreamCreated(
            subject=stream.public_id,
            subject_label=stream.name,
            kind=kind,
            target=_host(stream),
            format=stream.format,
            after_seq=after,
        ),
        actor=actor,
    )
    enqueue("audit.stream_one", stream_id=str(stream.pk))
    return stream


@tenancy.atomic
def change_stream(stream_id: UUID, *, wanted: Wanted, expected_version: int | None = None, actor: Actor) -> Stream:
    """Change a stream; its place stays, and what waits is sent as it is now.

    A new address needs the secret again: else whoever may change streams, but never saw the secret, could have it sent to a host of their own.
    Raises Forbidden, StreamNotFound, PreconditionFailed, Invalid, UnsafeAddress, Unreachable, StreamNameTaken.
    """
    actor.require(Permission.WRITE_STREAMS)
    stream = queries.stream_for_update(stream_id)
    require_version(stream, expected=expected_version)
    fields = _changed(stream, wanted=wanted)
    if not fields:
        raise Invalid("Nothing would change; say what shall be different.")
    stream.version += 1
    _saved(stream, is_new=False)
    if {"settings", "secret"} & set(fields):
        _try_at_once(stream)
    record(
        events.StreamChanged(subject=stream.public_id, subject_label=stream.name, fields=fields, target=_host(stream)), actor=actor
    )
    return stream


@tenancy.atomic
def pause_stream(stream_id: UUID, *, reason: str, actor: Actor) -> Stream:
    """Send nothing to a target until it is resumed; what happens meanwhile is sent then. A batch that is on its way is finished.

    Idempotent: a paused stream stays as it is and nothing is recorded. Raises Forbidden, StreamNotFound.
    """
    actor.require(Permission.WRITE_STREAMS)
    stream = queries.stream_for_update(stream_id)
    if stream.paused_at is not None:
        return stream
    stream.paused_at = clock.now()
    stream.version += 1
    stream.save(update_fields=["paused_at", "version"])
    record(events.StreamPaused(subject=stream.public_id, subject_label=stream.name, reason=reason[:500]), actor=actor)
    return stream


@tenancy.atomic
def resume_stream(stream_id: UUID, *, actor: Actor) -> Stream:
    """Let a paused stream go on where it stopped, at once.

    Idempotent: a stream that is not paused stays as it is and nothing is recorded. Raises Forbidden, StreamNotFound.
    """
    actor.require(Permission.WRITE_STREAMS)
    stream = queries.stream_for_update(stream_id)
    if stream.paused_at is None:
        return stream
    stream.paused_at = None
    stream.version += 1
    stream.save(update_fields=["paused_at", "version"])
    _try_at_once(stream)
    record(events.StreamResumed(subject=stream.public_id, subject_label=stream.name), actor=actor)
    return stream


@tenancy.atomic
def replay_stream(stream_id: UUID, *, from_seq: int, actor: Actor) -> Stream:
    """Send everything from a place on again, 1 being the first entry. Receivers know repeated entries by their id, or by epoch and seq.

    Raises Forbidden, StreamNotFound, Invalid for a place that the stream has not reached: entries are repeated, never left out.
    """
    actor.require(Permission.WRITE_STREAMS)
    stream = queries.stream_for_update(stream_id)
    cursor = following.place_of(stream.cursor_name)
    old = 0 if cursor is None else cursor.seq
    following.place(stream.cursor_name, seq=_before(from_seq, size=old))
    record(events.StreamReplayed(subject=stream.public_id, subject_label=stream.name, from_seq=from_seq, old_seq=old), actor=actor)
    enqueue("audit.stream_one", stream_id=str(stream.pk))
    return stream


@tenancy.atomic
def remove_stream(stream_id: UUID, *, expected_version: int | None = None, actor: Actor) -> None:
    """Send nothing more to a target, and forget its secret. Raises Forbidden, StreamNotFound, PreconditionFailed."""
    actor.require(Permission.WRITE_STREAMS)
    stream = queries.stream_for_update(stream_id)
    require_version(stream, expected=expected_version)
    cursor = following.place_of(stream.cursor_name)
    name, shown, target = stream.name, stream.public_id, _host(stream)
    following.forget(stream.cursor_name)
    stream.delete()
    record(
        events.StreamRemoved(subject=shown, subject_label=name, target=target, seq=0 if cursor is None else cursor.seq), actor=actor
    )


def check_stream(stream_id: UUID, *, actor: Actor) -> Trial:
    """Send one marked test record now, paused or not, and tell what the target said. It stands in no log and moves no place.

    Raises Forbidden, StreamNotFound.
    """
    actor.require(Permission.WRITE_STREAMS)
    stream = queries.stream(stream_id)
    try:
        trial = Trial(is_taken=True, answer=sending.send_trial(stream, by=actor.id))
    except Problem as refused:
        trial = Trial(is_taken=False, answer=refused.detail)
    with transaction.atomic(using=tenancy.current_alias()):
        event = events.StreamTested(
            subject=stream.public_id, subject_label=stream.name, target=_host(stream), answer=trial.answer[:ANSWER_MAXIMUM]
        )
        record(event, actor=actor, outcome=SUCCESS if trial.is_taken else FAILURE)
    return trial


def deliver_stream(stream_id: UUID, *, actor: Actor) -> delivery.Run:
    """Send what waits for one stream, as long as its time lasts; recorded only when its target begins to fail, and when it takes entries again."""
    run = delivery.run(stream_id)
    if run.began_to_fail or run.recovered:
        _note(stream_id, run=run, actor=actor)
    return run


@tenancy.atomic
def _note(stream_id: UUID, *, run: delivery.Run, actor: Actor) -> None:
    stream = Stream.objects.filter(pk=stream_id).first()
    if stream is None:
        return
    about = {"subject": stream.public_id, "subject_label": stream.name, "target": _host(stream)}
    if run.recovered:
        record(events.StreamRecovered(**about, attempts=run.attempts_before), actor=actor)
    else:
        record(events.StreamFailing(**about, fault=run.fault[:ANSWER_MAXIMUM]), actor=actor, outcome=FAILURE)


def _changed(stream: Stream, *, wanted: Wanted) -> list[str]:
    """Put what is wanted into the row; the names of what differs."""
    before = (stream.name, stream.settings, stream.format, stream.format_version, stream.filters)
    if wanted.name is not None:
        stream.name = targets.name_of(wanted.name)
    if wanted.filters is not None:
        stream.filters = Filters.parse(wanted.filters).as_dict()
    if wanted.format is not None:
        stream.format, stream.format_version = wanted.format, ""
    if wanted.format_version is not None:
        stream.format_version = wanted.format_version
    specifications.require_format(stream.kind, name=stream.format, version=stream.format_version)
    if wanted.settings is not None:
        _take_settings(stream, wanted=wanted)
    after = (stream.name, stream.settings, stream.format, stream.format_version, stream.filters)
    names = ("name", "settings", "format", "format_version", "filters")
    fields = [name for name, old, new in zip(names, before, after, strict=True) if old != new]
    if wanted.secret:
        secret = specifications.secret_of(stream.kind, wanted.secret)
        stream.sealed_secret = sending.sealed_secret(secret, stream=stream) if secret else ""
        fields.append("secret")
    return fields


def _take_settings(stream: Stream, *, wanted: Wanted) -> None:
    settings = specifications.settings_of(stream.kind, wanted.settings or {})
    if stream.sealed_secret and not wanted.secret:
        targets.require_secret_again(stream.settings, settings, addresses=ADDRESSES)
    specifications.require_allowed(stream.kind, settings=settings)
    stream.settings = settings


def _before(from_seq: int, *, size: int) -> int:
    """The place before `from_seq`, which must lie between the first entry and the one after the last."""
    if not 1 <= from_seq <= size + 1:
        detail = f"Give a place between 1 and {size + 1}."
        raise Invalid(
            "Correct the fields that `errors` names.", errors=[{"pointer": "/from_seq", "code": "invalid", "detail": detail}]
        )
    return from_seq - 1


def _saved(stream: Stream, *, is_new: bool) -> None:
    try:
        with transaction.atomic(using=tenancy.current_alias()):
            stream.save(force_insert=is_new)
    except IntegrityError as fault:
        raise StreamNameTaken("Choose another name.", name=stream.name) from fault


def _try_at_once(stream: Stream) -> None:
    """Wait no longer because of earlier refusals."""
    cursor = following.place_of(stream.cursor_name)
    following.place(stream.cursor_name, seq=0 if cursor is None else cursor.seq)
    enqueue("audit.stream_one", stream_id=str(stream.pk))


def _host(stream: Stream) -> str:
    return specifications.host_of(stream.kind, settings=stream.settings)
