"""A tenant for the length of a trial: made as every tenant is, and removed without a trace of its rows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Unavailable
from kernel.tenancy import Purpose, TenantRef
from tenants import places, published_heads, queries, resolving
from tenants.actions.making import create_tenant
from tenants.actions.provision import provision_tenant
from tenants.models import Tenant

PATIENCE_S = 60.0


@contextmanager
def passing(*, actor: Actor) -> Iterator[TenantRef]:
    """A serving tenant with a name of its own, gone at the end of the block whatever happened in it. Raises Forbidden."""
    platform = queries.tenant_by_slug(tenancy.PLATFORM_SLUG).ref()
    slug = f"trial-{uuid4().hex[:12]}"
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        requested = create_tenant(slug, name="Trial", owner_email=f"owner@{slug}.invalid", owner_name="Trial", actor=actor)
        tenant_id = requested.tenant.id
        try:
            provision_tenant(requested.operation.id, actor=actor)
            _wait_for(slug)
            yield queries.tenant_by_slug(slug).ref()
        finally:
            _remove(queries.tenant_by_slug(slug).ref())
            published_heads.store.forget(tenant_id)


def _wait_for(slug: str) -> None:
    """A worker of the running product may have been first to take the job."""
    until = time.monotonic() + PATIENCE_S
    while queries.tenant_by_slug(slug).state != "active":
        if time.monotonic() > until:
            raise Unavailable("The tenant of the trial was not made in time. Look at the operations, and try again.")
        time.sleep(0.2)
    resolving.forget_all()


def _remove(ref: TenantRef) -> None:
    Tenant.objects.filter(id=ref.id).delete()
    places.drop_place(ref.cell, ref.schema, on_progress=places.quietly)
    resolving.forget_all()
