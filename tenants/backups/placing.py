"""An empty place in the state that a copy's tables have, and forward to the state of the code."""

import psycopg
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import partitions, provisioning
from tenants.backups import connecting
from tenants.backups.manifest import Manifest
from tenants.places import Progress
from tenants.problems import BackupUnfit

Node = tuple[str, str]


def build(told: Manifest, *, ref: TenantRef, on_progress: Progress) -> None:
    """Role, schema and tables of `ref` in the state of a copy, with the copy's partitions. Idempotent while the place is empty.

    Raises BackupUnfit for a state that this release does not know, and for partitions that cannot be made.
    """
    if set(told.migrations) == {_name(node) for node in _known()}:
        provisioning.build_place(ref, on_progress=on_progress)
    else:
        _build_older(told, ref=ref, on_progress=on_progress)
    _cut_alike(told, ref=ref)


def require_known(told: Manifest) -> None:
    """Refuse a copy with migrations that this release does not have: it is of a later one, or of somebody else's. Raises BackupUnfit."""
    unknown = sorted(set(told.migrations) - {_name(node) for node in _known()})
    if unknown:
        raise BackupUnfit(
            f"This release does not know the state of the copy's tables ({unknown[0]}). Restore it with the release that wrote it, or a later one.",
            migrations=unknown[:20],
        )


def bring_forward(ref: TenantRef, *, on_progress: Progress) -> None:
    """Bring a filled place to the state of the code, with the partitions of today. Idempotent."""
    provisioning.migrate(ref, on_progress=on_progress)
    partitions.make(ref)


def _cut_alike(told: Manifest, *, ref: TenantRef) -> None:
    """The copy's rows lie partition by partition, and each must find its own: a copy has the months of its own time."""
    try:
        with connecting.owning(ref) as connection, connection.transaction(), connection.cursor() as cursor:
            partitions.match(cursor, schema=ref.schema, wanted=told.partitions)
    except psycopg.DatabaseError as fault:
        first = str(fault).splitlines()[0]
        raise BackupUnfit(f"The copy's partitions cannot be made: {first}.") from fault


def _build_older(told: Manifest, *, ref: TenantRef, on_progress: Progress) -> None:
    """Django's own way, up to the migrations that the copy has and no further."""
    require_known(told)
    provisioning.create_schema(ref)
    with tenancy.activate(ref, purpose=Purpose.MIGRATE):
        executor = MigrationExecutor(connections[ref.cell])
        graph = executor.loader.graph
        wanted = {node for node in _known() if _name(node) in set(told.migrations)}
        last = sorted(
            node
            for node in wanted
            if not any(child.key in wanted and child.key[0] == node[0] for child in graph.node_map[node].children)
        )
        on_progress(0, len(wanted), "")
        executor.migrate(last, plan=executor.migration_plan(last))


def _known() -> set[Node]:
    """All migrations of tenants' tables in this release."""
    labels = provisioning.tenant_app_labels()
    return {node for node in MigrationLoader(None).graph.nodes if node[0] in labels}


def _name(node: Node) -> str:
    return ".".join(node)
