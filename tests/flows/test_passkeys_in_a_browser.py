"""Passkeys in a real browser with a virtual authenticator: made and used at two tenants, and of no use crosswise."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.flows.browser import Visitor, chromium, visitor
from tests.flows.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.committed]

AUTHENTICATOR = {
    "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
CAPTURE = """() => { const form = document.querySelector("passkey-button").closest("form");
  form.requestSubmit = () => { window.captured = form.elements.credential.value; }; }"""
REPLAY = """(credential) => { const form = document.querySelector("passkey-button").closest("form");
  form.elements.credential.value = credential; form.submit(); }"""
ASK_FOR_ANOTHERS = """(host) => navigator.credentials.get({publicKey: {challenge: new Uint8Array(32), rpId: host}})
  .then(() => "given", (fault) => fault.name)"""


def with_authenticator(window: Visitor) -> Any:
    """Plug a virtual authenticator into the window; what asks it for its passkeys."""
    session = window.page.context.new_cdp_session(window.page)
    session.send("WebAuthn.enable")
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    identifier = added["authenticatorId"]
    return lambda: session.send("WebAuthn.getCredentials", {"authenticatorId": identifier})["credentials"]


def faults_of(window: Visitor) -> list[str]:
    """What axe finds at the present address, looked at in a page of its own: its debugger would unplug the authenticator.

    Each look at such an address makes a new challenge, so the window looks once more too.
    """
    beside = Visitor(window.page.context.new_page())
    beside.page.goto(window.page.url)
    found = beside.faults()
    beside.page.close()
    window.page.reload()
    return found


@pytest.fixture
def without_factors(product: Product) -> Iterator[None]:
    """Other flows sign these people in with a password alone."""
    yield
    for entry in product.manage("demo")["sign_ins"]:
        slug = entry["url"].partition("//")[2].partition(".")[0]
        product.manage("factor", "clear", entry["email"], "--reason", "The flow is over.", "--tenant", slug)


def enter_with_password(product: Product, window: Visitor, *, host: str) -> str:
    """Sign in at a tenant of the demo; its address."""
    address = window.enter(product.way_in(host))
    assert window.page.locator("aside.sidebar").count() == 1
    return address


def add_passkey(window: Visitor, address: str) -> None:
    """By the pages of the account."""
    window.page.goto(f"{address}/account/factors/")
    window.follow("Passkey or security key")
    window.press("Go on")
    assert faults_of(window) == []
    with window.page.expect_navigation(url=f"{address}/account/factors/"):
        window.page.get_by_role("button", name="Make the passkey").click()
    assert "The factor is ready" in window.page.inner_text("main")
    assert faults_of(window) == []


def leave(window: Visitor) -> None:
    """Sign out and forget every cookie."""
    window.page.context.clear_cookies()


def enter_with_passkey(window: Visitor, address: str) -> str:
    """With nothing but the passkey; the heading of the page that follows."""
    window.page.goto(f"{address}/sign-in")
    window.follow("Use a passkey instead")
    assert faults_of(window) == []
    with window.page.expect_navigation(url=f"{address}/"):
        window.page.get_by_role("button", name="Use a passkey", exact=True).click()
    return window.page.inner_text("h1")


def captured_at(page: Page, address: str) -> str:
    """What the authenticator answers at one tenant, kept instead of sent."""
    page.goto(f"{address}/sign-in/passkey")
    page.evaluate(CAPTURE)
    page.get_by_role("button", name="Use a passkey", exact=True).click()
    page.wait_for_function("() => window.captured")
    return str(page.evaluate("window.captured"))


@pytest.mark.usefixtures("without_factors")
def test_a_passkey_is_made_and_used_at_two_tenants_and_refused_crosswise(product: Product) -> None:
    with chromium() as browser:
        window = visitor(browser)
        passkeys = with_authenticator(window)
        headings = []
        for host in ("acme", "globex"):
            address = enter_with_password(product, window, host=host)
            add_passkey(window, address)
            leave(window)
            headings.append(enter_with_passkey(window, address))
            leave(window)
        acme, globex = product.url("acme", ""), product.url("globex", "")

        answer = captured_at(window.page, acme)
        window.page.goto(f"{globex}/sign-in/passkey")
        by_the_browser = window.page.evaluate(ASK_FOR_ANOTHERS, "acme.localhost")
        with window.page.expect_navigation():
            window.page.evaluate(REPLAY, answer)

        assert sorted(one["rpId"] for one in passkeys()) == ["acme.localhost", "globex.localhost"]
        assert all(heading.startswith("Hello") for heading in headings)
        assert json.loads(answer)["type"] == "public-key"
        assert by_the_browser == "SecurityError"
        assert "This passkey was not accepted here" in window.page.inner_text("main")
        assert window.page.locator("aside.sidebar").count() == 0
        assert window.complaints == []


def test_a_passkey_is_the_second_factor_behind_a_password(product: Product) -> None:
    email, password = "second@acme.example", "correct horse battery staple 7"
    invited = product.manage("person", "add", email, "--name", "Second Factor", "--role", "member", "--tenant", "acme")
    address = product.url("acme", "")
    with chromium() as browser:
        window = visitor(browser)
        with_authenticator(window)
        window.page.goto(f"{address}{invited['invitation_path']}")
        window.page.get_by_label("New password").fill(password)
        window.press("Accept and sign in")
        add_passkey(window, address)
        leave(window)

        window.sign_in(address, email=email, password=password)
        asked = window.page.inner_text("h1")
        faults = faults_of(window)
        with window.page.expect_navigation(url=f"{address}/"):
            window.page.get_by_role("button", name="Use the passkey").click()

        assert asked == "Show that it is you"
        assert faults == []
        assert window.page.locator("aside.sidebar").count() == 1
        assert window.complaints == []
