"""What can happen."""

from dataclasses import dataclass

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused(Event):
    """A request was refused for want of a permission, or because the tenant does not serve; the outcome is `denied`."""

    name = "audit.request.refused"

    action: str
    problem: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainVerified(Event):
    """Somebody had the chain checked; `broken_at` is the sequence number of the first fault, 0 when there is none."""

    name = "audit.chain.verified"

    checked: int
    broken_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActedInTenant(Event):
    """A caller of the platform acted in a tenant: the platform's own copy of an entry in that tenant's trail."""

    name = "audit.tenant.acted_in"

    tenant: str
    action: str
    entry: str
