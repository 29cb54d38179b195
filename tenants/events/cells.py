"""What can happen to regions, cells and the copies of the registry, and to where a tenant may lie."""

from dataclasses import dataclass

from kernel.events import LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionAdded(Event):
    """There is another region for cells."""

    name = "tenants.region.added"
    category = "configuration"
    severity = LOW
    subject_kind = "region"

    jurisdiction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionChanged(Event):
    """A region has another label or lies in another jurisdiction."""

    name = "tenants.region.changed"
    category = "configuration"
    severity = LOW
    subject_kind = "region"

    old_jurisdiction: str
    new_jurisdiction: str
    old_label: str
    new_label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRemoved(Event):
    """A region without cells was taken out of the registry."""

    name = "tenants.region.removed"
    category = "configuration"
    severity = LOW
    subject_kind = "region"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellAdded(Event):
    """A database became a cell and takes tenants. `place` tells where it is, without user and password."""

    name = "tenants.cell.added"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "cell"

    region: str
    kind: str
    capacity: int
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChanged(Event):
    """A cell has another capacity, kind, region or address; `changed` maps what changed to its new value, an address without its password."""

    name = "tenants.cell.changed"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "cell"

    changed: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOpened(Event):
    """A cell takes new tenants again."""

    name = "tenants.cell.opened"
    category = "operations"
    severity = LOW
    subject_kind = "cell"

    old_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellDraining(Event):
    """A cell takes no new tenants; `to` is where those that it has are moved, `auto` for wherever there is room, empty for nowhere."""

    name = "tenants.cell.draining"
    category = "operations"
    severity = LOW
    subject_kind = "cell"

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellClosed(Event):
    """A cell is empty and out of use."""

    name = "tenants.cell.closed"
    category = "operations"
    severity = LOW
    subject_kind = "cell"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRemoved(Event):
    """A cell was taken out of the registry; its database stays."""

    name = "tenants.cell.removed"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "cell"

    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidencyChanged(Event):
    """A tenant's data must stay in another jurisdiction than before; empty means that it may lie anywhere."""

    name = "tenants.tenant.residency_changed"
    public = True
    category = "configuration"
    severity = MEDIUM
    subject_kind = "tenant"

    old_residency: str
    new_residency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryPublished(Event):
    """Home offers its routing table to read copies in other regions."""

    name = "tenants.registry.published"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySubscribed(Event):
    """A database follows home's routing table as a read copy. `place` tells where it is."""

    name = "tenants.registry.subscribed"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "registry"

    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryCopyDropped(Event):
    """A read copy of the routing table was given up; or, with an empty `place`, home offers it no longer."""

    name = "tenants.registry.dropped"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "registry"

    place: str
