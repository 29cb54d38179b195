"""Asking for a restore: under a new name, or in place of what a tenant has now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from kernel import clock, ids, tenancy
from kernel.actors import Actor
from kernel.problems import Invalid
from operations import actions as operations
from operations.models import Operation
from tenants import events, operators, outbox, queries, registration, residency, slugs, texts
from tenants.backups import archive, files, placing, retention
from tenants.backups.manifest import Manifest
from tenants.models import Backup, BackupKind, BackupState, CellKind, Leftover, Plan, Tenant, TenantState, schema_of
from tenants.permissions import Permission
from tenants.problems import BackupUnreadable, ReservedTenant, WrongState
from tenants.queries import MAKING, REPLACING, RESTORING
from tenants.states import HOUSED

RESTORING_STEPS = (
    "Check the copy", "Make the place", "Load the rows", "Compare the rows", "Bring the tables forward", "End old access", "Open the tenant",
)  # fmt: skip
REPLACING_STEPS = (
    "Check the copy", "Make a fresh place", "Load the rows", "Compare the rows", "Bring the tables forward", "End old access", "Swap the places",
)  # fmt: skip
FRESH_FOR = timedelta(days=1)
NEW, REPLACE = "new", "replace"


@dataclass(frozen=True, slots=True)
class Restoring:
    """A tenant that is being restored, the operation that does it, and the copy that it comes from."""

    tenant: Tenant
    operation: Operation
    backup: Backup


@dataclass(frozen=True, slots=True)
class Named:
    """What a restored copy is to be called, and where it is put; without a cell one is chosen."""

    slug: str
    name: str
    cell: str | None = None


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def restore_tenant(backup_id: UUID, *, named: Named, actor: Actor) -> Restoring:
    """Queue the making of a new tenant from a copy. It has the rows, plan, settings and residency of the copied one; its keys and sessions are void.

    Raises RegistryClosed, Forbidden, Invalid, BackupNotFound, BackupNotReady, BackupDamaged, BackupUnreadable, BackupUnfit, ReservedTenant,
    SlugInvalid, SlugReserved, SlugTaken, SlugLookalike, CellUnknown, NoCell, ResidencyForbids.
    """
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    backup = queries.backup(backup_id)
    told = _fitting(files.present(backup))
    tenant = _registered(told, named=named, residency_now=backup.tenant.residency)
    return _started(tenant, backup=backup, told=told, actor=actor)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def restore_file(path: Path, *, named: Named, actor: Actor) -> Restoring:
    """The same from a file, sealed or plain, which is taken in as a copy of the new tenant first. Raises as `restore_tenant`."""
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    told = _fitting(_existing(path))
    tenant = _registered(told, named=named, residency_now="")
    with _taken_in(path, tenant=tenant, told=told, actor=actor) as backup:
        return _started(tenant, backup=backup, told=told, actor=actor)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def replace_tenant(backup_id: UUID, *, slug: str, actor: Actor) -> Restoring:
    """Queue the replacement of all that a tenant has by what it had when a copy of it was taken. `slug` is typed by a person who means it.

    The tenant works on until the two places are swapped; what it wrote since the copy is then in the old one, which is kept for a week.
    Raises RegistryClosed, Forbidden, Invalid, BackupNotFound, BackupNotReady, BackupDamaged, BackupUnreadable, BackupUnfit, ReservedTenant,
    WrongState.
    """
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    operators.require(Permission.DELETE_TENANTS, actor=actor)
    backup = queries.backup(backup_id)
    tenant = queries.tenant_for_update(backup.tenant_id)
    _require_meant(tenant, slug=slug)
    return _replacing(tenant, backup=backup, told=_fitting(files.present(backup)), actor=actor)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def replace_from_file(path: Path, *, slug: str, actor: Actor) -> Restoring:
    """The same from a file, which must be a copy of that very tenant. Raises as `replace_tenant`."""
    operators.require(Permission.WRITE_BACKUPS, actor=actor)
    operators.require(Permission.DELETE_TENANTS, actor=actor)
    told = _fitting(_existing(path))
    tenant = queries.tenant_for_update(queries.tenant_by_slug(slug).id)
    if told.tenant.get("id") != tenant.public_id:
        raise BackupUnreadable(f"The file is a copy of another tenant, not of {slug}. Restore it under a new name.")
    with _taken_in(path, tenant=tenant, told=told, actor=actor) as backup:
        return _replacing(tenant, backup=backup, told=told, actor=actor)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise BackupUnreadable("There is no such file on this machine.")
    return path


def _fitting(path: Path) -> Manifest:
    """What a copy says, after it was seen that this release can restore it. Raises BackupUnreadable, BackupDamaged, BackupUnfit, ReservedTenant."""
    told = archive.read_manifest(path)
    placing.require_known(told)
    if told.tenant.get("slug") == tenancy.PLATFORM_SLUG:
        raise ReservedTenant(
            "A copy of platform is no customer's. Restore the whole installation from the copies of its databases."
        )
    return told


def _registered(told: Manifest, *, named: Named, residency_now: str) -> Tenant:
    """The new tenant's row. Where data must stay is what holds today, or what held when the copy was taken."""
    slug, name = slugs.check(named.slug), texts.name(named.name)
    plan = Plan.objects.filter(code=told.tenant.get("plan")).first()
    must_stay_in = residency_now or str(told.tenant.get("residency") or "")
    cell = registration.choose_cell(named.cell, residency=must_stay_in, kind=CellKind.SHARED if plan is None else plan.cell_kind)
    residency.require_region(told.region, residency=must_stay_in)
    tenant = registration.insert(slug, name=name, cell=cell, state=TenantState.PROVISIONING)
    tenant.plan, tenant.settings, tenant.residency = plan, dict(told.tenant.get("settings") or {}), must_stay_in
    tenant.save(update_fields=("plan", "settings", "residency"))
    return tenant


@contextmanager
def _taken_in(path: Path, *, tenant: Tenant, told: Manifest, actor: Actor) -> Iterator[Backup]:
    """A row and a file of our own for somebody else's file; the file goes again when the block fails."""
    backup_id = ids.new_id()
    backup = Backup(
        id=backup_id,
        tenant=tenant,
        kind=BackupKind.MANUAL.value,
        state=BackupState.READY.value,
        cell=tenant.cell_id,
        region=tenant.cell.region_id,
        path=files.new_path(tenant.id, backup_id=backup_id),
        expires_at=retention.expiry_of(tenant),
        table_count=len(told.tables),
        row_count=told.row_count,
        lsn=told.lsn[:32],
    )
    target = files.path_of(backup)
    try:
        files.take_in(path, target)
        backup.size_bytes = target.stat().st_size
        backup.manifest_sha256 = archive.manifest_digest(target)
        backup.save(force_insert=True)
        outbox.record(
            events.BackupTakenIn(
                subject=backup.public_id, subject_label=tenant.name, tenant=tenant.public_id, source=path.name[:200]
            ),
            actor=actor,
            tenant_id=tenant.id,
        )
        yield backup
    except BaseException:
        files.remove(target)
        raise


def _started(tenant: Tenant, *, backup: Backup, told: Manifest, actor: Actor) -> Restoring:
    plan = {
        "kind": RESTORING,
        # The key of a tenant's making: whoever looks after tenants that were never finished finds this one by it.
        "key": f"{MAKING}:{tenant.id}",
        "subject": tenant.public_id,
        "label": f"Restore a copy as {tenant.slug}",
        "steps": list(RESTORING_STEPS),
        "arguments": {"tenant_id": str(tenant.id), "backup_id": str(backup.id)},
    }
    return _recorded(tenant, backup=backup, told=told, plan=plan, way=NEW, actor=actor)


def _replacing(tenant: Tenant, *, backup: Backup, told: Manifest, actor: Actor) -> Restoring:
    fresh = schema_of(ids.new_id())
    # A place whose restore is never finished is dropped by the sweep of leftovers.
    Leftover.objects.create(
        schema=fresh,
        cell=tenant.cell,
        tenant_id=tenant.id,
        reason=f"a restore of {backup.public_id}",
        drop_after=clock.now() + FRESH_FOR,
    )
    plan = {
        "kind": REPLACING,
        "key": f"{REPLACING}:{tenant.id}:{fresh}",
        "subject": tenant.public_id,
        "label": f"Replace {tenant.slug} by a copy",
        "steps": list(REPLACING_STEPS),
        "arguments": {"tenant_id": str(tenant.id), "backup_id": str(backup.id), "schema": fresh, "cell": tenant.cell_id},
    }
    return _recorded(tenant, backup=backup, told=told, plan=plan, way=REPLACE, actor=actor)


def _recorded(tenant: Tenant, *, backup: Backup, told: Manifest, plan: dict[str, Any], way: str, actor: Actor) -> Restoring:
    operation = operations.start(**plan, actor=actor)
    requested = events.RestoreRequested(
        subject=tenant.public_id, subject_label=tenant.name, backup=backup.public_id, taken_at=told.taken_at, way=way
    )
    outbox.record(requested, actor=actor, tenant_id=tenant.id, operation=plan)
    return Restoring(tenant=tenant, operation=operation, backup=backup)


def _require_meant(tenant: Tenant, *, slug: str) -> None:
    if slug != tenant.slug:
        detail = f"Type the slug of the tenant whose rows are to be replaced: {tenant.slug}."
        raise Invalid(detail, errors=[{"pointer": "/replace", "code": "slug", "detail": detail}])
    if tenant.state not in HOUSED:
        raise WrongState(f"The tenant is {tenant.state}; only an active or suspended one can be replaced.", state=tenant.state)
