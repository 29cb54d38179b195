"""Later: what keeps operations moving when a worker or a message is lost."""

from django.conf import settings
from django.utils.module_loading import import_string

from kernel import tenancy
from kernel.tasks import enqueue, task
from operations import answers, queries


@task("operations.sweep")
def sweep() -> None:
    """Visit every serving tenant and send its abandoned operations to a worker again."""
    for ref in import_string(settings.SERVING_TENANTS)():
        with tenancy.activate(ref, purpose=tenancy.Purpose.OPERATOR):
            for operation in queries.abandoned():
                enqueue(operation.kind, operation_id=str(operation.pk))


@task("operations.tidy", queue="bulk")
def tidy() -> None:
    """Forget idempotent answers older than a day, tenant by tenant."""
    for ref in import_string(settings.SERVING_TENANTS)():
        with tenancy.activate(ref, purpose=tenancy.Purpose.OPERATOR):
            answers.drop_old()
