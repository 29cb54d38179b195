"""One schema brought to the state of the code: a transaction for each segment of its script.

The transaction takes the schema's lock, then the locks of the tables, looks whether the schema is where the script begins, changes the tables
and notes the migrations. So it happens once or not at all, whoever is killed and whoever repeats it.
"""

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from django.db import DatabaseError, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
from psycopg import errors, sql

from kernel import tenancy
from kernel.tenancy import Purpose
from tenants import provisioning
from tenants.fleet import locks
from tenants.fleet.compiling import Script, Segment, Way
from tenants.fleet.history import Applied
from tenants.fleet.members import Member
from tenants.problems import BeingMade

ATTEMPTS = 12
"""How often the locks of one schema are asked for; with the pauses between them that is about ten seconds."""

LONGEST_PAUSE_S = 1.5
STATEMENT_MS = 600_000
"""The longest that one statement may take once the locks are there; it holds them."""

EXECUTOR_LOCK_S = 2
BUSY = (errors.LockNotAvailable, errors.DeadlockDetected)
BUSY_ASKING = (*BUSY, errors.QueryCanceled)
"""While locks are asked for, the limit on the statement is one on waiting; later it is one on work, and no reason to repeat it."""

NOTED = "SELECT app, name FROM django_migrations"
NOTE = sql.SQL("INSERT INTO django_migrations (app, name, applied) VALUES {}")
OTHER_STATE = "FH001"
KEY = "$key"
LOCKED = sql.SQL("""
SET LOCAL statement_timeout = {wait}; SET LOCAL lock_timeout = {wait};
SELECT pg_advisory_xact_lock($key);
{locks}
SET LOCAL statement_timeout = {work};
DO $check$ BEGIN
    IF (SELECT md5(string_agg(app || '.' || name, ' ' ORDER BY app COLLATE "C", name COLLATE "C"))
          FROM (SELECT DISTINCT app, name FROM django_migrations) AS noted) IS DISTINCT FROM {digest}
    THEN RAISE EXCEPTION 'the schema is in another state' USING ERRCODE = {other}; END IF;
END $check$;
""")
"""What stands before the changes in the same message: the schema's lock, then the tables' locks, each waited for shortly, then the check."""

BETWEEN = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
"""What stands between two migrations in one transaction, in place of the commit: a table with changes that wait for it cannot be altered."""

INVALID_INDEXES = """
SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = current_schema() AND NOT i.indisvalid
"""


class StateChanged(Exception):
    """The schema is not where the script begins any more: somebody else migrated it, or it was restored."""


class Busy(Exception):
    """Somebody holds a lock that is needed; nothing was changed. Raised after the last attempt."""


@dataclass(frozen=True, slots=True)
class Brought:
    """How a schema was brought there: the slowest way that was needed, and the attempts that the locks took."""

    way: Way
    attempts: int


def bring(member: Member, *, script: Script, pause: Callable[[float], None]) -> Brought:
    """Run a script in one schema. Idempotent: a segment that was committed before is left out.

    `pause` waits for some seconds and may raise to stop. Raises StateChanged, Busy, and what the database raises.
    """
    attempts = 0
    expected = script.start
    for segment in script.segments:
        run = _replay if segment.way is Way.REPLAY else _execute
        attempts = max(attempts, _patiently(partial(run, member, segment, at=expected), pause=pause))
        expected |= frozenset(segment.notes)
    slowest = Way.EXECUTOR if any(segment.way is Way.EXECUTOR for segment in script.segments) else Way.REPLAY
    return Brought(way=slowest, attempts=attempts)


def _patiently(attempt: Callable[[], None], *, pause: Callable[[float], None]) -> int:
    """Try until the locks are there, with growing, random pauses; the number of attempts. Raises Busy after the last."""
    for number in range(1, ATTEMPTS + 1):
        try:
            attempt()
        except Busy:
            if number == ATTEMPTS:
                raise
            pause(random.uniform(0.02, min(LONGEST_PAUSE_S, 0.05 * 2**number)))  # noqa: S311 - so that two do not meet again
        else:
            return number
    raise AssertionError("the last attempt returns or raises")


def _replay(member: Member, segment: Segment, *, at: Applied) -> None:
    """One message, which PostgreSQL runs as one transaction: every round trip would hold the locks for longer."""
    ref = member.ref()
    began = time.monotonic()
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        try:
            cursor.execute(_message(segment, at=at).replace(KEY, str(provisioning.lock_key(ref)), 1))
        except DatabaseError as fault:
            # A limit that was passed sooner than the one on work was the one on waiting.
            was_asking = time.monotonic() - began < STATEMENT_MS / 1000
            if isinstance(fault.__cause__, BUSY_ASKING if was_asking else BUSY):
                raise Busy(f"A table is in use: {str(fault).splitlines()[0]}.") from fault
            if getattr(fault.__cause__, "sqlstate", "") != OTHER_STATE:
                raise
            cursor.execute(NOTED)
            _require_done(frozenset(cursor.fetchall()), segment, at=at)


@lru_cache(maxsize=64)
def _message(segment: Segment, *, at: Applied) -> str:
    """Locks, check, changes and notes; without parameters, so that a percent sign is one. KEY stands for the key of the schema's lock."""
    digest = hashlib.md5(" ".join(f"{app}.{name}" for app, name in sorted(at)).encode(), usedforsecurity=False).hexdigest()
    rows = (sql.SQL("({}, {}, now())").format(sql.Literal(app), sql.Literal(name)) for app, name in segment.notes)
    before = LOCKED.format(
        wait=sql.Literal(locks.WAIT_MS),
        work=sql.Literal(STATEMENT_MS),
        locks=locks.message(segment.locks),
        digest=sql.Literal(digest),
        other=sql.Literal(OTHER_STATE),
    )
    changes = f"\n{BETWEEN};\n".join("\n".join(step.statements) for step in segment.steps if step.statements)
    return f"{before.as_string()}\n{changes}\n{NOTE.format(sql.SQL(', ').join(rows)).as_string()}"


def _execute(member: Member, segment: Segment, *, at: Applied) -> None:
    """One migration by Django's executor, in the transactions that it wants for itself."""
    ref = member.ref()
    (step,) = segment.steps
    with _alone(member), tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute(NOTED)
        noted = frozenset(cursor.fetchall())
        if noted != at:
            _require_done(noted, segment, at=at)
            return
        executor = MigrationExecutor(connections[ref.cell])
        if not executor.loader.get_migration(step.app, step.name).atomic:
            _drop_invalid_indexes(cursor)
            executor.migrate([(step.app, step.name)])
            return
        cursor.execute(f"SET lock_timeout = '{EXECUTOR_LOCK_S}s'")
        try:
            with _busy_where_locked():
                executor.migrate([(step.app, step.name)])
        finally:
            cursor.execute("RESET lock_timeout")


def _drop_invalid_indexes(cursor: Any) -> None:
    """What a worker left that died while it made an index concurrently; the name would be taken."""
    cursor.execute(INVALID_INDEXES)
    for (name,) in cursor.fetchall():
        cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))


def _require_done(noted: Applied, segment: Segment, *, at: Applied) -> None:
    """Go on only if the segment was committed before, by whomever. Raises StateChanged."""
    if not frozenset(segment.notes) <= noted:
        raise StateChanged(f"{len(noted ^ at)} migrations differ from what was compiled for")


@contextmanager
def _alone(member: Member) -> Iterator[None]:
    try:
        with provisioning.alone(member.ref()):
            yield
    except BeingMade as fault:
        raise Busy(fault.detail) from fault


@contextmanager
def _busy_where_locked() -> Iterator[None]:
    """What the database says when others hold what is needed, as Busy."""
    try:
        yield
    except OperationalError as fault:
        if isinstance(fault.__cause__, BUSY):
            raise Busy(f"A table is in use: {str(fault).splitlines()[0]}.") from fault
        raise
