"""Making a tenant's place in its cell: role, schema, tables. Each step looks first, so that it may run again from anywhere.

Nothing here knows of people or of the registry's rows: the steps are put in order, with those of other apps, by `actions.provision_tenant`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants.problems import BeingMade

STEPS = ("Create the schema", "Create the tables", "Install the roles", "Invite the owner", "Open the tenant")

OWNER_ROLE = "freehold_owner"
SEALER_ROLE = "freehold_sealer"

Progress = Callable[[int, int, str], None]
"""Called with (done, of, what) before each migration and once at the end."""


@contextmanager
def alone(ref: TenantRef) -> Iterator[None]:
    """Keep other workers out of this tenant's making. The server lets go by itself when the worker dies.

    Raises BeingMade at once instead of waiting.
    """
    key = int.from_bytes(ref.id.bytes[8:], signed=True)
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        is_ours = bool(cursor.fetchone()[0])
    if not is_ours:
        raise BeingMade("Another worker is making this tenant. It goes on by itself; look at the operation in a minute.")
    try:
        yield
    finally:
        with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def create_schema(ref: TenantRef) -> None:
    """Make the tenant's role and its schema, with rights on all tables that will come. Idempotent."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        _create_role(cursor, ref.schema)
        _create_schema(cursor, ref.schema)


def migrate(ref: TenantRef, *, on_progress: Progress) -> int:
    """Bring the tenant's tables to the state of the code; returns how many migrations were run. Idempotent.

    Every migration is a transaction of its own, so that a worker that dies loses one at most.
    """
    with tenancy.activate(ref, purpose=Purpose.MIGRATE):
        return _run_migrations(ref.cell, app_labels=tenant_app_labels(), on_progress=on_progress)


def migrate_home(*, on_progress: Progress) -> int:
    """Bring the registry's tables to the state of the code; returns how many migrations were run. Idempotent."""
    with tenancy.migrating_home():
        return _run_migrations(tenancy.HOME, app_labels=frozenset(settings.HOME_APPS), on_progress=on_progress)


def is_home_migrated() -> bool:
    """Whether the registry's tables are in the state of the code."""
    with tenancy.migrating_home():
        return not _plan(MigrationExecutor(connections[tenancy.HOME]), frozenset(settings.HOME_APPS))


def behind(refs: Iterable[TenantRef]) -> list[TenantRef]:
    """Those tenants whose tables are not in the state of the code: one query each, the migrations are read once."""
    labels = tenant_app_labels()
    wanted = {node for node in MigrationLoader(None).graph.nodes if node[0] in labels}
    return [ref for ref in refs if wanted - _applied(ref)]


def tenant_app_labels() -> frozenset[str]:
    """The labels of all apps whose tables are in tenants' schemas."""
    return frozenset(config.label for config in apps.get_app_configs()) - frozenset(settings.HOME_APPS)


def _applied(ref: TenantRef) -> set[tuple[str, str]]:
    with tenancy.activate(ref, purpose=Purpose.MIGRATE):
        return set(MigrationRecorder(connections[ref.cell]).applied_migrations())


def _create_role(cursor: Any, name: str) -> None:
    """A role without login that only the installation's login may take on.

    The login, not the owner role, may create roles, so the owner's role is left and entered again in the same message.
    """
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
    creation = sql.SQL("") if cursor.fetchone() else sql.SQL("CREATE ROLE {} NOLOGIN NOINHERIT;").format(sql.Identifier(name))
    cursor.execute(
        sql.SQL("RESET ROLE; {} GRANT {} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE; SET ROLE {}").format(
            creation, sql.Identifier(name), sql.Identifier(OWNER_ROLE)
        )
    )


def _create_schema(cursor: Any, name: str) -> None:
    """The schema belongs to the owner role; the tenant's role may use what is in it and make nothing there."""
    parts = {"schema": sql.Identifier(name), "role": sql.Identifier(name), "sealer": sql.Identifier(SEALER_ROLE)}
    for statement in (
        "CREATE SCHEMA IF NOT EXISTS {schema}",
        "GRANT USAGE ON SCHEMA {schema} TO {role}, {sealer}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    ):
        cursor.execute(sql.SQL(statement).format(**parts))


def _run_migrations(alias: str, *, app_labels: frozenset[str], on_progress: Progress) -> int:
    done = 0

    def report(action: str, migration: Any = None, fake: Any = False) -> None:  # noqa: ARG001, FBT002 - Django's callback
        nonlocal done
        if action == "apply_start":
            on_progress(done, len(plan), str(migration))
        elif action == "apply_success":
            done += 1

    executor = MigrationExecutor(connections[alias], report)
    executor.loader.check_consistent_history(connections[alias])
    plan = _plan(executor, app_labels)
    executor.migrate(_targets(executor, app_labels), plan=plan)
    on_progress(done, len(plan), "")
    return done


def _plan(executor: MigrationExecutor, app_labels: frozenset[str]) -> list[Any]:
    return executor.migration_plan(_targets(executor, app_labels))


def _targets(executor: MigrationExecutor, app_labels: frozenset[str]) -> list[tuple[str, str]]:
    """The last migrations of these apps alone: home's are not even noted as applied in a tenant's schema."""
    return [node for node in executor.loader.graph.leaf_nodes() if node[0] in app_labels]
