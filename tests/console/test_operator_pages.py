"""The operator's pages through HTTP, without JavaScript."""

import pytest

from audit import queries as audit
from kernel import tenancy
from kernel.tenancy import Purpose
from operations import actions as operation_actions
from operations import queries as operations
from tenants import queries
from tests.console.browser import Browser, text_of
from tests.makers import OPERATOR, make_person

NAMES = {"name": "Wayne Enterprises", "slug": "wayne"}
OWNER = {"owner_name": "Lucius Fox", "owner_email": "lucius@wayne.example", "cell": ""}


@pytest.mark.parametrize(
    "path", ["/", "/tenants/", "/tenants/new", "/tenants/new/owner", "/cells/", "/people/", "/audit/", "/developers/"]
)
def test_the_operators_pages_answer(path: str, operator_browser: Browser) -> None:
    page = operator_browser.get(path)

    assert page.status_code == 200
    assert 'href="/tenants/"' in text_of(page)


def test_tenants_are_found_by_words_and_state(operator_browser: Browser) -> None:
    assert "globex" in text_of(operator_browser.get("/tenants/"))
    assert "globex" not in text_of(operator_browser.htmx("/tenants/?q=acm"))
    assert "No tenants match" in text_of(operator_browser.get("/tenants/?state=failed"))


def test_the_wizard_keeps_its_steps_and_makes_nothing_before_the_last(
    operator_browser: Browser, platform: tenancy.TenantRef
) -> None:
    first = operator_browser.post("/tenants/new", NAMES)
    second = operator_browser.post("/tenants/new/owner", OWNER)
    review = text_of(operator_browser.get("/tenants/new/review"))
    back = text_of(operator_browser.get("/tenants/new"))
    before = queries.tenants(q="wayne").count()
    made = operator_browser.post("/tenants/new/review")

    assert (first["Location"], second["Location"]) == ("/tenants/new/owner", "/tenants/new/review")
    assert "wayne.localhost" in review
    assert "lucius@wayne.example" in review
    assert 'value="Wayne Enterprises"' in back
    assert before == 0
    assert queries.tenant_by_slug("wayne").name == "Wayne Enterprises"
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        operation = operations.operations(q=queries.tenant_by_slug("wayne").public_id).get()
    assert made["Location"] == f"/operations/{operation.public_id}"


def test_the_wizard_leads_back_when_a_step_is_missing_or_the_draft_is_not_ours(operator_browser: Browser) -> None:
    assert operator_browser.get("/tenants/new/review")["Location"] == "/tenants/new"

    operator_browser.post("/tenants/new", NAMES)
    operator_browser.client.cookies["freehold_tenant_draft"] = operator_browser.client.cookies["freehold_tenant_draft"].value + "x"

    assert operator_browser.get("/tenants/new/review")["Location"] == "/tenants/new"


@pytest.mark.parametrize(("slug", "status"), [("acme", 409), ("platform", 409), ("\u0430cme", 422), ("a", 422), ("acrne", 409)])
def test_a_slug_that_cannot_be_had_is_explained_and_nothing_is_made(slug: str, status: int, operator_browser: Browser) -> None:
    before = queries.tenants().count()
    operator_browser.post("/tenants/new", {**NAMES, "slug": slug})
    operator_browser.post("/tenants/new/owner", OWNER)

    refused = operator_browser.post("/tenants/new/review")

    assert refused.status_code == status
    assert 'role="alert"' in text_of(refused)
    assert queries.tenants().count() == before


def test_progress_is_polled_while_it_lasts_and_not_afterwards(operator_browser: Browser, platform: tenancy.TenantRef) -> None:
    operator_browser.post("/tenants/new", NAMES)
    operator_browser.post("/tenants/new/owner", OWNER)
    address = operator_browser.post("/tenants/new/review")["Location"]
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        queued = text_of(operator_browser.get(address))
        part = text_of(operator_browser.htmx(address))
        operation = operations.operations(q=queries.tenant_by_slug("wayne").public_id).get()
        operation_actions.succeed(
            operation.id,
            result={"owner_email": "lucius@wayne.example"},
            secrets={"invitation_url": "http://wayne.localhost/invitation/abc"},
            actor=OPERATOR,
        )
    done = text_of(operator_browser.get(address))

    assert 'hx-trigger="every 1s"' in queued
    assert '<meta http-equiv="refresh"' in queued
    assert part.strip().startswith('<section id="results"')
    assert "every 1s" not in done
    assert "refresh" not in done
    assert "http://wayne.localhost/invitation/abc" in done


def test_a_tenant_is_suspended_with_a_reason_and_resumed(operator_browser: Browser, globex: tenancy.TenantRef) -> None:
    address = f"/tenants/{queries.tenant(globex.id).public_id}"

    asked = text_of(operator_browser.get(f"{address}/suspension"))
    without = operator_browser.post(f"{address}/suspension", {"reason": " "})
    done = operator_browser.post(f"{address}/suspension", {"reason": "Invoice overdue"})
    shown = text_of(operator_browser.get(address))
    resumed = operator_browser.post(f"{address}/resumption")

    assert "This will happen" in asked
    assert without.status_code == 422
    assert done["Location"] == resumed["Location"] == address
    assert "Invoice overdue" in shown
    assert queries.tenant(globex.id).state == "active"


def test_the_platform_itself_offers_no_danger(operator_browser: Browser, platform: tenancy.TenantRef) -> None:
    address = f"/tenants/{queries.tenant(platform.id).public_id}"

    assert "Danger zone" not in text_of(operator_browser.get(address))
    assert operator_browser.post(f"{address}/suspension", {"reason": "x"}).status_code == 409


def test_renaming_moves_the_address(operator_browser: Browser, globex: tenancy.TenantRef) -> None:
    address = f"/tenants/{queries.tenant(globex.id).public_id}"

    taken = operator_browser.post(f"{address}/name", {"name": "Globex", "slug": "acme"})
    renamed = operator_browser.post(f"{address}/name", {"name": "Globex International", "slug": "globex-int"})

    assert taken.status_code == 409
    assert renamed["Location"] == address
    assert queries.primary_host(globex.id) == "globex-int.localhost"


def test_somebody_without_the_permission_sees_the_list_and_no_buttons(platform: tenancy.TenantRef, acme: tenancy.TenantRef) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        make_person("audrey@platform.example", name="Audrey", roles=("auditor",))
    browser = Browser(host="platform.localhost").signed_in("audrey@platform.example")
    address = f"/tenants/{queries.tenant(acme.id).public_id}"

    assert "New tenant" not in text_of(browser.get("/tenants/"))
    assert "Danger zone" not in text_of(browser.get(address))
    assert browser.post("/tenants/new", NAMES).status_code == 403
    assert browser.post(f"{address}/suspension", {"reason": "x"}).status_code == 403
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        assert audit.entries(outcome="denied").filter(actor_label="audrey@platform.example").count() == 2


def test_a_tenants_host_has_none_of_these_pages() -> None:
    make_person("dana@acme.example", roles=("owner",))
    browser = Browser().signed_in("dana@acme.example")

    for path in ("/tenants/", "/tenants/new", "/cells/", "/operations/op_00000000000000000000000000"):
        assert browser.get(path).status_code == 404
