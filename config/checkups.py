"""What `manage.py doctor` looks at: one function per question, each with one answer that says what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import psycopg
from django.conf import settings
from django.db import Error, connections
from kombu.exceptions import OperationalError as BrokerError
from psycopg import pq
from redis.exceptions import RedisError

from config.celery import app as celery
from kernel import clock, redis_client, sealing, tenancy
from tenants import provisioning, queries, resolving
from tenants.models import TenantState

REDIS_TIMEOUT_S = 0.5
WORKER_TIMEOUT_S = 1.0
MAKING_PATIENCE = timedelta(minutes=10)
OUTBOX_PATIENCE = timedelta(minutes=2)
SECRET_BYTES = 32

# Tables on which a tenant's role may only insert and read.
WRITABLE_TRAILS = """
SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_roles AS r ON r.rolname = n.nspname
 WHERE n.nspname LIKE 't\\_%' AND c.relname IN ('audit_entry', 'audit_seal', 'audit_head')
   AND (has_table_privilege(r.oid, c.oid, 'UPDATE, DELETE, TRUNCATE') OR c.relowner = r.oid)
"""
LOGIN = "SELECT rolname, rolsuper, rolinherit, rolbypassrls FROM pg_roles WHERE rolname = session_user"


class Level(StrEnum):
    """How grave a finding is: `fail` needs somebody now, `warn` soon."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question; `fix` says what to do, empty when all is well."""

    check: str
    level: Level
    detail: str
    fix: str = ""


def examine() -> Iterator[Finding]:
    """All findings, one by one as they come. What rests on a database that is away is not asked."""
    yield from secrets()
    yield redis()
    yield workers()
    reached = []
    for alias in (tenancy.HOME, *settings.CELLS):
        finding = database(alias)
        yield finding
        if finding.level is Level.OK:
            reached.append(alias)
            yield login(alias)
    yield from _each(trail, (alias for alias in reached if alias != tenancy.HOME))
    if tenancy.HOME not in reached:
        return
    finding = home_tables()
    yield finding
    if finding.level is Level.OK:
        yield cells()
        yield outbox()
        yield from tenants(reached)


def database(alias: str) -> Finding:
    """Whether a database answers, and whether its server is new enough."""
    check = f"database {alias}"
    try:
        version = _raw(alias).info.server_version
    except Error as fault:
        return Finding(check, Level.FAIL, str(fault).splitlines()[0], "Start the database, or correct its address in the settings.")
    if version < 160000:
        return Finding(check, Level.FAIL, f"PostgreSQL {version // 10000} answers.", "Freehold needs PostgreSQL 16 or later.")
    return Finding(check, Level.OK, f"PostgreSQL {version // 10000}.{version % 10000} answers.")


def login(alias: str) -> Finding:
    """Whether the login can do nothing by itself: no superuser, and no rights without taking on a role."""
    check = f"login {alias}"
    name, is_super, inherits, bypasses = _one(alias, LOGIN)
    if "t" in {is_super, bypasses}:
        return Finding(check, Level.FAIL, f"{name} is a superuser.", f"Run: ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS")
    if inherits == "t":
        return Finding(check, Level.FAIL, f"{name} has the rights of every tenant at once.", f"Run: ALTER ROLE {name} NOINHERIT")
    return Finding(check, Level.OK, f"{name} takes on one role at a time.")


def trail(alias: str) -> Finding:
    """Whether the trails of a cell are append-only for the tenants' roles."""
    check = f"trail {alias}"
    (writable,) = _one(alias, WRITABLE_TRAILS)
    if writable != "0":
        return Finding(
            check,
            Level.FAIL,
            f"{writable} tables of the trail can be rewritten by a tenant's role.",
            "Find out who granted it, verify the chains, and run `manage.py setup`.",
        )
    return Finding(check, Level.OK, "No tenant's role can rewrite its trail.")


def secrets() -> Iterator[Finding]:
    """Whether the secrets are there and strong, and the key ring seals and opens."""
    for name in ("SECRET_KEY", "DIGEST_PEPPER"):
        if len(getattr(settings, name)) < SECRET_BYTES:
            yield Finding(
                name.lower(), Level.FAIL, f"{name} is shorter than {SECRET_BYTES} signs.", f"Give {name} a long random value."
            )
        else:
            yield Finding(name.lower(), Level.OK, f"{name} is set.")
    try:
        sealing.unseal(sealing.seal(b"doctor", context="doctor"), context="doctor")
    except (ValueError, StopIteration, sealing.Unsealable):
        yield Finding(
            "sealing_keys", Level.FAIL, "SEALING_KEYS does not work.", "Write it as id:base64 of 32 bytes, the newest first."
        )
    else:
        yield Finding("sealing_keys", Level.OK, f"{len(settings.SEALING_KEYS)} in the ring; the first seals.")


def redis() -> Finding:
    """Whether Redis answers."""
    client = redis_client.connect(settings.REDIS_URL, timeout_s=REDIS_TIMEOUT_S)
    try:
        client.ping()
    except RedisError as fault:
        return Finding("redis", Level.FAIL, str(fault), "Start Redis, or correct REDIS_URL. Requests are served, but tasks wait.")
    finally:
        client.close()
    return Finding("redis", Level.OK, "Redis answers.")


def workers() -> Finding:
    """Whether a worker answers within a second."""
    try:
        answers: dict[str, Any] = celery.control.inspect(timeout=WORKER_TIMEOUT_S).ping() or {}
    except (OSError, RedisError, BrokerError) as fault:
        return Finding("workers", Level.FAIL, f"The broker does not answer: {fault}", "Start Redis first.")
    if not answers:
        return Finding(
            "workers", Level.WARN, "No worker answers.", "Start one with `celery -A config worker`; what is queued waits for it."
        )
    return Finding("workers", Level.OK, f"{len(answers)} answer.")


def home_tables() -> Finding:
    """Whether the registry's tables are in the state of the code."""
    try:
        is_current = provisioning.is_home_migrated()
    except Error as fault:
        return Finding("tables home", Level.FAIL, str(fault).splitlines()[0], "Run `manage.py setup`.")
    if not is_current:
        return Finding("tables home", Level.FAIL, "Migrations are pending.", "Run `manage.py setup`.")
    return Finding("tables home", Level.OK, "In the state of the code.")


def cells() -> Finding:
    """Whether the registry's cells and the configured ones are the same, and there is room."""
    known, configured = {cell.name for cell in queries.cells()}, set(settings.CELLS)
    if known - configured:
        names = ", ".join(sorted(known - configured))
        return Finding("cells", Level.FAIL, f"No database is configured for {names}.", "Name it in CELL_DATABASE_URLS again.")
    if configured - known:
        return Finding(
            "cells", Level.FAIL, f"{', '.join(sorted(configured - known))} is not in the registry.", "Run `manage.py setup`."
        )
    if not queries.roomy_cells().exists():
        return Finding("cells", Level.WARN, "Every open cell is full.", "Add a cell before the next tenant comes.")
    return Finding("cells", Level.OK, f"{len(known)} with room.")


def outbox() -> Finding:
    """Whether the registry's entries reach platform's trail."""
    late = queries.pending_entries().filter(created_at__lt=clock.now() - OUTBOX_PATIENCE).count()
    if late:
        return Finding(
            "outbox",
            Level.WARN,
            f"{late} entries have waited for more than two minutes to reach the trail of platform.",
            "Start worker and beat; if they run, look in the log for outbox.entry_closed.",
        )
    return Finding("outbox", Level.OK, "Every entry has reached the trail of platform.")


def tenants(reached: list[str]) -> Iterator[Finding]:
    """Whether tenants are complete: none failed, none long in the making, all tables in the state of the code."""
    failed = list(queries.tenants(state=TenantState.FAILED))
    for tenant in failed:
        fix = f"Run `manage.py operation list --state failed`, then `operation resume`, for {tenant.slug}."
        yield Finding(f"tenant {tenant.slug}", Level.WARN, f"Its making failed: {tenant.state_reason}", fix)
    for tenant in queries.unfinished_tenants().filter(state_since__lt=clock.now() - MAKING_PATIENCE):
        yield Finding(
            f"tenant {tenant.slug}", Level.WARN, "It has been in the making for over ten minutes.", "Start a worker and beat."
        )
    complete = [ref for ref in resolving.serving() if ref.cell in reached]
    late = [ref.slug for ref in provisioning.behind(complete)]
    if late:
        yield Finding("tables tenants", Level.FAIL, f"Migrations are pending for {', '.join(late[:10])}.", "Run `manage.py setup`.")
    else:
        yield Finding("tables tenants", Level.OK, f"{len(complete)} in the state of the code.")


def _each(question: Callable[[str], Finding], aliases: Iterator[str]) -> Iterator[Finding]:
    for alias in aliases:
        yield question(alias)


def _one(alias: str, query: str) -> list[str]:
    """The one row of a query over the catalog, as text. Asked through libpq, outside any tenant: the catalog is the same for everybody."""
    result = _raw(alias).pgconn.exec_(query.encode())
    if result.status != pq.ExecStatus.TUPLES_OK:
        raise psycopg.errors.error_from_result(result)
    return [(result.get_value(0, column) or b"").decode() for column in range(result.nfields)]


def _raw(alias: str) -> psycopg.Connection[Any]:
    """The connection itself, standing nowhere."""
    with tenancy.outside():
        connections[alias].ensure_connection()
        raw: psycopg.Connection[Any] = connections[alias].connection
        return raw
