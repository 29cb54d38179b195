"""Copies of tenants: taken, tried, handed out, removed."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from kernel import clock, ids, problems, tenancy
from kernel.actors import Actor
from kernel.problems import Problem
from kernel.tenancy import TenantRef
from operations import actions as operations
from operations.models import Operation
from tenants import events, operators, outbox, queries, residency
from tenants.actions import working
from tenants.backups import checking, files, retention, taking
from tenants.models import Backup, BackupKind, BackupState, Tenant, TenantState
from tenants.permissions import Permission
from tenants.places import Progress, quietly
from tenants.problems import BackupDamaged, BackupNeeded, BackupNotReady, BackupUnfit, BackupUnreadable, WrongState
from tenants.queries import BACKING_UP, CHECKING

COPYABLE = frozenset({TenantState.ACTIVE, TenantState.SUSPENDED, TenantState.DELETING})
SEALED, PLAIN = "sealed", "plain"

log = structlog.get_logger(__name__)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def back_up_tenant(tenant_id: UUID, *, actor: Actor) -> Operation:
    """Queue a copy of a tenant, kept as long as the tenant's scheduled ones are. The tenant goes on working meanwhile.

    Raises RegistryClosed, Forbidden, TenantNotFound, WrongState, ResidencyForbids.
    """
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    _require_copyable(tenant)
    residency.require_region(tenant.cell.region_id, residency=tenant.residency)
    return operations.start(
        BACKING_UP,
        key=f"{BACKING_UP}:{ids.new_id()}",
        subject=tenant.public_id,
        label=f"Back up the tenant {tenant.slug}",
        steps=["Copy all rows"],
        arguments={"tenant_id": str(tenant.id)},
        actor=actor,
    )


def work_on_backup(operation_id: UUID, *, actor: Actor) -> None:
    """Work on a copy until it is taken, has failed, or is somebody else's. Platform is active. Raises RegistryClosed, Forbidden."""
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    working.work(operation_id, job=_Copying.of, actor=actor)


def back_up_due(*, within_s: float, actor: Actor) -> list[Backup]:
    """Take the copies that the timetable wants, one after the other, those that wait longest first; none is begun after `within_s` seconds.

    One that fails is recorded and keeps nobody waiting. Platform is active. Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    taken, began = [], time.monotonic()
    for tenant in queries.due_tenants():
        if time.monotonic() - began > within_s:
            break
        # Asked again: another worker may have begun it while this one was at others.
        if any(cover.is_due(clock.now()) for cover in queries.covers(tenant_id=tenant.id)):
            taken += _taken_by_timetable(tenant, actor=actor)
            tenancy.rest()
    return taken


def _taken_by_timetable(tenant: Tenant, *, actor: Actor) -> list[Backup]:
    try:
        backup = taking.take(tenant, kind=BackupKind.SCHEDULED, expires_at=retention.expiry_of(tenant), on_progress=quietly)
    except Exception as fault:
        # Whatever it is, the trail must say so, and the next tenant have its turn.
        log.exception("backup.failed", tenant=tenant.slug)
        record_failed(tenant, fault=str(fault), actor=actor)
        return []
    record_taken(backup, actor=actor)
    return [backup]


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def check_backup(backup_id: UUID, *, actor: Actor) -> Operation:
    """Queue a trial: the copy is restored into a scratch place and compared, and the place is dropped.

    Raises RegistryClosed, Forbidden, BackupNotFound, BackupNotReady.
    """
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    backup = queries.backup(backup_id)
    files.present(backup)
    return operations.start(
        CHECKING,
        key=f"{CHECKING}:{ids.new_id()}",
        subject=backup.public_id,
        label=f"Try the backup of {backup.tenant.slug}",
        steps=["Restore for trial and compare"],
        arguments={"backup_id": str(backup.id)},
        actor=actor,
    )


def work_on_check(operation_id: UUID, *, actor: Actor) -> None:
    """Work on a trial until it is over or somebody else's. Platform is active. Raises RegistryClosed, Forbidden."""
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    working.work(operation_id, job=_Trying.of, actor=actor)


def drill_backup(backup_id: UUID, *, on_progress: Progress, actor: Actor) -> Backup:
    """Try a copy here and now, and record what came of it. Platform is active.

    Raises RegistryClosed, Forbidden, BackupNotFound, BackupNotReady, BackupDamaged, BackupUnreadable, BackupUnfit.
    """
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    backup = queries.backup(backup_id)
    try:
        checking.check(backup, on_progress=on_progress)
    except (BackupDamaged, BackupUnreadable, BackupUnfit) as fault:
        _record(backup, events.BackupRefuted(**_who(backup), fault=fault.detail[:500]), actor=actor)
        raise
    _record(backup, events.BackupChecked(**_who(backup), elapsed_ms=backup.verify_ms or 0), actor=actor)
    return backup


def drill_backups(*, number: int, actor: Actor) -> list[Backup]:
    """Try the newest copies of some tenants, chosen by lot; what came of each is recorded and stands in its row. Platform is active.

    Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    newest = [backup for cover in queries.covers() if (backup := queries.newest_good(cover.tenant.id)) is not None]
    tried = []
    for backup in random.SystemRandom().sample(newest, k=min(number, len(newest))):
        try:
            drill_backup(backup.id, on_progress=quietly, actor=actor)
        except Exception:
            # The next copy must have its turn.
            log.exception("backup.drill_failed", backup=backup.public_id)
        tried.append(queries.backup(backup.id))
        tenancy.rest()
    return tried


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def hand_out_backup(backup_id: UUID, *, form: str, actor: Actor) -> Backup:
    """Let somebody have a copy's file, `sealed` as it lies there or `plain`; recorded as an access to everything that the tenant has.

    Raises RegistryClosed, Forbidden, BackupNotFound, BackupNotReady.
    """
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    backup = queries.backup_for_update(backup_id)
    files.present(backup)
    outbox.record(events.BackupHandedOut(**_who(backup), form=form), actor=actor, tenant_id=backup.tenant_id)
    return backup


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def remove_backup(backup_id: UUID, *, expected_version: int | None = None, actor: Actor) -> Backup:
    """Remove a copy's file for good; its row stays as a record. Never the newest good copy of a tenant.

    Idempotent: a removed copy stays as it is. Raises RegistryClosed, Forbidden, BackupNotFound, BackupNotReady, BackupNeeded, PreconditionFailed.
    """
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    backup = queries.backup_for_update(backup_id)
    problems.require_version(backup, expected=expected_version)
    if backup.state == BackupState.REMOVED:
        return backup
    if backup.state == BackupState.WRITING:
        raise BackupNotReady("The copy is being written. Cancel its operation first, or wait.", state=backup.state)
    if queries.is_last(backup) and backup.tenant.state != TenantState.PURGED:
        raise BackupNeeded("It is the newest good copy of its tenant. Take another one first.")
    retention.remove(backup)
    outbox.record(events.BackupRemoved(**_who(backup), reason="asked"), actor=actor, tenant_id=backup.tenant_id)
    return backup


def expire_backups(*, actor: Actor) -> int:
    """Remove copies whose time is over, and give up those whose worker died; how many. Platform is active.

    Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    given_up = retention.give_up_dead()
    for backup in given_up:
        record_failed(backup.tenant, fault=retention.GIVEN_UP, actor=actor)
    over = queries.expired_backups()
    for backup in over:
        _expire(backup.id, actor=actor)
    return len(given_up) + len(over)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def _expire(backup_id: UUID, *, actor: Actor) -> None:
    backup = queries.backup_for_update(backup_id)
    if backup.state == BackupState.REMOVED:
        return
    retention.remove(backup)
    outbox.record(events.BackupRemoved(**_who(backup), reason="expired"), actor=actor, tenant_id=backup.tenant_id)


def record_taken(backup: Backup, *, actor: Actor) -> None:
    """Tell platform's trail of a copy that was taken. Platform is active."""
    expires_at = "" if backup.expires_at is None else clock.rfc3339(backup.expires_at)
    taken = events.BackupTaken(
        **_who(backup), kind=backup.kind, rows=backup.row_count, size_bytes=backup.size_bytes, expires_at=expires_at
    )
    _record(backup, taken, actor=actor)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def record_failed(tenant: Tenant, *, fault: str, actor: Actor) -> None:
    """Tell platform's trail of a copy that could not be taken. Platform is active."""
    failed = events.BackupFailed(subject=tenant.public_id, subject_label=tenant.name, tenant=tenant.public_id, fault=fault[:500])
    outbox.record(failed, actor=actor, tenant_id=tenant.id)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def _record(backup: Backup, event: Any, *, actor: Actor) -> None:
    outbox.record(event, actor=actor, tenant_id=backup.tenant_id)


def _who(backup: Backup) -> dict[str, str]:
    """What every event about a copy says."""
    return {"subject": backup.public_id, "subject_label": backup.tenant.name, "tenant": backup.tenant.public_id}


def _require_copyable(tenant: Tenant) -> None:
    if tenant.state not in COPYABLE:
        raise WrongState(
            f"The tenant is {tenant.state}; its place is not at rest, or there is none. Active, suspended and deleting tenants can be copied.",
            state=tenant.state,
        )


@dataclass(slots=True)
class _Copying(working.Job):
    """One attempt at one copy."""

    tenant: Tenant
    backup: Backup | None = None

    @classmethod
    def of(cls, operation: Operation, actor: Actor, platform: TenantRef) -> "_Copying":
        """The attempt of an operation. Raises WrongState when the tenant's place is gone meanwhile."""
        tenant = queries.tenant(UUID(operation.arguments["tenant_id"]))
        _require_copyable(tenant)
        return cls(operation=operation, actor=actor, platform=platform, tenant=tenant)

    def steps(self) -> Sequence[Callable[[], None]]:
        """One: a copy that was begun is worth nothing, so it is taken anew."""
        return (self._copy,)

    def end(self) -> working.Ending:
        """Name the copy."""
        taken = self.backup or queries.newest_good(self.tenant.id)
        return working.Ending(result={} if taken is None else _result(taken))

    def give_up(self, problem: Problem) -> None:
        """The trail tells of it; the row says so already."""
        record_failed(self.tenant, fault=problem.detail, actor=self.actor)

    def _copy(self) -> None:
        self.backup = taking.take(
            self.tenant, kind=BackupKind.MANUAL, expires_at=retention.expiry_of(self.tenant), on_progress=self.beat
        )
        record_taken(self.backup, actor=self.actor)


@dataclass(slots=True)
class _Trying(working.Job):
    """One attempt at one trial."""

    backup: Backup

    @classmethod
    def of(cls, operation: Operation, actor: Actor, platform: TenantRef) -> "_Trying":
        """The attempt of an operation. Raises BackupNotFound."""
        backup = queries.backup(UUID(operation.arguments["backup_id"]))
        return cls(operation=operation, actor=actor, platform=platform, backup=backup)

    def steps(self) -> Sequence[Callable[[], None]]:
        """One: a scratch place that was begun is dropped, and another one made."""
        return (self._try,)

    def end(self) -> working.Ending:
        """Say how long it took."""
        with suppress(Problem):
            self.backup = queries.backup(self.backup.id)
        return working.Ending(result={"backup": self.backup.public_id, "verify_ms": self.backup.verify_ms})

    def _try(self) -> None:
        self.backup = drill_backup(self.backup.id, on_progress=self.beat, actor=self.actor)


def _result(backup: Backup) -> dict[str, object]:
    return {"backup": backup.public_id, "row_count": backup.row_count, "size_bytes": backup.size_bytes}
