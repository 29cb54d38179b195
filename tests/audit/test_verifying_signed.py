"""What a check finds by what was signed, and by what others hold."""

from collections.abc import Callable
from typing import Any

import pytest

from audit import actions, notes, queries
from audit.merkle import Frontier
from audit.models import Checkpoint, Entry, Seal, SigningKey
from audit.verifying import Answer, Check, parse_held
from kernel.actors import Actor
from kernel.problems import Invalid
from kernel.tenancy import TenantRef
from tenants.models import PublishedHead
from tests.audit.conftest import Happened, seal
from tests.audit.tampering import faults, tampering


def _cut_to(checkpoint: Checkpoint, execute: Callable[..., None]) -> None:
    """Put the log back to what it was at a checkpoint, as carefully as somebody with all rights on the cell can."""
    frontier = Frontier()
    frontier.extend(
        bytes(leaf) for leaf in Seal.objects.filter(seq__lte=checkpoint.size).order_by("seq").values_list("leaf", flat=True)
    )
    execute("DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_seal WHERE seq > %s)", checkpoint.size)
    execute("DELETE FROM audit_seal WHERE seq > %s", checkpoint.size)
    execute("DELETE FROM audit_checkpoint WHERE size > %s", checkpoint.size)
    execute("UPDATE audit_head SET size = %s, chain = %s, frontier = %s", checkpoint.size, bytes(checkpoint.chain), bytes(frontier))


def test_a_tail_cut_back_to_a_checkpoint_is_known_to_home_and_to_who_holds_the_later_one(grown: list[Checkpoint]) -> None:
    kept = parse_held(grown[1].note)
    with tampering() as execute:
        _cut_to(grown[0], execute)

    found = queries.verify(held=kept)

    assert faults(found).keys() == {Check.HOME, Check.HELD}
    assert faults(found)[Check.HELD] == f"the log does not say what the checkpoint of {kept.size} entries says that you hold"
    assert {fault.found for fault in found.faults} == {f"a log of {grown[0].size} entries"}


def test_a_tail_cut_in_cell_and_home_is_known_to_who_holds_a_checkpoint_alone(acme: TenantRef, grown: list[Checkpoint]) -> None:
    with tampering() as execute:
        _cut_to(grown[0], execute)
    _home_says(acme, grown[0])

    assert queries.verify().answer is Answer.SOUND
    assert faults(queries.verify(held=parse_held(grown[1].note))).keys() == {Check.HELD}


def _home_says(ref: TenantRef, checkpoint: Checkpoint) -> None:
    PublishedHead.objects.filter(tenant_id=ref.id).update(
        epoch=checkpoint.epoch, size=checkpoint.size, root=checkpoint.root, note=checkpoint.note
    )


def test_held_checkpoints_and_proofs_of_the_log_agree_with_it(grown: list[Checkpoint], sealed: list[Entry]) -> None:
    proof = queries.entry_proof(sealed[0].pk, by=grown[0]).text

    answers = [queries.verify(held=parse_held(text)).answer for text in (grown[0].note, grown[1].note, proof)]

    assert answers == [Answer.SOUND] * 3


def test_a_checkpoint_of_another_log_proves_nothing(grown: list[Checkpoint]) -> None:
    text = notes.checkpoint_text(notes.CheckpointText(origin="elsewhere/audit/x/1", size=grown[0].size, root=bytes(grown[0].root)))
    other = notes.sign(text, name="elsewhere/audit/x/1", private=bytes(32))

    found = queries.verify(held=parse_held(other))

    assert (found.answer, found.broken_at, found.doubts[0].check) == (Answer.CANNOT_TELL, 0, Check.HELD)


def test_a_checkpoint_that_somebody_else_signed_under_our_name_proves_nothing(grown: list[Checkpoint]) -> None:
    said = notes.parse_checkpoint(notes.split(grown[0].note)[0])
    text = notes.checkpoint_text(notes.CheckpointText(origin=said.origin, size=said.size, root=bytes(32)))
    forged = notes.sign(text, name=said.origin, private=bytes(32))

    found = queries.verify(held=parse_held(forged))

    assert (found.answer, found.doubts[0].check) == (Answer.CANNOT_TELL, Check.HELD)


@pytest.mark.parametrize("text", ["", "no note", "c2sp.org/tlog-proof@v1\nindex 1\n\nx", "a\nb\n\n\u2014 a b\n", "x" * 2_000_000])
def test_what_is_no_checkpoint_is_refused_with_words(text: str) -> None:
    with pytest.raises(Invalid, match="Give a checkpoint"):
        parse_held(text)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("root = decode(repeat('00', 32), 'hex')", "says something else than its columns"),
        ("size = size + 1000", "says something else than its columns"),
        ("note = replace(note, chr(8212), 'x')", "is not signed by the log's key"),
        ("note = overlay(note placing 'AAAA' from length(note) - 40 for 4)", "is not signed by the log's key"),
    ],
)
def test_an_altered_checkpoint_is_found(grown: list[Checkpoint], change: str, words: str) -> None:
    with tampering() as execute:
        execute(f"UPDATE audit_checkpoint SET {change} WHERE id = %s", grown[0].pk)

    found = queries.verify()
    assert words in faults(found)[Check.CHECKPOINT]
    assert faults(found).keys() <= {Check.CHECKPOINT}


def test_a_key_that_this_installation_did_not_make_signs_nothing(acme: TenantRef, grown: list[Checkpoint]) -> None:
    origin = SigningKey.objects.get().origin
    text = notes.split(grown[1].note)[0]
    with tampering() as execute:
        execute("UPDATE audit_signingkey SET public = %s", notes.public_of(bytes(32)))
        execute(
            "UPDATE audit_checkpoint SET note = %s WHERE id = %s", notes.sign(text, name=origin, private=bytes(32)), grown[1].pk
        )

    assert "was not made by this installation" in faults(queries.verify())[Check.CHECKPOINT]


def test_a_log_whose_keys_ring_is_gone_cannot_be_told(acme: TenantRef, grown: list[Checkpoint], settings: Any) -> None:
    settings.SEALING_KEYS = ("other:" + "A" * 43,)

    found = queries.verify()

    assert (found.answer, found.ok, found.broken_at) == (Answer.CANNOT_TELL, False, 0)
    assert {doubt.check for doubt in found.doubts} == {Check.CHECKPOINT, Check.TEXT}


def test_an_altered_tile_and_frontier_are_found(grown: list[Checkpoint], owner: Actor, acme: TenantRef) -> None:
    actions.append_many(actions.prepare(Happened(subject="thing_1", number=number), actor=owner) for number in range(260))
    seal(acme)
    assert queries.verify().ok
    with tampering() as execute:
        execute("UPDATE audit_tile SET hashes = decode(repeat('00', 32), 'hex')")
    tile = faults(queries.verify())
    with tampering() as execute:
        execute("UPDATE audit_head SET frontier = frontier || frontier")

    assert tile == {Check.CHAIN: "the tree's tile of level 1 does not say what the seals from 1 on say"}
    assert faults(queries.verify()).keys() == {Check.CHAIN}
