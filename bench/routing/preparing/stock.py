"""Stock django-tenants: a schema per tenant, made by saving it."""

from typing import Any

from django.core.management import call_command
from django.db import connection as django_connection

from bench.routing.goods.stocking import fill
from bench.routing.stock.models import Client, Domain


def tenants(count: int) -> list[dict[str, Any]]:
    """The public schema, then `count` tenants with a host and a filled table each."""
    call_command("migrate_schemas", shared=True, verbosity=0, interactive=False)
    connection: Any = django_connection  # of django-tenants' engine, which adds the two methods used here
    targets = []
    for number in range(count):
        connection.set_schema_to_public()
        client = Client(schema_name=f"t_{number:04}", name=f"Tenant {number}")
        _save(client)
        host = f"tenant-{number}.localhost"
        Domain.objects.create(domain=host, tenant=client, is_primary=True)
        connection.set_tenant(client)
        fill(client.schema_name)
        targets.append({"host": host, "headers": {}, "expected": client.schema_name})
    return targets


def _save(client: Any) -> None:
    """Make the schema and its tables; django-tenants leaves this method untyped."""
    client.save(verbosity=0)
