"""The outbox of the registry: entries for platform's trail that travel from home to platform's cell.

Home and a cell are two databases, so that one transaction cannot hold both. The change and its sealed entry commit together in home; afterwards
the entry is appended to the trail, idempotent by its id, and only then removed here. A crash at any point leaves it to the next relay: none is
lost, none is told twice. The start of a long job travels along in the same way, and so does a copy for the trail of the tenant that it is about.
"""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.db import OperationalError, connections, transaction

from audit import actions as audit
from kernel import sealing, tenancy
from kernel.actors import Actor
from kernel.events import Event
from kernel.problems import NotFound, Unavailable
from operations import actions as operations
from operations import queries as queued_operations
from tenants import resolving
from tenants.models import PendingEntry
from tenants.queries import pending_entries

BATCH = 200
HAVING_A_TRAIL = frozenset({"active", "suspended", "moving", "deleting"})
log = structlog.get_logger(__name__)

RELAY = Actor.system("task:tenants.relay")


def record(event: Event, *, actor: Actor, tenant_id: UUID | None, operation: dict[str, Any] | None = None) -> None:
    """Tell platform's trail of a change to a tenant's rows, once both transactions are through; every process forgets the tenant.

    `tenant_id` is None for what is about no tenant, such as a cell.
    `operation` holds the arguments of `operations.start`, for the case that platform's transaction is lost after home's: the relay starts it
    then, and only then, since its key is unique. To be called in home's transaction, with platform active.
    """
    _post(event, actor=actor, tenant_id=tenant_id, extra={"operation": operation})


def record_in_both(event: Event, *, actor: Actor, tenant_id: UUID) -> None:
    """The same for what a tenant's own people may do or must learn: its trail gets a copy. With platform or the tenant active."""
    _post(event, actor=actor, tenant_id=tenant_id, extra={"operation": None, "tenant": str(tenant_id)})


def _post(event: Event, *, actor: Actor, tenant_id: UUID | None, extra: dict[str, Any]) -> None:
    prepared = audit.prepare(event, actor=actor)
    letter = orjson.dumps(
        {"received_at": prepared.received_at, "document": prepared.document, "personal": prepared.personal, **extra}
    )
    PendingEntry.objects.create(id=prepared.id, sealed=sealing.seal_at_home(letter, context=_context(prepared.id)))
    if tenant_id is not None:
        transaction.on_commit(partial(resolving.forget, tenant_id), using=tenancy.HOME)
    if not _is_relay_due():
        # Not in the caller's way: what stays here is taken along by the next relay.
        transaction.on_commit(partial(_relay_in, tenancy.current()), using=tenancy.current_alias(), robust=True)


def _is_relay_due() -> bool:
    """Whether the running transaction relays at its end already: one relay takes along all letters of a transaction."""
    connection = connections[tenancy.current_alias()]
    lasting = set(connection.savepoint_ids)
    due = ((entry[0], entry[1]) for entry in connection.run_on_commit)
    return any(isinstance(hook, partial) and hook.func is _relay_in and savepoints <= lasting for savepoints, hook in due)


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


def waiting_operation(key: str) -> dict[str, Any] | None:
    """The arguments of `operations.start` for an operation that platform has not got yet, by its key; None when none lies here."""
    letters = (_opened(row) for row in pending_entries())
    plans = (letter["operation"] for letter in letters if letter is not None and letter["operation"] is not None)
    return next((plan for plan in plans if plan["key"] == key), None)


def _relay_in(here: tenancy.TenantRef) -> None:
    platform = here if here.is_platform else resolving.by_slug(tenancy.PLATFORM_SLUG)
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        relay()


def _deliver(row: PendingEntry) -> bool:
    """Append one entry; False when it cannot be opened: it stays, `manage.py doctor` tells of it, and the others go on."""
    letter = _opened(row)
    if letter is None:
        return False
    if letter["operation"] is not None and queued_operations.by_key(letter["operation"]["key"]) is None:
        operations.start(**letter["operation"], actor=RELAY)
    prepared = audit.Prepared(
        id=row.id,
        received_at=datetime.fromisoformat(letter["received_at"]),
        document=letter["document"],
        personal=letter.get("personal", {}),  # a letter of the release before has none: its document holds everything plainly
    )
    audit.append(prepared)
    return _copy_for(letter["tenant"], prepared) if letter.get("tenant") else True


def _opened(row: PendingEntry) -> dict[str, Any] | None:
    try:
        letter: dict[str, Any] = orjson.loads(sealing.unseal(row.sealed, context=_context(row.id)))
    except sealing.Unsealable as fault:
        log.warning("outbox.entry_closed", entry=str(row.id), why=str(fault))
        return None
    return letter


def _copy_for(tenant_id: str, prepared: audit.Prepared) -> bool:
    """Append the entry to the tenant's own trail too; False while its place cannot be written, so that the letter stays for the next relay.

    A tenant without a place, because it is only being made or has ended, has no trail.
    """
    try:
        ref = resolving.by_id(UUID(tenant_id))
        if ref.is_platform or ref.state not in HAVING_A_TRAIL:
            return True
        with tenancy.activate(ref, purpose=tenancy.Purpose.OPERATOR), tenancy.atomic():
            audit.append(prepared)
    except (Unavailable, OperationalError) as fault:
        log.warning("outbox.copy_waits", entry=str(prepared.id), tenant=tenant_id, why=str(fault))
        return False
    except NotFound:
        return True
    return True


def _context(entry_id: UUID) -> str:
    return f"tenants.pending_entry:{entry_id}"
