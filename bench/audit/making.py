"""The installation that is measured, inside a worker: tenants, an action of the product, and what people do in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit.permissions import Permission
from bench import tenants_of_ours
from bench.tenants_of_ours import ACTOR, OWNER, PASSWORD
from identity import actions as identity
from kernel import clock, context, ids, tenancy
from kernel.actors import Actor, ActorKind
from kernel.context import RequestContext
from kernel.events import Event
from kernel.tenancy import Purpose, TenantRef
from operations.models import KeptAnswer
from tenants import actions as registry
from tenants import places, provisioning, queries, registration, resolving
from tenants.models import TenantState

WRITER, CHANGED = "bench", "bench-changed"
PRODUCT_ACTION = "invoice.paid"
SCHEMA = {
    "type": "object",
    "properties": {"number": {"type": "string"}, "amount": {"type": "integer"}, "currency": {"type": "string"}},
    "required": ["number"],
    "additionalProperties": False,
}
SCOPES = [Permission.READ_ENTRIES, Permission.WRITE_EVENTS]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKept(Event):
    """A row of the benchmark's business was written."""

    number: int = 0


# Not among the product's own: a name given in the class body would put it into the catalogue.
RowKept.name, RowKept.category, RowKept.subject_kind = "bench.row.kept", "data", "row"


def prepare(active: int) -> dict[str, Any]:
    """An installation with three tenants that have an owner and an API key, `big`, `small` and `short`, and `active` ones without people."""
    tenants_of_ours.establish()
    made = tenants_of_ours.add(3, 0)
    with tenancy.activate(tenants_of_ours.platform(), purpose=Purpose.OPERATOR):
        registry.register_product_action(PRODUCT_ACTION, schema=SCHEMA, category="data", severity=1, actor=ACTOR)
    others = _places(active)
    named = {name: _opened(tenant) for name, tenant in zip(("big", "small", "short"), made, strict=True)}
    return {**named, "active": others}


def prepare_places(number: int) -> dict[str, Any]:
    """An installation with `number` tenants without people, `active`."""
    tenants_of_ours.establish()
    return {"active": _places(number)}


def ref_of(tenant_id: str) -> TenantRef:
    """A tenant by its id."""
    return resolving.by_id(UUID(tenant_id))


def person(number: int, *, ref: TenantRef) -> Actor:
    """Somebody who signed in; the same number is always the same person."""
    return Actor(
        kind=ActorKind.PERSON,
        id=f"usr_bench{number:04d}",
        label=f"person-{number}@shop.example",
        tenant_id=ref.id,
        grants=(),
        auth_method="password",
    )


@contextmanager
def asked(ref: TenantRef) -> Iterator[None]:
    """What is known while a request of a tenant is answered."""
    unit = RequestContext(
        ids.new_id().hex, address="192.0.2.7", user_agent="Mozilla/5.0 (X11; Linux x86_64)", route="PUT /v1/rows/{id}"
    )
    with tenancy.activate(ref, purpose=Purpose.REQUEST), context.bound(unit):
        yield


def keep_row(key: str, *, after: str, of: str) -> None:
    """The business of a transaction through the ORM, as each request that changes something does it.

    It looks for the kept answer, locks the row that `of` names, changes it, and keeps the answer.
    """
    KeptAnswer.objects.select_for_update().filter(actor_id=WRITER, key=after).first()
    row = KeptAnswer.objects.select_for_update().filter(actor_id=CHANGED, key=of).first()
    if row is None:
        row = KeptAnswer(actor_id=CHANGED, key=of, fingerprint=b"-" * 32, created_at=clock.now())
    row.body = key
    row.save()
    KeptAnswer.objects.create(actor_id=WRITER, key=key, fingerprint=b"-" * 32, body="", created_at=clock.now())


def _opened(tenant: dict[str, Any]) -> dict[str, Any]:
    """Let the owner in, and make a key that may read the trail and write to it."""
    ref = queries.tenant_by_slug(tenant["slug"]).ref()
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        owner = identity.accept_invitation(tenant["token"], password=PASSWORD, name=OWNER)
        key = identity.create_api_key("bench", scopes=list(SCOPES), owner_id=owner.id, actor=ACTOR).secret
    return {"id": str(ref.id), "host": tenant["host"], "key": key, "schema": ref.schema}


def _places(number: int) -> list[str]:
    cell, made = queries.platform().cell, []
    for index in range(number):
        row = registration.insert(f"active-{_letters(index)}", name="Active", cell=cell, state=TenantState.ACTIVE)
        provisioning.build_place(row.ref(), on_progress=places.quietly)
        made.append(str(row.id))
    return made


def _letters(number: int) -> str:
    """A slug that looks like no other: numbers would, to the eye, since 0 and o are alike."""
    signs = "acdefghjkmnpqrtuvwxy"
    return signs[number // 20 % 20] + signs[number % 20]
