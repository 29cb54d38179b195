"""How a cell is now: whether it lets us in, what it is, what lies in it that should not, what is missing that should be there."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.conf import settings

from kernel import clock
from kernel.problems import Unavailable
from tenants.models import Cell, Leftover, Spare, SpareState, Tenant, TenantState
from tenants.moves import ability
from tenants.placement import opening
from tenants.placement.findings import Finding, Level
from tenants.placement.fitness import LOGIN, MINIMUM_VERSION
from tenants.placement.opening import Connection
from tenants.queries import PLACELESS

SLOW_MS = 250.0
LOCKS_MINIMUM = 128
CONNECTION_SHARE = 0.8
WORKER_PROCESSES = 2
SHOWN = 5

PLACES = "SELECT nspname FROM pg_namespace WHERE nspname NOT IN ('public', 'information_schema') AND nspname NOT LIKE 'pg\\_%'"
ROLELESS = "SELECT s FROM unnest(%s::text[]) AS s WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = s) ORDER BY s"
# Built beside the tenants' places and dropped again: templates and trials of backups.
OUR_OWN = "freehold_"
# Tenants that are only being made may have no schema yet.
HOUSED = (TenantState.ACTIVE.value, TenantState.SUSPENDED.value, TenantState.MOVING.value, TenantState.DELETING.value)


@dataclass(frozen=True, slots=True)
class CellCheck:
    """All findings about one cell, and when they were made."""

    cell: str
    findings: list[Finding]
    asked_at: datetime


def check(cell: Cell) -> CellCheck:
    """Look at a cell. Takes as long as its database takes to answer, about three seconds at most when it does not."""
    return CellCheck(cell=cell.name, findings=list(_findings(cell)), asked_at=clock.now())


def _findings(cell: Cell) -> Iterator[Finding]:
    try:
        entry = opening.entry_of(cell.name)
        began = time.monotonic()
        with opening.opened(entry) as connection:
            latency_ms = 1000 * (time.monotonic() - began)
            yield _reachable(opening.told_place(entry), latency_ms=latency_ms)
            yield _version(connection)
            yield _login(connection)
            yield from _server_settings(connection)
            yield from _places(cell, connection, check="places")
    except Unavailable as fault:
        yield Finding("reachable", Level.FAIL, fault.detail, "Give its address: manage.py cell change NAME --url-file FILE.")
        return
    except psycopg.Error as fault:
        first = str(fault).strip().partition("\n")[0]
        yield Finding("reachable", Level.FAIL, first, "Start the database. Its tenants answer 503 until then, all others work.")
        return
    yield from _pool(cell)
    yield from _moves(cell)


def _reachable(place: str, *, latency_ms: float) -> Finding:
    detail = f"{place} lets us in after {latency_ms:.0f} ms."
    if latency_ms > SLOW_MS:
        return Finding("reachable", Level.WARN, detail, "Put web and worker processes into the same region as the cell.")
    return Finding("reachable", Level.OK, detail)


def _version(connection: Connection) -> Finding:
    version = connection.info.server_version
    if version < MINIMUM_VERSION:
        return Finding("version", Level.FAIL, f"PostgreSQL {version // 10000} answers.", "Freehold needs PostgreSQL 16 or later.")
    return Finding("version", Level.OK, f"PostgreSQL {version // 10000}.{version % 10000}.")


def _login(connection: Connection) -> Finding:
    row = connection.execute(LOGIN).fetchone()
    is_super, bypasses, makes_roles, inherits = row if row is not None else (True,) * 4
    if is_super or bypasses:
        return Finding("login", Level.FAIL, "The login may do everything.", "Run ALTER ROLE … NOSUPERUSER NOBYPASSRLS there.")
    if inherits:
        return Finding(
            "login", Level.FAIL, "The login has the rights of every tenant at once.", "Run ALTER ROLE … NOINHERIT there."
        )
    if not makes_roles:
        return Finding("login", Level.FAIL, "The login may not make tenants' roles.", "Run ALTER ROLE … CREATEROLE there.")
    return Finding("login", Level.OK, "The login takes on one role at a time and may make tenants' roles.")


def _server_settings(connection: Connection) -> Iterator[Finding]:
    yield _connections(connection)
    locks = int(_setting(connection, "max_locks_per_transaction"))
    if locks < LOCKS_MINIMUM:
        fix = f"Set it to 256 and restart the server: a migration of a tenant locks all its tables ({LOCKS_MINIMUM} are the least)."
        yield Finding("locks", Level.WARN, f"max_locks_per_transaction is {locks}.", fix)
    sync = _setting(connection, "recovery_init_sync_method")
    if sync != "syncfs":
        fix = "Set it to syncfs on Linux: a crash with many tenants' files is over in seconds instead of a minute."
        yield Finding("recovery", Level.WARN, f"recovery_init_sync_method is {sync}.", fix)
    if locks >= LOCKS_MINIMUM and sync == "syncfs":
        yield Finding("server settings", Level.OK, f"{locks} locks per transaction, recovery by syncfs.")


def _connections(connection: Connection) -> Finding:
    allowed = int(_setting(connection, "max_connections"))
    wanted = settings.WEB_WORKERS * settings.WEB_THREADS + WORKER_PROCESSES
    detail = f"This installation keeps up to {wanted} connections to the cell; the server allows {allowed} to all its databases."
    if wanted > CONNECTION_SHARE * allowed:
        fix = "Raise max_connections, or take fewer WEB_WORKERS and WEB_THREADS. Every cell on the server needs as many."
        return Finding("connections", Level.WARN, detail, fix)
    return Finding("connections", Level.OK, detail)


def places(cell: Cell) -> Iterator[Finding]:
    """The schemas of a cell against those that the registry knows, alone; for those who look at all cells. Raises psycopg's errors."""
    with opening.opened(opening.entry_of(cell.name)) as connection:
        yield from _places(cell, connection, check=f"places {cell.name}")


def _places(cell: Cell, connection: Connection, *, check: str) -> Iterator[Finding]:
    there = {name for (name,) in connection.execute(PLACES) if not name.startswith(OUR_OWN)}
    tenants = dict(Tenant.objects.filter(cell=cell).exclude(state__in=PLACELESS).values_list("schema", "slug"))
    housed = dict(Tenant.objects.filter(cell=cell, state__in=HOUSED).values_list("schema", "slug"))
    known = {*tenants, *_schemas(Spare, cell), *_schemas(Leftover, cell)}
    missing = sorted(slug for schema, slug in housed.items() if schema not in there)
    if missing:
        fix = "Restore them from their newest backup (manage.py backup list), or find out who dropped the schemas."
        yield Finding(check, Level.FAIL, f"{len(missing)} tenants have no schema: {_some(missing)}.", fix)
    strangers = sorted(there - known)
    if strangers:
        fix = "Find out whose they are. What a crashed move or drill left is dropped by the next sweep; drop the others by hand."
        yield Finding(check, Level.WARN, f"{len(strangers)} schemas belong to nobody here: {_some(strangers)}.", fix)
    roleless = [name for (name,) in connection.execute(ROLELESS, [sorted(set(housed) & there)])]
    if roleless:
        fix = "Run manage.py setup; it makes the roles anew."
        yield Finding(check, Level.FAIL, f"{len(roleless)} tenants have no role: {_some(roleless)}.", fix)
    if not missing and not strangers and not roleless:
        yield Finding(check, Level.OK, f"{len(there)} schemas, each known, none missing.")


def _pool(cell: Cell) -> Iterator[Finding]:
    ready = Spare.objects.filter(cell=cell, state=SpareState.READY).count()
    building = Spare.objects.filter(cell=cell, state=SpareState.BUILDING).count()
    yield Finding("spares", Level.OK, f"{ready} places wait for a tenant, {building} are being made.")
    overdue = Leftover.objects.filter(cell=cell, drop_after__lt=clock.now()).count()
    waiting = Leftover.objects.filter(cell=cell).count() - overdue
    if overdue:
        fix = "Start worker and beat: a sweep drops them."
        yield Finding("leftovers", Level.WARN, f"{overdue} old places should have been dropped, {waiting} wait for their day.", fix)
    else:
        yield Finding("leftovers", Level.OK, f"{waiting} old places wait for the day on which they are dropped.")


def _moves(cell: Cell) -> Iterator[Finding]:
    try:
        found = ability.problems_of(cell.name)
    except Unavailable as fault:
        found = [fault.detail]
    for text in found:
        yield Finding("moves", Level.WARN, f"Tenants cannot be moved here or away: {text}", "Mend it before you drain a cell.")
    if not found:
        yield Finding("moves", Level.OK, "Tenants can be moved here and away.")


def _setting(connection: Connection, name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    return "" if row is None else str(row[0])


def _schemas(model: Any, cell: Cell) -> list[str]:
    return list(model.objects.filter(cell=cell).values_list("schema", flat=True))


def _some(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
