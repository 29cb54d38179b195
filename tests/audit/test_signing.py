"""Signing: what becomes a checkpoint, with which key, and when nothing may be signed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, ProgrammingError, connections

from audit import actions, epochs, merkle, notes, queries, sealing, signing
from audit.events import EpochBegun, SigningKeyRotated
from audit.models import Checkpoint, Entry, Head, Seal, SigningKey, Tile
from audit.permissions import Permission
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden
from kernel.sealing import Unsealable
from kernel.tenancy import Purpose, TenantRef
from tenants.models import PublishedHead
from tenants.published_heads import store
from tests import makers
from tests.audit.conftest import happen, seal


@pytest.fixture
def signed(acme: TenantRef, owner: Actor) -> Checkpoint:
    """Three entries in acme's log, sealed and signed."""
    for number in range(3):
        happen(actor=owner, number=number)
    seal(acme)
    return sign(acme)


def sign(ref: TenantRef) -> Checkpoint:
    """Sign the end of a log until it is signed; the newest checkpoint."""
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        while signing.is_behind():
            actions.sign_log()
    return queries.latest_checkpoint()


def verifiers() -> list[str]:
    return [found.verifier for found in queries.verifiers()]


def leaves() -> list[bytes]:
    return [bytes(leaf) for leaf in Seal.objects.order_by("seq").values_list("leaf", flat=True)]


@contextmanager
def sealer(ref: TenantRef) -> Iterator[None]:
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        yield


@contextmanager
def owner_of_tables() -> Iterator[Any]:
    """A cursor that no role holds back, in the test's own transaction."""
    with tenancy.activate(tenancy.current(), purpose=Purpose.MIGRATE), connections["cell-1"].cursor() as cursor:
        yield cursor


def test_a_checkpoint_is_a_note_that_the_public_key_verifies(signed: Checkpoint, acme: TenantRef) -> None:
    said = notes.signed_checkpoint(signed.note, verifiers=verifiers())

    head = Head.objects.get()
    assert said.origin == f"platform.localhost/audit/{acme.id}/{head.epoch}"
    assert (said.size, said.extensions) == (Seal.objects.count(), ())
    assert said.root == bytes(signed.root) == merkle.root_of(leaves())
    assert (signed.size, bytes(signed.chain)) == (head.size, bytes(head.chain))


def test_the_name_of_the_tenant_stands_in_no_note(signed: Checkpoint, acme: TenantRef) -> None:
    assert acme.slug not in signed.note
    assert str(acme.id) in signed.note


def test_home_knows_what_was_signed(signed: Checkpoint, acme: TenantRef) -> None:
    known = PublishedHead.objects.get(tenant_id=acme.id)

    assert (known.epoch, known.size, bytes(known.root), known.note) == (signed.epoch, signed.size, bytes(signed.root), signed.note)


def test_nothing_new_is_not_signed_again(signed: Checkpoint, acme: TenantRef) -> None:
    with sealer(acme):
        assert not signing.is_behind()
        assert signing.sign() is None

    assert queries.latest_checkpoint() == signed


def test_two_seconds_are_waited_between_checkpoints(
    signed: Checkpoint, acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = signed.signed_at + timedelta(seconds=1.9)
    monkeypatch.setattr(clock, "now", lambda: later)
    happen(actor=owner)
    seal(acme)

    with sealer(acme):
        assert (signing.is_behind(), signing.is_due()) == (True, False)
        later += timedelta(seconds=0.1)
        assert signing.is_due()


def test_five_thousand_entries_are_signed_at_once(
    signed: Checkpoint, acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: signed.signed_at)
    monkeypatch.setattr(signing, "EVERY_ENTRIES", 2)
    monkeypatch.setattr(sealing, "BATCH", 2)
    happen(actor=owner)
    seal(acme)
    with sealer(acme):
        assert not signing.is_due()
    for _ in range(3):
        happen(actor=owner)

    seal(acme)

    assert queries.latest_checkpoint().size == signed.size + 3


def test_a_clock_that_was_put_back_does_not_stop_the_signing(
    signed: Checkpoint, acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: signed.signed_at - timedelta(hours=1))
    happen(actor=owner)
    seal(acme)

    with sealer(acme):
        actions.sign_due()

    assert queries.latest_checkpoint().size == signed.size + 1


def test_only_the_sealer_may_sign(signed: Checkpoint, owner: Actor, acme: TenantRef) -> None:
    happen(actor=owner)
    seal(acme)

    with pytest.raises(ProgrammingError, match="permission denied"):
        Checkpoint.objects.create(epoch=1, size=10**6, root=b"r" * 32, chain=b"c" * 32, note="forged")


def test_nobody_changes_a_checkpoint(signed: Checkpoint) -> None:
    with pytest.raises(ProgrammingError, match="append-only"), owner_of_tables() as cursor:
        cursor.execute("UPDATE audit_checkpoint SET size = size + 1")


def test_a_private_key_opens_in_its_own_row_only(signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    happen(actor=owner)
    seal(acme)
    with owner_of_tables() as cursor:
        cursor.execute("UPDATE audit_signingkey SET id = %s", [uuid4()])

    with pytest.raises(Unsealable), sealer(acme):
        signing.sign()

    assert queries.latest_checkpoint() == signed


def test_a_rotated_key_signs_what_follows_and_the_old_one_stays_listed(signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    before = verifiers()

    key = actions.rotate_signing_key(actor=owner)
    seal(acme)
    after = sign(acme)

    assert verifiers() == [queries.verifiers()[0].verifier, *before]
    assert key.origin == notes.parse_checkpoint(notes.split(signed.note)[0]).origin
    assert notes.signed_checkpoint(signed.note, verifiers=before).size == signed.size
    assert notes.signed_checkpoint(after.note, verifiers=verifiers()[:1]).size == signed.size + 1
    with pytest.raises(notes.BadNote):
        notes.signed_checkpoint(after.note, verifiers=before)
    entry = Entry.objects.order_by("-id").first()
    assert entry is not None
    assert entry.action == SigningKeyRotated.name
    assert entry.document["details"]["new_verifier"] == verifiers()[0]
    assert entry.document["details"]["old_verifier"] == before[0]


def test_who_may_only_read_cannot_rotate(signed: Checkpoint) -> None:
    reader = makers.person_actor(grants=frozenset({str(Permission.READ_ENTRIES)}))
    before = SigningKey.objects.count()

    with pytest.raises(Forbidden):
        actions.rotate_signing_key(actor=reader)

    assert SigningKey.objects.count() == before


def test_a_log_shorter_than_what_was_signed_begins_an_epoch(signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    """As after a failover to a copy that lacks the end."""
    store.publish(acme.id, epoch=signed.epoch, size=signed.size + 50, root=b"x" * 32, note="the note that was given out\n")
    happen(actor=owner)

    seal(acme)
    checkpoint = sign(acme)

    assert checkpoint.epoch == signed.epoch + 1
    first = Entry.objects.get(pk=Seal.objects.get(seq=signed.size + 2).entry_id)
    assert (first.action, first.severity) == (EpochBegun.name, 5)
    assert first.document["details"] == {
        "epoch": signed.epoch + 1,
        "reason": f"{signed.size + 50} entries were signed, and the log has {signed.size + 1}",
        "last_epoch": signed.epoch,
        "last_size": signed.size + 50,
        "last_note": "the note that was given out\n",
    }
    said = notes.signed_checkpoint(checkpoint.note, verifiers=verifiers())
    assert said.origin == f"platform.localhost/audit/{acme.id}/{signed.epoch + 1}"
    assert said.root == merkle.root_of(leaves())
    assert not Checkpoint.objects.filter(epoch=signed.epoch, size__gt=signed.size).exists()
    assert PublishedHead.objects.get(tenant_id=acme.id).epoch == signed.epoch + 1
    assert queries.verify().ok


def test_a_log_with_another_history_of_the_same_length_begins_an_epoch(signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    """The copy has grown past what was given out before anybody signed."""
    PublishedHead.objects.filter(tenant_id=acme.id).update(root=b"x" * 32)
    happen(actor=owner)

    seal(acme)
    checkpoint = sign(acme)

    assert checkpoint.epoch == signed.epoch + 1
    event = Entry.objects.filter(action=EpochBegun.name).get()
    assert event.document["details"]["reason"] == f"the log of {signed.size} entries was signed with another root"
    assert event.document["details"]["last_note"] == signed.note


def test_a_log_of_an_earlier_epoch_than_home_knows_goes_beyond_it(signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    """As after a restore of a copy from before the last epoch."""
    store.publish(acme.id, epoch=signed.epoch + 4, size=1, root=b"x" * 32, note="note\n")
    happen(actor=owner)
    seal(acme)

    checkpoint = sign(acme)

    assert queries.epoch() == signed.epoch + 5
    assert checkpoint.epoch == signed.epoch + 5
    assert Entry.objects.filter(action=EpochBegun.name).count() == 1


def test_an_epoch_that_ended_already_is_not_ended_twice(signed: Checkpoint, owner: Actor) -> None:
    first = actions.begin_epoch(reason="one sealer", instead_of=signed.epoch, actor=owner)
    second = actions.begin_epoch(reason="another sealer", instead_of=signed.epoch, actor=owner)

    assert first == second == signed.epoch + 1
    assert Entry.objects.filter(action=EpochBegun.name).count() == 1


def test_the_entry_of_an_epoch_stands_before_those_that_waited(signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    waiting = happen(actor=owner)

    actions.begin_epoch(reason="a copy was restored", actor=owner)
    seal(acme)

    entry = Entry.objects.get(action=EpochBegun.name)
    assert Seal.objects.get(entry_id=entry.pk).seq == signed.size + 1
    assert Seal.objects.get(entry_id=waiting).seq == signed.size + 2
    assert queries.verify().ok


def test_the_old_keys_sign_no_more_in_a_new_epoch(signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    actions.begin_epoch(reason="a copy was restored", actor=owner)
    sign(acme)

    old, new = SigningKey.objects.order_by("id")
    assert old.retired_at is not None
    assert (new.epoch, new.retired_at) == (old.epoch + 1, None)
    assert bytes(new.public) != bytes(old.public)


def test_a_log_with_keys_of_another_tenant_begins_an_epoch_of_its_own(signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    """As a copy that was restored under another name."""
    with owner_of_tables() as cursor:
        cursor.execute("UPDATE audit_signingkey SET origin = %s", [f"platform.localhost/audit/{uuid4()}/{signed.epoch}"])
    happen(actor=owner)
    seal(acme)

    checkpoint = sign(acme)

    assert queries.epoch() == signed.epoch + 1
    assert notes.signed_checkpoint(checkpoint.note, verifiers=verifiers()).origin.endswith(f"{acme.id}/{signed.epoch + 1}")


def test_while_home_is_away_sealing_goes_on_and_signing_waits(
    signed: Checkpoint, acme: TenantRef, owner: Actor, settings: Any
) -> None:
    settings.PUBLISHED_HEADS = "tests.audit.test_signing.AWAY"
    recorded = happen(actor=owner)

    with tenancy.activate(acme, purpose=Purpose.SEAL):
        assert actions.seal_pending() == 1
        with pytest.raises(epochs.HomeAway):
            signing.sign()

    assert Seal.objects.filter(entry_id=recorded).exists()
    assert queries.latest_checkpoint() == signed


class Away:
    """Home's part while home cannot be reached."""

    def of(self, tenant_id: UUID) -> None:
        raise OperationalError(f"connection refused, asked for {tenant_id}")


AWAY = Away()


def test_home_never_goes_back(acme: TenantRef) -> None:
    assert store.publish(acme.id, epoch=7, size=10, root=b"a" * 32, note="n")

    assert store.publish(acme.id, epoch=7, size=10, root=b"a" * 32, note="n2")
    assert not store.publish(acme.id, epoch=7, size=10, root=b"b" * 32, note="n3")
    assert not store.publish(acme.id, epoch=7, size=9, root=b"a" * 32, note="n4")
    assert not store.publish(acme.id, epoch=6, size=99, root=b"a" * 32, note="n5")
    found = store.of(acme.id)
    assert found is not None
    assert (found.epoch, found.size, found.note) == (7, 10, "n2")
    assert store.publish(acme.id, epoch=8, size=1, root=b"c" * 32, note="n6")


def test_a_log_that_is_older_than_the_tree_gets_its_tree(acme: TenantRef, owner: Actor) -> None:
    for _ in range(3):
        happen(actor=owner)
    seal(acme)
    with owner_of_tables() as cursor:
        cursor.execute("DELETE FROM audit_tile")
        cursor.execute("UPDATE audit_head SET frontier = ''")
    happen(actor=owner)

    seal(acme)

    head = Head.objects.get()
    assert merkle.Frontier(head.size, bytes(head.frontier)).root() == merkle.root_of(leaves())
    assert Tile.objects.count() == (1 if head.size >= 256 else 0)
