"""A tenant's tabs and its endings through HTTP, without JavaScript."""

from datetime import timedelta

import pytest

from kernel import clock, tenancy
from kernel.tenancy import Purpose
from operations import queries as operations
from tenants import queries
from tenants.models import Domain, Plan, Tenant
from tests.console.browser import Browser, text_of
from tests.makers import make_person

TABS = ("", "/domains", "/settings", "/backups", "/operations", "/whereabouts")


@pytest.fixture
def owner_browser() -> Browser:
    make_person("olga@acme.example", name="Olga Owner", roles=("owner",))
    return Browser(host="acme.localhost").signed_in("olga@acme.example")


@pytest.fixture
def address(globex: tenancy.TenantRef) -> str:
    return f"/tenants/{queries.tenant(globex.id).public_id}"


def state_of(ref: tenancy.TenantRef) -> str:
    return str(Tenant.objects.get(id=ref.id).state)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_answers_and_marks_itself(tab: str, operator_browser: Browser, address: str) -> None:
    page = operator_browser.get(address + tab)

    assert page.status_code == 200
    assert f'href="{address}{tab}" aria-current="page"' in text_of(page)


@pytest.mark.parametrize("tab", TABS)
def test_who_may_only_read_is_shown_no_way_to_change(tab: str, auditor_browser: Browser, address: str) -> None:
    page = text_of(auditor_browser.get(address + tab))

    assert not any(words in page for words in ("Danger zone", "Back up now", "Claim a host", ">Save<", "Change the plan"))


def test_a_deletion_tells_what_goes_wants_the_slug_and_is_undone(
    operator_browser: Browser, address: str, globex: tenancy.TenantRef
) -> None:
    asked = text_of(operator_browser.get(f"{address}/deletion"))
    mistyped = operator_browser.post(f"{address}/deletion", {"slug": "globx", "reason": "The contract ended."})
    before = state_of(globex)
    deleted = operator_browser.post(f"{address}/deletion", {"slug": "globex", "reason": "The contract ended."})
    during, page = state_of(globex), text_of(operator_browser.get(address))
    operator_browser.post(f"{address}/undeletion")

    assert "the deletion can be undone" in asked
    assert "globex.localhost" in asked
    assert (mistyped.status_code, before) == (422, "active")
    assert deleted["Location"].startswith("/operations/op_")
    assert (during, state_of(globex)) == ("deleting", "active")
    assert "The contract ended." in page
    assert "Undo the deletion" in page


def test_archiving_begins_an_operation(
    operator_browser: Browser, address: str, globex: tenancy.TenantRef, platform: tenancy.TenantRef
) -> None:
    begun = operator_browser.post(f"{address}/archiving", {"reason": "Paused by contract."})

    assert begun["Location"].startswith("/operations/op_")
    assert "Being archived" in text_of(operator_browser.get(address))
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        assert operations.operations(kind="tenants.archive").count() == 1


def test_a_move_without_another_cell_says_so(operator_browser: Browser, address: str) -> None:
    page = text_of(operator_browser.get(f"{address}/move"))

    assert "No open cell fits" in page


def test_settings_are_saved_and_an_empty_field_takes_the_default(
    operator_browser: Browser, address: str, globex: tenancy.TenantRef
) -> None:
    operator_browser.post(f"{address}/settings", {"setting-deletion_grace_days": "5", "setting-canary": "true"})
    first = Tenant.objects.get(id=globex.id).settings
    operator_browser.post(f"{address}/settings", {"setting-deletion_grace_days": "", "setting-canary": ""})
    refused = operator_browser.post(f"{address}/settings", {"setting-deletion_grace_days": "9999"})

    assert first == {"canary": True, "deletion_grace_days": 5}
    assert Tenant.objects.get(id=globex.id).settings == {}
    assert refused.status_code == 422


def test_a_tenant_is_put_on_a_plan_and_found_by_it(operator_browser: Browser, address: str, globex: tenancy.TenantRef) -> None:
    Plan.objects.create(code="gold", label="Gold")

    operator_browser.post(f"{address}/plan", {"plan": "gold"})

    assert Tenant.objects.get(id=globex.id).plan_id == "gold"
    listed = text_of(operator_browser.get("/tenants/?plan=gold"))
    assert "globex" in listed
    assert "acme" not in listed


def test_a_residency_that_does_not_hold_is_refused(operator_browser: Browser, address: str, globex: tenancy.TenantRef) -> None:
    refused = operator_browser.post(f"{address}/residency", {"jurisdiction": "MARS"})

    assert refused.status_code >= 400
    assert Tenant.objects.get(id=globex.id).residency == ""


def test_the_operator_claims_a_host_and_is_shown_its_records(operator_browser: Browser, address: str) -> None:
    refused = operator_browser.post(f"{address}/domains", {"host": "bad host"})
    claimed = operator_browser.post(f"{address}/domains", {"host": "ID.Globex-Corp.com"})
    page = text_of(operator_browser.get(claimed["Location"]))

    assert refused.status_code == 422
    assert "id.globex-corp.com" in page
    assert "_freehold-challenge.id.globex-corp.com" in page
    assert 'hx-trigger="every 5s"' in page


def test_a_claim_is_given_back_after_a_question(operator_browser: Browser, address: str, globex: tenancy.TenantRef) -> None:
    claimed = operator_browser.post(f"{address}/domains", {"host": "id.globex-corp.com"})["Location"]

    asked = text_of(operator_browser.get(f"{claimed}/release"))
    given = operator_browser.post(f"{claimed}/release")

    assert "The claim is forgotten." in asked
    assert given["Location"] == f"{address}/domains"
    assert not Domain.objects.filter(tenant_id=globex.id, kind="custom").exists()


def test_a_host_of_another_tenant_is_not_found(operator_browser: Browser, address: str, acme: tenancy.TenantRef) -> None:
    foreign = Domain.objects.get(tenant_id=acme.id, kind="platform").public_id

    assert operator_browser.get(f"{address}/domains/{foreign}").status_code == 404


def test_the_operator_trusts_a_host_with_a_reason(operator_browser: Browser, address: str, globex: tenancy.TenantRef) -> None:
    claimed = operator_browser.post(f"{address}/domains", {"host": "id.globex-corp.com"})["Location"]

    operator_browser.post(f"{claimed}/trust", {"reason": "Seen the contract."})
    operator_browser.post(f"{claimed}/primary")

    domain = Domain.objects.get(tenant_id=globex.id, host="id.globex-corp.com")
    assert (domain.state, domain.is_trusted, domain.is_primary) == ("active", True, True)


def test_a_tenants_owner_claims_a_host_of_their_own(owner_browser: Browser, acme: tenancy.TenantRef) -> None:
    listed = text_of(owner_browser.get("/domains/"))
    claimed = owner_browser.post("/domains/", {"host": "id.acme-corp.com"})["Location"]
    page = text_of(owner_browser.get(claimed))

    assert "acme.localhost" in listed
    assert "_freehold-challenge.id.acme-corp.com" in page
    assert "Trust it" not in page
    assert Domain.objects.get(tenant_id=acme.id, host="id.acme-corp.com").state == "claimed"


def test_a_tenants_owner_sees_no_host_of_another(owner_browser: Browser, globex: tenancy.TenantRef) -> None:
    foreign = Domain.objects.get(tenant_id=globex.id, kind="platform").public_id

    for place in ("", "/release"):
        assert owner_browser.get(f"/domains/{foreign}{place}").status_code == 404
    for place in ("verification", "primary", "redirect", "answer", "release"):
        assert owner_browser.post(f"/domains/{foreign}/{place}").status_code == 404


def test_many_are_changed_after_a_look_at_what_would_become_of_each(
    operator_browser: Browser, globex: tenancy.TenantRef, platform: tenancy.TenantRef
) -> None:
    query = "action=suspend&tenant=globex&tenant=acme&tenant=platform&tenant=nobody"
    asked = text_of(operator_browser.get(f"/tenants/bulk?{query}"))
    lacking = operator_browser.post("/tenants/bulk", {"action": "suspend", "tenant": ["globex"], "reason": ""})
    begun = operator_browser.post("/tenants/bulk", {"action": "suspend", "tenant": ["globex"], "reason": "Unpaid."})

    assert "2 will change" in asked
    assert "2 will be skipped" in asked
    assert lacking.status_code == 422
    assert begun["Location"].startswith("/operations/op_")
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        assert operations.operations(kind="tenants.bulk").count() == 1


def test_deleting_many_wants_their_number(operator_browser: Browser, platform: tenancy.TenantRef) -> None:
    typed = {"action": "delete", "tenant": ["globex", "acme"], "reason": "Over.", "confirm": "1"}
    refused = operator_browser.post("/tenants/bulk", typed)

    assert refused.status_code == 422
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        assert not operations.operations(kind="tenants.bulk").exists()


def test_an_erased_tenant_shows_its_tombstone_and_no_way_to_change(operator_browser: Browser, globex: tenancy.TenantRef) -> None:
    Tenant.objects.filter(id=globex.id).update(state="purged", name="", state_since=clock.now() - timedelta(days=1))
    address = f"/tenants/{queries.tenant(globex.id).public_id}"

    page = text_of(operator_browser.get(address))

    assert "Nothing of it is left but this record." in page
    assert "Danger zone" not in page


def test_the_overview_names_what_waits_for_the_operator(operator_browser: Browser, globex: tenancy.TenantRef) -> None:
    calm = text_of(operator_browser.get("/"))
    Tenant.objects.filter(id=globex.id).update(state="failed")
    Domain.objects.filter(tenant_id=globex.id).update(state="lapsed")

    page = text_of(operator_browser.get("/"))

    assert "could not be made" not in calm
    assert 'href="/tenants/?state=failed"' in page
    assert "domains lost their proof" in page
