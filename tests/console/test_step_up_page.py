"""The page on which one shows once more that it is oneself: it says for what, and leads back to where one was."""

import inspect
import re

import pytest
from django.urls import reverse

from console import sensitive, urls, urls_operator
from console.views.base import Page
from identity import actions
from identity.models import SecuritySettings, Session, SignInAttempt, SmsDevice, User
from tests import makers
from tests.console.browser import Browser, text_of
from tests.identity.authenticator import Authenticator
from tests.identity.factor_makers import add_app
from tests.identity.test_passkeys import add_passkey
from tests.identity.test_sensitive_acts import SENSITIVE

LONG_AGO = "2026-01-01T00:00:00Z"
OTHERS = {"console.audit-rotate", "console.audit-policy", "console.person-attributes"}
"""Pages of the audit log, whose actions have the same names as some of identity's, and one that gives nobody a role."""


@pytest.fixture
def ada() -> User:
    return makers.make_person(roles=("owner",))


@pytest.fixture
def browser(ada: User) -> Browser:
    """Signed in long ago."""
    opened = Browser().signed_in(ada.email)
    Session.objects.update(proved_at=LONG_AGO)
    return opened


def _pages_that_may_ask() -> set[str]:
    """The names of the pages whose code calls an action that asks for a fresh proof."""
    found = set()
    for pattern in (*urls.urlpatterns, *urls_operator.urlpatterns):
        view = getattr(pattern.callback, "view_class", None)
        if view is not None and "GET" in view.access and "POST" in view.access:
            own = [one for one in view.__mro__ if issubclass(one, Page) and one.__module__ not in {Page.__module__}]
            called = re.findall(r"actions\.(\w+)\(", "".join(inspect.getsource(one) for one in own))
            found |= {str(pattern.name)} if SENSITIVE.keys() & set(called) else set()
    return found - OTHERS


def test_every_page_that_may_ask_for_a_fresh_proof_says_what_for() -> None:
    assert _pages_that_may_ask() - sensitive.ACTS.keys() == set()
    assert all(act[:1].islower() and not act.endswith(".") for act in sensitive.ACTS.values())


def test_the_page_says_for_what_it_asks_and_how_young_a_proof_must_be(browser: Browser) -> None:
    SecuritySettings.objects.update_or_create(id=1, defaults={"step_up_s": 90})

    sent = browser.post("/policies/clock", {"timezone": "Europe/Berlin"})
    page = text_of(browser.get(sent["Location"]))

    assert sent["Location"] == "/step-up?next=%2Fpolicies%2Fclock"
    assert "To set the clock of the policies, show that it is you: the last proof must not be older than 2 minutes." in page
    assert "Nothing was done yet. Afterwards you come back and do it." in page
    assert '<a class="link" href="/policies/clock">Back without doing it</a>' in page


@pytest.mark.parametrize("place", ["/people/", "/nowhere", "https://evil.example/policies/clock", "//evil.example", "/[", ""])
def test_of_other_places_it_says_no_more_than_it_knows(browser: Browser, place: str) -> None:
    page = browser.get(reverse("console.step-up") + f"?next={place}")

    assert page.status_code == 200
    assert "A sensitive act asks you to show that it is you: the last proof must not be older than 15 minutes." in text_of(page)
    assert "evil.example" not in text_of(page)


def test_the_version_that_was_looked_at_is_still_asked_for_afterwards(browser: Browser) -> None:
    policy = actions.create_policy(
        "shut", text="forbid(principal, action, resource) when { context.is_support };", actor=makers.OPERATOR
    )
    page = f"/policies/{policy.public_id}/enforcement?version=1"

    sent = browser.post(page, {"version": "1"})
    browser.get(sent["Location"])
    done = browser.post("/step-up", {"kind": "password", "password": makers.PASSWORD, "next": page})

    assert sent["Location"] == f"/step-up?next=%2Fpolicies%2F{policy.public_id}%2Fenforcement%3Fversion%3D1"
    assert done["Location"] == page
    assert 'name="version" value="1"' in text_of(browser.get(page))


def test_what_has_no_page_of_its_own_leads_back_to_the_list_that_it_stands_in(ada: User, browser: Browser) -> None:
    kept = makers.make_person("kept@acme.example")
    add_passkey(kept, Authenticator())
    actions.mark_break_glass(kept.id, actor=makers.OPERATOR)
    actions.arm_break_glass(kept.id, hours=1, reason="A test.", actor=makers.OPERATOR)

    sent = browser.post(f"/security/break-glass/{kept.public_id}/disarming")

    assert sent["Location"] == "/step-up?next=%2Fsecurity%2Fbreak-glass%2F"
    assert "To change an account for emergencies, show" in text_of(browser.get(sent["Location"]))


def test_a_proof_that_comes_too_late_begins_again_on_the_same_way(browser: Browser) -> None:
    again = browser.post("/step-up", {"kind": "password", "password": makers.PASSWORD, "next": "/policies/clock"})
    sent = browser.post("/sign-in/factor/code", {"next": "/policies/clock"})

    assert again["Location"] == "/step-up?next=%2Fpolicies%2Fclock"
    assert sent["Location"] == "/step-up?next=%2Fpolicies%2Fclock"


def test_a_code_by_text_message_keeps_the_way(ada: User, browser: Browser) -> None:
    SmsDevice.objects.create(user=ada, name="Phone", confirmed=True, sealed_number="sealed", number_digest=b"x" * 32, hint="42")
    browser.get("/step-up?next=/policies/clock")

    page = text_of(browser.get("/step-up?next=/policies/clock&kind=sms"))
    sent = browser.post("/sign-in/factor/code", {"next": "/policies/clock"})

    assert page.count('<input type="hidden" name="next" value="/policies/clock">') == 2
    assert sent["Location"] == "/step-up?kind=sms&next=%2Fpolicies%2Fclock"


def test_a_place_that_nobody_can_type_is_no_fault_of_ours(ada: User) -> None:
    add_app(ada)

    asked = Browser().post("/sign-in", {"email": ada.email, "password": makers.PASSWORD, "next": "/people\0/"})

    assert (asked.status_code, asked["Location"]) == (302, "/sign-in/factor")
    assert SignInAttempt.objects.get(purpose="sign_in").return_path == "/"


def test_a_place_that_is_too_long_to_be_kept_is_not_cut() -> None:
    Browser().get("/sign-in/passkey?next=/" + "a" * 600)

    assert SignInAttempt.objects.get(purpose="passkey").return_path == ""
