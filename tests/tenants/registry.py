"""Looking at the registry and its outbox from a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from kernel import sealing
from tenants.models import Domain, PendingEntry, Tenant


def pending() -> list[dict[str, Any]]:
    """The letters in the outbox, opened, oldest first."""
    rows = PendingEntry.objects.order_by("id")
    return [orjson.loads(sealing.unseal(row.sealed, context=f"tenants.pending_entry:{row.id}")) for row in rows]


def told() -> list[str]:
    """The actions of the entries in the outbox, oldest first."""
    return [letter["document"]["action"] for letter in pending()]


@contextmanager
def registry_unchanged() -> Iterator[None]:
    """The block leaves tenants, domains and outbox as they were."""
    before = _picture()
    yield
    assert _picture() == before


def _picture() -> tuple[list[Any], list[Any], int]:
    tenants = Tenant.objects.order_by("id").values_list("id", "slug", "name", "state", "state_reason", "version")
    return list(tenants), list(Domain.objects.order_by("id").values_list("id", "host", "is_primary")), PendingEntry.objects.count()
