"""Sealing: who may, in what order, and two at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import ProgrammingError, connections

from audit import actions, merkle, queries, sealing, tasks
from audit.chain import START, leaf_of, link
from audit.models import Entry, Head, QueuedEntry, Seal
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import Happened, happen, seal


def test_every_waiting_entry_gets_the_next_place(acme: TenantRef, owner: Actor) -> None:
    seal(acme)
    before = queries.chain()
    waiting = [happen(actor=owner, number=number) for number in range(3)]

    assert queries.chain().pending == 3
    assert seal(acme) == 3

    after = queries.chain()
    seals = list(Seal.objects.filter(seq__gt=before.sealed).order_by("seq"))
    assert [found.entry_id for found in seals] == waiting
    assert [found.seq for found in seals] == [before.sealed + 1, before.sealed + 2, before.sealed + 3]
    assert (after.sealed, after.pending) == (before.sealed + 3, 0)
    chain = bytes.fromhex(before.head_hex) if before.head_hex else START
    for found in seals:
        chain = link(chain, leaf_of(Entry.objects.get(pk=found.entry_id).canonical))
        assert (bytes(found.leaf), bytes(found.chain)) == (leaf_of(Entry.objects.get(pk=found.entry_id).canonical), chain)
    assert after.head_hex == chain.hex()
    assert seal(acme) == 0


def test_many_entries_are_sealed_in_batches(acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    seal(acme)
    monkeypatch.setattr(sealing, "BATCH", 4)
    for _ in range(10):
        happen(actor=owner)

    with tenancy.activate(acme, purpose=Purpose.SEAL):
        assert [sealing.seal_batch() for _ in range(4)] == [4, 4, 2, 0]
    assert queries.verify().ok


def test_the_tenants_own_role_cannot_seal(owner: Actor) -> None:
    happen(actor=owner)

    with pytest.raises(ProgrammingError, match="permission denied for table audit_queuedentry"):
        actions.seal_pending()


def test_an_entry_that_commits_late_is_sealed_late_and_not_lost(acme: TenantRef, owner: Actor) -> None:
    """Its id is older than that of the entry before it, which is why nobody may read on by `id greater than last`."""
    early, late = (actions.prepare(Happened(subject=subject), actor=owner) for subject in ("early", "late"))
    actions.append(late)
    seal(acme)
    actions.append(early)
    seal(acme)

    places = {found.entry_id: found.seq for found in Seal.objects.filter(entry_id__in=[early.id, late.id])}
    assert early.id < late.id
    assert places[early.id] == places[late.id] + 1
    assert queries.verify().ok


def test_a_sweep_seals_what_nobody_was_told_of(acme: TenantRef, owner: Actor) -> None:
    happen(actor=owner)
    with tenancy.outside():
        tasks.sweep.run()

    assert QueuedEntry.objects.count() == 0
    assert queries.verify().ok


@pytest.fixture(scope="module")
def busy(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its seals are committed."""
    with makers.passing_tenant("busy") as ref:
        yield ref


@pytest.mark.committed
def test_two_sealers_at_once_seal_each_entry_once(busy: TenantRef, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 5)
    with tenancy.activate(busy, purpose=Purpose.REQUEST), tenancy.atomic():
        for number in range(200):
            happen(actor=makers.OPERATOR, number=number)
        waiting = QueuedEntry.objects.count()

    def drain() -> int:
        try:
            with tenancy.activate(busy, purpose=Purpose.SEAL):
                return sum(sealing.seal_batch() for _ in range(waiting))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        sealed = [pool.submit(drain) for _ in range(4)]
    total = sum(future.result() for future in sealed) + seal(busy)

    with tenancy.activate(busy, purpose=Purpose.REQUEST):
        assert total == waiting
        assert queries.chain().pending == 0
        assert Seal.objects.count() == Entry.objects.count() == queries.chain().sealed
        assert queries.verify().ok


@pytest.mark.committed
def test_a_sealer_that_finds_another_at_work_leaves_it_to_it(busy: TenantRef) -> None:
    seal(busy)
    with tenancy.activate(busy, purpose=Purpose.REQUEST):
        happen(actor=makers.OPERATOR)
    with makers.superuser(busy.cell) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 7100))", [busy.schema])
        assert seal(busy) == 0
        # Not by closing: the server may take a moment to notice that.
        other.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 7100))", [busy.schema])

    assert seal(busy) == 1


def test_the_trail_can_be_counted_by_day(acme: TenantRef, owner: Actor) -> None:
    happen(actor=owner)

    days = queries.per_day(days=3)

    assert len(days) == 3
    assert days[-1][1] == Entry.objects.filter(received_at__date=days[-1][0]).count() >= 1
    assert days[0][0] < days[1][0] < days[2][0]


def test_a_seal_tells_when_it_was_made_to_the_microsecond(acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2031, 2, 28, 23, 59, 59, 123457, tzinfo=UTC)
    seal(acme)
    waiting = happen(actor=owner)
    monkeypatch.setattr(clock, "now", lambda: moment)

    seal(acme)

    assert Seal.objects.get(entry_id=waiting).sealed_at == moment


def test_an_entry_that_vanished_before_its_seal_keeps_nobody_waiting(acme: TenantRef, owner: Actor) -> None:
    seal(acme)
    gone, stays = happen(actor=owner), happen(actor=owner)
    with tenancy.activate(acme, purpose=Purpose.MIGRATE), connections[acme.cell].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_entry WHERE id = %s", [gone])

    seal(acme)

    assert [found.entry_id for found in Seal.objects.order_by("-seq")[:1]] == [stays]
    assert not QueuedEntry.objects.exists()
    assert queries.verify().ok


def test_every_entry_stands_in_the_tree(acme: TenantRef, owner: Actor) -> None:
    for _ in range(7):
        happen(actor=owner)
    seal(acme)

    head = Head.objects.get()
    leaves = [bytes(leaf) for leaf in Seal.objects.order_by("seq").values_list("leaf", flat=True)]
    assert merkle.Frontier(head.size, bytes(head.frontier)).root() == merkle.root_of(leaves)
