"""What can happen when a tenant is moved to another cell, and to the places that are left behind."""

from dataclasses import dataclass

from kernel.events import LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantMoveRequested(Event):
    """Somebody asked for a tenant to be moved to another cell."""

    name = "tenants.tenant.move_requested"
    category = "tenancy"
    severity = LOW
    subject_kind = "tenant"

    from_cell: str
    to_cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantMoving(Event):
    """A tenant's rows are in the new cell; for a moment it takes no writes."""

    name = "tenants.tenant.moving"
    public = True
    category = "tenancy"
    severity = LOW
    subject_kind = "tenant"

    from_cell: str
    to_cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantMovePostponed(Event):
    """The moment of the change was called off and the tenant works on in the old cell; `reason` tells why. It is tried again."""

    name = "tenants.tenant.move_postponed"
    category = "tenancy"
    severity = LOW
    subject_kind = "tenant"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantMoved(Event):
    """A tenant lives in another cell. It took no writes for `freeze_ms` milliseconds; about `rows` rows were carried over."""

    name = "tenants.tenant.moved"
    public = True
    category = "tenancy"
    severity = LOW
    subject_kind = "tenant"

    from_cell: str
    to_cell: str
    freeze_ms: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantMoveFailed(Event):
    """A move was given up or cancelled; the tenant stays in the old cell. `reason` tells why."""

    name = "tenants.tenant.move_failed"
    public = True
    category = "tenancy"
    severity = MEDIUM
    subject_kind = "tenant"

    from_cell: str
    to_cell: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDropped(Event):
    """A place that no tenant uses any more was dropped, with all that was in it. `reason` tells why it was left."""

    name = "tenants.place.dropped"
    category = "operations"
    severity = MEDIUM
    subject_kind = "place"

    cell: str
    reason: str
