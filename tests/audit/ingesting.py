"""An action that the vendor registered, an event of it, and whoever tells of it."""

from typing import Any

import pytest

from audit import actions
from audit.ingest import reading
from audit.models import Entry
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tenants import actions as registry
from tenants import product_actions
from tests import makers

SCHEMA = {
    "type": "object",
    "properties": {"number": {"type": "string"}, "amount": {"type": "integer"}, "payer": {"type": "string"}, "tree": {}},
    "required": ["number"],
    "additionalProperties": False,
}
EVENT: dict[str, Any] = {
    "id": "paid-4711",
    "action": "invoice.paid",
    "occurred_at": "2026-01-31T10:59:58.25Z",
    "actor": {"id": "u-93", "name": "Olive Owner"},
    "subject": {"id": "inv-4711", "kind": "invoice", "name": "Invoice 4711"},
    "details": {"number": "4711", "payer": "Pia Payer"},
    "changes": {"state": ["open", "paid"]},
    "context": {"address": "192.0.2.7", "user_agent": "Shop/2"},
}


@pytest.fixture
def registered(platform: TenantRef, operator: Actor) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        registry.register_product_action(
            "invoice.paid", schema=SCHEMA, category="data", severity=2, personal=["payer"], actor=operator
        )
    product_actions.forget()


@pytest.fixture
def teller() -> Actor:
    return makers.person_actor(grants=frozenset({"write:audit.events"}))


def tell(*events: dict[str, Any], actor: Actor) -> list[actions.Taken]:
    return actions.take_events(reading.events_in({"events": list(events)}), actor=actor)


def product_entries() -> list[Entry]:
    return list(Entry.objects.filter(source="product").order_by("id"))
