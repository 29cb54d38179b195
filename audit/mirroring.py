"""The platform's copy of what its callers did in a tenant.

It is made anew from what can be read in the tenant's entry: nothing that was sealed under a key of the tenant's trail leaves it. Of persons it
names only the caller, whom the platform knows anyway, sealed under the platform's own key.
"""

from datetime import datetime
from typing import Any

from audit import drafting, likeness
from audit.drafting import LABEL_MAX, VERSION, Prepared
from audit.events import ActedInTenant
from audit.models import Entry
from kernel import tenancy
from kernel.actors import ActorKind


def copy_of(entry: Entry, *, shown: dict[str, Any]) -> Prepared:
    """The copy of an entry of the active tenant, for the platform's trail; `shown` is the entry as `personal.opened` gives it."""
    here, actor, context = tenancy.current(), dict(shown["actor"]), dict(shown["context"])
    caller = {"label": actor.pop("label"), "address": context.pop("address"), "user_agent": context.pop("user_agent")}
    document = {
        "v": VERSION, "av": ActedInTenant.version, "id": entry.public_id, "source": shown["source"], "action": ActedInTenant.name,
        "category": ActedInTenant.category, "severity": ActedInTenant.severity, "outcome": shown["outcome"], "reason": "",
        "occurred_at": shown["occurred_at"], "received_at": shown["received_at"],
        "actor": {"ref": actor.pop("id"), **actor}, "context": context,
        "subject": {"id": str(here.id), "kind": ActedInTenant.subject_kind, "label": here.name[:LABEL_MAX]},
        "details": {"tenant": here.slug, "action": shown["action"], "entry": entry.public_id}, "changes": {},
    }  # fmt: skip
    return Prepared(entry.pk, entry.received_at, document, _personal(document, caller=caller, moment=entry.received_at))


def _personal(document: dict[str, Any], *, caller: dict[str, str], moment: datetime) -> dict[str, Any]:
    if document["actor"]["kind"] == ActorKind.PERSON:
        return {document["actor"]["ref"]: {"actor": caller}}
    if not likeness.is_personal(caller["label"]):
        document["actor"]["label"] = caller.pop("label")
    return {drafting.day_ref(moment): {"actor": caller}} if any(caller.values()) else {}
