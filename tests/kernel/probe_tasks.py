"""Tasks that tell where they ran; the worker of the tests includes this module, no product process does."""

import redis
from django.conf import settings
from django.db import connections

from kernel import context, tasks, tenancy
from kernel.tasks import task

tasks.PARKED_S = 1  # what takes a minute in the product shall not take one here
TOLD = "tests:probe"


@task("tests.probe", queue="bulk")
def probe(mark: str = "-") -> None:
    """Push `mark tenant role request-id route` to a list."""
    unit, ref = context.current(), tenancy.current_or_none()
    role = "-"
    if ref is not None:
        with connections[ref.cell].cursor() as cursor:
            cursor.execute("SELECT current_user")
            role = cursor.fetchone()[0]
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.rpush(TOLD, " ".join([mark, ref.slug if ref else "-", role, unit.request_id or "-", unit.route]))


@task("tests.stumble", queue="bulk")
def stumble() -> None:
    """Fail."""
    raise ValueError("as it was asked to")


@task("tests.sealing_probe", queue="now", tenant_purpose="seal")
def sealing_probe(mark: str) -> None:
    """The same for a task that enters the tenant for sealing."""
    probe.run(mark)
