"""The proof through HTTP, without JavaScript."""

import pytest

from audit import actions, notes, queries, signing
from audit.models import Checkpoint, Seal, SigningKey
from kernel import ids, tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import seal
from tests.console.browser import Browser, text_of


@pytest.fixture
def signed(owner_browser: Browser, acme: TenantRef) -> Checkpoint:
    """Acme's log, which holds that somebody signed in, sealed and signed."""
    seal(acme)
    with tenancy.activate(acme, purpose=Purpose.SEAL):
        if signing.is_behind():
            actions.sign_log()
    return queries.latest_checkpoint()


def verifiers() -> list[str]:
    return [found.verifier for found in queries.verifiers()]


def test_the_page_shows_the_newest_checkpoint_and_the_keys(owner_browser: Browser, signed: Checkpoint) -> None:
    shown = text_of(owner_browser.get("/audit/proof/"))

    assert signed.note.splitlines()[2] in shown
    assert verifiers()[0].partition("+")[0] in shown
    assert bytes(signed.root).hex() in shown
    assert 'aria-current="page">Proof</a>' in shown


def test_a_checkpoint_is_found_by_its_size(owner_browser: Browser, signed: Checkpoint) -> None:
    found = text_of(owner_browser.htmx(f"/audit/proof/?q={signed.size}&epoch={signed.epoch}"))
    nothing = text_of(owner_browser.htmx("/audit/proof/?q=many"))

    assert signed.public_id in found
    assert "No checkpoints match" in nothing


def test_a_note_is_downloaded_and_verifies(owner_browser: Browser, signed: Checkpoint) -> None:
    answer = owner_browser.get(f"/audit/proof/{signed.public_id}")

    text = b"".join(answer.streaming_content).decode()
    assert notes.signed_checkpoint(text, verifiers=verifiers()).size == signed.size
    assert answer["Content-Disposition"] == f'attachment; filename="{signed.public_id}.note"'


def test_the_proof_of_an_entry_is_downloaded(owner_browser: Browser, signed: Checkpoint) -> None:
    entry = ids.show("ent", Seal.objects.get(seq=signed.size).entry_id)

    answer = owner_browser.get(f"/audit/{entry}/proof")

    assert notes.parse_proof(b"".join(answer.streaming_content).decode()).index == signed.size - 1


def test_two_checkpoints_are_compared(owner_browser: Browser, signed: Checkpoint, acme: TenantRef) -> None:
    makers.make_person("late@acme.example")
    with tenancy.activate(acme, purpose=Purpose.SEAL):
        actions.seal_pending()
        actions.sign_log()
    newer = queries.latest_checkpoint()

    asked = text_of(owner_browser.get("/audit/proof/consistency"))
    answer = owner_browser.get(f"/audit/proof/consistency?first={signed.size}&second={newer.size}")

    proof, shown = queries.consistency_proof(signed.size, second=newer.size), text_of(answer)
    assert answer.status_code == 200
    assert newer.size > signed.size
    assert f'name="second" value="{newer.size}"' in asked
    for note in (signed.note, newer.note):
        assert f"<code>{note.splitlines()[2]}</code>" in shown
    assert proof.hashes
    assert all(hashed.hex() in shown for hashed in proof.hashes)
    assert "/audit/proof/consistency" in text_of(owner_browser.get("/audit/proof/"))


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("first=2&second=1", "Give two sizes with"), ("first=1&second=99999", "Give two sizes with"), ("first=0&second=1", "greater than or equal to 1"),
        ("first=x&second=1", "Enter a whole number"), ("first=1", "This field is required"),
    ],
)  # fmt: skip
def test_sizes_that_make_no_sense_are_refused_in_the_form(
    query: str, fault: str, owner_browser: Browser, signed: Checkpoint
) -> None:
    answer = owner_browser.get(f"/audit/proof/consistency?{query}")

    assert answer.status_code == 422
    assert fault in text_of(answer)
    assert "proof-head" not in text_of(answer)


def test_a_new_key_is_asked_for_and_confirmed(owner_browser: Browser, signed: Checkpoint) -> None:
    before = SigningKey.objects.count()
    asked = text_of(owner_browser.get("/audit/proof/rotation"))
    unchanged = SigningKey.objects.count()

    done = owner_browser.post("/audit/proof/rotation", {})

    assert "It stays listed, and what it signed stays valid." in asked
    assert (unchanged, SigningKey.objects.count()) == (before, before + 1)
    assert done["Location"] == "/audit/proof/"


def test_a_member_sees_no_proof(member_browser: Browser) -> None:
    assert member_browser.get("/audit/proof/").status_code == 403
    assert member_browser.post("/audit/proof/rotation", {}).status_code == 403
