"""The page of the keys that seal."""

from identity import actions, queries
from identity.models import DataKey
from kernel import sealing
from kernel.problems import Unavailable
from operations import actions as operations
from operations import progress
from operations.models import Operation
from tests.console.browser import Browser, text_of
from tests.makers import OPERATOR


def test_the_page_shows_the_keys_and_starts_a_rotation(owner_browser: Browser) -> None:
    sealing.seal(b"x", context="tests")
    key = DataKey.objects.get(state="active").short_id

    before = text_of(owner_browser.get("/security/secrets"))
    asked = text_of(owner_browser.get("/security/secrets/rotation"))
    started = owner_browser.post("/security/secrets/rotation")
    again = owner_browser.post("/security/secrets/rotation")
    at_work = text_of(owner_browser.get("/security/secrets"))

    assert key in before
    assert f"Installation, <bdi>{sealing.ring_key_id()}</bdi>" in before
    assert ("New key" in before, "New key" in at_work) == (True, False)
    assert "progress" not in before
    assert "A new key is made" in asked
    assert started["Location"] == "/security/secrets"
    assert again.status_code == 409
    assert "<progress" in at_work
    assert Operation.objects.filter(kind=queries.ROTATION_KIND).count() == 1


def test_the_page_tells_what_came_of_it_and_finds_keys(owner_browser: Browser) -> None:
    old = DataKey.objects.get(state="active").short_id
    operation = actions.begin_rotation(actor=OPERATOR)
    actions.work_on_rotation(operation.id, actor=OPERATOR)
    new = DataKey.objects.get(state="active").short_id

    shown = text_of(owner_browser.get("/security/secrets"))
    found = text_of(owner_browser.get(f"/security/secrets?q={new}"))
    retiring = text_of(owner_browser.get("/security/secrets?state=retiring"))

    assert old in shown
    assert new in shown
    assert old not in found
    assert (new in retiring, old in retiring) == (False, True)


def test_who_may_not_rotate_sees_no_button_and_is_refused(member_browser: Browser) -> None:
    assert member_browser.get("/security/secrets").status_code == 403
    assert member_browser.post("/security/secrets/rotation").status_code == 403
    assert not Operation.objects.filter(kind=queries.ROTATION_KIND).exists()


def test_a_rotation_that_waits_says_what_for_and_one_that_failed_why(owner_browser: Browser) -> None:
    operation = actions.begin_rotation(actor=OPERATOR)
    working = progress.claim(operation.id)
    assert working is not None
    progress.wait(working, why=Unavailable("The key service does not answer."))

    waits = text_of(owner_browser.get("/security/secrets"))
    working = progress.claim(operation.id)
    assert working is not None
    operations.fail(operation.id, problem=Unavailable("It is lost."), attempt=working.attempts, actor=OPERATOR)
    failed = text_of(owner_browser.get("/security/secrets"))

    assert "<strong>It waits.</strong> The key service does not answer." in waits
    assert ("failed" in waits, "It waits" in failed) == (False, False)
    assert "<strong>The last rotation failed.</strong> It is lost." in failed
