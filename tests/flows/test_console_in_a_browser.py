"""The console in a real browser: every page checked for access, for complaints, for width."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.flows.browser import Visitor, chromium, visitor
from tests.flows.product import Product, wait_until

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
        window.enter(product.way_in(host))

        for path in (*paths, *_details(window.page, address=address, lists=LISTS[host])):
            answer = window.page.goto(f"{address}{path}", wait_until="networkidle" if path.endswith("/try/") else "load")
            assert answer is not None
            assert answer.status == 200, path
            faults += window.faults()

        assert faults == []
        assert window.complaints == []


def test_the_pages_of_a_sign_in_are_accessible(product: Product) -> None:
    product.manage("mfa_policy", "create", "--person", "rosalind@acme.example", "--required", "any", "--tenant", "acme")
    known = product.way_in("acme")
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
        window.enter(product.way_in("acme"))
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
        window.enter(product.way_in("acme"))
        page = window.page

        window.follow("People")
        page.get_by_label("Name or e-mail").fill("grace")
        page.get_by_role("button", name="Apply").click()
        page.wait_for_load_state()

        assert "q=grace" in page.url
        assert page.locator("#results tbody tr").count() == 1
        assert "No" not in page.inner_text("#results")
