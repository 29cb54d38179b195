"""Working on the archiving of a tenant, and on its return, by whichever worker holds the operation. Every step may run again."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from kernel.actors import Actor
from kernel.problems import Problem
from kernel.tenancy import TenantRef
from operations.models import Operation
from tenants import closing, forgotten, operators, provisioning, queries
from tenants.actions import working
from tenants.actions.archiving import call_off_archiving, confirm_archived, open_unarchived
from tenants.backups import archive, checking, files, loading, placing, taking
from tenants.models import Backup, BackupKind, Tenant, TenantState
from tenants.permissions import Permission
from tenants.problems import CopyChanged, NoArchive


def put_away_tenant(operation_id: UUID, *, actor: Actor) -> None:
    """Work on an archiving until it is done, has failed, or is somebody else's. Platform is active. Raises RegistryClosed, Forbidden."""
    operators.require(Permission.ARCHIVE_TENANTS, actor=actor)
    working.work(operation_id, job=_PuttingAway.of, actor=actor)


def bring_back_tenant(operation_id: UUID, *, actor: Actor) -> None:
    """Work on the return of an archived tenant until it is done, has failed, or is somebody else's. Platform is active.

    Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.ARCHIVE_TENANTS, actor=actor)
    working.work(operation_id, job=_BringingBack.of, actor=actor)


@dataclass(slots=True)
class _OfTenant(working.Job):
    """What both have: the tenant, read anew at each attempt and each step."""

    tenant_id: UUID
    ref: TenantRef

    @classmethod
    def of(cls, operation: Operation, actor: Actor, platform: TenantRef) -> "_OfTenant":
        tenant = queries.tenant(UUID(operation.arguments["tenant_id"]))
        return cls(operation=operation, actor=actor, platform=platform, tenant_id=tenant.id, ref=tenant.ref())

    def alone(self) -> AbstractContextManager[None]:
        """Nobody moves, migrates or erases this tenant meanwhile."""
        return provisioning.alone(self.ref)


@dataclass(slots=True)
class _PuttingAway(_OfTenant):
    """One attempt at archiving one tenant."""

    def steps(self) -> Sequence[Callable[[], None]]:
        """As `archiving.AWAY_STEPS` names them."""
        return (self._close, self._copy, self._try, self._archive, self._drop)

    def end(self) -> working.Ending:
        """Name the copy."""
        backup = self._backup()
        return working.Ending(
            result={
                "tenant": self.operation.subject,
                "backup": backup.public_id,
                "rows": backup.row_count,
                "verify_ms": backup.verify_ms,
            }
        )

    def give_up(self, problem: Problem) -> None:
        """The tenant goes on where it was; one that is archived already stays so."""
        call_off_archiving(self.tenant_id, reason=problem.detail, actor=self.actor)

    def _close(self) -> None:
        closing.close(self._tenant().ref(), on_progress=self.beat)

    def _copy(self) -> None:
        tenant = self._tenant()
        if self._copied() is None:
            taking.take(tenant, kind=BackupKind.ARCHIVE, expires_at=None, on_progress=self.beat)

    def _try(self) -> None:
        self._tenant()
        checking.check(self._backup(), on_progress=self.beat)

    def _archive(self) -> None:
        confirm_archived(self.tenant_id, backup=self._backup(), reason=self.operation.arguments["reason"], actor=self.actor)

    def _drop(self) -> None:
        """Drop the place, unless the tenant was brought back since: then it is in use again, or about to be."""
        tenant = queries.tenant(self.tenant_id)
        returned = queries.at_work_on(tenant, kind=queries.UNARCHIVING)
        is_wanted = returned is not None and returned.created_at > self.operation.created_at
        if tenant.state == TenantState.ARCHIVED and not is_wanted:
            provisioning.drop_place(self.ref.cell, self.ref.schema, on_progress=self.beat)

    def _tenant(self) -> Tenant:
        """The tenant as it is now. Raises CopyChanged when it is not being archived any more."""
        tenant = queries.tenant(self.tenant_id)
        if not tenant.is_being_archived:
            raise CopyChanged(f"The tenant became {tenant.state} meanwhile; it was not archived.", state=tenant.state)
        return tenant

    def _copied(self) -> Backup | None:
        return queries.copy_taken(self.tenant_id, kind=BackupKind.ARCHIVE, since=self.operation.created_at)

    def _backup(self) -> Backup:
        """The copy that this operation took. Raises NoArchive when somebody removed it."""
        backup = self._copied()
        if backup is None:
            raise NoArchive("The copy that was taken for the archive is gone. Archive the tenant again.")
        return backup


@dataclass(slots=True)
class _BringingBack(_OfTenant):
    """One attempt at bringing one tenant back."""

    def steps(self) -> Sequence[Callable[[], None]]:
        """As `archiving.BACK_STEPS` names them."""
        return (self._build, self._load, self._compare, self._open)

    def end(self) -> working.Ending:
        """Say where it lies now."""
        return working.Ending(result={"tenant": self.operation.subject, "cell": self.ref.cell, "backup": self._backup().public_id})

    def _build(self) -> None:
        """An empty place. What an archiving or an earlier attempt left is dropped first: nobody has entered it since."""
        self._require_archived()
        provisioning.drop_place(self.ref.cell, self.ref.schema, on_progress=self.beat)
        placing.build(archive.read_manifest(files.present(self._backup())), ref=self.ref, on_progress=self.beat)

    def _load(self) -> None:
        self._require_archived()
        loading.load(files.present(self._backup()), ref=self.ref, on_progress=self.beat)

    def _compare(self) -> None:
        self._require_archived()
        checking.compare(archive.read_manifest(files.present(self._backup())), ref=self.ref, on_progress=self.beat)

    def _open(self) -> None:
        if queries.tenant(self.tenant_id).state == TenantState.ARCHIVED:
            placing.bring_forward(self.ref, on_progress=self.beat)
            forgotten.replay(self.ref, journals=[self.tenant_id])
        open_unarchived(self.tenant_id, backup=self._backup(), actor=self.actor)

    def _require_archived(self) -> None:
        """Touch no place of a tenant that somebody took elsewhere meanwhile. Raises CopyChanged."""
        tenant = queries.tenant(self.tenant_id)
        if tenant.state != TenantState.ARCHIVED or tenant.cell_id != self.ref.cell:
            raise CopyChanged(f"The tenant became {tenant.state} meanwhile; it was not brought back.", state=tenant.state)

    def _backup(self) -> Backup:
        found = Backup.objects.filter(id=UUID(self.operation.arguments["backup_id"])).first()
        if found is None:
            raise NoArchive("The copy of this archived tenant is gone.")
        return found
