"""A sealer that stops in the middle of a batch, before its commit: `python -m tests.audit.sealing_slowly SLUG`."""

import sys
import time

import django

django.setup()

from audit import sealing  # noqa: E402  (Django must be ready)
from kernel import tenancy  # noqa: E402
from tenants import queries  # noqa: E402


def main() -> None:
    """Seal a batch, say how many entries are in it, and hold the transaction open until somebody kills us."""
    with tenancy.activate(queries.tenant_by_slug(sys.argv[1]).ref(), purpose=tenancy.Purpose.SEAL), tenancy.atomic():
        sys.stdout.write(f"{sealing.seal_batch()}\n")
        sys.stdout.flush()
        time.sleep(600)


if __name__ == "__main__":
    main()
