"""A process that works on a rotation and stops for ever after the first batch, so that it can be killed there."""

import sys
import time
from uuid import UUID

import django

django.setup()

from django.conf import settings  # noqa: E402  (Django must be ready first)
from django.utils.module_loading import import_string  # noqa: E402

from identity import actions  # noqa: E402
from identity.data_keys import resealing  # noqa: E402
from kernel import tenancy  # noqa: E402
from kernel.actors import Actor  # noqa: E402

if __name__ == "__main__":
    slug, operation_id = sys.argv[1:]
    whole = resealing.in_tenant

    def slowly(key_id: str) -> object:
        """The first batches of a table with more, then nothing."""
        for batch in whole(key_id):
            yield batch
            if batch.table == "audit_personkey":
                sys.stdout.write("one\n")
                sys.stdout.flush()
                time.sleep(600)

    resealing.in_tenant = slowly  # type: ignore[assignment]
    with tenancy.activate(import_string(settings.TENANT_BY_SLUG)(slug), purpose=tenancy.Purpose.OPERATOR):
        actions.work_on_rotation(UUID(operation_id), actor=Actor.system("test"))
