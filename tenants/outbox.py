"""The outbox of the registry: entries for platform's trail that travel from home to platform's cell.

Home and a cell are two databases, so that one transaction cannot hold both. The change and its sealed entry commit together in home; afterwards
the entry is appended to the trail, idempotent by its id, and only then removed here. A crash at any point leaves it to the next relay: none is
lost, none is told twice. The start of a long job travels along in the same way.
"""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.db import transaction

from audit import actions as audit
from kernel import sealing, tenancy
from kernel.actors import Actor
from kernel.events import Event
from operations import actions as operations
from tenants import resolving
from tenants.models import PendingEntry
from tenants.queries import pending_entries

BATCH = 200
log = structlog.get_logger(__name__)

RELAY = Actor.system("task:tenants.relay")


def record(event: Event, *, actor: Actor, tenant_id: UUID, operation: dict[str, Any] | None = None) -> None:
    """Tell platform's trail of a change to a tenant's rows, once both transactions are through; every process forgets the tenant.

    `operation` holds the arguments of `operations.start`, for the case that platform's transaction is lost after home's: the relay starts it
    then, and only then, since its key is unique. To be called in home's transaction, with platform active.
    """
    prepared = audit.prepare(event, actor=actor)
    letter = orjson.dumps({"received_at": prepared.received_at, "document": prepared.document, "operation": operation})
    PendingEntry.objects.create(id=prepared.id, sealed=sealing.seal(letter, context=_context(prepared.id)))
    transaction.on_commit(partial(resolving.forget, tenant_id), using=tenancy.HOME)
    # Not in the caller's way: what stays here is taken along by the next relay.
    transaction.on_commit(partial(_relay_in, tenancy.current()), using=tenancy.current_alias(), robust=True)


def relay() -> int:
    """Bring what lies here into platform's trail, with platform active; returns how many entries. Entries that another relay holds are left to it.

    Platform commits before home removes, never the other way round.
    """
    with transaction.atomic(using=tenancy.HOME):
        rows = list(pending_entries().select_for_update(skip_locked=True)[:BATCH])
        with tenancy.atomic():
            delivered = [row.id for row in rows if _deliver(row)]
        PendingEntry.objects.filter(id__in=delivered).delete()
    return len(delivered)


def _relay_in(platform: tenancy.TenantRef) -> None:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        relay()


def _deliver(row: PendingEntry) -> bool:
    """Append one entry; False when it cannot be opened: it stays, `manage.py doctor` tells of it, and the others go on."""
    try:
        letter = orjson.loads(sealing.unseal(row.sealed, context=_context(row.id)))
    except sealing.Unsealable as fault:
        log.warning("outbox.entry_closed", entry=str(row.id), why=str(fault))
        return False
    if letter["operation"] is not None:
        operations.start(**letter["operation"], actor=RELAY)
    received_at = datetime.fromisoformat(letter["received_at"])
    audit.append(audit.Prepared(id=row.id, received_at=received_at, document=letter["document"]))
    return True


def _context(entry_id: UUID) -> str:
    return f"tenants.pending_entry:{entry_id}"
