"""Emptying the outbox."""

from kernel.actors import Actor
from tenants import operators, outbox
from tenants.permissions import Permission


def relay_pending(*, actor: Actor) -> int:
    """Bring all entries that lie in the outbox into platform's trail, in transactions of their own; returns how many.

    Idempotent: an entry that is in the trail already is only removed from the outbox. Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    total = 0
    while (relayed := outbox.relay()) > 0:
        total += relayed
    return total
