"""A worker that is killed in the middle: whoever takes over finishes, every tenant has it once, and none has half of it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from kernel import clock, ids, tenancy
from kernel.tenancy import Purpose, TenantRef
from operations.models import LEASE, Operation
from tenants import actions, queries
from tenants.fleet.members import of_tenant
from tenants.models import FleetRun
from tests.fleet import releases
from tests.fleet.conftest import Release, columns, noted
from tests.makers import OPERATOR

pytestmark = pytest.mark.committed

TENANTS = ("acme", "fleet-one", "fleet-two", "globex")
SLOW = """
        migrations.AddField("book", "pages", models.IntegerField(null=True)),
        migrations.RunSQL("SELECT pg_sleep(0.4)"),
"""
WITHIN_S = 60.0


def test_a_killed_run_is_finished_by_the_next_worker(fleet: Release, platform: TenantRef, tmp_path: Path) -> None:
    fleet(SLOW, releases.NOTE)
    name = str(settings.MIGRATION_MODULES["shelf"])
    members = {slug: of_tenant(queries.tenant_by_slug(slug)) for slug in TENANTS}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "fleet", "migrate", "--inline", "--jobs", "1"],
        cwd=settings.ROOT,
        env=releases.environment(tmp_path, name, var=settings.VAR),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    until = time.monotonic() + WITHIN_S
    while not any(len(noted(member)) > 1 for member in members.values()):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    between = {slug: (len(noted(member)), "pages" in columns(member, "shelf_book")) for slug, member in members.items()}
    run = FleetRun.objects.get()
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        Operation.objects.filter(kind=queries.MIGRATING).update(heartbeat_at=clock.now() - 2 * LEASE)
        actions.migrate_fleet(ids.parse("op", run.operation), actor=OPERATOR)

    assert set(between.values()) == {(1, False), (3, True)}
    assert {slug: noted(member) for slug, member in members.items()} == {
        slug: ["0001_step", "0002_step", "0003_step"] for slug in TENANTS
    }
    assert queries.fleet_run(run.id).state == "succeeded"
    assert queries.fleet_counts(run.id).done == 4
