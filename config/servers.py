"""Somebody else's PostgreSQL, made ready: the roles and rights that the embedded one gets when it starts. And another cell on the embedded one."""

from collections.abc import Mapping
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import Error

from config.embedded import addresses as addressing
from config.embedded import postgres, roles
from kernel import tenancy
from kernel.problems import Invalid, Unavailable
from tenants import addresses
from tenants.placement import opening

log = structlog.get_logger(__name__)


def prepare() -> None:
    """Make the group roles on the server of home and of every cell, and close each database to all but the product.

    Idempotent. The login must own the databases and be CREATEROLE; the databases themselves are the operator's to make. A cell that was added
    later and is away is passed over: it was prepared when it was added. Raises Unavailable.
    """
    for alias in (tenancy.HOME, *settings.CELLS):
        _prepare(opening.entry_of(alias), alias=alias)
    for alias in _added_cells():
        try:
            _prepare(opening.entry_of(alias), alias=alias)
        except (psycopg.OperationalError, Unavailable) as fault:
            log.warning("cell.not_prepared", cell=alias, why=str(fault))


def _added_cells() -> list[str]:
    """The cells in use that the settings do not name; none before the registry has tables."""
    try:
        return [name for name in addresses.names() if name not in settings.CELLS]
    except Error:
        return []


def prepare_cell(entry: Mapping[str, Any]) -> None:
    """The same for one database that is about to become a cell; named in `settings.CELL_PREPARER`. Raises Unavailable."""
    _prepare(entry, alias="the new cell")


def make_cell(name: str) -> str:
    """Make a database for a cell on the embedded server and give its address; named in `settings.CELL_MAKER`.

    Idempotent: one that is there already is looked at like any other. Raises Invalid where PostgreSQL is not the embedded one.
    """
    if not settings.IS_EMBEDDED:
        detail = "Give the address of an empty database: postgres://user:password@db.internal:5432/name."
        raise Invalid(detail, errors=[{"pointer": "/url", "code": "required", "detail": detail}])
    where, database = addressing.at(settings.VAR), name.replace("-", "_")
    with postgres.connected_as_superuser(where, "postgres") as connection:
        roles.ensure_database(connection, name=database)
    with postgres.connected_as_superuser(where, database) as connection:
        roles.close_database(connection, login=addressing.LOGIN_ROLE)
    return f"embedded:{database}"


def _prepare(entry: Mapping[str, Any], *, alias: str) -> None:
    try:
        with opening.opened(entry) as connection:
            login = connection.info.user
            roles.ensure_group_roles(connection, login=login)
            roles.close_database(connection, login=login)
            if alias == tenancy.HOME:
                roles.open_home_tables(connection)
    except psycopg.errors.InsufficientPrivilege as fault:
        first = str(fault).splitlines()[0]
        raise Unavailable(
            f"The login of {alias} may not prepare its database: {first}. Make it CREATEROLE and owner of the database."
        ) from fault
