"""The panel above the list of entries: how the chain stands, as far as the last check can tell, and the button that checks it now."""

import pytest

from audit import actions, queries
from audit.models import Checkpoint, Entry
from audit.verifying import Answer, Depth
from identity import actions as identity
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.tampering import tampering
from tests.console.browser import Browser, text_of

BADGES = ("Sound", "Tampered", "Cannot tell", "Never checked", "Being checked")


@pytest.fixture
def signed(acme: TenantRef, owner_browser: Browser) -> Checkpoint:
    """Acme's log, sealed and signed to its end."""
    with tenancy.activate(acme, purpose=Purpose.SEAL):
        actions.seal_pending()
        actions.sign_log()
        return queries.latest_checkpoint()


def panel(browser: Browser) -> str:
    """What the panel says."""
    page = text_of(browser.get("/audit/"))
    return page.partition('aria-label="Chain"')[2].partition("</section>")[0]


def badges(text: str) -> list[str]:
    return [name for name in BADGES if f">{name}</span>" in text]


def test_a_log_that_was_never_checked_says_so(owner_browser: Browser, signed: Checkpoint) -> None:
    shown = panel(owner_browser)

    assert badges(shown) == ["Never checked"]
    assert "Verify now" in shown
    assert "What was found" not in shown


def test_a_sound_log_says_when_that_was_and_how_much_was_looked_at(
    owner_browser: Browser, owner: Actor, signed: Checkpoint
) -> None:
    found = actions.verify_chain(actor=owner)
    told = queries.last_check()

    shown = panel(owner_browser)

    assert found.answer is Answer.SOUND
    assert told.checked_at is not None
    assert badges(shown) == ["Sound"]
    assert f'<strong class="text-ink font-medium tabular-nums">{found.checked}</strong> entries were looked at' in shown
    assert told.checked_at.isoformat(timespec="seconds") in shown
    assert "What was found" in shown


def test_a_log_that_was_altered_names_the_first_fault(owner_browser: Browser, owner: Actor, signed: Checkpoint) -> None:
    entry = Entry.objects.filter(pk__in=queries.seals_of(list(Entry.objects.all()))).order_by("id")[0]
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = canonical || ' ' WHERE id = %s", entry.pk)
    found = actions.verify_chain(actor=owner)

    shown = panel(owner_browser)

    assert badges(shown) == ["Tampered"]
    assert f'from number <strong class="text-ink font-medium tabular-nums">{found.broken_at}</strong> on' in shown


def test_what_cannot_be_told_is_neither(owner_browser: Browser, owner: Actor, signed: Checkpoint) -> None:
    held = queries.parse_held(signed.note.replace("/audit/", "/other/"))
    found = actions.verify_chain(held=held, actor=owner)

    shown = panel(owner_browser)

    assert found.answer is Answer.CANNOT_TELL
    assert badges(shown) == ["Cannot tell"]


def test_a_running_check_shows_how_far_it_is_and_offers_no_second_one(
    owner_browser: Browser, owner: Actor, signed: Checkpoint
) -> None:
    actions.verify_chain(actor=owner)
    actions.start_verification(Depth.FULL, actor=owner)

    shown = panel(owner_browser)

    assert badges(shown) == ["Being checked"]
    assert '<progress value="0" max="100"' in shown
    assert "Verify now" not in shown
    assert "Watch it" in shown


def test_the_button_checks_the_log(owner_browser: Browser, signed: Checkpoint) -> None:
    form = panel(owner_browser).partition("<form")[2].partition("</form>")[0]

    answer = text_of(owner_browser.post("/audit/verification", {"depth": "full"}))

    assert 'method="post" action="/audit/verification"' in form
    assert 'name="depth" value="full"' in form
    assert "The chain holds." in answer
    assert badges(panel(owner_browser)) == ["Sound"]


def test_who_may_not_check_sees_the_state_and_no_button(owner: Actor, signed: Checkpoint) -> None:
    actions.verify_chain(actor=owner)
    identity.create_role("looker", label="Looker", permissions=["read:audit.entries"], actor=makers.OPERATOR)
    makers.make_person("lee@acme.example", name="Lee", roles=("looker",))

    shown = panel(Browser().signed_in("lee@acme.example"))

    assert badges(shown) == ["Sound"]
    assert "Verify now" not in shown
    assert "<a" not in shown
