"""The second stage: seals go below a checkpoint, and everything from there on is proven as before."""

from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from audit import actions, merkle, queries, tiles, tree
from audit.models import Checkpoint, Entry, Head, Seal, Tile
from audit.retention import seals
from audit.verifying import Answer
from kernel.actors import Actor
from kernel.tenancy import TenantRef
from tests.audit.travelling import SEAL_DAYS, happen_aged, keep_for, owning, settle


def test_seals_go_below_a_checkpoint_and_the_rest_is_proven_as_before(aged: list[UUID], acme: TenantRef, owner: Actor) -> None:
    keep_for(seal_days=SEAL_DAYS)
    size = queries.latest_checkpoint().size
    before = {seq: tree.inclusion(seq, size=size) for seq in range(1, size + 1)}

    bodies, cut = actions.prune(actor=owner).records
    settle(acme)

    m = cut.last_seq
    assert (cut.stage, cut.first_seq, cut.number) == ("seals", 1, m)
    assert Checkpoint.objects.filter(size=m).exists()
    assert m <= bodies.last_seq < size
    assert list(Seal.objects.order_by("seq").values_list("seq", flat=True)) == list(range(m + 1, Head.objects.get().size + 1))
    assert {seq: tree.inclusion(seq, size=size) for seq in range(m + 1, size + 1)} == {
        seq: before[seq] for seq in range(m + 1, size + 1)
    }
    with pytest.raises(tree.OutOfReach):
        tree.inclusion(1, size=size)
    found = queries.verify()
    assert found.answer is Answer.SOUND, found.faults
    assert [one.stage for one in found.removed] == ["bodies", "seals"]


def test_seals_of_held_entries_stay(aged: list[UUID], owner: Actor) -> None:
    keep_for(seal_days=SEAL_DAYS)
    actions.place_hold("All", matter="", reason="A claim was made.", terms={}, actor=owner)

    removed = actions.prune(actor=owner)

    assert [row.stage for row in removed.records] == ["bodies"]
    assert removed.waits["seals"] == "The entry at place 1 is held, and its seal proves it."
    assert Seal.objects.filter(seq=1).exists()


def test_seals_of_bodies_that_are_there_stay(aged: list[UUID], owner: Actor) -> None:
    keep_for(seal_days=SEAL_DAYS)
    hidden = Entry.objects.get(pk=aged[0])
    actions.prune(actor=owner)

    assert Head.objects.get().minimum_index < Seal.objects.filter(entry_id=Entry.objects.order_by("id").values("id")[:1]).get().seq
    assert not Entry.objects.filter(pk=hidden.pk).exists()


def test_whoever_was_killed_behind_the_mark_left_nothing_for_good(
    aged: list[UUID], acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_for(seal_days=SEAL_DAYS)
    with monkeypatch.context() as cut:
        cut.setattr(seals, "sweep_batch", _killed)
        with pytest.raises(KeyboardInterrupt):
            actions.prune(actor=owner)
    assert Seal.objects.filter(seq=1).exists()
    settle(acme)
    assert queries.verify().answer is Answer.SOUND
    monkeypatch.setattr(seals, "BATCH", 2)

    actions.prune(actor=owner)

    assert Seal.objects.order_by("seq").values_list("seq", flat=True)[0] == Head.objects.get().minimum_index + 1


def _killed() -> int:
    raise KeyboardInterrupt


def test_the_sealer_goes_on_behind_the_cut(aged: list[UUID], acme: TenantRef, owner: Actor) -> None:
    keep_for(seal_days=SEAL_DAYS)
    actions.prune(actor=owner)
    with owning() as cursor:
        cursor.execute("UPDATE audit_head SET frontier = ''")  # as after a sealer of the release before
    happen_aged(actor=owner)

    settle(acme)

    assert queries.verify().answer is Answer.SOUND


@pytest.fixture
def grown(acme: TenantRef) -> list[bytes]:
    """A log of 700 leaves without bodies, with its tiles and head; the leaves."""
    leaves = [bytes([number % 256, number // 256]) * 16 for number in range(700)]
    with owning() as cursor:
        cursor.execute("ALTER TABLE audit_seal DISABLE TRIGGER audit_keep_seal")
        cursor.execute("DELETE FROM audit_seal")
        cursor.execute("ALTER TABLE audit_seal ENABLE TRIGGER audit_keep_seal")
        cursor.execute("DELETE FROM audit_tile")
        cursor.executemany(
            "INSERT INTO audit_seal (seq, entry_id, leaf, chain, sealed_at) VALUES (%s, gen_random_uuid(), %s, %s, '2020-01-01T00:00:00Z')",
            [(seq, leaf, leaf) for seq, leaf in enumerate(leaves, start=1)],
        )
        cursor.execute("DELETE FROM audit_head")
        frontier = tiles.rebuild(len(leaves))
        Head.objects.create(size=len(leaves), chain=leaves[-1], frontier=bytes(frontier))
    return leaves


def cut(size: int, *, leaves: list[bytes]) -> None:
    """Remove the seals up to a size, as a removal does."""
    with owning():
        root = merkle.root_of(leaves[:size])
        signed = Checkpoint.objects.create(epoch=99, size=size, root=root, chain=leaves[size - 1], note="note")
        seals.mark(seals.SealPlan(first_seq=Head.objects.get().minimum_index + 1, size=size, checkpoint=signed))
        while seals.sweep_batch():
            pass


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_cut_off_all_roots_and_proofs_from_there_on_hold(grown: list[bytes], data: st.DataObject) -> None:
    size = len(grown)
    first = data.draw(st.integers(1, size))
    second = data.draw(st.integers(first, size))
    later = data.draw(st.integers(second, size))
    seq = data.draw(st.integers(second + 1, size)) if second < size else None
    with transaction.atomic(using="cell-1"):
        cut(first, leaves=grown)
        if second > first:
            cut(second, leaves=grown)

        roots = tree.root_at(second), tree.root_at(later), tree.root_at(size)
        between = tree.consistency(second, later)
        proof = tree.inclusion(seq, size=size) if seq is not None else None

        transaction.set_rollback(True, using="cell-1")
    assert roots == (merkle.root_of(grown[:second]), merkle.root_of(grown[:later]), merkle.root_of(grown))
    assert merkle.verify_consistency(second, later, first_root=roots[0], second_root=roots[1], proof=between)
    if seq is not None and proof is not None:
        assert merkle.verify_inclusion(grown[seq - 1], index=seq - 1, size=size, root=roots[2], proof=proof)


def test_tiles_wholly_below_the_cut_go_and_nothing_is_missed(acme: TenantRef) -> None:
    number, cut_at = 66_000, 65_800
    with owning() as cursor:
        cursor.execute("ALTER TABLE audit_seal DISABLE TRIGGER audit_keep_seal")
        cursor.execute("DELETE FROM audit_seal")
        cursor.execute("ALTER TABLE audit_seal ENABLE TRIGGER audit_keep_seal")
        cursor.execute("DELETE FROM audit_tile")
        cursor.execute("DELETE FROM audit_head")
        cursor.execute(
            "INSERT INTO audit_seal (seq, entry_id, leaf, chain, sealed_at) SELECT n, gen_random_uuid(), sha256(n::text::bytea), sha256(n::text::bytea),"
            " now() FROM generate_series(1, %s) n", [number],
        )  # fmt: skip
        frontier = tiles.rebuild(number)
        Head.objects.create(size=number, chain=b"c" * 32, frontier=bytes(frontier))
    leaves = [bytes(leaf) for leaf in Seal.objects.order_by("seq").values_list("leaf", flat=True)]
    before = set(Tile.objects.values_list("key", flat=True))

    cut(cut_at, leaves=leaves)

    assert before - set(Tile.objects.values_list("key", flat=True)) == {tiles.key_of(1, 0)}
    assert tree.root_at(number) == frontier.root()
    proof = tree.inclusion(cut_at + 1, size=number)
    assert merkle.verify_inclusion(leaves[cut_at], index=cut_at, size=number, root=frontier.root(), proof=proof)
    assert merkle.verify_consistency(
        cut_at,
        number,
        first_root=merkle.root_of(leaves[:cut_at]),
        second_root=frontier.root(),
        proof=tree.consistency(cut_at, number),
    )
