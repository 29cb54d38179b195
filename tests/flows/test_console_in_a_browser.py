"""The console in a real browser: the main job by hand, and every page checked for access, for complaints, for width."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.flows.browser import Visitor, chromium, visitor
from tests.flows.product import Product, wait_until

PASSWORD = "a long sentence nobody guesses 9"

pytestmark = [pytest.mark.browser, pytest.mark.committed]

TENANT_PAGES = (
    "/",
    "/account",
    "/account/sessions",
    "/security/",
    "/security/sessions",
    "/security/break-glass/",
    "/security/break-glass/new",
    "/people/",
    "/people/?q=nobody-is-called-this",
    "/people/new",
    "/people/invitations/",
    "/people/seats/",
    "/people/seats/change",
    "/people/bulk/",
    "/people/bulk/new",
    "/roles/",
    "/roles/new",
    "/teams/",
    "/teams/new",
    "/service-accounts/",
    "/service-accounts/new",
    "/account/profile",
    "/account/factors/",
    "/account/factors/new/totp",
    "/account/factors/new/webauthn",
    "/account/recovery-codes",
    "/security/mfa/",
    "/security/mfa/new",
    "/step-up?next=/account/factors/",
    "/policies/",
    "/policies/new",
    "/policies/clock",
    "/policies/simulator",
    "/policies/who-may",
    "/api-keys/",
    "/api-keys/new",
    "/api-keys/leaked",
    "/security/networks/",
    "/security/networks/new",
    "/security/secrets",
    "/security/secrets/rotation",
    "/audit/",
    "/audit/verification",
    "/audit/exports/",
    "/audit/exports/new",
    "/audit/live",
    "/audit/proof/",
    "/audit/streams/",
    "/audit/streams/new",
    "/audit/alerts/",
    "/audit/rules/",
    "/audit/rules/new",
    "/audit/channels/",
    "/audit/channels/new",
    "/domains/",
    "/developers/",
    "/developers/try/",
)
OPERATOR_PAGES = (
    "/",
    "/support/new",
    "/tenants/",
    "/tenants/new",
    "/tenants/new/owner",
    "/tenants/bulk?action=suspend&tenant=acme",
    "/tenants/acme/domains",
    "/tenants/acme/settings",
    "/tenants/acme/backups",
    "/tenants/acme/operations",
    "/tenants/acme/whereabouts",
    "/cells/",
    "/cells/new",
    "/cells/cell-1",
    "/regions/",
    "/regions/new",
    "/plans/",
    "/plans/new",
    "/product-actions/",
    "/product-actions/new",
    "/fleet/",
    "/fleet/migration",
    "/backups/",
    "/operations/",
)
LISTS = {
    "acme": (
        "/people/?status=active",
        "/people/bulk/",
        "/people/bulk/?q=staff.csv",
        "/teams/",
        "/service-accounts/",
        "/roles/?q=help",
        "/policies/",
        "/api-keys/?state=active",
        "/security/mfa/",
        "/audit/",
    ),
    "platform": ("/tenants/?q=acme", "/cells/", "/backups/", "/operations/"),
}
"""Where the first row leads to a page that is looked at too, with the pages below it and the questions that are asked before something is done."""
LONG_ADDRESS = "somebody-with-a-very-long-address-at-work@acme.example"
"""Of a person who stands in the lists, so that their width on a phone is tried with more than short names."""


def _sign_in(product: Product, *, label: str) -> dict[str, Any]:
    """The demo's way in at a host: url, email, password."""
    found: list[dict[str, Any]] = product.manage("demo")["sign_ins"]
    return next(entry for entry in found if label in entry["url"])


def _enter(product: Product, window: Visitor, *, host: str) -> str:
    known = _sign_in(product, label=f"//{host}.")
    address = product.url(host, "")
    window.sign_in(address, email=known["email"], password=known["password"])
    return address


def test_the_main_job_by_hand(product: Product) -> None:
    with chromium() as browser:
        operator, owner = visitor(browser), visitor(browser)
        platform = _enter(product, operator, host="platform")

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


@pytest.mark.parametrize(("host", "paths"), [("acme", TENANT_PAGES), ("platform", OPERATOR_PAGES)])
def test_every_page_is_accessible_silent_and_fits(product: Product, tmp_path: Path, host: str, paths: tuple[str, ...]) -> None:
    if host == "platform":
        product.run("backup", "run")
        wait_until(lambda: product.manage("backup", "list", "--state", "ready")["backups"], timeout_s=60, what="there is a copy")
    else:
        _people_data(product, folder=tmp_path)
    with chromium() as browser:
        window = visitor(browser)
        address = product.url(host, "")
        faults: list[str] = []
        _enter(product, window, host=host)

        for path in (*paths, *_details(window.page, address=address, lists=LISTS[host])):
            answer = window.page.goto(f"{address}{path}", wait_until="networkidle" if path.endswith("/try/") else "load")
            assert answer is not None
            assert answer.status == 200, path
            faults += window.faults()

        assert faults == []
        assert window.complaints == []


def test_the_pages_of_a_sign_in_are_accessible(product: Product) -> None:
    product.manage("mfa_policy", "create", "--person", "rosalind@acme.example", "--required", "any", "--tenant", "acme")
    known = _sign_in(product, label="//acme.")
    with chromium() as browser:
        window = visitor(browser)
        address, faults = product.url("acme", ""), []
        for path in ("/sign-in", "/forgotten", "/sign-in/passkey"):
            window.page.goto(f"{address}{path}")
            faults += window.faults()

        window.sign_in(address, email="rosalind@acme.example", password=known["password"])
        faults += window.faults()
        window.follow("Authenticator app")
        faults += window.faults()
        window.press("Go on")
        faults += window.faults()

        assert window.page.url.endswith("/sign-in/enrolment/totp/completion")
        assert faults == []
        assert window.complaints == []


def _people_data(product: Product, *, folder: Path) -> None:
    """One thing for each list of acme, so that its page and those below it can be looked at."""
    staff, night = folder / "staff.csv", folder / "night.cedar"
    staff.write_text("email,name\nfile@acme.example,Fiona File\nnobody,Nobody\n", encoding="utf-8")
    night.write_text(
        'forbid(principal, action in Action::"write", resource) unless { principal in Role::"owner" };', encoding="utf-8"
    )
    for words in (
        ("person", "add", LONG_ADDRESS, "--name", "Wolfeschlegelsteinhausenbergerdorff"),
        ("person", "import", str(staff), "--kind", "invite"),
        ("service_account", "create", "deployer", "--label", "Deployment robot"),
        ("team", "create", "help-desk", "--label", "Help desk"),
        ("team", "add", "help-desk", LONG_ADDRESS, "deployer"),
        ("role", "create", "help-desk", "--label", "Help desk", "--permission", "read:identity.*"),
        ("role", "grant", "help-desk", "linus@acme.example", "--until", "2099-12-31T23:00:00Z"),
        ("policy", "create", "night", str(night)),
        ("mfa_policy", "create", "--role", "help-desk", "--required", "any", "--grace-days", "30"),
        ("network", "add", "127.0.0.0/8", "--role", "help-desk", "--note", "Office"),
    ):
        product.manage(*words, "--tenant", "acme")
    key = product.manage("key", "list", "--state", "active", "--tenant", "acme")["keys"][0]["id"]
    _rehearse(product)
    product.manage("signing_key", "create", key, "--name", "billing sync", "--tenant", "acme")


def _rehearse(product: Product) -> None:
    """A rehearsal is the newest of the runs, so that its page and the question before it is done for real are looked at."""
    words = ("--owner", "ada@acme.example", "--scope", "*", "--days", "1", "--tenant", "acme")
    secret = product.manage("key", "create", "rehearsal", *words)["secret"]
    people = {"kind": "invite", "rehearse": True, "rows": [{"email": "fay@acme.example", "name": "Fay"}]}
    run = product.call("POST", "acme.localhost", "/v1/people/bulk", people, key=secret).json()["id"]

    def is_over() -> bool:
        return bool(product.call("GET", "acme.localhost", f"/v1/people/bulk/{run}", key=secret).json()["state"] == "succeeded")

    wait_until(is_over, timeout_s=60, what="the rehearsal is over")


def _details(page: Page, *, address: str, lists: tuple[str, ...]) -> list[str]:
    """The first thing of each list, the pages below it, and its questions before something is done."""
    found = []
    for path in lists:
        page.goto(f"{address}{path}")
        link = page.locator("#results a.row, #results h2 a").first.get_attribute("href")
        assert link is not None
        found.append(link)
        page.goto(f"{address}{link}")
        # All at one moment: a page that follows its work may take a link away between two looks.
        asking = page.locator(f"main a.bad, main .danger-row a, main a[href^='{link}/']:not([download])")
        found += [href for href in asking.evaluate_all("links => links.map(link => link.getAttribute('href'))") if href]
    return list(dict.fromkeys(found))


def test_the_theme_is_kept_without_a_flash(product: Product) -> None:
    with chromium() as browser:
        window = visitor(browser)
        _enter(product, window, host="acme")
        page = window.page

        page.get_by_role("button", name="Ada Lovelace").click()
        page.get_by_role("button", name="Dark").click()
        answer = page.reload()

        assert answer is not None
        assert '<html lang="en" data-theme="dark">' in answer.text()
        assert (
            page.evaluate("getComputedStyle(document.body).colorScheme || getComputedStyle(document.documentElement).colorScheme")
            == "dark"
        )
        assert window.complaints == []


def test_the_basics_work_without_javascript(product: Product) -> None:
    with chromium() as browser:
        context = browser.new_context(java_script_enabled=False)
        window = Visitor(context.new_page())
        _enter(product, window, host="acme")
        page = window.page

        window.follow("People")
        page.get_by_label("Name or e-mail").fill("grace")
        page.get_by_role("button", name="Apply").click()
        page.wait_for_load_state()

        assert "q=grace" in page.url
        assert page.locator("#results tbody tr").count() == 1
        assert "No" not in page.inner_text("#results")
