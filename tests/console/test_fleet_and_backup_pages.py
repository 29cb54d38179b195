"""The fleet's and the backups' pages through HTTP, without JavaScript."""

from datetime import timedelta

import pytest

from kernel import clock, tenancy
from kernel.tenancy import Purpose
from operations import queries as operations
from tenants import queries
from tenants.models import Backup, FleetResult, FleetRun, Tenant
from tests.console.browser import Browser, text_of


@pytest.fixture
def backup(acme: tenancy.TenantRef) -> Backup:
    return Backup.objects.create(
        tenant=Tenant.objects.get(id=acme.id),
        kind="manual",
        state="ready",
        cell="cell-1",
        region="local",
        path="nowhere.fhb",
        row_count=1234,
        size_bytes=2048,
        expires_at=clock.now() + timedelta(days=7),
    )


@pytest.fixture
def run(acme: tenancy.TenantRef) -> FleetRun:
    options = {"until": "rest", "jobs": 2, "canaries": [], "cells": [], "go": 1}
    made = FleetRun.objects.create(target="0" * 64, options=options)
    for label, state, error in (("acme", "failed", "canceling statement due to lock timeout"), ("globex", "done", "")):
        FleetResult.objects.create(run=made, schema=f"t_{label}", label=label, cell="cell-1", ring=3, state=state, error=error)
    return made


def test_backups_are_found_by_tenant_state_and_kind(operator_browser: Browser, backup: Backup) -> None:
    address = f'href="/backups/{backup.public_id}"'

    assert address in text_of(operator_browser.get("/backups/?q=acm&state=ready&kind=manual"))
    assert address not in text_of(operator_browser.htmx("/backups/?kind=archive"))


def test_a_backup_tells_what_it_holds_and_that_the_newest_stays(operator_browser: Browser, backup: Backup) -> None:
    page = text_of(operator_browser.get(f"/backups/{backup.public_id}"))

    assert "1,234 rows" in page
    assert "newest good backup of its tenant" in page


def test_replacing_a_tenant_wants_its_slug(operator_browser: Browser, backup: Backup, platform: tenancy.TenantRef) -> None:
    asked = text_of(operator_browser.get(f"/backups/{backup.public_id}/replacement"))
    refused = operator_browser.post(f"/backups/{backup.public_id}/replacement", {"slug": "globex"})

    assert "Type the slug to confirm" in asked
    assert refused.status_code in {409, 422}
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        assert not operations.operations(kind="tenants.replace").exists()


def test_a_copy_whose_file_is_gone_is_not_tried(operator_browser: Browser, backup: Backup) -> None:
    page = operator_browser.post(f"/backups/{backup.public_id}/trial")

    assert page.status_code >= 400


def test_the_newest_backup_is_not_removed(operator_browser: Browser, backup: Backup) -> None:
    refused = operator_browser.post(f"/backups/{backup.public_id}/removal")

    assert refused.status_code == 409
    assert queries.backup(backup.id).state == "ready"


def test_the_fleet_tells_how_all_stand(operator_browser: Browser) -> None:
    page = text_of(operator_browser.get("/fleet/"))

    assert "In the state of the code" in page
    assert "cell-1" in page


def test_a_run_shows_failures_and_is_asked_for_again_while_at_work(operator_browser: Browser, run: FleetRun) -> None:
    page = text_of(operator_browser.get(f"/fleet/runs/{run.public_id}"))
    failed = text_of(operator_browser.htmx(f"/fleet/runs/{run.public_id}?state=failed"))

    assert "1 of 2" in page
    assert 'hx-trigger="every 1s"' in page
    assert "lock timeout" in failed
    assert "globex" not in failed


def test_a_run_is_paused_and_cancelled(operator_browser: Browser, run: FleetRun) -> None:
    operator_browser.post(f"/fleet/runs/{run.public_id}/pause")
    paused = queries.fleet_run(run.id).state
    operator_browser.post(f"/fleet/runs/{run.public_id}/cancellation")

    assert (paused, queries.fleet_run(run.id).state) == ("paused", "cancelled")


def test_a_migration_says_what_it_would_do_and_refuses_unknown_canaries(operator_browser: Browser) -> None:
    asked = text_of(operator_browser.get("/fleet/migration"))
    refused = operator_browser.post("/fleet/migration", {"until": "rest", "canaries": "nobody-here", "jobs": "2"})

    assert "This will happen" in asked
    assert refused.status_code == 422
    assert "There is no tenant nobody-here." in text_of(refused)
    assert not FleetRun.objects.exists()
