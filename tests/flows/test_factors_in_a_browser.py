"""Second factors in a real browser: without scripts everything but passkeys works, and each page can be used by everybody."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyotp
import pytest
from playwright.sync_api import Browser

from tests.flows.browser import Visitor, chromium, visitor
from tests.flows.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.committed]

PASSWORD = "correct horse battery staple 7"
HELLO = "Hello, Scriptless"


def scriptless(browser: Browser) -> Visitor:
    """A new window without cookies and without scripts."""
    context = browser.new_context(locale="en-GB", timezone_id="UTC", java_script_enabled=False)
    context.set_default_timeout(15_000)
    return Visitor(context.new_page())


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody at acme whom a rule asks for a factor: the link of their invitation, and the addresses of the pages about them."""

    email: str
    link: str
    person: str
    rule: str


@pytest.fixture
def invited(product: Product, request: pytest.FixtureRequest) -> Iterator[Invited]:
    """A new person with a rule of their own; both go afterwards."""
    email = f"{request.node.name[5:30].strip('_')}@acme.example"
    added = product.manage("person", "add", email, "--name", "Scriptless", "--role", "member", "--tenant", "acme")
    terms = ("--person", email, "--required", "any", "--remember-days", "7")
    rule = product.manage("mfa_policy", "create", *terms, "--tenant", "acme")["mfa_policy"]["id"]
    yield Invited(
        email=email,
        link=product.url("acme", added["invitation_path"]),
        person=product.url("acme", f"/people/{added['person']['id']}/factors/"),
        rule=product.url("acme", f"/security/mfa/{rule}"),
    )
    product.manage("mfa_policy", "delete", rule, "--tenant", "acme")
    product.manage("person", "deactivate", email, "--reason", "The flow is over.", "--tenant", "acme")


def come_in(window: Visitor, *, link: str) -> list[str]:
    """Accept the invitation and set up the app that the rule asks for; the headings that followed."""
    window.page.goto(link)
    window.page.get_by_label("New password").fill(PASSWORD)
    window.press("Accept and sign in")
    headings = [window.page.inner_text("h1")]
    window.follow("Authenticator app")
    window.press("Go on")
    window.page.get_by_label("Code").fill(pyotp.TOTP(window.page.inner_text("#secret")).now())
    window.press("Take it into use")
    return [*headings, window.page.inner_text("h1")]


def make_codes(window: Visitor, address: str) -> list[str]:
    """Recovery codes from the account's page; none when something else is asked for first."""
    window.page.goto(f"{address}/account/recovery-codes")
    window.press("Make new codes")
    return window.page.locator("#codes code").all_inner_texts()


def show_code(window: Visitor, code: str) -> str:
    """Give a recovery code where a factor is asked for, and trust the browser where that is offered; the heading that follows."""
    window.follow("Recovery code")
    window.page.get_by_label("Code").fill(code)
    if window.page.get_by_label("Trust this browser").count():
        window.page.get_by_label("Trust this browser").check()
    window.press("Go on")
    return window.page.inner_text("h1")


def sign_in(window: Visitor, address: str, *, email: str) -> str:
    """With the password; the heading that follows."""
    window.sign_in(address, email=email, password=PASSWORD)
    return window.page.inner_text("h1")


def test_every_flow_but_passkeys_works_without_scripts(product: Product, invited: Invited) -> None:
    address = product.url("acme", "")
    with chromium() as browser:
        window = scriptless(browser)

        entered = come_in(window, link=invited.link)
        codes = make_codes(window, address)
        window.page.context.clear_cookies()
        challenged = [sign_in(window, address, email=invited.email), show_code(window, codes[0])]
        window.page.context.clear_cookies(name="freehold_session")
        trusted = sign_in(window, address, email=invited.email)
        asked_again = [make_codes(window, address), window.page.inner_text("h1"), show_code(window, codes[1])]
        window.page.goto(f"{address}/account/factors/")
        window.page.get_by_role("button", name="Trust no more").click()
        told = window.page.inner_text("main")
        window.page.goto(f"{address}/account/factors/new/webauthn")
        window.press("Go on")
        without_scripts = window.page.inner_text("main")

        assert entered == ["Set up a second factor", HELLO]
        assert challenged == ["Show that it is you", HELLO]
        assert trusted == HELLO
        assert asked_again == [[], "Show once more that it is you", "Make recovery codes?"]
        assert "This browser is asked for a factor again" in told
        assert "A passkey needs JavaScript" in without_scripts


def faults_on_the_way_in(window: Visitor, *, link: str) -> list[str]:
    """What axe finds on each page from the invitation to the first factor."""
    window.page.goto(link)
    window.page.get_by_label("New password").fill(PASSWORD)
    window.press("Accept and sign in")
    found = window.faults()
    window.follow("Authenticator app")
    found += window.faults()
    window.press("Go on")
    secret = window.page.inner_text("#secret")
    window.page.get_by_label("Code").fill("000000")
    window.press("Take it into use")
    found += window.faults()
    window.page.wait_for_timeout(1_100)  # after a wrong code the next is looked at a second later
    window.page.get_by_label("Code").fill(pyotp.TOTP(secret).now())
    window.press("Take it into use")
    return found


def faults_at(window: Visitor, *addresses: str) -> list[str]:
    """What axe finds at some addresses."""
    found = []
    for address in addresses:
        window.page.goto(address)
        found += window.faults()
    return found


def test_each_page_about_factors_can_be_used_by_everybody(product: Product, invited: Invited) -> None:
    address = product.url("acme", "")
    with chromium() as browser:
        person, owner = visitor(browser), visitor(browser)

        on_the_way_in = faults_on_the_way_in(person, link=invited.link)
        make_codes(person, address)
        shown_once = person.faults()
        person.page.goto(f"{address}/account/factors/")
        own = [person.page.get_by_role("link", name=name).get_attribute("href") for name in ("Rename Auth", "Remove… Auth")]
        at_home = faults_at(person, *(f"{address}{path}" for path in own))
        person.page.context.clear_cookies()
        sign_in(person, address, email=invited.email)
        at_sign_in = faults_at(person, *(f"{address}/sign-in/factor?kind={kind}" for kind in ("totp", "recovery")))
        owner.enter(product.way_in("acme"))
        of_the_owner = faults_at(owner, invited.person, f"{invited.person}removal", invited.rule, f"{invited.rule}/deletion")

        assert on_the_way_in + shown_once + at_home + at_sign_in + of_the_owner == []
        assert person.complaints + owner.complaints == []
