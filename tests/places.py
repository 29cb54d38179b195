"""A second PostgreSQL server with a cell of its own: what shows whether the product really knows more than one."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from django.conf import settings
from psycopg import sql

from config.embedded import addresses as addressing
from config.embedded import folders, keys, postgres
from config.embedded.addresses import POSTGRES_PORT, Addresses
from kernel import tenancy
from tenants import addresses
from tenants.models import Cell, Leftover, Region, Spare, Tenant

SECOND = "cell-2"
DATABASE = "cell_1"


def second_addresses() -> Addresses:
    """Where the second server lives."""
    return addressing.at(settings.VAR / "second")


@contextmanager
def second_server() -> Iterator[str]:
    """A running server with roles and an empty cell database; gives the address of that database."""
    where = second_addresses()
    folders.ensure(where)
    postgres.start(where)
    try:
        password = quote(keys.secret(where, keys.DATABASE_PASSWORD), safe="")
        host = quote(str(where.postgres_sockets), safe="")
        yield f"postgres://{addressing.LOGIN_ROLE}:{password}@{host}:{POSTGRES_PORT}/{DATABASE}"
    finally:
        postgres.stop(where)


@contextmanager
def second_cell(url: str, *, name: str = SECOND, region: str = "eu", jurisdiction: str = "EU") -> Iterator[str]:
    """A cell on the second server in the registry, in another region and jurisdiction; gone afterwards, and with it its tenants' rows."""
    Region.objects.get_or_create(code=region, defaults={"jurisdiction": jurisdiction, "label": region.upper()})
    Cell.objects.create(name=name, region_id=region, sealed_url=addresses.sealed(name, url))
    try:
        yield name
    finally:
        tenancy.cells.detach(name)
        Spare.objects.filter(cell_id=name).delete()
        Leftover.objects.filter(cell_id=name).delete()
        Tenant.objects.filter(cell_id=name).delete()
        Cell.objects.filter(name=name).delete()


@contextmanager
def database(where: Addresses, *, name: str, user: str = addressing.LOGIN_ROLE) -> Iterator[str]:
    """An empty database on a running server, for as long as the block lasts; gives its address for a login."""
    with postgres.connected_as_superuser(where, "postgres") as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER freehold_owner").format(sql.Identifier(name)))
    password = "" if user == "postgres" else f":{quote(keys.secret(where, keys.DATABASE_PASSWORD), safe='')}"
    try:
        yield f"postgres://{user}{password}@{quote(str(where.postgres_sockets), safe='')}:{POSTGRES_PORT}/{name}"
    finally:
        for alias in tenancy.cells.aliases():
            if alias not in settings.CELLS:
                tenancy.cells.detach(alias)
        with postgres.connected_as_superuser(where, "postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
