"""Retention: periods, and the removal of what is older than they say."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from django.db import OperationalError

from audit import events, holds, partitions, queries
from audit.actions.recording import record
from audit.models import Pruning, RetentionPolicy
from audit.permissions import Permission
from audit.problems import NothingToRemove
from audit.retention import bodies, months, periods, seals
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import require_version
from kernel.tenancy import Purpose

IN_USE = "Somebody is reading it. It goes in the next round."

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Removed:
    """What a round removed, and what keeps the months that it did not, in words."""

    records: list[Pruning] = field(default_factory=list)
    waits: dict[str, str] = field(default_factory=dict)


@tenancy.atomic
def change_policy(
    category: str, *, body_days: int, seal_days: int, basis: str, expected_version: int | None = None, actor: Actor
) -> RetentionPolicy:
    """Say how long bodies and seals of a category are kept, 0 for good. Nothing is removed by it at once.

    Idempotent: a policy that says so already stays as it is and nothing is recorded. Raises Forbidden, Invalid, PreconditionFailed.
    """
    actor.require(Permission.WRITE_RETENTION)
    reason = " ".join(basis.split())
    periods.require_sound(category=category, body_days=body_days, seal_days=seal_days, basis=reason)
    periods.lock()
    policy = periods.policies()[category]
    require_version(policy, expected=expected_version)
    before = periods.document(policy)
    if before == {"body_days": body_days, "seal_days": seal_days, "basis": reason}:
        return policy
    _saved(policy, body_days=body_days, seal_days=seal_days, basis=reason)
    record(
        events.PolicyChanged(
            subject=category, old_body_days=before["body_days"], new_body_days=body_days, old_seal_days=before["seal_days"],
            new_seal_days=seal_days, old_basis=before["basis"], new_basis=reason,
        ),
        actor=actor,
    )  # fmt: skip
    return policy


@tenancy.atomic
def apply_preset(name: str, *, actor: Actor) -> list[RetentionPolicy]:
    """Give all categories the period that a rule asks for; seals are kept for good. Raises Forbidden, PresetUnknown."""
    actor.require(Permission.WRITE_RETENTION)
    preset = queries.retention_preset(name)
    periods.lock()
    policies = periods.policies()
    before = {category: periods.document(policy) for category, policy in policies.items()}
    for policy in policies.values():
        _saved(policy, body_days=preset.body_days, seal_days=0, basis=preset.basis)
    record(
        events.PresetApplied(
            subject=name, subject_label=preset.label, body_days=preset.body_days, seal_days=0, basis=preset.basis, before=before
        ),
        actor=actor,
    )
    return list(policies.values())


def prune(*, actor: Actor) -> Removed:
    """Remove what is older than the policies say: first bodies, month by month, then seals below a checkpoint. Each removal is recorded.

    Whoever is killed meanwhile has removed whole months or none, and the next round goes on. Raises Forbidden, NothingToRemove.
    """
    actor.require(Permission.WRITE_RETENTION)
    removed = Removed()
    for name in _names():
        _prune_bodies(name, removed=removed, actor=actor)
    _prune_seals(removed, actor=actor)
    swept = _sweep()
    if not removed.records and not swept:
        raise NothingToRemove("Read what keeps each month, or change a policy.", waits=removed.waits)
    return removed


def prune_due(*, actor: Actor) -> Removed:
    """The same for the daily round, to which it is no fault that nothing is due."""
    try:
        return prune(actor=actor)
    except NothingToRemove as nothing:
        return Removed(waits=nothing.fields["waits"])


def _prune_bodies(name: str, *, removed: Removed, actor: Actor) -> None:
    try:
        found = _prune_month(name, actor=actor)
    except OperationalError as busy:
        log.warning("retention.month_in_use", tenant=tenancy.current().slug, month=name, why=str(busy).partition("\n")[0])
        removed.waits[name] = IN_USE
        return
    if isinstance(found, Pruning):
        removed.records.append(found)
    else:
        removed.waits[name] = found


@tenancy.atomic
def _prune_month(name: str, *, actor: Actor) -> Pruning | str:
    """One month: the record of its removal, or what keeps it."""
    periods.lock()
    with _owning():
        prepared = bodies.prepare(name, standing=holds.standing())
    if isinstance(prepared, months.MonthPlan):
        return prepared.why_kept
    row = prepared.record
    record(
        events.BodiesPruned(
            subject=name, first_seq=row.first_seq, last_seq=row.last_seq, number=row.number, held=row.held, policies=row.policies
        ),
        actor=actor,
    )
    with _owning():
        bodies.drop(prepared)
    return row


@tenancy.atomic
def _prune_seals(removed: Removed, *, actor: Actor) -> None:
    periods.lock()
    try:
        chosen = seals.plan()
        if chosen.checkpoint is None:
            removed.waits["seals"] = chosen.why_kept
            return
        with _owning():
            row = seals.mark(chosen)
    except seals.NotWhole as fault:
        log.error("retention.log_not_whole", tenant=tenancy.current().slug, why=str(fault))  # noqa: TRY400  (no fault of ours)
        removed.waits["seals"] = f"Verify the log first: {fault}."
        return
    signed = chosen.checkpoint
    record(
        events.SealsPruned(
            subject=tenancy.current().slug, first_seq=row.first_seq, last_seq=row.last_seq, number=row.number, checkpoint=signed.public_id,
            root=bytes(signed.root).hex(), chain=bytes(signed.chain).hex(), policies=row.policies,
        ),
        actor=actor,
    )  # fmt: skip
    removed.records.append(row)


def _sweep() -> int:
    """Remove what lies below the mark, batch by batch; the number."""
    total = 0
    with _owning():
        while number := _sweep_batch():
            total += number
    return total


@tenancy.atomic
def _sweep_batch() -> int:
    return seals.sweep_batch()


def _names() -> list[str]:
    now = partitions.lowest_id(clock.now())
    with _owning():
        return [month.name for month in partitions.months() if month.high is not None and month.high < now]


def _saved(policy: RetentionPolicy, *, body_days: int, seal_days: int, basis: str) -> None:
    policy.body_days, policy.seal_days, policy.basis = body_days, seal_days, basis
    policy.version += 1
    policy.updated_at = clock.now()
    policy.save()


@contextmanager
def _owning() -> Iterator[None]:
    """As the owner of the tables, the only one who may remove anything from the log."""
    with tenancy.activate(tenancy.current(), purpose=Purpose.MIGRATE):
        yield
