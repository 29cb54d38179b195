"""Reading anchors and what they answered."""

import base64
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import QuerySet

from audit.anchors import giving, specifications
from audit.models import ANCHOR_PREFIX, Anchor, AnchorKind, Receipt
from audit.problems import AnchorNotFound, ReceiptNotFound
from kernel import clock, ids, tenancy
from kernel.clock import rfc3339, rfc3339_or_none

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7106))"
LIVE, LATE, FAILING, PAUSED = "live", "late", "failing", "paused"
ANCHOR_STATES = (LIVE, LATE, FAILING, PAUSED)
PATIENCE_S = 900
"""Seconds behind its time after which an anchor counts as late."""


def anchors(*, q: str = "", kind: str = "") -> QuerySet[Anchor]:
    """The anchors of the tenant; `q` is part of a name."""
    found = Anchor.objects.filter(name__icontains=q) if q else Anchor.objects.all()
    return found.filter(kind=kind) if kind else found


def anchor(anchor_id: UUID) -> Anchor:
    """One anchor. Raises AnchorNotFound."""
    return _found(Anchor.objects.filter(pk=anchor_id).first())


def anchor_named(name: str) -> Anchor:
    """The anchor of a name. Raises AnchorNotFound."""
    return _found(Anchor.objects.filter(name=name).first())


def anchor_for_update(anchor_id: UUID) -> Anchor:
    """One anchor, locked until the transaction ends. Raises AnchorNotFound."""
    return _found(Anchor.objects.select_for_update().filter(pk=anchor_id).first())


def lock_anchor_names() -> None:
    """Let nobody else name an anchor of this tenant until the transaction ends."""
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(LOCK, [tenancy.current().schema])


def anchors_due() -> list[UUID]:
    """The anchors whose time has come."""
    return list(Anchor.objects.filter(paused_at=None, next_at__lte=clock.now()).order_by("id").values_list("id", flat=True))


def receipts(*, checkpoint_id: UUID | None = None, anchor_id: UUID | None = None, size: int | None = None) -> QuerySet[Receipt]:
    """What anchors answered, for one checkpoint or by one anchor, with the checkpoint; `size` is how many entries that covers."""
    found = Receipt.objects.select_related("checkpoint")
    found = found if checkpoint_id is None else found.filter(checkpoint_id=checkpoint_id)
    found = found if size is None else found.filter(checkpoint__size=size)
    return found if anchor_id is None else found.filter(anchor_id=anchor_id)


def receipt(receipt_id: UUID) -> Receipt:
    """One receipt. Raises ReceiptNotFound."""
    found = Receipt.objects.select_related("checkpoint").filter(pk=receipt_id).first()
    if found is None:
        raise ReceiptNotFound("Look at the anchor's page, or at the receipts of a checkpoint.")
    return found


def receipt_file(found: Receipt) -> str:
    """What the file of a receipt is called, e.g. `chk_….cosignature`."""
    return f"{found.checkpoint.public_id}.{giving.SUFFIXES[AnchorKind(found.kind)]}"


def anchor_state(found: Anchor) -> str:
    """Live, late (its time is long over), failing (it did not take the last checkpoint) or paused."""
    if found.paused_at is not None:
        return PAUSED
    if found.attempts:
        return FAILING
    return LATE if (clock.now() - found.next_at).total_seconds() > PATIENCE_S else LIVE


def anchor_document(found: Anchor) -> dict[str, Any]:
    """One anchor as every door shows it: everything but its secret, of which only its being there shows."""
    return {
        "id": found.public_id,
        "name": found.name,
        "kind": found.kind,
        "target": specifications.target_of(found.kind, settings=found.settings),
        "settings": found.settings,
        "has_secret": bool(found.sealed_secret),
        "every_s": found.every_s,
        "state": anchor_state(found),
        "last_epoch": found.last_epoch,
        "last_size": found.last_size,
        "last_at": rfc3339_or_none(found.last_at),
        "next_at": rfc3339(found.next_at),
        "attempts": found.attempts,
        "fault": found.fault,
        "paused_at": rfc3339_or_none(found.paused_at),
        "created_at": rfc3339(found.created_at),
        "version": found.version,
    }


def receipt_document(found: Receipt) -> dict[str, Any]:
    """One receipt; `content` is base64 of what the anchor answered."""
    return {
        "id": str(found.pk),
        "checkpoint": found.checkpoint.public_id,
        "size": found.checkpoint.size,
        "epoch": found.checkpoint.epoch,
        "anchor": ids.show(ANCHOR_PREFIX, found.anchor_id),
        "kind": found.kind,
        "file": receipt_file(found),
        "content": base64.b64encode(bytes(found.receipt)).decode(),
        "given_at": rfc3339(found.given_at),
    }


def needs_secret(kind: str) -> bool:
    """Whether anchors of a kind have to log in."""
    return specifications.needs_secret(kind)


def _found(row: Anchor | None) -> Anchor:
    if row is None:
        raise AnchorNotFound("Look at the list of anchors; it may have been removed.")
    return row
