"""Somebody else's PostgreSQL, made ready: the roles and rights that the embedded one gets when it starts."""

from typing import Any

import psycopg
from django.conf import settings
from django.db import connections

from config.embedded import roles
from kernel import tenancy
from kernel.problems import Unavailable


def prepare() -> None:
    """Make the group roles on every configured server, and close every database to all but the product. Idempotent.

    The login must own the databases and be CREATEROLE; the databases themselves are the operator's to make. Raises Unavailable.
    """
    for alias in (tenancy.HOME, *settings.CELLS):
        parameters = connections[alias].get_connection_params()
        try:
            with psycopg.connect(**_plain(parameters), autocommit=True) as connection:
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


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters that libpq knows; Django adds some of its own for its cursors."""
    return {
        name: value
        for name, value in parameters.items()
        if name in {"dbname", "user", "password", "host", "port"} or name.startswith("ssl")
    }
