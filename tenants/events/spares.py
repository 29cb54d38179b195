"""What can happen to spare places. Claiming one is told by `tenants.tenant.requested`."""

from dataclasses import dataclass

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SpareBuilt(Event):
    """A place was built that waits for a tenant; its id is the one that the tenant will have."""

    name = "tenants.spare.built"
    category = "operations"
    subject_kind = "place"

    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpareDiscarded(Event):
    """A place that waited for a tenant was given up, because no tenant can use it; `reason` tells why."""

    name = "tenants.spare.discarded"
    category = "operations"
    subject_kind = "place"

    cell: str
    reason: str
