"""A process that wraps a tenant's keys again and stops for ever when it has stored the first, so that it can be killed there."""

import sys
import time

import django

django.setup()

from django.conf import settings  # noqa: E402  (Django must be ready first)
from django.utils.module_loading import import_string  # noqa: E402

from identity import actions, queries  # noqa: E402
from identity.models import DataKey  # noqa: E402
from kernel import tenancy  # noqa: E402
from kernel.actors import Actor  # noqa: E402

if __name__ == "__main__":
    saved = DataKey.save

    def slowly(key: DataKey, **options: object) -> None:
        """One row, then nothing."""
        saved(key, **options)  # type: ignore[arg-type]
        sys.stdout.write("one\n")
        sys.stdout.flush()
        time.sleep(600)

    DataKey.save = slowly  # type: ignore[method-assign,assignment]
    with tenancy.activate(import_string(settings.TENANT_BY_SLUG)(sys.argv[1]), purpose=tenancy.Purpose.OPERATOR):
        actions.rewrap_data_keys(present=queries.wrapping_key(), actor=Actor.system("test"))
