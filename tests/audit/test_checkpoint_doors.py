"""Checkpoints and proofs over HTTP and by command: what an auditor gets, in the forms that their programs read."""

import hashlib
import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import call_command
from django.db import connections

from audit import actions, merkle, notes, queries, signing
from audit.models import Checkpoint, Entry, Seal, SigningKey
from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import happen, seal
from tests.caller import Caller


@pytest.fixture
def reader(client: Caller) -> Caller:
    """A program that may read the trail."""
    client.key = makers.make_key(scopes=("read:audit.entries",)).secret
    return client


@pytest.fixture
def signed(reader: Caller, acme: TenantRef, owner: Actor) -> Checkpoint:
    """Everything in acme's log sealed and signed; the key of `reader` is made before, since that is recorded too."""
    for number in range(4):
        happen(actor=owner, number=number)
    return sign(acme)


def sign(ref: TenantRef) -> Checkpoint:
    seal(ref)
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        if signing.is_behind():
            actions.sign_log()
    return queries.latest_checkpoint()


def verifiers() -> list[str]:
    return [found.verifier for found in queries.verifiers()]


def run(*arguments: str) -> dict[str, Any]:
    shown = io.StringIO()
    call_command("checkpoint", *arguments, "--json", stdout=shown)
    found: dict[str, Any] = orjson.loads(shown.getvalue())
    return found


def test_the_newest_checkpoint_is_shown(reader: Caller, signed: Checkpoint) -> None:
    shown = reader.get("/v1/audit/checkpoints/latest").json()

    assert shown == queries.checkpoint_document(signed)
    assert shown == reader.get(f"/v1/audit/checkpoints/{signed.public_id}").json()
    assert (shown["size"], shown["root"]) == (signed.size, bytes(signed.root).hex())


def test_the_note_itself_is_a_download(reader: Caller, signed: Checkpoint) -> None:
    by_name = reader.get("/v1/audit/checkpoints/latest?form=note")
    by_header = reader.get(f"/v1/audit/checkpoints/{signed.public_id}", HTTP_ACCEPT="text/plain")

    for answer in (by_name, by_header):
        text = b"".join(answer.streaming_content).decode()
        assert notes.signed_checkpoint(text, verifiers=verifiers()).size == signed.size
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer["Content-Disposition"] == f'attachment; filename="{signed.public_id}.note"'


def test_checkpoints_come_in_pages_newest_first(reader: Caller, signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    made = [signed]
    for _ in range(2):
        happen(actor=owner)
        made.append(sign(acme))

    first = reader.get(f"/v1/audit/checkpoints?limit=2&epoch={signed.epoch}").json()
    second = reader.get(f"/v1/audit/checkpoints?limit=2&epoch={signed.epoch}&cursor={first['next_cursor']}").json()

    assert [row["id"] for row in first["data"] + second["data"]][:3] == [row.public_id for row in made[::-1]]
    assert reader.get(f"/v1/audit/checkpoints?epoch={signed.epoch + 1}").json()["data"] == []


def test_a_proof_convinces_somebody_who_has_only_the_entry_and_the_public_key(
    reader: Caller, signed: Checkpoint, owner: Actor
) -> None:
    kept = Seal.objects.get(seq=signed.size - 1)
    shown = reader.get(f"/v1/audit/entries/{ids.show('ent', kept.entry_id)}").json()

    answer = reader.get(f"/v1/audit/entries/{shown['id']}/proof?form=tlog-proof")

    text = b"".join(answer.streaming_content).decode()
    proof = notes.parse_proof(text)
    said = notes.signed_checkpoint(proof.checkpoint, verifiers=verifiers())
    leaf = hashlib.sha256(b"\0" + shown["canonical"].encode()).digest()
    assert merkle.verify_inclusion(leaf, index=proof.index, size=said.size, root=said.root, proof=proof.hashes)
    assert len(text) <= 2048
    assert answer["Content-Disposition"] == f'attachment; filename="{shown["id"]}.tlog-proof"'


def test_a_proof_by_an_older_checkpoint_is_given(reader: Caller, signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    happen(actor=owner)
    sign(acme)
    kept = Seal.objects.get(seq=1)

    shown = reader.get(f"/v1/audit/entries/{ids.show('ent', kept.entry_id)}/proof?checkpoint={signed.public_id}").json()

    assert (shown["seq"], shown["index"], shown["checkpoint"]["id"]) == (1, 0, signed.public_id)
    hashes = [bytes.fromhex(hashed) for hashed in shown["hashes"]]
    assert merkle.verify_inclusion(bytes(kept.leaf), index=0, size=signed.size, root=bytes(signed.root), proof=hashes)


def test_an_entry_that_no_checkpoint_covers_yet_is_told_when_to_come_back(
    reader: Caller, signed: Checkpoint, acme: TenantRef, owner: Actor
) -> None:
    waiting = ids.show("ent", happen(actor=owner))

    before = reader.get(f"/v1/audit/entries/{waiting}/proof")
    seal(acme)
    after = reader.get(f"/v1/audit/entries/{waiting}/proof?checkpoint={signed.public_id}")

    assert (before.status_code, before.json()["type"]) == (409, "/problems/not-signed-yet")
    assert (after.status_code, after.json()["seq"], after.json()["size"]) == (409, signed.size + 1, signed.size)


def test_what_is_not_there_is_not_found(reader: Caller, signed: Checkpoint) -> None:
    stranger = ids.new_id()

    assert reader.get(f"/v1/audit/entries/{ids.show('ent', stranger)}/proof").json()["type"] == "/problems/entry-not-found"
    assert reader.get(f"/v1/audit/checkpoints/{ids.show('chk', stranger)}").json()["type"] == "/problems/checkpoint-not-found"


def test_nothing_signed_yet_is_told(reader: Caller, acme: TenantRef) -> None:
    with tenancy.activate(acme, purpose=Purpose.MIGRATE), connections[acme.cell].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_checkpoint DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_checkpoint")

    assert reader.get("/v1/audit/checkpoints/latest").json()["type"] == "/problems/checkpoint-not-found"


def test_a_form_that_does_not_exist_is_refused(reader: Caller, signed: Checkpoint) -> None:
    assert reader.get("/v1/audit/checkpoints/latest?form=pdf").status_code == 422


def test_a_proof_between_two_lengths_verifies(reader: Caller, signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    happen(actor=owner)
    later = sign(acme)

    shown = reader.get(f"/v1/audit/consistency?first={signed.size}&second={later.size}").json()

    hashes = [bytes.fromhex(hashed) for hashed in shown["hashes"]]
    roots = {"first_root": bytes(signed.root), "second_root": bytes(later.root)}
    assert merkle.verify_consistency(signed.size, later.size, **roots, proof=hashes)
    assert (shown["first_root"], shown["second_root"]) == (bytes(signed.root).hex(), bytes(later.root).hex())


@pytest.mark.parametrize(
    "query", ["first=2&second=1", "first=1&second=281474976710656", "first=0&second=1", "first=1", "first=x&second=2"]
)
def test_lengths_that_make_no_sense_are_refused(query: str, reader: Caller, signed: Checkpoint) -> None:
    assert reader.get(f"/v1/audit/consistency?{query}").status_code == 422


def test_a_rotation_over_http(reader: Caller, signed: Checkpoint) -> None:
    refused = reader.post("/v1/audit/signing-keys")
    before = SigningKey.objects.count()
    reader.key = makers.make_key(email="security@acme.example").secret

    made = reader.post("/v1/audit/signing-keys")

    assert (refused.status_code, made.status_code) == (403, 201)
    listed = reader.get("/v1/audit/signing-keys").json()["data"]
    assert listed[0] == made.json()
    assert (len(listed), listed[0]["retired_at"]) == (before + 1, None)
    assert listed[1]["retired_at"] is not None
    assert [row["verifier"] for row in listed] == verifiers()
    assert "sealed" not in made.content.decode()


def test_the_command_says_the_same(signed: Checkpoint, acme: TenantRef) -> None:
    entry = ids.show("ent", Seal.objects.get(seq=2).entry_id)

    listed = run("list", "--tenant", acme.slug, "--limit", "1")
    proof = run("proof", entry, "--tenant", acme.slug)
    between = run("consistency", "1", str(signed.size), "--tenant", acme.slug)
    keys = run("keys", "--tenant", acme.slug)

    assert listed["checkpoints"] == [queries.checkpoint_document(signed)]
    assert run("latest", "--tenant", acme.slug)["checkpoint"] == listed["checkpoints"][0]
    assert run("show", signed.public_id, "--tenant", acme.slug)["checkpoint"] == listed["checkpoints"][0]
    assert (proof["entry"], proof["seq"]) == (entry, 2)
    assert (between["first"], between["second_root"]) == (1, bytes(signed.root).hex())
    assert [key["verifier"] for key in keys["keys"]] == verifiers()


def test_the_command_prints_or_writes_the_note(signed: Checkpoint, acme: TenantRef, tmp_path: Path) -> None:
    path, shown = tmp_path / "latest.note", io.StringIO()

    with redirect_stdout(shown):
        call_command("checkpoint", "latest", "--tenant", acme.slug)
        call_command("checkpoint", "latest", "--tenant", acme.slug, "--out", str(path))

    assert notes.signed_checkpoint(path.read_text(), verifiers=verifiers()).size == signed.size
    assert shown.getvalue().startswith(signed.note.removesuffix("\n"))


def test_a_dry_rotation_changes_nothing(signed: Checkpoint, acme: TenantRef) -> None:
    before = verifiers(), Entry.objects.count()

    told = run("rotate", "--tenant", acme.slug, "--dry-run")

    assert told["dry_run"] is True
    assert (verifiers(), Entry.objects.count()) == before
