"""Cells, regions and plans through HTTP, without JavaScript."""

import pytest

from tenants import queries
from tenants.models import Cell, Plan, ProductAction, Region
from tests.console.browser import Browser, text_of


@pytest.mark.parametrize("path", ["/cells/", "/cells/cell-1", "/cells/cell-1/check", "/regions/", "/plans/", "/product-actions/"])
def test_who_may_only_read_sees_no_way_to_change(path: str, auditor_browser: Browser) -> None:
    page = auditor_browser.get(path)

    assert page.status_code == 200
    assert not any(word in text_of(page) for word in ("Add a", "Change…", "Danger zone", "Remove…"))


def test_cells_are_found_by_words_state_and_region(operator_browser: Browser) -> None:
    assert "cell-1" in text_of(operator_browser.get("/cells/?q=cell"))
    assert "cell-1" not in text_of(operator_browser.htmx("/cells/?state=closed"))
    assert "No cells match" in text_of(operator_browser.get("/cells/?region=mars"))


def test_a_cells_check_tells_what_its_database_says(operator_browser: Browser) -> None:
    page = text_of(operator_browser.htmx("/cells/cell-1/check"))

    assert "lets us in after" in page
    assert "Connections" in page


def test_a_cell_is_drained_and_opened_again(operator_browser: Browser) -> None:
    asked = text_of(operator_browser.get("/cells/cell-1/draining"))
    drained = operator_browser.post("/cells/cell-1/draining", {"to": ""})
    state = Cell.objects.get(name="cell-1").state
    operator_browser.post("/cells/cell-1/opening")

    assert "No new tenant is put here." in asked
    assert (drained["Location"], state, Cell.objects.get(name="cell-1").state) == ("/cells/cell-1", "draining", "open")


def test_a_cell_with_tenants_is_neither_closed_nor_removed(operator_browser: Browser) -> None:
    closed, removed = operator_browser.post("/cells/cell-1/closing"), operator_browser.post("/cells/cell-1/removal")

    assert (closed.status_code, removed.status_code) == (409, 409)
    assert "Drain it" in text_of(closed)
    assert Cell.objects.get(name="cell-1").state == "open"


def test_a_cell_is_changed_unless_it_changed_meanwhile(operator_browser: Browser) -> None:
    values = {"region": "local", "kind": "shared", "capacity": "700", "url": "", "version": str(queries.load("cell-1").version)}
    saved = operator_browser.post("/cells/cell-1/change", values)
    again = operator_browser.post("/cells/cell-1/change", {**values, "capacity": "800"})

    assert saved["Location"] == "/cells/cell-1"
    assert again.status_code == 412
    assert queries.load("cell-1").capacity == 700


def test_an_address_that_does_not_answer_makes_no_cell(operator_browser: Browser) -> None:
    url = "postgres://freehold:wrong@127.0.0.1:1/nowhere"
    page = operator_browser.post("/cells/new", {"name": "eu-1", "region": "local", "url": url, "kind": "shared", "capacity": "10"})

    assert page.status_code >= 409
    assert not Cell.objects.filter(name="eu-1").exists()


def test_a_region_comes_changes_and_goes(operator_browser: Browser) -> None:
    operator_browser.post("/regions/new", {"code": "eu", "label": "Frankfurt", "jurisdiction": "EU"})
    version = Region.objects.get(code="eu").version
    operator_browser.post("/regions/eu", {"label": "Frankfurt am Main", "jurisdiction": "EU", "version": str(version)})
    listed = text_of(operator_browser.get("/regions/?q=frank"))
    gone = operator_browser.post("/regions/eu/removal")

    assert "Frankfurt am Main" in listed
    assert gone["Location"] == "/regions/"
    assert not Region.objects.filter(code="eu").exists()


def test_a_region_with_cells_stays(operator_browser: Browser) -> None:
    refused = operator_browser.post("/regions/local/removal")

    assert refused.status_code == 409
    assert Region.objects.filter(code="local").exists()


def test_a_plan_comes_changes_and_goes(operator_browser: Browser) -> None:
    made = {"code": "gold", "label": "Gold", "cell_kind": "shared", "setting-deletion_grace_days": "7", "setting-canary": "true"}
    operator_browser.post("/plans/new", made)
    first = Plan.objects.get(code="gold")
    changed = {"label": "Gold", "cell_kind": "dedicated", "setting-deletion_grace_days": "", "version": str(first.version)}
    operator_browser.post("/plans/gold", changed)
    second = Plan.objects.get(code="gold")
    gone = operator_browser.post("/plans/gold/removal")

    assert first.settings == {"canary": True, "deletion_grace_days": 7}
    assert (second.cell_kind, second.settings) == ("dedicated", {})
    assert gone["Location"] == "/plans/"
    assert not Plan.objects.filter(code="gold").exists()


def test_a_setting_out_of_range_is_refused_at_its_field(operator_browser: Browser) -> None:
    page = operator_browser.post(
        "/plans/new", {"code": "gold", "label": "Gold", "cell_kind": "shared", "setting-backup_keep_days": "99999"}
    )

    assert page.status_code == 422
    assert "Write a whole number from 1 to 3660." in text_of(page)
    assert not Plan.objects.filter(code="gold").exists()


def test_an_action_of_the_product_is_registered_shown_and_ended(operator_browser: Browser) -> None:
    schema = '{"type": "object", "properties": {"payer": {"type": "string"}}}'
    made = {
        "name": "invoice.paid",
        "title": "Invoice paid",
        "category": "product",
        "severity": "2",
        "schema": schema,
        "personal": "payer",
    }
    operator_browser.post("/product-actions/new", made)
    action = ProductAction.objects.get(name="invoice.paid")
    shown = text_of(operator_browser.get(f"/product-actions/{action.public_id}"))
    asked = text_of(operator_browser.get(f"/product-actions/{action.public_id}/retirement"))
    operator_browser.post(f"/product-actions/{action.public_id}/retirement")

    action.refresh_from_db()
    assert (action.version, action.personal, action.retired_at is None) == (1, ["payer"], False)
    assert "Invoice paid" in shown
    assert "Entries that tell of it stay" in asked


def test_a_schema_that_is_none_is_refused_at_its_field(operator_browser: Browser) -> None:
    made = {"name": "invoice.paid", "category": "product", "severity": "1"}

    broken = operator_browser.post("/product-actions/new", {**made, "schema": "{"})
    wrong = operator_browser.post("/product-actions/new", {**made, "schema": '{"type": "array"}'})

    assert (broken.status_code, wrong.status_code) == (422, 422)
    assert "This is not JSON" in text_of(broken)
    assert "describes an object" in text_of(wrong)
    assert not ProductAction.objects.exists()
