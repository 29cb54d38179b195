"""A log of the release before, with one table of entries and no months, becomes one of this release with everything that is in it."""

import threading
import time
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from audit import actions, chain, doctor, merkle, partitions
from kernel import clock, ids, tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import places as tenant_places
from tenants import provisioning, tables
from tenants.fleet import states
from tenants.fleet.compiling import Script, Way, compiled
from tenants.fleet.members import Member
from tenants.fleet.replaying import bring
from tests.audit import places

pytestmark = pytest.mark.committed

BEFORE = ("audit", "0002_append_only")
ROWS = "SELECT id, received_at, action, outcome, actor_kind, actor_id, actor_label, subject, canonical, mac FROM audit_entry ORDER BY id"


@pytest.fixture
def old() -> Iterator[Member]:
    """A place with the tables of the release before; gone afterwards."""
    identifier = ids.new_id()
    member = Member(identifier, "cell-1", f"t_{identifier.hex}", "a place", "active")
    ref = member.ref()
    tenant_places.create_schema(ref)
    with tenancy.activate(ref, purpose=Purpose.MIGRATE):
        executor = MigrationExecutor(connections[ref.cell])
        leaves = [node for node in executor.loader.graph.leaf_nodes() if node[0] in tables.tenant_app_labels() - {"audit"}]
        executor.migrate([BEFORE, *leaves])
    yield member
    tenant_places.drop_place(member.cell, member.schema, on_progress=tenant_places.quietly)


def tell(ref: TenantRef, *, number: int) -> list[UUID]:
    """Entries by code of the release before."""
    told = [ids.new_id() for _ in range(number)]
    for entry_id in told:
        places.run(ref, places.insert("audit_entry", entry_id=entry_id), purpose=Purpose.OPERATOR)
    return told


def pending(member: Member) -> Script:
    return compiled(member, applied=states.one(member) or frozenset())


def test_what_is_pending_is_replayed_and_breaks_no_code_of_the_release_before(old: Member) -> None:
    steps = [step for step in pending(old).steps if step.app == "audit"]

    assert [(step.name, step.way) for step in steps] == [
        ("0003_the_event_spine", Way.REPLAY),
        ("0004_months_and_rights", Way.REPLAY),
    ]
    assert [step.name for step in steps if step.contracts and not step.excuse] == []


def test_all_entries_stay_and_the_log_lacks_nothing(old: Member) -> None:
    told = tell(old.ref(), number=5)
    before = places.run(old.ref(), ROWS)
    queued = places.run(old.ref(), "SELECT entry_id FROM audit_queuedentry ORDER BY 1")

    bring(old, script=pending(old), pause=time.sleep)

    assert places.run(old.ref(), ROWS) == before
    assert [row[0] for row in before] == told
    assert places.run(old.ref(), "SELECT entry_id FROM audit_queuedentry ORDER BY 1") == queued
    assert {lack.check for lack in doctor.examine(old.ref()).lacks} <= {"checkpoint"}
    with places.owning(old.ref()):
        months = partitions.months()
    assert (months[0].name, months[0].low, months[-1].name, len(months)) == ("audit_entry_before", None, "audit_entry_later", 4)
    assert places.run(old.ref(), "SELECT DISTINCT tableoid::regclass::text FROM audit_entry") == [("audit_entry_before",)]


def test_a_place_without_an_entry_has_no_month_of_before(old: Member) -> None:
    bring(old, script=pending(old), pause=time.sleep)

    year_and_month = f"audit_entry_y{clock.now():%Ym%m}"
    with places.owning(old.ref()):
        assert next(month.name for month in partitions.months()) == year_and_month


def test_the_tables_are_those_of_a_new_place(old: Member) -> None:
    bring(old, script=pending(old), pause=time.sleep)
    fresh = tenant_places.ref_of(old.cell, schema=f"t_{ids.new_id().hex}")
    shape = (
        "SELECT c.relname, c.relkind::text, array(SELECT a.attname || format_type(a.atttypid, a.atttypmod) || a.attnotnull FROM pg_attribute a"
        " WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname)"
        " FROM pg_class c WHERE relnamespace = to_regnamespace('{}') AND relkind IN ('r', 'p', 'I') ORDER BY 1"
    )
    try:
        provisioning.build_place(fresh, on_progress=tenant_places.quietly)

        assert places.run(old.ref(), shape.format(old.schema)) == places.run(fresh, shape.format(fresh.schema))
    finally:
        tenant_places.drop_place(old.cell, fresh.schema, on_progress=tenant_places.quietly)


def test_code_of_the_release_before_goes_on_telling_meanwhile(old: Member) -> None:
    told: list[UUID] = []
    stop = threading.Event()

    def go_on() -> None:
        try:
            while not stop.is_set():
                told.extend(tell(old.ref(), number=1))
        finally:
            connections.close_all()

    teller = threading.Thread(target=go_on)
    teller.start()
    try:
        while len(told) < 20:
            time.sleep(0.01)
        bring(old, script=pending(old), pause=time.sleep)
        enough = len(told) + 20
        while teller.is_alive() and len(told) < enough:
            time.sleep(0.01)
    finally:
        stop.set()
        teller.join()

    assert len(told) >= enough
    assert [row[0] for row in places.run(old.ref(), ROWS)] == sorted(told)


OLD_SEALER = """
WITH taken AS (DELETE FROM audit_queuedentry WHERE entry_id = (SELECT min(entry_id::text)::uuid FROM audit_queuedentry) RETURNING entry_id)
SELECT e.id, e.canonical FROM audit_entry e JOIN taken ON taken.entry_id = e.id
"""


def seal_as_before(ref: TenantRef) -> None:
    """Seal one entry as the sealer of the release before does: it knows size and chain of the head, and nothing of a tree."""
    with tenancy.activate(ref, purpose=Purpose.SEAL), tenancy.atomic(), connections[ref.cell].cursor() as cursor:
        cursor.execute(OLD_SEALER)
        ((entry_id, canonical),) = cursor.fetchall()
        cursor.execute("SELECT size, chain FROM audit_head WHERE id = 1 FOR UPDATE")
        size, before = cursor.fetchone() or (0, chain.START)
        leaf = chain.leaf_of(canonical)
        link = chain.link(bytes(before), leaf)
        cursor.execute("INSERT INTO audit_seal VALUES (%s, %s, %s, %s, now())", [size + 1, entry_id, leaf, link])
        cursor.execute(
            "INSERT INTO audit_head (id, size, chain) VALUES (1, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET size = excluded.size, chain = excluded.chain",
            [size + 1, link],
        )


def seal_as_now(ref: TenantRef) -> int:
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        return actions.seal_pending()


def test_sealers_of_both_releases_may_take_turns(old: Member) -> None:
    tell(old.ref(), number=2)
    seal_as_before(old.ref())
    bring(old, script=pending(old), pause=time.sleep)

    sealed = []
    for number in (3, 1, 4):
        sealed.append(seal_as_now(old.ref()))
        tell(old.ref(), number=number)
        seal_as_before(old.ref())
    sealed.append(seal_as_now(old.ref()))

    assert places.run(old.ref(), "SELECT count(*) FROM audit_queuedentry") == [(0,)]
    ((size, frontier),) = places.run(old.ref(), "SELECT size, frontier FROM audit_head")
    leaves = [bytes(leaf) for (leaf,) in places.run(old.ref(), "SELECT leaf FROM audit_seal ORDER BY seq")]
    assert (size, len(leaves), sealed[0]) == (len(leaves), len(leaves), 1)
    assert merkle.Frontier(size, bytes(frontier)).root() == merkle.root_of(leaves)
