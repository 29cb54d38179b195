"""Spare places as documents."""

from typing import Any

from kernel.clock import rfc3339
from tenants.models import Spare
from tenants.queries import Pool


def of_spare(spare: Spare) -> dict[str, Any]:
    """A spare place as a map; `template` begins the digest of the state of the code that it was built for."""
    return {
        "schema": spare.schema,
        "cell": spare.cell_id,
        "state": spare.state,
        "template": spare.template_state[:12],
        "created_at": rfc3339(spare.created_at),
    }


def of_pool(pool: Pool) -> dict[str, Any]:
    """How many spares a cell has: ready for a tenant, in the making, and of another state of the code."""
    return {"cell": pool.cell, "ready": pool.ready, "building": pool.building, "outdated": pool.outdated}
