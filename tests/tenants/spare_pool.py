"""A pool of spares for tests: emptied before and after, asked for tenants, also by several at once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose
from tenants import actions, places, provisioning, queries
from tenants.models import Domain, Leftover, Spare, Tenant


def clear_pool() -> None:
    """No spare, no leftover of one, and none of the tenants that these tests make."""
    for tenant in Tenant.objects.filter(slug__startswith="spare-"):
        provisioning.drop_place(tenant.cell_id, tenant.schema, on_progress=places.quietly)
        Domain.objects.filter(tenant=tenant).delete()
        tenant.delete()
    rows: list[Spare | Leftover] = [*Spare.objects.all(), *Leftover.objects.filter(tenant_id=None)]
    for row in rows:
        provisioning.drop_place(row.cell_id, row.schema, on_progress=places.quietly)
        row.delete()


def commits(test: Callable[..., None]) -> Callable[..., None]:
    """Marks a test that commits, with the pool."""
    marked: Callable[..., None] = pytest.mark.committed(pytest.mark.usefixtures("pool")(test))
    return marked


def ask_for(slug: str, *, actor: Actor, cell: str | None = None, request: str = "") -> actions.Requested:
    terms = actions.Terms(request=request)
    return actions.create_tenant(
        slug, name=slug.title(), owner_email=f"owner@{slug}.example", owner_name="Olive Owner", cell=cell, terms=terms, actor=actor
    )


def in_threads(*works: Callable[[], Any]) -> list[Any]:
    """What several pieces of work gave that ran at once, each on connections of its own with platform active."""
    platform, found = queries.platform().ref(), []

    def one(work: Callable[[], Any]) -> None:
        try:
            with tenancy.activate(platform, purpose=Purpose.OPERATOR):
                found.append(work())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
