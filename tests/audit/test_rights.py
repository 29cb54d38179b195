"""What nobody but the owner may do with a log: one attempt for each way, as the tenant's role and as the sealer's."""

import pytest
from django.db import connections

from audit import partitions
from kernel import ids
from kernel.tenancy import Purpose, TenantRef
from tests.audit import places
from tests.audit.conftest import seal

ROLES = [Purpose.REQUEST, Purpose.SEAL]
LOG = (
    "audit_entry", "audit_queuedentry", "audit_seal", "audit_head", "audit_tile", "audit_signingkey", "audit_checkpoint", "audit_pruning",
    "audit_heldentry",
)  # fmt: skip


def running_month(ref: TenantRef) -> str:
    with places.owning(ref):
        return next(month.name for month in partitions.months() if month.high is not None and month.high > ids.new_id())


@pytest.mark.parametrize("purpose", ROLES)
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit_entry SET canonical = ''", "permission denied for table audit_entry"),
        ("UPDATE audit_entry SET actor_label = ''", "permission denied for table audit_entry"),
        ("DELETE FROM audit_entry", "permission denied for table audit_entry"),
        ("TRUNCATE audit_entry", "permission denied for table audit_entry"),
        ("ALTER TABLE audit_entry DETACH PARTITION {month}", "must be owner of table audit_entry"),
        ("DROP TABLE audit_entry", "must be owner of table audit_entry"),
        ("DROP TABLE {month}", "must be owner of table {month}"),
        ("ALTER TABLE audit_entry DISABLE TRIGGER ALL", "must be owner of table audit_entry"),
        ("ALTER TABLE {month} DISABLE TRIGGER ALL", "must be owner of table {month}"),
        ("ALTER TABLE audit_entry DROP COLUMN mac", "must be owner of table audit_entry"),
        ("SET LOCAL session_replication_role = replica", 'permission denied to set parameter "session_replication_role"'),
        ("INSERT INTO {month} SELECT * FROM audit_entry LIMIT 0", "permission denied for table {month}"),
        ("SELECT * FROM {month}", "permission denied for table {month}"),
        ("UPDATE {month} SET canonical = ''", "permission denied for table {month}"),
        ("DELETE FROM {month}", "permission denied for table {month}"),
        ("TRUNCATE {month}", "permission denied for table {month}"),
        ("INSERT INTO audit_entry_later SELECT * FROM audit_entry LIMIT 0", "permission denied for table audit_entry_later"),
        ("INSERT INTO audit_queuedentry VALUES (gen_random_uuid())", "permission denied for table audit_queuedentry"),
        ("UPDATE audit_seal SET seq = seq", "permission denied for table audit_seal"),
        ("DELETE FROM audit_seal", "permission denied for table audit_seal"),
        ("DELETE FROM audit_head", "permission denied for table audit_head"),
        ("UPDATE audit_checkpoint SET size = size", "permission denied for table audit_checkpoint"),
        ("DELETE FROM audit_checkpoint", "permission denied for table audit_checkpoint"),
        ("DELETE FROM audit_signingkey", "permission denied for table audit_signingkey"),
        ("DELETE FROM audit_tile", "permission denied for table audit_tile"),
        ("INSERT INTO audit_pruning SELECT * FROM audit_pruning", "permission denied for table audit_pruning"),
        ("DELETE FROM audit_heldentry", "permission denied for table audit_heldentry"),
        ("SELECT audit_make_partitions(9)", "permission denied for function audit_make_partitions"),
        ("SELECT audit_guard_partition('audit_seal')", "permission denied for function audit_guard_partition"),
    ],
)
def test_a_working_role_is_refused(acme: TenantRef, purpose: Purpose, statement: str, said: str) -> None:
    month = running_month(acme)

    assert places.said(acme, statement.format(month=month), purpose=purpose) == said.format(month=month)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM audit_queuedentry", "permission denied for table audit_queuedentry"),
        ("UPDATE audit_head SET size = 0", "permission denied for table audit_head"),
        ("INSERT INTO audit_seal SELECT * FROM audit_seal", "permission denied for table audit_seal"),
        ("INSERT INTO audit_checkpoint SELECT * FROM audit_checkpoint", "permission denied for table audit_checkpoint"),
        ("INSERT INTO audit_signingkey SELECT * FROM audit_signingkey", "permission denied for table audit_signingkey"),
        ("UPDATE audit_tile SET hashes = ''", "permission denied for table audit_tile"),
    ],
)
def test_the_tenants_role_neither_seals_nor_signs(acme: TenantRef, statement: str, said: str) -> None:
    assert places.said(acme, statement, purpose=Purpose.REQUEST) == said


def test_the_sealer_tells_of_nothing(acme: TenantRef) -> None:
    statement = places.insert("audit_entry", entry_id=ids.new_id())

    assert places.said(acme, statement, purpose=Purpose.SEAL) == "permission denied for table audit_entry"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET canonical = canonical || ' '",
        "UPDATE audit_entry SET actor_label = 'Somebody else'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE {month} SET mac = '\\x00'",
        "DELETE FROM {month}",
        "TRUNCATE {month}",
        "TRUNCATE audit_entry_later",
        "UPDATE audit_seal SET chain = leaf",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_seal",
    ],
)
@pytest.mark.usefixtures("sealed")
def test_the_owner_is_stopped_by_triggers(acme: TenantRef, statement: str) -> None:
    month = running_month(acme)

    assert places.said(acme, statement.format(month=month), purpose=Purpose.MIGRATE) == "the trail is append-only"


@pytest.mark.usefixtures("sealed")
def test_the_owner_may_empty_what_is_personal_and_no_evidence(acme: TenantRef) -> None:
    statement = "UPDATE audit_entry SET actor_label = '', subject_label = '', address = '' WHERE subject = 'thing_1'"

    assert places.said(acme, statement, purpose=Purpose.MIGRATE) == "done"
    assert places.run(acme, "SELECT DISTINCT actor_label, subject_label, address FROM audit_entry WHERE subject = 'thing_1'") == [
        ("", "", "")
    ]


def test_code_of_the_release_before_tells_as_it_did(acme: TenantRef) -> None:
    entry_id = ids.new_id()

    assert places.said(acme, places.insert("audit_entry", entry_id=entry_id), purpose=Purpose.REQUEST) == "done"

    columns = f"SELECT category, severity, source FROM audit_entry WHERE id = '{entry_id}'"
    assert places.run(acme, columns) == [("", 1, "freehold")]
    assert places.run(acme, f"SELECT count(*) FROM audit_queuedentry WHERE entry_id = '{entry_id}'") == [(1,)]
    assert seal(acme) >= 1


def test_no_table_of_a_log_belongs_to_a_working_role(acme: TenantRef) -> None:
    with connections[acme.cell].cursor() as cursor:
        cursor.execute(
            "SELECT relname, relowner::regrole::text FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p')"
            " AND (relname = ANY(%s) OR relispartition)",
            [acme.schema, list(LOG)],
        )
        owners = dict(cursor.fetchall())

    assert set(LOG) < owners.keys()
    assert set(owners.values()) == {"freehold_owner"}
