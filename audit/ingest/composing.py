"""From an event of the product to an entry, in the same form as Freehold's own."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import orjson

from audit import canonical, drafting
from audit.drafting import Prepared
from audit.ingest import reading, schemas
from audit.ingest.reading import ProductEvent
from audit.models import ID_PREFIX, PRODUCT
from kernel import clock, context, ids
from kernel.actors import Actor, ActorKind
from kernel.context import RequestContext
from kernel.events import PERSON

ROUTE = "product"
SEAL_BYTES = 28
"""What AES-GCM adds: 12 bytes of nonce and 16 of tag."""

Action = Mapping[str, Any]
"""What the vendor registered, as `settings.PRODUCT_ACTIONS` finds it."""


def digest_of(event: ProductEvent, *, pointer: str) -> bytes:
    """32 bytes that stand for all that an event says, so that the same id with another content is noticed.

    Raises Invalid for what no JSON of ours can hold, far beyond what an entry can: numbers of more than 64 bits, hundreds of levels.
    """
    try:
        encoded = orjson.dumps(msgspec.to_builtins(event), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as fault:
        raise reading.refused(f"{pointer}/details", f"The event cannot be kept: {fault}.") from fault
    return hashlib.sha256(encoded).digest()


def entry_of(event: ProductEvent, *, action: Action, teller: Actor, moment: datetime, pointer: str) -> Prepared:
    """The entry of one event, which came at `moment` from `teller`. Raises Invalid for details that do not fit their schema."""
    _require_fitting(event, action=action, pointer=pointer)
    identifier, received_at = ids.new_id(), clock.rfc3339(moment)
    unit = RequestContext(
        request_id=event.context.request_id or context.current().request_id,
        address=event.context.address,
        user_agent=event.context.user_agent,
        route=ROUTE,
        trace_id=event.context.trace_id,
    )
    with context.bound(unit):
        draft = drafting.begun(
            event.subject.id, kind=event.subject.kind, label=event.subject.name, actor=_actor_of(event), moment=moment
        )
    draft.document["context"]["told_by"] = teller.id
    draft.document |= {
        "v": drafting.VERSION, "av": action["version"], "id": ids.show(ID_PREFIX, identifier), "source": PRODUCT,
        "action": event.action, "category": action["category"], "severity": action["severity"], "outcome": event.outcome,
        "occurred_at": clock.rfc3339(event.occurred_at) if event.occurred_at else received_at, "received_at": received_at,
    }  # fmt: skip
    if event.actor.kind == PERSON != event.subject.kind:
        draft.about = event.actor.id
    draft.put("details", event.details, declared=action["personal"])
    draft.put("changes", {name: list(pair) for name, pair in event.changes.items()}, declared=action["personal"])
    draft.put_text("reason", event.reason)
    return drafting.finished(draft, identifier=identifier, moment=moment)


def fault_of(prepared: Prepared) -> str:
    """Why an entry has no canonical form, in words; empty when it has one."""
    try:
        canonical.require_personal(prepared.personal)
        canonical.text_of(prepared.document, sealed={ref: _room_of(parts) for ref, parts in prepared.personal.items()})
    except canonical.OutsideDomain as fault:
        return str(fault)
    return ""


def _require_fitting(event: ProductEvent, *, action: Action, pointer: str) -> None:
    found = schemas.faults(event.details, schema=action["schema"])
    if found:
        place, words = found[0]
        raise reading.refused(
            f"{pointer}/details{place}", f"It does not fit version {action['version']} of {event.action}: {words}."
        )


def _room_of(parts: Mapping[str, Any]) -> str:
    """A text as long as the parts are when sealed: nonce and tag added, in base64."""
    return "=" * (-(-(len(orjson.dumps(parts)) + SEAL_BYTES) // 3) * 4)


def _actor_of(event: ProductEvent) -> Actor:
    told = event.actor
    return Actor(
        kind=ActorKind(told.kind),
        id=told.id,
        label=told.name,
        tenant_id=None,
        grants=(),
        auth_method=told.auth_method,
        on_behalf_of=told.on_behalf_of,
        session=told.session,
    )
