"""Django's own way to make tables: the migrations, run one after another. It always works; the compiled script (`template/`) is the fast one."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants.places import Progress


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
    wanted = wanted_migrations()
    return [ref for ref in refs if wanted - applied(ref)]


def wanted_migrations() -> set[tuple[str, str]]:
    """Every migration of a tenant's tables that the code has, as (app, name)."""
    labels = tenant_app_labels()
    return {node for node in MigrationLoader(None).graph.nodes if node[0] in labels}


def applied(ref: TenantRef) -> set[tuple[str, str]]:
    """The migrations that a schema notes as run, as (app, name)."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE):
        return set(MigrationRecorder(connections[ref.cell]).applied_migrations())


def tenant_app_labels() -> frozenset[str]:
    """The labels of all apps whose tables are in tenants' schemas."""
    return frozenset(config.label for config in apps.get_app_configs()) - frozenset(settings.HOME_APPS)


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
