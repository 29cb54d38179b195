"""Stock django-tenants inside a worker: the public schema, and tenants that are saved."""

import time
from typing import Any

from django.core.management import call_command
from django.db import connection as django_connection

from bench.routing.stock.models import Client, Domain

connection: Any = django_connection  # of django-tenants' engine, which adds the method used here


def establish() -> None:
    """The public schema."""
    call_command("migrate_schemas", shared=True, verbosity=0, interactive=False)


def add(names: list[str]) -> list[float]:
    """One tenant after the other; the milliseconds that each took, its row, schema, tables and host together."""
    return [_saved(name) for name in names]


def uncut(name: str) -> None:
    """Take the partitions out of a schema that is cloned: the clone function of the peer cannot repeat the triggers that partitions inherit."""
    connection.set_schema_to_public()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.inhrelid::regclass::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace(%s)",
            [name],
        )
        for (partition,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {partition}")


def _saved(name: str) -> float:
    connection.set_schema_to_public()
    with connection.cursor() as cursor:
        # Freehold's migrations give rights to a role of the schema's name; making it is not counted.
        cursor.execute(f'DROP ROLE IF EXISTS "{name}"')
        cursor.execute(f'CREATE ROLE "{name}" NOLOGIN')
    started = time.perf_counter()
    client: Any = Client(schema_name=name, name=name)
    client.save(verbosity=0)
    Domain.objects.create(domain=f"{name.replace('_', '-')}.localhost", tenant=client, is_primary=True)
    return (time.perf_counter() - started) * 1000
