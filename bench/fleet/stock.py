"""The peer's side: tenants by saving them, and `migrate_schemas` over all of them."""

import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection as django_connection

from bench.routing.stock.models import Client

COLUMNS = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'bench_catalogue_item0' AND column_name LIKE 'extra%'"


class WentWrong(RuntimeError):
    """A command did not do what it was measured for."""


def prepare(tenants: int) -> dict[str, Any]:
    """The public schema and the tenants, at release 0."""
    call_command("migrate_schemas", shared=True, verbosity=0, interactive=False)
    for number in range(tenants):
        connection: Any = django_connection  # of django-tenants' engine
        connection.set_schema_to_public()
        client: Any = Client(schema_name=f"t_{number:04}", name=f"Tenant {number}")
        client.save(verbosity=0)
    return {}


def migrate(release: str, *, executor: str, tenants: int) -> dict[str, Any]:
    """Bring all tenants to a release with one of the executors: seconds of the whole command."""
    settings.MIGRATION_MODULES = {"bench_catalogue": release}
    began = time.perf_counter()
    call_command("migrate_schemas", tenant=True, executor=executor, verbosity=0, interactive=False)
    seconds = time.perf_counter() - began
    with django_connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        found = cursor.fetchone()[0]
    if found != tenants * int(release.rpartition("_")[2]):
        raise WentWrong(f"{found} columns in {tenants} tenants after {release}")
    return {"seconds": seconds, "tenants": tenants}
