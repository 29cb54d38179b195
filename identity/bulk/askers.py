"""On whose behalf a run changes people: whoever started it, with no more than they had then and still have now."""

from dataclasses import replace
from typing import Any

from django.db.models import Q

from identity import access
from identity.access import asking
from identity.access.facts import Facts
from identity.models import ApiKey, Policy, PolicyState, ServiceAccount, Status, User
from identity.problems import BulkAskerGone
from kernel import clock, context, ids, tenancy
from kernel.actors import Actor, ActorKind

AUTH_METHOD = "bulk"


def noted(actor: Actor) -> dict[str, Any]:
    """An actor as a run keeps it: who it is, what it may do, and how and from where it came, which policies ask about; no secret."""
    return {
        "kind": str(actor.kind),
        "id": actor.id,
        "label": actor.label,
        "tenant": "" if actor.tenant_id is None else str(actor.tenant_id),
        "grants": [sorted(grants) for grants in actor.grants],
        "session": actor.session,
        "method": actor.auth_method,
        "address": context.current().address,
    }


def restored(note: dict[str, Any]) -> Actor:
    """The actor behind a note, for one more row. A person or a key of this tenant must still have access, and may no more than they may now.

    The policies in force now are asked as if the run's start had come at this moment: from that address, with the proof that was given then.

    Raises BulkAskerGone.
    """
    kind = ActorKind(note["kind"])
    home = tenancy.current().id if note["tenant"] == str(tenancy.current().id) else None
    grants = tuple(frozenset(part) for part in note["grants"])
    if home is not None and kind is not ActorKind.SYSTEM:
        grants = (*grants, *_present_grants(kind, shown_id=note["id"]))
    asker = Actor(kind=kind, id=note["id"], label=note["label"], tenant_id=home, grants=grants, auth_method=AUTH_METHOD)
    return replace(asker, facts=_facts(asker, note=note))


def _facts(asker: Actor, *, note: dict[str, Any]) -> Facts | None:
    """What policies are told of the asker; None when none is in force, and for callers whom no policy here is about."""
    if not Policy.objects.filter(state=PolicyState.ACTIVE).exists():
        return None
    seen = asking.facts_of_actor(replace(asker, session=note["session"], auth_method=note["method"]), policies=asking.in_force())
    return None if seen is None else replace(seen, address=note["address"])


def _present_grants(kind: ActorKind, *, shown_id: str) -> tuple[frozenset[str], ...]:
    holder: User | ServiceAccount | None
    if kind is ActorKind.PERSON:
        holder = User.objects.filter(id=ids.parse("usr", shown_id)).first()
        return (access.grants_of(_active(holder)),)
    living = Q(revoked_at=None, expires_at__gt=clock.now())
    key = ApiKey.objects.select_related("owner", "service_account").filter(living, id=ids.parse("key", shown_id)).first()
    holder = None if key is None else key.owner or key.service_account
    return (frozenset(key.scopes if key else ()), access.grants_of(_active(holder)))


def _active(holder: User | ServiceAccount | None) -> User | ServiceAccount:
    if holder is None or holder.status != Status.ACTIVE:
        raise BulkAskerGone("Start it again as somebody who may: whoever started it has no access any more. What was done stays.")
    return holder
