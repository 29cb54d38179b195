"""What doctor finds of ends that take too long."""

from datetime import timedelta

import pytest

from kernel import clock
from kernel.tenancy import TenantRef
from tenants import overdue
from tenants.models import Backup, Tenant
from tenants.placement.findings import Level

pytestmark = pytest.mark.usefixtures("at_platform")


def found_after(values: dict[str, object], *, ref: TenantRef) -> list[tuple[str, Level]]:
    """What is found of a tenant in a certain condition."""
    Tenant.objects.filter(id=ref.id).update(**values)
    return [(finding.check, finding.level) for finding in overdue.findings()]


def test_nothing_is_overdue_at_first(globex: TenantRef) -> None:
    assert found_after({}, ref=globex) == [("ends of tenants", Level.OK)]


@pytest.mark.parametrize(("hours", "level"), [(0, Level.OK), (2, Level.WARN)])
def test_a_deletion_without_its_copy_is_found_after_an_hour(hours: int, level: Level, globex: TenantRef) -> None:
    now = clock.now()
    values = {"state": "deleting", "previous_state": "active", "state_since": now - timedelta(hours=hours)}

    found = found_after({**values, "delete_after": now + timedelta(days=30)}, ref=globex)

    assert [finding_level for _, finding_level in found] == [level]


def test_a_deletion_with_its_copy_is_in_order(globex: TenantRef) -> None:
    now = clock.now()
    Backup.objects.create(
        tenant_id=globex.id, kind="final", state="ready", cell="cell-1", region="local", path="a/b.copy", verified_at=now
    )
    values = {"state": "deleting", "previous_state": "active", "state_since": now - timedelta(hours=2)}

    assert found_after({**values, "delete_after": now + timedelta(days=30)}, ref=globex) == [("ends of tenants", Level.OK)]


@pytest.mark.parametrize("previous", ["active", ""])
def test_a_tenant_that_is_not_erased_a_day_after_its_time_fails(previous: str, globex: TenantRef) -> None:
    long_ago = clock.now() - timedelta(days=40)
    values = {"state": "deleting", "previous_state": previous, "state_since": long_ago}

    assert found_after({**values, "delete_after": clock.now() - timedelta(days=2)}, ref=globex) == [("tenant globex", Level.FAIL)]


@pytest.mark.parametrize(("hours", "level"), [(1, Level.OK), (7, Level.WARN)])
def test_an_archiving_that_hangs_is_found(hours: int, level: Level, globex: TenantRef) -> None:
    values = {"state": "suspended", "previous_state": "active", "state_since": clock.now() - timedelta(hours=hours)}

    assert [finding_level for _, finding_level in found_after(values, ref=globex)] == [level]
