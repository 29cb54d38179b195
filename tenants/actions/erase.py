"""Working on the erasure of a tenant, by whichever worker holds the operation. Every step may run again."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tenancy import TenantRef
from operations import actions as operations_actions
from operations import progress
from operations import queries as operations
from operations.models import Operation
from tenants import contents, operators, outbox, places, provisioning, queries
from tenants.actions import working
from tenants.actions.purging import bury_tenant
from tenants.actions.standing import refused
from tenants.domains import releasing
from tenants.erasure import copies, last_checkpoint, proof, redis_keys
from tenants.erasure import places as remains
from tenants.models import ANSWERING, Backup, Domain, Spare, Tenant, TenantState
from tenants.permissions import Permission
from tenants.problems import ErasureIncomplete


def erase_tenant(operation_id: UUID, *, actor: Actor) -> None:
    """Work on an erasure until it is done, has failed, or is somebody else's. Platform is active. Raises RegistryClosed, Forbidden."""
    operators.require(Permission.DELETE_TENANTS, actor=actor)
    working.work(operation_id, job=_Erasing.of, actor=actor)


@dataclass(slots=True)
class _Erasing(working.Job):
    """One attempt at one tenant. What was counted and removed is noted in the operation, so that the next worker knows it."""

    tenant_id: UUID
    ref: TenantRef

    @classmethod
    def of(cls, operation: Operation, actor: Actor, platform: TenantRef) -> "_Erasing":
        tenant = queries.tenant(UUID(operation.arguments["tenant_id"]))
        # Entered as a place without a tenant: the work goes on although the gate is shut for the tenant itself.
        ref = places.ref_of(tenant.cell_id, schema=tenant.schema, tenant_id=tenant.id)
        return cls(operation=operation, actor=actor, platform=platform, tenant_id=tenant.id, ref=ref)

    def alone(self) -> AbstractContextManager[None]:
        """Nobody copies, moves or makes this tenant meanwhile."""
        return provisioning.alone(self.ref)

    def steps(self) -> Sequence[Callable[[], None]]:
        """As `purging.STEPS` names them."""
        return (self._count, self._drop, self._remove, self._look, self._bury)

    def end(self) -> working.Ending:
        """Name the proof."""
        erasure = queries.erasure(queries.tenant(self.tenant_id))
        until = erasure.last_backup_expires_at
        result = {"tenant": self.operation.subject, "sha256": erasure.sha256}
        return working.Ending(result={**result, "last_backup_expires_at": clock.rfc3339_or_none(until)})

    def _count(self) -> None:
        """What there is by number, before anything goes; an archived tenant's place is empty and its copy tells."""
        self._doomed()
        last_checkpoint.sign_off(self.ref)
        found = contents.of(self.ref, on_progress=self.beat)
        copy = self._copy()
        archived = copy.row_count if copy is not None and not found.tables else 0
        self._note(
            there_was={
                "tables": len(found.tables), "rows": found.rows, "bytes": found.size_bytes, "people": found.people,
                "api_keys": found.api_keys, "trail_entries": found.entries, "archived_rows": archived,
            }
        )  # fmt: skip

    def _drop(self) -> None:
        self._doomed()
        provisioning.drop_place(self.ref.cell, self.ref.schema, on_progress=self.beat)

    def _remove(self) -> None:
        tenant = self._doomed()
        removed = {
            "leftovers": remains.drop_leftovers(tenant, on_progress=self.beat),
            "strays": remains.drop_strays(tenant, on_progress=self.beat),
            "spares": Spare.objects.filter(id=tenant.id).delete()[0],
            "hosts": self._release(tenant),
            "copies": copies.remove(tenant, besides=self._keep_copy()),
            "redis_keys": redis_keys.remove(tenant),
            "operations": self._forget(),
        }
        # An attempt that was cut short has removed some already: what it counted is added up.
        before = self.operation.result.get("removed", {})
        self._note(removed={name: number + int(before.get(name, 0)) for name, number in removed.items()})

    def _look(self) -> None:
        """Ask everything that could still hold something. Raises ErasureIncomplete with what was found."""
        tenant = self._doomed()
        looked = {
            "catalogs_of_all_cells": remains.found(tenant),
            "copies": copies.found(tenant, besides=self._copy_id()),
            "answering_hosts": list(Domain.objects.filter(tenant=tenant, state__in=ANSWERING).values_list("host", flat=True)),
            "redis": redis_keys.found(tenant),
            "operations": [row.public_id for row in operations.remembering(tenant.public_id)],
        }
        found = [f"{place}: {name}" for place, names in looked.items() for name in names]
        if found:
            raise ErasureIncomplete(f"Still there after the erasure: {', '.join(found[:5])}.", found=found[:50])
        self._note(looked_at=dict.fromkeys(looked, 0), looked_at_moment=clock.rfc3339(clock.now()))

    def _bury(self) -> None:
        tenant = queries.tenant(self.tenant_id)
        copy = self._copy()
        until = None if copy is None else copy.expires_at
        bury_tenant(self.tenant_id, document=self._document(tenant, copy=copy), last_backup_expires_at=until, actor=self.actor)

    def _document(self, tenant: Tenant, *, copy: Backup | None) -> dict[str, Any]:
        """The proof: numbers, moments and ids, nothing about a person."""
        noted = self.operation.result
        return {
            "format": proof.FORMAT,
            "tenant": {"id": tenant.public_id, "slug": tenant.slug, "cell": tenant.cell_id, "schema": tenant.schema},
            "created_at": clock.rfc3339(tenant.created_at),
            "deletion_asked_at": clock.rfc3339(tenant.state_since),
            "erased_at": clock.rfc3339(clock.now()),
            "asked_by": self.operation.arguments["by"],
            "operation": self.operation.public_id,
            "there_was": noted["there_was"],
            "removed": noted["removed"],
            "found_afterwards": noted["looked_at"],
            "looked_at": noted["looked_at_moment"],
            "remaining_copy": None if copy is None else _told_of(copy),
            "last_checkpoint": last_checkpoint.told_of(tenant.id),
            "hosts_kept_from_others_until": _last_quarantine(tenant),
        }

    @transaction.atomic(using=tenancy.HOME)
    def _release(self, tenant: Tenant) -> int:
        return releasing.release_all(tenant, at=clock.now())

    def _forget(self) -> int:
        """What platform's operations were told of the tenant's owner; entries that wait for its trail go there first."""
        while outbox.relay():
            self.beat(1, 2, "outbox")
        return operations_actions.forget(self.operation.subject, actor=self.actor)

    def _keep_copy(self) -> UUID | None:
        copy = self._copy()
        if copy is not None:
            tenant = queries.tenant(self.tenant_id)
            copies.keep_as_final(copy, until=queries.copy_kept_until(tenant, since=clock.now()))
        return self._copy_id()

    def _copy(self) -> Backup | None:
        copy_id = self._copy_id()
        return None if copy_id is None else Backup.objects.filter(id=copy_id).first()

    def _copy_id(self) -> UUID | None:
        text = str(self.operation.arguments["copy_id"])
        return UUID(text) if text else None

    def _doomed(self) -> Tenant:
        """The tenant as it is now. Raises WrongState unless its erasure has begun."""
        tenant = queries.tenant(self.tenant_id)
        if not tenant.is_being_erased and tenant.state != TenantState.PURGED:
            raise refused(tenant, wanted="erased")
        return tenant

    def _note(self, **facts: Any) -> None:
        progress.note(self.operation, result={**self.operation.result, **facts})


def _told_of(copy: Backup) -> dict[str, Any]:
    expires: datetime | None = copy.expires_at
    return {
        "id": copy.public_id,
        "region": copy.region,
        "manifest_sha256": copy.manifest_sha256,
        "expires_at": clock.rfc3339_or_none(expires),
    }


def _last_quarantine(tenant: Tenant) -> str | None:
    dates = Domain.objects.filter(tenant=tenant, quarantined_until__isnull=False).order_by("-quarantined_until")
    latest = dates.values_list("quarantined_until", flat=True).first()
    return clock.rfc3339_or_none(latest)
