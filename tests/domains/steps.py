"""Steps that the tests of domains share."""

from datetime import timedelta

from kernel import clock
from kernel.actors import Actor
from kernel.tenancy import TenantRef
from tenants import actions
from tenants.domains import records
from tenants.models import Domain
from tests import makers

HOST = "id.globex.com"


def proof(tenant: TenantRef, *, host: str = HOST) -> str:
    """The zone line that proves a host for a tenant."""
    return f'{records.challenge_name(host)}. 0 IN TXT "{records.challenge(tenant.id, host=host)}"'


def way(tenant: TenantRef, *, host: str = HOST) -> str:
    """The zone line that leads a host to a tenant's own target."""
    return f"{host}. 0 IN CNAME {records.target(tenant.id)}."


def claimed(tenant: TenantRef, *, host: str = HOST, actor: Actor = makers.OPERATOR) -> Domain:
    """A claim; platform must be active."""
    return actions.claim_domain(tenant.id, host=host, actor=actor)


def trusted(tenant: TenantRef, *, host: str = HOST) -> Domain:
    """A host that answers on the operator's word; platform must be active."""
    return actions.trust_domain(claimed(tenant, host=host).id, reason="No DNS here.", actor=makers.OPERATOR)


def proven(tenant: TenantRef, *, host: str = HOST) -> Domain:
    """A host that answers and was proven a day ago; platform must be active."""
    domain = claimed(tenant, host=host)
    now = clock.now()
    Domain.objects.filter(id=domain.id).update(
        state="active", claim_expires_at=None, verified_at=now - timedelta(days=1), next_check_at=now + timedelta(minutes=5)
    )
    return Domain.objects.get(id=domain.id)


def come_due(domain: Domain) -> None:
    """Let the time of the next look be over, and the pause after the last one."""
    Domain.objects.filter(id=domain.id).update(next_check_at=clock.now() - timedelta(seconds=1), checked_at=None)


def now_of(domain: Domain) -> Domain:
    """The row as it is now."""
    return Domain.objects.get(id=domain.id)
