"""Telling of hosts: in platform's trail and in the tenant's own, whoever did it."""

from kernel.actors import Actor
from kernel.events import Event
from tenants import outbox
from tenants.models import Domain


def about(domain: Domain) -> dict[str, str]:
    """The fields that every event about a host has."""
    return {
        "subject": domain.public_id,
        "subject_label": domain.host,
        "tenant": domain.tenant.public_id,
        "host": domain.host,
    }


def record(event: Event, *, domain: Domain, actor: Actor) -> None:
    """Put an event about a host on both trails; every process forgets the tenant. In home's transaction."""
    outbox.record_in_both(event, actor=actor, tenant_id=domain.tenant_id)
