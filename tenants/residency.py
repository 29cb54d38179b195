"""Residency: a tenant that names a jurisdiction lies there, and so does every copy of it.

The rule is asked wherever a place is chosen: when a tenant is made, moved, restored, and where its copies are written.
"""

from kernel.problems import Invalid
from tenants.models import Backup, BackupState, Cell, Leftover, Region, Tenant
from tenants.problems import ResidencyForbids
from tenants.queries import PLACELESS


def require_allowed(cell: Cell, *, residency: str) -> None:
    """Refuse a cell in another jurisdiction than the tenant's data must stay in; empty allows any. Raises ResidencyForbids."""
    if not is_allowed(cell.region, residency=residency):
        raise ResidencyForbids(
            f"This tenant's data must stay in {residency}, and the cell {cell.name} lies in {cell.region.jurisdiction}. "
            "Choose a cell there, or change the tenant's residency first.",
            residency=residency,
            cell=cell.name,
            jurisdiction=cell.region.jurisdiction,
        )


def require_region(code: str, *, residency: str) -> None:
    """The same for a region, such as the one that a copy is written to. Raises ResidencyForbids, also for a region that is unknown."""
    region = Region.objects.filter(code=code).first()
    if residency and (region is None or not is_allowed(region, residency=residency)):
        where = "nobody knows where" if region is None else region.jurisdiction
        raise ResidencyForbids(
            f"This tenant's data must stay in {residency}, and the region {code[:40]} lies in {where}.",
            residency=residency,
            region=code[:40],
            jurisdiction="" if region is None else region.jurisdiction,
        )


def is_allowed(region: Region, *, residency: str) -> bool:
    """Whether data that must stay in `residency` may lie in a region."""
    return not residency or region.jurisdiction == residency


def checked(text: str) -> str:
    """A jurisdiction as some region spells it, whatever its case; empty stays empty. Raises Invalid for one that no region lies in."""
    wanted = text.strip()
    if not wanted:
        return ""
    known = sorted(set(Region.objects.values_list("jurisdiction", flat=True)))
    found = next((name for name in known if name.casefold() == wanted.casefold()), None)
    if found is None:
        detail = f"No region lies in this jurisdiction. There are: {', '.join(known) or 'none'}."
        raise Invalid(detail, errors=[{"pointer": "/residency", "code": "jurisdiction", "detail": detail}])
    return found


def places_outside(tenant: Tenant, *, residency: str) -> list[str]:
    """Where rows or copies of a tenant lie that `residency` forbids, as words for people; by what the registry knows."""
    if not residency:
        return []
    jurisdictions = dict(Region.objects.values_list("code", "jurisdiction"))
    cell = tenant.cell
    places = [] if tenant.state in PLACELESS else [(f"the cell {cell.name}", cell.region_id)]
    leftovers = Leftover.objects.filter(tenant_id=tenant.id).select_related("cell")
    places += [(f"an old place in the cell {row.cell_id}", row.cell.region_id) for row in leftovers]
    backups = Backup.objects.filter(tenant=tenant, state__in=(BackupState.READY, BackupState.WRITING))
    places += [(f"the backup {row.public_id}", row.region) for row in backups]
    return [f"{what} lies in {jurisdictions.get(code, code)}" for what, code in places if jurisdictions.get(code) != residency]
