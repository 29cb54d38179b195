"""Whoever changes from where people may come must be able to go on themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

from identity import networks, queries
from identity.problems import WouldLockOut
from kernel import context
from kernel.actors import Actor


@contextmanager
def way_in_kept(actor: Actor) -> Iterator[None]:
    """Let the block change rules and roles unless it shuts out the caller, whose next request would have passed before.

    The system and callers of another tenant are not under the rules; a job that goes on without the caller has no address, and only a tenant without
    rules lets that in. Raises WouldLockOut; the transaction is then undone.
    """
    holder, address = queries.holder_of(actor), context.current().address
    had_one = holder is not None and networks.is_allowed(holder, address=address)
    yield
    if holder is not None and had_one and not networks.is_allowed(holder, address=address):
        raise WouldLockOut(
            f"You come from {address or 'an unknown address'}, which would not be allowed any more. Allow your own network first.",
            address=address,
        )
