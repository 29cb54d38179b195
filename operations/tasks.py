"""Later: what keeps operations moving when a worker or a message is lost."""

from kernel import tenancy
from kernel.tasks import enqueue, task, visit_tenants
from operations import answers, queries


@task("operations.sweep")
def sweep() -> None:
    """Visit every tenant and send its abandoned operations to a worker again."""
    visit_tenants(_send_on, purpose=tenancy.Purpose.OPERATOR)


@task("operations.tidy", queue="bulk")
def tidy() -> None:
    """Forget idempotent answers older than a day, tenant by tenant."""
    visit_tenants(answers.drop_old, purpose=tenancy.Purpose.OPERATOR)


def _send_on() -> None:
    for operation in queries.abandoned():
        enqueue(operation.kind, operation_id=str(operation.pk))
