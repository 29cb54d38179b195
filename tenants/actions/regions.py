"""Regions come, change and go; and where a tenant's data must stay."""

from uuid import UUID

from django.db import IntegrityError, transaction

from kernel import problems, tenancy
from kernel.actors import Actor
from tenants import events, operators, outbox, queries, residency
from tenants.models import Backup, BackupState, Cell, Region, Tenant
from tenants.permissions import Permission
from tenants.placement import inputs
from tenants.problems import RegionInUse, RegionTaken, ResidencyForbids


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def add_region(code: str, *, jurisdiction: str, label: str, actor: Actor) -> Region:
    """Make a region that cells can lie in. Raises RegistryClosed, Forbidden, Invalid, RegionTaken."""
    operators.require(Permission.WRITE_CELLS, actor=actor)
    region = Region(code=inputs.region_code(code), jurisdiction=inputs.jurisdiction(jurisdiction), label=inputs.label(label))
    try:
        with transaction.atomic(using=tenancy.HOME):
            region.save(force_insert=True)
    except IntegrityError as fault:
        raise RegionTaken(f"There is a region {code} already. Change it, or take another code.", region=code) from fault
    event = events.RegionAdded(subject=region.code, subject_label=region.label, jurisdiction=region.jurisdiction)
    outbox.record(event, actor=actor, tenant_id=None)
    return region


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def change_region(
    code: str, *, jurisdiction: str | None = None, label: str | None = None, expected_version: int | None = None, actor: Actor
) -> Region:
    """Give a region another label or say that it lies in another jurisdiction.

    Idempotent: what stays the same is not recorded. Refused while tenants there rely on the present jurisdiction. Raises RegistryClosed,
    Forbidden, Invalid, RegionNotFound, RegionInUse, PreconditionFailed.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    new_jurisdiction = None if jurisdiction is None else inputs.jurisdiction(jurisdiction)
    new_label = None if label is None else inputs.label(label)
    region = queries.region_for_update(code)
    problems.require_version(region, expected=expected_version)
    old_jurisdiction, old_label = region.jurisdiction, region.label
    region.jurisdiction, region.label = new_jurisdiction or old_jurisdiction, new_label or old_label
    if (region.jurisdiction, region.label) == (old_jurisdiction, old_label):
        return region
    if region.jurisdiction != old_jurisdiction:
        _refuse_broken_promises(region)
    region.version += 1
    region.save(update_fields=("jurisdiction", "label", "version"))
    event = events.RegionChanged(
        subject=region.code,
        subject_label=region.label,
        old_jurisdiction=old_jurisdiction,
        new_jurisdiction=region.jurisdiction,
        old_label=old_label,
        new_label=region.label,
    )
    outbox.record(event, actor=actor, tenant_id=None)
    return region


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def remove_region(code: str, *, expected_version: int | None = None, actor: Actor) -> None:
    """Take a region without cells and without backups out of the registry.

    Raises RegistryClosed, Forbidden, RegionNotFound, RegionInUse, PreconditionFailed.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    region = queries.region_for_update(code)
    problems.require_version(region, expected=expected_version)
    cells = Cell.objects.filter(region=region).count()
    backups = Backup.objects.filter(region=code).exclude(state=BackupState.REMOVED).count()
    if cells or backups:
        raise RegionInUse(
            f"{cells} cells and {backups} backups lie in this region. Move or remove them first.", cells=cells, backups=backups
        )
    label = region.label
    region.delete()
    outbox.record(events.RegionRemoved(subject=code, subject_label=label), actor=actor, tenant_id=None)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def change_residency(tenant_id: UUID, *, jurisdiction: str, expected_version: int | None = None, actor: Actor) -> Tenant:
    """Say in which jurisdiction a tenant's data must stay; empty lets it lie anywhere.

    Idempotent. Refused while its place or a copy of it lies elsewhere. Raises RegistryClosed, Forbidden, Invalid, TenantNotFound,
    ResidencyForbids, PreconditionFailed.
    """
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    wanted = residency.checked(jurisdiction)
    tenant = queries.tenant_for_update(tenant_id)
    problems.require_version(tenant, expected=expected_version)
    if tenant.residency == wanted:
        return tenant
    outside = residency.places_outside(tenant, residency=wanted)
    if outside:
        raise ResidencyForbids(
            f"Not all of this tenant lies in {wanted}: {', '.join(outside)}. Move it, and remove the copies or let them expire, first.",
            residency=wanted,
            outside=outside,
        )
    old, tenant.residency = tenant.residency, wanted
    tenant.version += 1
    tenant.save(update_fields=("residency", "version"))
    event = events.ResidencyChanged(subject=tenant.public_id, subject_label=tenant.name, old_residency=old, new_residency=wanted)
    outbox.record(event, actor=actor, tenant_id=tenant.id)
    return tenant


def _refuse_broken_promises(region: Region) -> None:
    """Tenants whose data must stay where the region was said to lie. Raises RegionInUse."""
    relying = queries.resident_tenants(region.code).exclude(residency=region.jurisdiction)
    count = relying.count()
    if count:
        raise RegionInUse(
            f"{count} tenants there must stay in another jurisdiction, {relying[0].slug} among them. Move them first.",
            tenants=count,
        )
