"""Proofs from seals and tiles: the same as those of the whole tree, for short logs and long ones, and after the beginning was pruned."""

import hashlib
from collections.abc import Iterator

import pytest
from django.db import connections

from audit import merkle, sealing, tiles, tree
from audit.models import Entry, Head, Seal, Tile
from kernel import clock, ids, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import happen, seal

LONG = 65_536 + 256 * 3 + 77


def leaf(seq: int) -> bytes:
    return hashlib.sha256(b"%d" % seq).digest()


def lay(ref: TenantRef, *, size: int) -> None:
    """Make a log of that many seals, with its tiles, as if it had been sealed."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute("TRUNCATE audit_head, audit_tile")
        cursor.execute("ALTER TABLE audit_seal DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_seal")
        cursor.execute("ALTER TABLE audit_seal ENABLE TRIGGER USER")
        with cursor.copy("COPY audit_seal (seq, entry_id, leaf, chain, sealed_at) FROM STDIN") as copy:
            for seq in range(1, size + 1):
                copy.write_row((seq, ids.new_id(), leaf(seq), bytes(32), clock.now()))
        frontier = tiles.rebuild(size)
        Head.objects.create(size=size, chain=bytes(32), frontier=bytes(frontier))


def prune(ref: TenantRef, *, minimum: int, leaves: list[bytes]) -> None:
    """Remove the seals up to a size, and keep what the tree was there."""
    anchor = merkle.Frontier()
    anchor.extend(leaves[:minimum])
    with tenancy.activate(ref, purpose=Purpose.MIGRATE):
        Head.objects.update(minimum_index=minimum, anchor_frontier=bytes(anchor))
        Seal.objects.filter(seq__lte=minimum).delete()


@pytest.fixture(scope="module")
def archive(installation: None) -> Iterator[TenantRef]:
    """A tenant with a log long enough for tiles of two levels."""
    with makers.passing_tenant("archive") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR), tenancy.atomic():
            lay(ref, size=LONG)
        yield ref


@pytest.fixture(scope="module")
def leaves() -> list[bytes]:
    return [leaf(seq) for seq in range(1, LONG + 1)]


def test_proofs_of_a_short_log_are_those_of_the_tree(acme: TenantRef) -> None:
    lay(acme, size=41)
    short = [leaf(seq) for seq in range(1, 42)]

    for size in range(1, 42):
        root = merkle.root_of(short[:size])
        assert tree.root_at(size) == root
        for seq in range(1, size + 1, 3):
            proof = tree.inclusion(seq, size=size)
            assert merkle.verify_inclusion(leaf(seq), index=seq - 1, size=size, root=root, proof=proof)
        first = max(1, size // 2)
        proof = tree.consistency(first, size)
        assert merkle.verify_consistency(first, size, first_root=merkle.root_of(short[:first]), second_root=root, proof=proof)


@pytest.mark.committed
@pytest.mark.parametrize("size", [255, 256, 257, 65_535, 65_536, 65_537, 66_000, LONG])
def test_proofs_of_a_long_log_hold(size: int, archive: TenantRef, leaves: list[bytes]) -> None:
    with tenancy.activate(archive, purpose=Purpose.OPERATOR):
        root = tree.root_at(size)
        assert root == merkle.root_of(leaves[:size])
        for seq in {1, 200, 256, 257, size // 2, size - 1, size} & set(range(1, size + 1)):
            proof = tree.inclusion(seq, size=size)
            assert merkle.verify_inclusion(leaf(seq), index=seq - 1, size=size, root=root, proof=proof)
            assert len(proof) * 32 <= 2048
        for first in {1, 255, size // 3, size - 1, size}:
            proof = tree.consistency(first, size)
            assert merkle.verify_consistency(first, size, first_root=merkle.root_of(leaves[:first]), second_root=root, proof=proof)


@pytest.mark.committed
def test_a_proof_reads_few_rows(archive: TenantRef) -> None:
    with tenancy.activate(archive, purpose=Purpose.OPERATOR):
        assert Tile.objects.count() == 3
        connection = connections[archive.cell]
        connection.force_debug_cursor = True
        try:
            before = len(connection.queries_log)
            tree.inclusion(3, size=LONG)
            asked = [query["sql"] for query in list(connection.queries_log)[before:]]
        finally:
            connection.force_debug_cursor = False

    assert len([sql for sql in asked if sql.startswith("SELECT")]) == 3


@pytest.mark.parametrize("minimum", [1, 5, 32, 37])
def test_what_was_pruned_takes_no_proof_from_the_rest(minimum: int, acme: TenantRef) -> None:
    lay(acme, size=41)
    short = [leaf(seq) for seq in range(1, 42)]
    prune(acme, minimum=minimum, leaves=short)

    for size in range(minimum, 42):
        root = merkle.root_of(short[:size])
        assert tree.root_at(size) == root
        for seq in range(minimum + 1, size + 1):
            proof = tree.inclusion(seq, size=size)
            assert merkle.verify_inclusion(leaf(seq), index=seq - 1, size=size, root=root, proof=proof)
        proof = tree.consistency(minimum, size)
        assert merkle.verify_consistency(minimum, size, first_root=merkle.root_of(short[:minimum]), second_root=root, proof=proof)


def test_what_was_pruned_cannot_be_proven_itself(acme: TenantRef) -> None:
    lay(acme, size=41)
    prune(acme, minimum=21, leaves=[leaf(seq) for seq in range(1, 42)])

    with pytest.raises(tree.OutOfReach, match="the seals up to 21 were pruned"):
        tree.inclusion(2, size=41)


@pytest.mark.parametrize(("seq", "size"), [(0, 3), (4, 3), (1, 6), (1, -1)])
def test_what_the_log_never_had_cannot_be_proven(seq: int, size: int, acme: TenantRef) -> None:
    lay(acme, size=5)

    with pytest.raises(tree.OutOfReach):
        tree.inclusion(seq, size=size)


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3), (1, 6), (-1, 3)])
def test_lengths_in_the_wrong_order_are_refused(first: int, second: int, acme: TenantRef) -> None:
    lay(acme, size=5)

    with pytest.raises(tree.OutOfReach):
        tree.consistency(first, second)


def test_a_missing_seal_is_told(acme: TenantRef) -> None:
    lay(acme, size=5)
    with tenancy.activate(acme, purpose=Purpose.MIGRATE), connections[acme.cell].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_seal DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_seal WHERE seq = 2")

    with pytest.raises(tree.OutOfReach, match="seal 2 is not there"):
        tree.inclusion(1, size=5)


def test_the_sealer_fills_the_tiles_as_a_rebuild_would(acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 100)
    for _ in range(3):
        for number in range(180):
            happen(actor=owner, number=number)
        seal(acme)
    kept = {row.key: bytes(row.hashes) for row in Tile.objects.all()}

    with tenancy.activate(acme, purpose=Purpose.SEAL):
        frontier = tiles.rebuild(Head.objects.get().size)

    assert {row.key: bytes(row.hashes) for row in Tile.objects.all()} == kept
    assert bytes(frontier) == bytes(Head.objects.get().frontier)
    assert [len(hashes) for hashes in kept.values()] == [2 * 32]


def test_a_log_that_is_older_than_the_tree_gets_its_tiles_with_the_next_batch(acme: TenantRef, owner: Actor) -> None:
    lay(acme, size=700)
    with tenancy.activate(acme, purpose=Purpose.MIGRATE), connections[acme.cell].cursor() as cursor:
        cursor.execute("TRUNCATE audit_tile")
        cursor.execute("UPDATE audit_head SET frontier = ''")
    happen(actor=owner)

    seal(acme)

    size = Head.objects.get().size
    assert size > 700
    assert [len(bytes(row.hashes)) for row in Tile.objects.all()] == [2 * 32]
    known = [bytes(found) for found in Seal.objects.order_by("seq").values_list("leaf", flat=True)]
    assert tree.root_at(size) == merkle.root_of(known)


def test_seals_that_are_missing_stop_a_rebuild(acme: TenantRef) -> None:
    lay(acme, size=5)

    with (
        tenancy.activate(acme, purpose=Purpose.SEAL),
        pytest.raises(tiles.BrokenTiles, match="the log has 5 seals, its head says 6"),
    ):
        tiles.rebuild(6)


def test_tiles_that_do_not_fit_stop_the_sealing(acme: TenantRef, owner: Actor) -> None:
    lay(acme, size=510)
    with tenancy.activate(acme, purpose=Purpose.MIGRATE), connections[acme.cell].cursor() as cursor:
        cursor.execute("UPDATE audit_tile SET hashes = ''")
    for _ in range(3):
        happen(actor=owner)
    waiting = Entry.objects.count()

    with pytest.raises(tiles.BrokenTiles):
        seal(acme)

    assert Entry.objects.count() == waiting
