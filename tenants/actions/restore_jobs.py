"""Restoring, step by step, by whichever worker holds the operation. Every step may run again."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction

from audit import actions as audit
from audit import queries as trail
from identity import actions as identity
from identity import queries as people
from identity.problems import LastOwner
from kernel import clock, ids, tenancy
from kernel.actors import Actor
from kernel.problems import Problem, Unavailable
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operations
from operations import queries as operation_queries
from operations.models import Operation
from tenants import closing, events, forgotten, links, operators, outbox, places, provisioning, queries
from tenants.actions import working
from tenants.actions.life import activate_tenant, fail_provisioning, resume_provisioning
from tenants.backups import archive, checking, files, loading, placing
from tenants.models import Backup, Leftover, Tenant
from tenants.permissions import Permission
from tenants.problems import WrongState
from tenants.states import HOUSED

OLD_PLACE_FOR = timedelta(days=7)
UNFINISHED_FOR = timedelta(days=1)
AT_WORK = ("queued", "running")


def work_on_restore(operation_id: UUID, *, actor: Actor) -> None:
    """Work on a restore under a new name until it is done, has failed, or is somebody else's. Platform is active.

    Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    working.work(operation_id, job=_Restoring.of, actor=actor)


def work_on_replacement(operation_id: UUID, *, actor: Actor) -> None:
    """Work on the replacement of a tenant's rows, likewise. Platform is active. Raises RegistryClosed, Forbidden."""
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    working.work(operation_id, job=_Replacing.of, actor=actor)


@dataclass(slots=True)
class _Job(working.Job):
    """What both ways share: a copy, and the place that it goes to."""

    backup: Backup
    ref: TenantRef

    @property
    def path(self) -> Path:
        """The copy's file. Raises BackupNotReady when it was removed meanwhile."""
        return files.present(self.backup)

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else makes, moves or migrates this tenant meanwhile."""
        return provisioning.alone(self.ref)

    def check(self) -> None:
        """Read the copy from end to end before anything is made of it."""
        archive.verify(self.path, on_progress=self.beat)

    def make_place(self) -> None:
        """A place in the state of the copy."""
        placing.build(archive.read_manifest(self.path), ref=self.ref, on_progress=self.beat)

    def load(self) -> None:
        """All rows, or none."""
        loading.load(self.path, ref=self.ref, on_progress=self.beat)

    def compare(self) -> None:
        """Every table again, out of the place."""
        checking.compare(archive.read_manifest(self.path), ref=self.ref, on_progress=self.beat)

    def bring_forward(self) -> None:
        """From the state of the copy to that of the code."""
        placing.bring_forward(self.ref, on_progress=self.beat)

    def part(self, *, kept_keys: frozenset[UUID]) -> None:
        """End what the rows would otherwise bring back to life: sessions, invitations, keys, jobs that were at work, who was forgotten.

        The log ends earlier than what was given out of it, or is another tenant's now: it goes on in an epoch of its own.
        """
        with tenancy.activate(self.ref, purpose=Purpose.OPERATOR):
            identity.end_access(kept_keys=kept_keys, reason=f"restored from {self.backup.public_id}", actor=self.actor)
            for state in AT_WORK:
                for operation in list(operation_queries.operations(state=state)):
                    operations.cancel(operation.id, actor=self.actor)
            audit.begin_epoch(reason=f"restored from {self.backup.public_id}", actor=self.actor)
        forgotten.replay(self.ref, journals={self.backup.tenant_id, self.ref.id, *self._copied_tenant()})

    def _copied_tenant(self) -> list[UUID]:
        """Whose copy it is: for a file that was taken in, another tenant than the one that it belongs to now."""
        try:
            return [ids.parse("ten", str(archive.read_manifest(self.path).tenant.get("id")))]
        except ValueError:
            return []


@dataclass(slots=True)
class _Restoring(_Job):
    """One attempt at one copy under a new name."""

    @classmethod
    def of(cls, operation: Operation, actor: Actor, platform: TenantRef) -> "_Restoring":
        """The attempt of an operation."""
        tenant = resume_provisioning(UUID(operation.arguments["tenant_id"]), actor=actor)
        backup = queries.backup(UUID(operation.arguments["backup_id"]))
        return cls(operation=operation, actor=actor, platform=platform, backup=backup, ref=tenant.ref())

    def steps(self) -> Sequence[Callable[[], None]]:
        """As `restoring.RESTORING_STEPS` names them."""
        return (self.check, self.make_place, self.load, self.compare, self.bring_forward, self._part, self._open)

    def end(self) -> working.Ending:
        """Where the copy answers."""
        url = links.of_tenant(self.ref.id)
        return working.Ending(result={"tenant": self.operation.subject, "backup": self.backup.public_id, "url": url})

    def give_up(self, problem: Problem) -> None:
        """The tenant is shown as failed."""
        fail_provisioning(self.ref.id, reason=problem.detail, actor=self.actor)

    def _part(self) -> None:
        """A copy is another tenant: no key of the original fits it, and its entries are not told to the platform a second time.

        What lies sealed in it is sealed anew as soon as it is open, under a key that the original does not have.
        """
        self.part(kept_keys=frozenset())
        with tenancy.activate(self.ref, purpose=Purpose.OPERATOR):
            audit.forget_mirrored()
            identity.start_rotation(actor=self.actor)

    def _open(self) -> None:
        activate_tenant(self.ref.id, actor=self.actor)


@dataclass(slots=True)
class _Replacing(_Job):
    """One attempt at one replacement. `ref` is the fresh place, under the tenant's own id."""

    tenant: Tenant

    @classmethod
    def of(cls, operation: Operation, actor: Actor, platform: TenantRef) -> "_Replacing":
        """The attempt of an operation; the fresh place is kept from the sweep for another day."""
        given = operation.arguments
        tenant = queries.tenant(UUID(given["tenant_id"]))
        backup = queries.backup(UUID(given["backup_id"]))
        Leftover.objects.filter(cell_id=given["cell"], schema=given["schema"]).exclude(schema=tenant.schema).update(
            drop_after=clock.now() + UNFINISHED_FOR
        )
        ref = replace(tenant.ref(), cell=given["cell"], schema=given["schema"])
        return cls(operation=operation, actor=actor, platform=platform, backup=backup, ref=ref, tenant=tenant)

    def steps(self) -> Sequence[Callable[[], None]]:
        """As `restoring.REPLACING_STEPS` names them."""
        return (self.check, self.make_place, self.load, self.compare, self.bring_forward, self._part, self._swap)

    def end(self) -> working.Ending:
        """Where the old rows are."""
        return working.Ending(result={"tenant": self.operation.subject, "backup": self.backup.public_id})

    def _part(self) -> None:
        """What was taken away since the copy was made stays taken away: keys that were revoked, people who were shut out."""
        with tenancy.activate(self.tenant.ref(), purpose=Purpose.OPERATOR):
            living = frozenset(people.api_keys(state="active").values_list("id", flat=True))
            shut_out = frozenset(people.people().exclude(status__in=("active", "invited")).values_list("id", flat=True))
        self.part(kept_keys=living)
        with tenancy.activate(self.ref, purpose=Purpose.OPERATOR):
            for person_id in people.people().filter(id__in=shut_out, status="active").values_list("id", flat=True):
                self._shut_out(person_id)

    def _shut_out(self, person_id: UUID) -> None:
        try:
            identity.suspend_person(person_id, reason="Without access when the tenant was restored.", actor=self.actor)
        except LastOwner:
            return  # without its last owner the tenant could not be helped by its own people

    def _swap(self) -> None:
        """Let the tenant's row name the fresh place, then shut the old one, so that a process that has not heard is refused."""
        old = self.tenant.ref()
        # Equal when an earlier attempt died after it.
        if old.schema != self.ref.schema:
            with tenancy.activate(old, purpose=Purpose.OPERATOR):
                chain = trail.chain()
            swap_places(self.tenant.id, fresh=self.ref, told=Swap(self.backup, chain.sealed, chain.head_hex), actor=self.actor)
        self._shut_old()

    def _shut_old(self) -> None:
        for row in Leftover.objects.filter(tenant_id=self.tenant.id, reason=_reason(self.backup)):
            # Who still writes there is not waited for: what they write was to be replaced.
            with suppress(Unavailable):
                closing.close(places.ref_of(row.cell_id, schema=row.schema, tenant_id=self.tenant.id), on_progress=self.beat)


@dataclass(frozen=True, slots=True)
class Swap:
    """What the trail says of a swap: the copy, and how far the chain reached that ends here."""

    backup: Backup
    entries: int
    head_hex: str


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def swap_places(tenant_id: UUID, *, fresh: TenantRef, told: Swap, actor: Actor) -> Tenant:
    """Make a filled place the tenant's own; the old one is kept for a week. Raises RegistryClosed, Forbidden, TenantNotFound, WrongState."""
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    if tenant.state not in HOUSED or tenant.cell_id != fresh.cell:
        raise WrongState(
            f"The tenant is {tenant.state} in {tenant.cell_id} by now. Nothing was swapped; ask for the restore anew.",
            state=tenant.state,
        )
    old_schema, tenant.schema = tenant.schema, fresh.schema
    tenant.version += 1
    tenant.save(update_fields=("schema", "version"))
    Leftover.objects.filter(cell_id=fresh.cell, schema=fresh.schema).delete()
    Leftover.objects.create(
        schema=old_schema,
        cell_id=fresh.cell,
        tenant_id=tenant.id,
        reason=_reason(told.backup),
        drop_after=clock.now() + OLD_PLACE_FOR,
    )
    restored = events.TenantRestored(
        subject=tenant.public_id,
        subject_label=tenant.name,
        backup=told.backup.public_id,
        taken_at=clock.rfc3339(told.backup.taken_at),
        old_schema=old_schema,
        old_trail_entries=told.entries,
        old_trail_head=told.head_hex,
    )
    outbox.record(restored, actor=actor, tenant_id=tenant.id)
    return tenant


def _reason(backup: Backup) -> str:
    """Why the old place is left, by which it is found again."""
    return f"replaced by {backup.public_id}"
