"""Anchors: who is given checkpoints, and the giving itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from audit import events, queries, targets
from audit.actions.recording import FAILURE, SUCCESS, record
from audit.anchors import giving, specifications
from audit.models import Anchor, Checkpoint, Receipt
from audit.permissions import Permission
from audit.problems import AnchorNameTaken
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Invalid, Problem, require_version
from kernel.sealing import Unsealable
from kernel.tasks import enqueue

DAILY_S = 86_400
CLAIM = timedelta(minutes=5)
"""How long an anchor is one worker's; one that died in it is taken over then, and gives the checkpoint once more."""

FIRST_WAIT_S, LONGEST_WAIT_S = 60, 3600
FAILING_AFTER = 3
FAULT_MAXIMUM = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAnchor:
    """What an anchor shall be. For a change, None leaves as it is; `settings` and `secret` are given whole."""

    name: str | None = None
    settings: Mapping[str, Any] | None = None
    secret: Mapping[str, Any] | None = field(default=None, repr=False)
    every_s: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What came of giving the newest checkpoint: the receipt, or the fault in words; neither when there was nothing new to give."""

    receipt: Receipt | None = None
    fault: str = ""


@tenancy.atomic
def add_anchor(kind: str, *, wanted: WantedAnchor, actor: Actor) -> Anchor:
    """Give checkpoints to somebody from now on, the newest one at once.

    Raises Forbidden, Invalid, UnsafeAddress, Unreachable for a host that nobody knows, AnchorNameTaken.
    """
    actor.require(Permission.WRITE_ANCHORS)
    specifications.require_kind(kind)
    anchor = Anchor(
        kind=kind, name=targets.name_of(wanted.name or ""), every_s=DAILY_S if wanted.every_s is None else wanted.every_s
    )
    specifications.require_every(anchor.every_s)
    anchor.settings = specifications.settings_of(kind, wanted.settings or {})
    secret = specifications.secret_of(kind, wanted.secret or {})
    specifications.require_allowed(kind, settings=anchor.settings)
    anchor.sealed_secret = giving.sealed_secret(secret, anchor=anchor) if secret else ""
    _require_free_name(anchor)
    anchor.save(force_insert=True)
    record(
        events.AnchorAdded(
            subject=anchor.public_id, subject_label=anchor.name, kind=kind, target=_target(anchor), every_s=anchor.every_s
        ),
        actor=actor,
    )
    enqueue("audit.anchor_one", anchor_id=str(anchor.pk))
    return anchor


@tenancy.atomic
def change_anchor(anchor_id: UUID, *, wanted: WantedAnchor, expected_version: int | None = None, actor: Actor) -> Anchor:
    """Change an anchor. Another address needs the secret again, so that nobody who never saw it can have it sent to a host of their own.

    Raises Forbidden, AnchorNotFound, PreconditionFailed, Invalid, UnsafeAddress, Unreachable, AnchorNameTaken.
    """
    actor.require(Permission.WRITE_ANCHORS)
    anchor = queries.anchor_for_update(anchor_id)
    require_version(anchor, expected=expected_version)
    fields = _changed(anchor, wanted=wanted)
    if not fields:
        raise Invalid("Nothing would change; say what shall be different.")
    anchor.version += 1
    anchor.next_at, anchor.attempts, anchor.fault = clock.now(), 0, ""
    _require_free_name(anchor)
    anchor.save()
    record(
        events.AnchorChanged(subject=anchor.public_id, subject_label=anchor.name, fields=fields, target=_target(anchor)),
        actor=actor,
    )
    return anchor


@tenancy.atomic
def pause_anchor(anchor_id: UUID, *, reason: str, actor: Actor) -> Anchor:
    """Give no checkpoint until it is resumed. Idempotent: a paused one stays as it is. Raises Forbidden, AnchorNotFound."""
    actor.require(Permission.WRITE_ANCHORS)
    anchor = queries.anchor_for_update(anchor_id)
    if anchor.paused_at is None:
        anchor.paused_at = clock.now()
        anchor.version += 1
        anchor.save(update_fields=["paused_at", "version"])
        record(events.AnchorPaused(subject=anchor.public_id, subject_label=anchor.name, reason=reason[:500]), actor=actor)
    return anchor


@tenancy.atomic
def resume_anchor(anchor_id: UUID, *, actor: Actor) -> Anchor:
    """Give checkpoints again, the newest one at once. Idempotent: one that is not paused stays as it is. Raises Forbidden, AnchorNotFound."""
    actor.require(Permission.WRITE_ANCHORS)
    anchor = queries.anchor_for_update(anchor_id)
    if anchor.paused_at is not None:
        anchor.paused_at, anchor.next_at, anchor.attempts, anchor.fault = None, clock.now(), 0, ""
        anchor.version += 1
        anchor.save(update_fields=["paused_at", "next_at", "attempts", "fault", "version"])
        record(events.AnchorResumed(subject=anchor.public_id, subject_label=anchor.name), actor=actor)
        enqueue("audit.anchor_one", anchor_id=str(anchor.pk))
    return anchor


@tenancy.atomic
def remove_anchor(anchor_id: UUID, *, expected_version: int | None = None, actor: Actor) -> None:
    """Give nothing more to an anchor and forget its secret; its receipts stay. Raises Forbidden, AnchorNotFound, PreconditionFailed."""
    actor.require(Permission.WRITE_ANCHORS)
    anchor = queries.anchor_for_update(anchor_id)
    require_version(anchor, expected=expected_version)
    gone = events.AnchorRemoved(subject=anchor.public_id, subject_label=anchor.name, target=_target(anchor))
    anchor.delete()
    record(gone, actor=actor)


def try_anchor(anchor_id: UUID, *, actor: Actor) -> Given:
    """Give the newest checkpoint now, paused or not, due or not; what came of it. Raises Forbidden, AnchorNotFound, CheckpointNotFound."""
    actor.require(Permission.WRITE_ANCHORS)
    anchor, checkpoint = queries.anchor(anchor_id), queries.latest_checkpoint()
    given = _give(anchor, checkpoint)
    with transaction.atomic(using=tenancy.current_alias()):
        tested = events.AnchorTested(subject=anchor.public_id, subject_label=anchor.name, answer=given.fault[:300])
        record(tested, actor=actor, outcome=FAILURE if given.fault else SUCCESS)
    return given


def anchor_due(anchor_id: UUID, *, actor: Actor) -> Given:
    """Give the newest checkpoint to an anchor whose time has come; one that has it, or is another worker's, is left alone.

    Nothing is locked while the other side is asked, so that sealing and signing never wait. A refusal postpones: a minute after the first, twice as
    long after each further one, at most an hour. Recorded only when it begins to fail, and when it takes checkpoints again.
    """
    anchor = _claimed(anchor_id)
    checkpoint = queries.latest_checkpoint_or_none()
    if anchor is None or checkpoint is None:
        return Given()
    if (anchor.last_epoch, anchor.last_size) == (checkpoint.epoch, checkpoint.size):
        _wait(anchor, seconds=anchor.every_s)
        return Given()
    given = _give(anchor, checkpoint)
    _tell(anchor, given=given, actor=actor)
    return given


@tenancy.atomic
def _claimed(anchor_id: UUID) -> Anchor | None:
    due = Anchor.objects.select_for_update(skip_locked=True).filter(pk=anchor_id, paused_at=None, next_at__lte=clock.now()).first()
    if due is not None:
        _wait(due, seconds=int(CLAIM.total_seconds()))
    return due


def _give(anchor: Anchor, checkpoint: Checkpoint) -> Given:
    try:
        answer = giving.give(checkpoint, anchor=anchor)
    except Problem as refused:
        return _postponed(anchor, fault=f"{refused.title}: {refused.detail}")
    except Unsealable:
        return _postponed(
            anchor, fault="Its secret was sealed with a key that is no longer in SEALING_KEYS: give the secret again."
        )
    return _taken(anchor, checkpoint=checkpoint, answer=answer)


@tenancy.atomic
def _taken(anchor: Anchor, *, checkpoint: Checkpoint, answer: bytes) -> Given:
    now = clock.now()
    Anchor.objects.filter(pk=anchor.pk).update(
        last_epoch=checkpoint.epoch,
        last_size=checkpoint.size,
        last_at=now,
        next_at=now + timedelta(seconds=anchor.every_s),
        attempts=0,
        fault="",
    )
    return Given(Receipt.objects.create(checkpoint=checkpoint, anchor_id=anchor.pk, kind=anchor.kind, receipt=answer, given_at=now))


@tenancy.atomic
def _postponed(anchor: Anchor, *, fault: str) -> Given:
    attempts = anchor.attempts + 1
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempts - 1, 10))
    Anchor.objects.filter(pk=anchor.pk).update(
        attempts=attempts, fault=fault[:FAULT_MAXIMUM], next_at=clock.now() + timedelta(seconds=wait_s)
    )
    return Given(fault=fault)


@tenancy.atomic
def _tell(anchor: Anchor, *, given: Given, actor: Actor) -> None:
    """`anchor` is as it was before."""
    about = {"subject": anchor.public_id, "subject_label": anchor.name, "target": _target(anchor)}
    if given.fault and anchor.attempts + 1 == FAILING_AFTER:
        record(events.AnchorFailed(**about, fault=given.fault[:300]), actor=actor, outcome=FAILURE)
    elif not given.fault and anchor.attempts >= FAILING_AFTER:
        record(events.AnchorDelivered(**about, attempts=anchor.attempts), actor=actor)


def _wait(anchor: Anchor, *, seconds: int) -> None:
    Anchor.objects.filter(pk=anchor.pk).update(next_at=clock.now() + timedelta(seconds=seconds))


def _changed(anchor: Anchor, *, wanted: WantedAnchor) -> list[str]:
    """Put what is wanted into the row; the names of what differs."""
    before = (anchor.name, anchor.settings, anchor.every_s)
    if wanted.name is not None:
        anchor.name = targets.name_of(wanted.name)
    if wanted.every_s is not None:
        specifications.require_every(wanted.every_s)
        anchor.every_s = wanted.every_s
    if wanted.settings is not None:
        _take_settings(anchor, wanted=wanted)
    fields = [
        name
        for name, old, new in zip(
            ("name", "settings", "every_s"), before, (anchor.name, anchor.settings, anchor.every_s), strict=True
        )
        if old != new
    ]
    if wanted.secret:
        anchor.sealed_secret = giving.sealed_secret(specifications.secret_of(anchor.kind, wanted.secret), anchor=anchor)
        fields.append("secret")
    return fields


def _take_settings(anchor: Anchor, *, wanted: WantedAnchor) -> None:
    settings = specifications.settings_of(anchor.kind, wanted.settings or {})
    if anchor.sealed_secret and not wanted.secret:
        targets.require_secret_again(anchor.settings, settings, addresses=["endpoint"])
    specifications.require_allowed(anchor.kind, settings=settings)
    anchor.settings = settings


def _require_free_name(anchor: Anchor) -> None:
    """Refuse a name that another anchor has. Raises AnchorNameTaken."""
    queries.lock_anchor_names()
    if Anchor.objects.filter(name=anchor.name).exclude(pk=anchor.pk).exists():
        raise AnchorNameTaken("Choose another name.", name=anchor.name)


def _target(anchor: Anchor) -> str:
    return specifications.target_of(anchor.kind, settings=anchor.settings)
