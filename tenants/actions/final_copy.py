"""Taking the final copy of a tenant that is being deleted, by whichever worker holds the operation. Every step may run again."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from kernel.actors import Actor
from kernel.clock import rfc3339
from kernel.problems import Problem
from kernel.tenancy import TenantRef
from operations.models import Operation
from tenants import closing, operators, provisioning, queries
from tenants.actions import working
from tenants.backups import checking, taking
from tenants.erasure import last_checkpoint
from tenants.models import Backup, BackupKind, Tenant, TenantState
from tenants.permissions import Permission
from tenants.problems import CopyChanged, FinalCopyMissing
from tenants.states import HOUSED


def take_final_copy(operation_id: UUID, *, actor: Actor) -> None:
    """Work on a final copy until it is done, has failed, or is somebody else's. Platform is active. Raises RegistryClosed, Forbidden."""
    operators.require(Permission.DELETE_TENANTS, actor=actor)
    working.work(operation_id, job=_FinalCopy.of, actor=actor)


@dataclass(slots=True)
class _FinalCopy(working.Job):
    """One attempt at one tenant. While it is made nobody may write, so that it holds all that was ever acknowledged."""

    tenant_id: UUID
    ref: TenantRef

    @classmethod
    def of(cls, operation: Operation, actor: Actor, platform: TenantRef) -> "_FinalCopy":
        tenant = queries.tenant(UUID(operation.arguments["tenant_id"]))
        return cls(operation=operation, actor=actor, platform=platform, tenant_id=tenant.id, ref=tenant.ref())

    def alone(self) -> AbstractContextManager[None]:
        """Nobody erases this tenant meanwhile."""
        return provisioning.alone(self.ref)

    def steps(self) -> Sequence[Callable[[], None]]:
        """As `deleting.COPY_STEPS` names them."""
        return (self._close, self._copy, self._try, self._open)

    def end(self) -> working.Ending:
        """Name the copy, and the day until which it is kept."""
        backup = self._backup()
        until = None if backup.expires_at is None else rfc3339(backup.expires_at)
        return working.Ending(result={"tenant": self.operation.subject, "backup": backup.public_id, "expires_at": until})

    def give_up(self, problem: Problem) -> None:
        """The tenant stays as it is, and is not erased without a copy; its place is opened for the operator, or for whoever has it back."""
        del problem
        self._reopen()

    def _close(self) -> None:
        """The end of its log is signed before nobody can: the copy holds the checkpoint then."""
        ref = self._tenant().ref()
        last_checkpoint.sign_off(ref)
        closing.close(ref, on_progress=self.beat)

    def _copy(self) -> None:
        tenant = self._tenant()
        if tenant.delete_after is not None and self._taken() is None:
            expires_at = queries.copy_kept_until(tenant, since=tenant.delete_after)
            taking.take(tenant, kind=BackupKind.FINAL, expires_at=expires_at, on_progress=self.beat)

    def _try(self) -> None:
        self._tenant()
        checking.check(self._backup(), on_progress=self.beat)

    def _open(self) -> None:
        self._reopen()

    def _reopen(self) -> None:
        tenant = queries.tenant(self.tenant_id)
        if tenant.state in HOUSED or (tenant.state == TenantState.DELETING and not tenant.is_being_erased):
            closing.reopen(tenant.ref())

    def _tenant(self) -> Tenant:
        """The tenant as it is now. Raises CopyChanged when its deletion was undone, or its erasure has begun."""
        tenant = queries.tenant(self.tenant_id)
        if tenant.state != TenantState.DELETING or tenant.is_being_erased:
            raise CopyChanged("The deletion was undone or the erasure has begun; no final copy is needed.", state=tenant.state)
        return tenant

    def _taken(self) -> Backup | None:
        return queries.copy_taken(self.tenant_id, kind=BackupKind.FINAL, since=self.operation.created_at)

    def _backup(self) -> Backup:
        """The copy that this operation took. Raises FinalCopyMissing when somebody removed it."""
        backup = self._taken()
        if backup is None:
            raise FinalCopyMissing("The final copy is gone. Ask for the deletion again to take another.")
        return backup
