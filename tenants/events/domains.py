"""What can happen to the hosts of tenants."""

from dataclasses import dataclass

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainAdded(Event):
    """A tenant answers at one more host."""

    name = "tenants.domain.added"
    public = True

    tenant: str
    host: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRemoved(Event):
    """A tenant no longer answers at a host."""

    name = "tenants.domain.removed"
    public = True

    tenant: str
    host: str
