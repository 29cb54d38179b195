"""Running a script in a place: one message, one transaction, all or nothing."""

from django.db import connections, transaction

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants.places import Progress
from tenants.template.script import PLACE


def replay(script: str, *, ref: TenantRef, on_progress: Progress) -> None:
    """Make the tables of a script in the empty schema of a place. Raises what the database raises; nothing is left then."""
    on_progress(0, 1, "Replay the script")
    with (
        tenancy.activate(ref, purpose=Purpose.MIGRATE),
        transaction.atomic(using=ref.cell),
        connections[ref.cell].cursor() as cursor,
    ):
        cursor.execute(script.replace(PLACE, ref.schema))
    on_progress(1, 1, "")
