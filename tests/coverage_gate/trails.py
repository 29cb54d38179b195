"""How much stands in the trails, and undoing what a call did."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connections, transaction

from audit import nudging
from audit.models import Entry
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import product_actions
from tenants.models import PendingEntry
from tests import makers


def told(*refs: TenantRef) -> int:
    """Entries in the trails of some tenants, and those that are on their way there."""
    total: int = PendingEntry.objects.count()
    for ref in refs:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            total += Entry.objects.count()
    return total


@contextmanager
def undone() -> Iterator[None]:
    """Undo in every database what the block did, and let nothing that was told before keep it quiet."""
    _forget()
    aliases = [tenancy.HOME, *tenancy.cells.aliases()]
    with ExitStack() as stack:
        for alias in aliases:
            stack.enter_context(transaction.atomic(using=alias))
        yield
        for alias in aliases:
            connections[alias].set_rollback(True)
    _forget()


def _forget() -> None:
    """What this process remembers of a trail or of the registry is not undone with it."""
    nudging._refused.clear()
    makers.forget_caches()
    product_actions.forget()
