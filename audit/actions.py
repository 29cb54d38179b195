"""Writing: the one way onto the trail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections

from audit import canonical, events, nudging, queries, sealing
from audit.models import Mirrored
from audit.permissions import Permission
from kernel import clock, context, ids, tenancy
from kernel.actors import Actor, ActorKind
from kernel.events import Event
from kernel.problems import Problem

SUCCESS, FAILURE, DENIED = "success", "failure", "denied"
ANONYMOUS = Actor(kind=ActorKind.SYSTEM, id="anonymous", label="anonymous", tenant_id=None, grants=())

INSERT = """INSERT INTO audit_entry (id, received_at, action, outcome, actor_kind, actor_id, actor_label, subject, subject_label, request_id, address, canonical, mac)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry that is made but not yet on a trail: for changes in the home database, which keeps it sealed until the platform has it."""

    id: UUID
    received_at: datetime
    document: dict[str, Any]


@tenancy.joining
def record(event: Event, *, actor: Actor, outcome: str = SUCCESS) -> UUID:
    """Put what happened on the active tenant's trail, in the transaction of the change itself; the entry's id.

    One raw INSERT; sealing follows after the commit. An actor of another tenant (the platform) leaves a copy on its own trail too.
    """
    prepared = prepare(event, actor=actor, outcome=outcome)
    _insert(prepared)
    if actor.tenant_id is not None and actor.tenant_id != tenancy.current().id:
        Mirrored.objects.create(entry_id=prepared.id)
    nudging.after_commit()
    return prepared.id


def record_refusal(problem: Problem, *, action: str, actor: Actor | None) -> UUID | None:
    """Put a refusal on the trail, in a transaction of its own, so that it stays when the refused change is rolled back.

    The same refusal of the same caller is written once a minute: a door that is hammered must not fill the trail. None when it was not written.
    """
    who = actor or ANONYMOUS
    unit = context.current()
    if not nudging.is_first_this_minute(f"{who.id}|{unit.address}|{problem.type}|{action}"):
        return None
    event = events.RequestRefused(
        subject=who.id, subject_label=who.label, action=action[:200], problem=problem.type, detail=problem.detail[:500]
    )
    return record(event, actor=who, outcome=DENIED)


def prepare(event: Event, *, actor: Actor, outcome: str = SUCCESS) -> Prepared:
    """The entry of an event, for `append` to put on a trail later. Raises OutsideDomain for a field without canonical form."""
    unit, now = context.current(), clock.now()
    document: dict[str, Any] = {
        "v": 1,
        "av": event.version,
        "action": event.name,
        "outcome": outcome,
        "occurred_at": clock.rfc3339(now),
        "actor": {"kind": str(actor.kind), "id": actor.id, "label": actor.label[:200], "auth_method": actor.auth_method},
        "subject": {"id": event.subject, "label": event.subject_label[:200]},
        "details": event.details(),
        "context": {"request_id": unit.request_id, "address": unit.address, "user_agent": unit.user_agent, "route": unit.route},
    }
    return Prepared(id=ids.new_id(), received_at=now, document=document)


@tenancy.joining
def append(prepared: Prepared) -> None:
    """Put a prepared entry on the active tenant's trail. Idempotent by its id: an entry that is there stays and nothing is added."""
    _insert(prepared, tail="ON CONFLICT (id) DO NOTHING")
    nudging.after_commit()


def seal_pending() -> int:
    """Seal all that waits in the active tenant (entered with purpose SEAL); the number sealed."""
    total = 0
    while sealed := sealing.seal_batch():
        total += sealed
    return total


@tenancy.atomic
def verify_chain(*, actor: Actor) -> queries.Verification:
    """Check the whole chain and record that it was checked. Raises Forbidden."""
    actor.require(Permission.VERIFY)
    found = queries.verify()
    record(events.ChainVerified(subject=tenancy.current().slug, checked=found.checked, broken_at=found.broken_at), actor=actor)
    return found


def mirror_to(platform: tenancy.TenantRef) -> int:
    """Copy to the platform's trail what its callers did in the active tenant; the number copied.

    The copy's id is the entry's own, so that repeating after a crash between the two transactions adds nothing.
    """
    here, waiting = tenancy.current(), queries.mirrored()
    for entry in waiting:
        document = entry.document
        document["details"] = {"tenant": here.slug, "action": entry.action, "entry": entry.public_id}
        document["action"], document["subject"] = events.ActedInTenant.name, {"id": str(here.id), "label": here.name[:200]}
        with tenancy.activate(platform, purpose=tenancy.Purpose.JOB):
            append(Prepared(id=entry.pk, received_at=entry.received_at, document=document))
        Mirrored.objects.filter(pk=entry.pk).delete()
    return len(waiting)


@tenancy.atomic
def forget_mirrored() -> int:
    """Let no copy of this tenant's entries be made for the platform any more: in a restored copy they are another tenant's. The number of those."""
    return Mirrored.objects.all().delete()[0]


def _insert(prepared: Prepared, *, tail: str = "") -> None:
    document = prepared.document
    text = canonical.text_of(document)
    actor, subject, where = document["actor"], document["subject"], document["context"]
    values = [
        prepared.id, prepared.received_at, document["action"], document["outcome"], actor["kind"], actor["id"][: queries.ID_MAX], actor["label"],
        subject["id"][: queries.ID_MAX], subject["label"], where["request_id"], where["address"], text, sealing.mac_of(text),
    ]  # fmt: skip
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(f"{INSERT}{tail}", values)
