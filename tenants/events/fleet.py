"""What can happen to the fleet. What became of each schema stands in the ledger of the run, not in the trail."""

from dataclasses import dataclass

from kernel.events import HIGH, LOW, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRunStarted(Event):
    """A migration of all tenants to the state of the code was started; `target` stands for that state, `until` is the last ring it goes to."""

    name = "tenants.fleet_run.started"
    public = True
    category = "operations"
    severity = LOW
    subject_kind = "fleet_run"

    target: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRunPaused(Event):
    """A migration of all tenants was stopped between two of them, by somebody or after the ring that it was asked for."""

    name = "tenants.fleet_run.paused"
    category = "operations"
    severity = LOW
    subject_kind = "fleet_run"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRunResumed(Event):
    """A migration of all tenants goes on; `retried` schemas that had failed are tried again."""

    name = "tenants.fleet_run.resumed"
    category = "operations"
    severity = LOW
    subject_kind = "fleet_run"

    retried: int
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRunSucceeded(Event):
    """Every tenant is in the state of the code."""

    name = "tenants.fleet_run.succeeded"
    public = True
    category = "operations"
    subject_kind = "fleet_run"

    migrated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRunFailed(Event):
    """A migration of all tenants stopped because of failures; those that are done stay done, and it can be resumed."""

    name = "tenants.fleet_run.failed"
    public = True
    category = "operations"
    severity = HIGH
    subject_kind = "fleet_run"

    problem: str
    migrated: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRunCancelled(Event):
    """A migration of all tenants was given up by somebody; those that are done stay done."""

    name = "tenants.fleet_run.cancelled"
    public = True
    category = "operations"
    severity = LOW
    subject_kind = "fleet_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantMigrationFailed(Event):
    """The tables of one tenant could not be brought to the state of the code; they are as they were."""

    name = "tenants.tenant.migration_failed"
    public = True
    category = "operations"
    severity = HIGH
    subject_kind = "tenant"

    run: str
    problem: str
