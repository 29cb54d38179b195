"""What `manage.py doctor` looks at: one function per question, each with one answer that says what to do."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.db import Error, connections
from kombu.exceptions import OperationalError as BrokerError
from psycopg import pq
from redis.exceptions import RedisError

from audit import doctor as logs
from audit.alerts import geography
from config import capacity, safety
from config.capacity import Demand
from config.celery import app as celery
from identity import queries as people
from kernel import clock, redis_client, sealing, tenancy
from kernel.problems import Unavailable
from tenants import addresses, overdue, provisioning, queries, resolving
from tenants import residency as placing
from tenants.backups import covering
from tenants.fleet import states
from tenants.models import CellState, TenantState
from tenants.placement import checking
from tenants.placement.findings import Finding, Level
from tenants.registry_copy import publishing

COPY_KEPT_BYTES = 1_000_000_000
REDIS_TIMEOUT_S = 0.5
WORKER_TIMEOUT_S = 1.0
MAKING_PATIENCE = timedelta(minutes=10)
OUTBOX_PATIENCE = timedelta(minutes=2)
SECRET_BYTES = 32

# Tables of every schema, spares and old places among them, on which a tenant's role may only insert and read; a partition is one of them.
WRITABLE_TRAILS = """
SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_roles AS r ON r.rolname = n.nspname
 WHERE n.nspname LIKE 't\\_%' AND (c.relname IN ('audit_entry', 'audit_seal', 'audit_head', 'audit_tile', 'audit_checkpoint', 'audit_signingkey')
        OR c.relispartition AND c.relkind = 'r' AND c.relname LIKE 'audit\\_entry\\_%')
   AND (has_table_privilege(r.oid, c.oid, 'UPDATE, DELETE, TRUNCATE') OR c.relowner = r.oid)
"""
DELAYS = frozenset({"queue", "checkpoint", "cursor", "clock"})
"""What only takes too long: nothing of it makes a log worth less."""

EXAMINED = frozenset({"active", "suspended", "deleting"})
LOGIN = "SELECT rolname, rolsuper, rolinherit, rolbypassrls FROM pg_roles WHERE rolname = session_user"


def examine() -> Iterator[Finding]:
    """All findings, one by one as they come. What rests on a database that is away, or shares its sessions, is not asked."""
    yield from secrets()
    yield names()
    yield code()
    yield redis()
    yield workers()
    yield places_of_addresses()
    reached = []
    for alias in (tenancy.HOME, *known_cells()):
        finding = database(alias)
        yield finding
        if finding.level is not Level.OK:
            continue
        yield login(alias)
        wall = walls(alias)
        yield wall
        if wall.level is Level.OK:
            reached.append(alias)
    yield from (room(demand) for demand in capacity.demands(reached))
    yield from _each(trail, (alias for alias in reached if alias != tenancy.HOME))
    if tenancy.HOME not in reached:
        return
    finding = home_tables()
    yield finding
    if finding.level is Level.OK:
        yield from registry(reached)


def registry(reached: list[str]) -> Iterator[Finding]:
    """What the registry knows of, looked at where it is: cells, copies, tenants and their logs."""
    yield cells()
    yield residency()
    yield from registry_copies()
    yield from places(reached)
    yield outbox()
    yield from tenants(reached)
    yield trails(reached)
    yield from overdue.findings()
    yield from covering.findings()


def database(alias: str) -> Finding:
    """Whether a database answers, and whether its server is new enough."""
    check = f"database {alias}"
    try:
        if alias != tenancy.HOME:
            tenancy.cells.ensure(alias)
        version = _raw(alias).info.server_version
    except Unavailable as fault:
        return Finding(check, Level.FAIL, fault.detail, "Run `manage.py cell change` with its address.")
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


def walls(alias: str) -> Finding:
    """Whether the product's sessions on a server are its own, and nothing in `public` can be taken for a tenant's."""
    return _holes(
        f"walls {alias}",
        list(safety.in_database(alias)),
        well="Each connection has a session of its own; public has nothing of a tenant's.",
    )


def code() -> Finding:
    """Whether models and settings keep tenants apart."""
    return _holes("walls code", list(safety.in_code()), well="Models, caches and sessions keep tenants apart.")


def names() -> Finding:
    """Whether the `.env` file sets names that mean nothing, which are likely misspelt."""
    unknown = settings.UNKNOWN_NAMES
    if unknown:
        return Finding(
            "settings",
            Level.WARN,
            f".env sets {', '.join(unknown)}, which nothing reads.",
            "Correct the spelling; see docs/settings.md.",
        )
    return Finding("settings", Level.OK, "Everything that .env sets is read.")


def room(demand: Demand) -> Finding:
    """Whether a server takes as many connections as the product opens at most."""
    check = f"connections {demand.aliases[0]}"
    told = f"Up to {demand.needed} from each instance of the product, for {len(demand.aliases)} databases; {demand.allowed} should be used."
    if demand.fits:
        return Finding(check, Level.OK, told)
    remedy = "Raise max_connections of the server, or lower WEB_WORKERS, WEB_THREADS or SHELVED_CONNECTIONS."
    return Finding(check, Level.WARN, told, remedy)


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
    yield key_provider()


def key_provider() -> Finding:
    """Whether what wraps the tenants' keys wraps and unwraps."""
    try:
        by = people.proven_wrapping_key()
    except Unavailable as fault:
        fix = "Start the key service, or correct KMS_URL, KMS_TOKEN and KMS_KEY; the log tells what it answered."
        return Finding("key_provider", Level.FAIL, fault.detail, fix)
    except (ValueError, StopIteration, sealing.Unsealable) as fault:
        return Finding("key_provider", Level.FAIL, str(fault), "See docs/secrets.md.")
    return Finding("key_provider", Level.OK, f"{settings.KEY_PROVIDER} wraps with {by}.")


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


def places_of_addresses() -> Finding:
    """Whether the database that says where addresses are can be used, where there is one."""
    if not settings.GEOIP_PATH:
        return Finding("geoip", Level.OK, "None is set; rules about places find nothing.")
    fault = geography.fault_of(settings.GEOIP_PATH)
    if fault:
        return Finding("geoip", Level.FAIL, fault, "Let GEOIP_PATH name a GeoIP2 or GeoLite2 City database, or leave it empty.")
    return Finding("geoip", Level.OK, "The database of places can be read.")


def home_tables() -> Finding:
    """Whether the registry's tables are in the state of the code."""
    try:
        is_current = provisioning.is_home_migrated()
    except Error as fault:
        return Finding("tables home", Level.FAIL, str(fault).splitlines()[0], "Run `manage.py setup`.")
    if not is_current:
        return Finding("tables home", Level.FAIL, "Migrations are pending.", "Run `manage.py setup`.")
    return Finding("tables home", Level.OK, "In the state of the code.")


def known_cells() -> list[str]:
    """The cells in use: those of the registry, and of the settings while it cannot be read."""
    try:
        return sorted({*addresses.names(), *settings.CELLS})
    except Error:
        return list(tenancy.cells.aliases())


def cells() -> Finding:
    """Whether every cell of the registry has an address, those of the settings are in it, and there is room."""
    rows = queries.loads(queries.cells())
    known, missing = {cell.name for cell in rows}, [name for name in settings.CELLS if name not in {cell.name for cell in rows}]
    lost = [
        cell.name for cell in rows if cell.is_in_settings and cell.name not in settings.CELLS and cell.state != CellState.CLOSED
    ]
    if lost:
        fix = "Name it in CELL_DATABASE_URLS again, or give its address: manage.py cell change NAME --url-file FILE."
        return Finding("cells", Level.FAIL, f"No database is configured for {', '.join(lost)}.", fix)
    if missing:
        return Finding("cells", Level.FAIL, f"{', '.join(missing)} is not in the registry.", "Run `manage.py setup`.")
    if not any(cell.room for cell in rows):
        return Finding("cells", Level.WARN, "Every open cell is full.", "Add a cell before the next tenant comes.")
    return Finding("cells", Level.OK, f"{len(known)} in {len({cell.region for cell in rows})} regions, with room.")


def residency() -> Finding:
    """Whether every tenant that is bound to a jurisdiction lies there, by what the registry knows."""
    bound = queries.bound_tenants()
    outside = [tenant.slug for tenant in bound if placing.places_outside(tenant, residency=tenant.residency)]
    if outside:
        fix = "Look with `manage.py tenant where SLUG`, move the tenant and remove the copies."
        return Finding("residency", Level.FAIL, f"{', '.join(outside[:10])} lie outside of where their data must stay.", fix)
    return Finding("residency", Level.OK, f"{len(bound)} tenants are bound to a jurisdiction and lie there.")


def registry_copies() -> Iterator[Finding]:
    """Whether every read copy of the registry listens: home keeps its log for one that does not, until the disk is full."""
    try:
        slots = publishing.slots()
    except psycopg.Error as fault:
        yield Finding("registry copies", Level.WARN, str(fault).splitlines()[0], "Look at the roles of home's server.")
        return
    for slot in slots:
        if not slot.is_active or slot.wal_status in {"unreserved", "lost"}:
            detail = f"{slot.name} does not listen; home keeps {slot.kept_bytes // 1_000_000} MB of its log for it."
            fix = "Start that database, or drop the copy: manage.py registry drop."
            yield Finding("registry copies", Level.FAIL if slot.kept_bytes > COPY_KEPT_BYTES else Level.WARN, detail, fix)
    if all(slot.is_active for slot in slots):
        yield Finding("registry copies", Level.OK, f"{len(slots)} follow home.")


def places(reached: list[str]) -> Iterator[Finding]:
    """Whether the schemas of each cell are those that the registry knows."""
    for cell in queries.cells():
        if cell.name in reached:
            yield from checking.places(cell)


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
    late = [ref.slug for ref in states.behind(complete)]
    if late:
        yield Finding("tables tenants", Level.FAIL, f"Migrations are pending for {', '.join(late[:10])}.", "Run `manage.py setup`.")
    else:
        yield Finding("tables tenants", Level.OK, f"{len(complete)} in the state of the code.")


def trails(reached: list[str]) -> Finding:
    """Whether every log has the owners, rights, triggers, functions and months that make it evidence, and is sealed in time."""
    found = [logs.examine(ref) for ref in resolving.serving() if ref.cell in reached and ref.state in EXAMINED]
    amiss = [one for one in found if not one.is_sound]
    if not amiss:
        return Finding("trails", Level.OK, f"{len(found)} logs have all that they must have.")
    named = ", ".join(f"{one.tenant} ({'; '.join(sorted({lack.check for lack in one.lacks}))})" for one in amiss[:10])
    level = Level.WARN if all(lack.check in DELAYS for one in amiss for lack in one.lacks) else Level.FAIL
    return Finding(
        "trails",
        level,
        f"{len(amiss)} of {len(found)} logs are not as they must be: {named}.",
        "Look with `manage.py audit doctor`.",
    )


def _holes(check: str, holes: list[safety.Hole], *, well: str) -> Finding:
    if not holes:
        return Finding(check, Level.OK, well)
    return Finding(check, Level.FAIL, " ".join(hole.detail for hole in holes), " ".join(hole.fix for hole in holes))


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
