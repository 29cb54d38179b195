"""The end of a tenant's log: sealed and signed a last time before the tenant goes, and named by the proof of its erasure.

What home keeps of it, the signed checkpoint, holds no row of the tenant: the size and the root of a tree of hashes, under the operator's signature.
With it and the final copy an auditor can still check every entry, long after the place is gone.
"""

from typing import Any
from uuid import UUID

from audit import actions as audit
from kernel import clock, tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import closing, places
from tenants.models import PublishedHead


def sign_off(ref: TenantRef) -> None:
    """Seal what waits in a tenant's log and sign its end. Idempotent; does nothing where there is no place, or nobody may write to it any more.

    While home does not answer nothing is signed; the proof then names the checkpoint before. Raises what the database raises.
    """
    if not places.has_tables(ref) or closing.is_closed(ref):
        return
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        audit.seal_pending()
        audit.sign_log()


def told_of(tenant_id: UUID) -> dict[str, Any] | None:
    """What a proof says of the last checkpoint that was given out of a tenant's log; None when none was."""
    head = PublishedHead.objects.filter(tenant_id=tenant_id).first()
    if head is None:
        return None
    return {
        "epoch": head.epoch,
        "size": head.size,
        "root": bytes(head.root).hex(),
        "note": head.note,
        "signed_at": clock.rfc3339(head.published_at),
    }
