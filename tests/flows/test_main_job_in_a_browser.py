"""The main job by hand, in a real browser: make a tenant, come in, invite, make a key and revoke it, look at the trail, suspend."""

import re

import pytest
from playwright.sync_api import expect

from tests.flows.browser import Visitor, chromium, visitor
from tests.flows.product import Product

PASSWORD = "a long sentence nobody guesses 9"

pytestmark = [pytest.mark.browser, pytest.mark.committed]


def test_the_main_job_by_hand(product: Product) -> None:
    with chromium() as browser:
        operator, owner = visitor(browser), visitor(browser)
        platform = operator.enter(product.way_in("platform"))

        link = _make_a_tenant(operator)
        _come_in(owner, link=link)
        _invite_somebody(owner)
        secret = _make_a_key(owner)
        assert product.call("GET", "hooli.localhost", "/v1/me", key=secret).status == 200
        _revoke_the_key(owner)
        assert product.call("GET", "hooli.localhost", "/v1/me", key=secret).status == 401
        _look_at_the_trail(owner)
        _suspend_the_tenant(operator, platform=platform)
        owner.page.reload()

        assert "Invoice overdue" in owner.page.inner_text("main")
        assert operator.complaints + owner.complaints == []


def _make_a_tenant(operator: Visitor) -> str:
    """The wizard, and the progress page to its end; the link for the owner."""
    page = operator.page
    operator.follow("Tenants")
    operator.follow("New tenant")
    page.get_by_label("Name").fill("Hooli")
    page.get_by_label("Slug").fill("hooli")
    operator.press("Continue")
    page.get_by_label("Owner's name").fill("Gavin Belson")
    page.get_by_label("Owner's e-mail").fill("gavin@hooli.example")
    operator.press("Continue")
    operator.press("Create the tenant")
    page.locator("#link").wait_for(timeout=60_000)
    expect(page.locator("#results .badge")).to_have_text("Done")
    return page.inner_text("#link").strip()


def _come_in(owner: Visitor, *, link: str) -> None:
    owner.page.goto(link)
    assert owner.faults() == []
    owner.page.get_by_label("New password").fill(PASSWORD)
    owner.press("Accept and sign in")
    assert owner.page.inner_text("h1") == "Hello, Gavin"


def _invite_somebody(owner: Visitor) -> None:
    """The link is copied by its button, without a mouse."""
    page = owner.page
    owner.follow("People")
    owner.follow("Add a person")
    page.get_by_label("Name").fill("Denpok")
    page.get_by_label("E-mail").fill("denpok@hooli.example")
    owner.press("Add and make the link")
    assert owner.faults() == []
    page.locator("copy-button button").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#link").strip()


def _make_a_key(owner: Visitor) -> str:
    page = owner.page
    owner.follow("API keys")
    owner.follow("New key")
    page.get_by_label("Name").fill("nucleus")
    page.get_by_label("Choose").check()
    page.get_by_label("Read People").check()
    owner.press("Create the key")
    assert owner.faults() == []
    secret = page.inner_text("#secret").strip()
    owner.follow("I have stored it")
    assert secret not in page.content()
    return secret


def _revoke_the_key(owner: Visitor) -> None:
    owner.follow("Revoke…")
    assert owner.faults() == []
    owner.press("Revoke")
    assert "This field is required." in owner.page.inner_text("main")
    owner.page.get_by_label("Reason").fill("journey ends")
    owner.press("Revoke")
    assert "Revoked" in owner.page.inner_text("main")


def _look_at_the_trail(owner: Visitor) -> None:
    """`/` reaches the search, typing filters without a new page, Back returns, the chain is verified."""
    page = owner.page
    owner.follow("Audit log")
    page.wait_for_url(re.compile("/audit"))
    page.keyboard.press("/")
    expect(page.locator("[name=q]").first).to_be_focused()
    page.keyboard.type("nucleus")
    page.wait_for_url(re.compile("q=nucleus"))
    expect(page.locator("#results tbody tr")).to_have_count(3)
    expect(page.locator("#announcement")).to_have_text("3 events")
    page.go_back()
    expect(page.locator("#results tbody tr")).not_to_have_count(3)
    assert page.locator("aside.sidebar").count() == 1
    owner.follow("API key revoked")
    page.locator("#drawer[open]").wait_for()
    assert owner.faults() == []
    page.keyboard.press("Escape")
    owner.follow("Verify chain")
    owner.press("Verify now")
    page.get_by_text("Sound", exact=False).first.wait_for()
    assert owner.faults() == []


def _suspend_the_tenant(operator: Visitor, *, platform: str) -> None:
    page = operator.page
    page.goto(f"{platform}/tenants/?q=hooli")
    operator.follow("Hooli")
    assert operator.faults() == []
    operator.follow("Suspend…")
    page.get_by_label("Reason").fill("Invoice overdue")
    operator.press("Suspend")
    assert "Suspended" in page.inner_text("main")
