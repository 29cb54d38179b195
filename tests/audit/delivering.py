"""A worker that sends one stream's entries in small batches: `python -m tests.audit.delivering SLUG STREAM`."""

import sys
from datetime import timedelta
from uuid import UUID

import django

django.setup()

from audit import actions  # noqa: E402  (Django must be ready)
from audit.streams import batches, delivery  # noqa: E402
from kernel import tenancy  # noqa: E402
from kernel.actors import Actor  # noqa: E402
from tenants import queries  # noqa: E402

ENTRIES_PER_BATCH = 6
LEASE = timedelta(seconds=1)
"""Short, so that the one who comes after a killed worker need not wait long."""


def main() -> None:
    """Send what waits; each entry is a request of its own."""
    delivery.BATCH, delivery.LEASE, batches.PIECE_BYTES = ENTRIES_PER_BATCH, LEASE, 1
    with tenancy.activate(queries.tenant_by_slug(sys.argv[1]).ref(), purpose=tenancy.Purpose.JOB):
        actions.deliver_stream(UUID(sys.argv[2]), actor=Actor.system("command:test"))


if __name__ == "__main__":
    main()
