"""Whether a database can become a cell: asked before the registry knows of it, so that a refusal leaves nothing behind."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import psycopg

from kernel import tenancy
from kernel.problems import Unavailable
from kernel.tenancy import poolers
from tenants.models import Cell
from tenants.placement import opening
from tenants.placement.opening import Connection
from tenants.problems import CellUnfit

MINIMUM_VERSION = 160000

FOREIGN_SCHEMAS = """
SELECT nspname FROM pg_namespace
 WHERE nspname <> 'public' AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%' ORDER BY nspname LIMIT 5
"""
PUBLIC_TABLES = """
SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
"""
LOGIN = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolinherit FROM pg_roles WHERE rolname = session_user"


def require_fit(entry: Mapping[str, Any]) -> None:
    """Refuse a database that cannot become a cell. Raises CellUnfit with one error for each reason."""
    found = problems_of(entry)
    if found:
        errors = [{"pointer": "/url", "code": code, "detail": detail} for code, detail in found]
        raise CellUnfit(" ".join(detail for _, detail in found), errors=errors)


def problems_of(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Why a database cannot become a cell, as pairs of a code and a sentence; empty when it can."""
    try:
        shared = poolers.sharing(partial(opening.connect, entry))
        if shared:
            detail = f"A pooler stands in front of it and shares sessions. {shared} Set it to session pooling, or connect directly."
            return [("pooler", detail)]
        with opening.opened(entry) as connection:
            return [*_of_server(connection), *_of_login(connection), *_of_content(connection), *_of_place(entry, connection)]
    except psycopg.Error as fault:
        first = str(fault).strip().partition("\n")[0]
        return [("away", f"The database at {opening.told_place(entry)} does not let us in: {first}.")]


def _of_server(connection: Connection) -> list[tuple[str, str]]:
    version = connection.info.server_version
    if version < MINIMUM_VERSION:
        return [("version", f"PostgreSQL {version // 10000} answers; a cell needs 16 or later.")]
    return []


def _of_login(connection: Connection) -> list[tuple[str, str]]:
    row = connection.execute(LOGIN).fetchone()
    is_super, bypasses, makes_roles, inherits = row if row is not None else (False,) * 4
    found = []
    if is_super or bypasses:
        found.append(("superuser", "The login may do everything there. Give the product one of its own: NOSUPERUSER NOBYPASSRLS."))
    if inherits and not is_super:
        found.append(("inherit", "The login would have the rights of every tenant at once. Run ALTER ROLE … NOINHERIT."))
    if not makes_roles and not is_super:
        found.append(("createrole", "The login may not make the tenants' roles. Run ALTER ROLE … CREATEROLE."))
    return found


def _of_content(connection: Connection) -> list[tuple[str, str]]:
    found = []
    schemas = [name for (name,) in connection.execute(FOREIGN_SCHEMAS)]
    if schemas:
        found.append(
            ("not-empty", f"Somebody uses the database: it has the schema {', '.join(schemas)}. Give the cell one of its own.")
        )
    tables = connection.execute(PUBLIC_TABLES).fetchone()
    if tables is not None and tables[0]:
        found.append(("not-empty", f"Somebody uses the database: {tables[0]} tables stand in its schema public."))
    return found


def _of_place(entry: Mapping[str, Any], connection: Connection) -> list[tuple[str, str]]:
    """Home, or another cell by another name or address?"""
    here = opening.place_of(connection)
    for alias in (tenancy.HOME, *Cell.objects.values_list("name", flat=True)):
        try:
            other = opening.entry_of(alias)
            with opening.opened(other) as there:
                is_same = opening.place_of(there) == here
        except (psycopg.Error, Unavailable):
            is_same = alias != tenancy.HOME and _is_same_address(entry, alias)
        if is_same:
            name = "the home database" if alias == tenancy.HOME else f"the database of the cell {alias}"
            return [("taken", f"This is {name} already.")]
    return []


def _is_same_address(entry: Mapping[str, Any], alias: str) -> bool:
    """By its address alone, for a cell that is away."""
    try:
        return opening.told_place(entry) == opening.told_place(opening.entry_of(alias))
    except Unavailable:
        return False
