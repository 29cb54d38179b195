"""X-Tenant-ID: a key of the operator acts in a tenant that it names, so that the vendor's product needs one address and one key.

Named in `settings.ACT_IN_TENANT`; the base of all REST views enters it after the actor is known.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError

from kernel import tenancy
from kernel.actors import Actor, ActorKind
from kernel.problems import Unauthenticated
from kernel.tenancy import TenantRef
from tenants import resolving
from tenants.moves import meeting
from tenants.permissions import Permission
from tenants.problems import ActingRefused


@contextmanager
def acting_in(named: str, *, actor: Actor | None) -> Iterator[TenantRef]:
    """Enter the tenant that the header names, by slug or shown id, for the rest of the request; the actor stays platform's.

    What the actor does stands in the tenant's trail and, mirrored by `audit`, in platform's. Raises Unauthenticated, ActingRefused, Forbidden,
    TenantNotFound, and what the gate raises for a tenant that does not serve.
    """
    if actor is None:
        raise Unauthenticated("Send an API key as `Authorization: Bearer fh_…` together with X-Tenant-ID.")
    here = tenancy.current()
    if not here.is_platform or actor.kind is not ActorKind.KEY or actor.tenant_id != here.id:
        raise ActingRefused("X-Tenant-ID works on the operator's address with a key of the operator. Leave the header out here.")
    actor.require(Permission.IMPERSONATE)
    ref = resolving.by_name(named)
    purpose = tenancy.current_purpose()
    if ref.state == "moving" and purpose is not tenancy.Purpose.READ:
        ref = meeting.awaited(ref)
    with tenancy.activate(ref, purpose=purpose) as target:
        try:
            yield target
        except DatabaseError as fault:
            # Told here, where it is known in which tenant the request stood.
            moving = meeting.met_by(fault, ref=target)
            if moving is None:
                raise
            raise moving from fault
