"""The pages that check the log and take evidence along."""

from typing import Any

import pytest

from audit import actions, queries, tasks
from audit.evidence import verify
from audit.models import Checkpoint, Entry, Export
from audit.queries import checks
from kernel import ids, tenancy
from kernel.tenancy import Purpose, TenantRef
from tests.audit.tampering import tampering
from tests.console.browser import Browser, text_of


@pytest.fixture
def signed(acme: TenantRef, owner_browser: Browser) -> Checkpoint:
    """Acme's log, sealed and signed to its end."""
    with tenancy.activate(acme, purpose=Purpose.SEAL):
        actions.seal_pending()
        actions.sign_log()
        return queries.latest_checkpoint()


def test_the_page_tells_of_the_last_check(owner_browser: Browser, signed: Checkpoint) -> None:
    never = text_of(owner_browser.get("/audit/verification"))
    found = text_of(owner_browser.post("/audit/verification", {"depth": "full", "against": signed.note.replace("\n", "\r\n")}))
    last = text_of(owner_browser.get("/audit/verification"))

    assert "Never checked" in never
    assert "The chain holds." in found
    assert "The log was sound" in last


def test_a_log_that_was_altered_is_shown_with_its_first_entry_and_what_to_do(owner_browser: Browser, signed: Checkpoint) -> None:
    entry = Entry.objects.filter(pk__in=queries.seals_of(list(Entry.objects.all()))).order_by("id")[0]
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = canonical || ' ' WHERE id = %s", entry.pk)

    found = text_of(owner_browser.post("/audit/verification", {"depth": "full"}))

    assert "The log does not hold, from number" in found
    assert f"the text of entry {entry.public_id} was altered" in found
    assert "Leave the database as it is" in found
    assert "The log did not hold" in text_of(owner_browser.get("/audit/verification"))


def test_what_cannot_be_looked_at_is_no_alarm(owner_browser: Browser, signed: Checkpoint) -> None:
    other = signed.note.replace("/audit/", "/other/")

    assert "That cannot be told." in text_of(owner_browser.post("/audit/verification", {"depth": "full", "against": other}))
    assert owner_browser.post("/audit/verification", {"depth": "full", "against": "nonsense"}).status_code == 422


def test_a_long_log_is_checked_in_the_background(
    owner_browser: Browser, signed: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "AT_ONCE_MAXIMUM", 0)

    asked = owner_browser.post("/audit/verification", {"depth": "full"})

    assert (asked.status_code, asked["Location"]) == (302, "/audit/verification")
    assert "The log is being checked." in text_of(owner_browser.get("/audit/verification"))


def test_evidence_is_asked_for_gathered_and_fetched(owner_browser: Browser, signed: Checkpoint) -> None:
    asked = owner_browser.post("/audit/evidence/new", {"from_seq": "1", "to_seq": "2"})
    place: str = asked["Location"]
    waiting = text_of(owner_browser.get(place))
    bundle = Export.objects.get(pk=ids.parse("exp", place.rstrip("/").rpartition("/")[2]))
    tasks.evidence.run(operation_id=str(bundle.operation_id))

    shown = text_of(owner_browser.get(place))
    file: Any = owner_browser.get(f"{place}/file")

    content = b"".join(file.streaming_content)
    assert "It goes on in the background" in waiting
    assert "python verify.py" in shown
    assert verify.checked(memoryview(content), [queries.verifiers()[0].verifier]).code == 0
    assert bundle.public_id in text_of(owner_browser.get("/audit/evidence/"))
    assert "Take evidence along" in text_of(owner_browser.get("/audit/proof/"))


def test_a_range_that_is_none_is_refused_at_its_field(owner_browser: Browser, signed: Checkpoint) -> None:
    before = Export.objects.count()

    refused = owner_browser.post("/audit/evidence/new", {"from_seq": "5", "to_seq": "4"})

    assert refused.status_code == 422
    assert "not end before it begins" in text_of(refused)
    assert Export.objects.count() == before
