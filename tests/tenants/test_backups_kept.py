"""Copies are taken when they are due, tried, and kept as long as they should be."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from kernel import clock, tenancy
from kernel.actors import Actor
from tenants import actions, places, queries, tasks
from tenants.backups import covering, files, retention
from tenants.models import Backup, BackupKind, BackupState, Leftover, Tenant
from tenants.placement.findings import Level
from tenants.problems import BackupDamaged, BackupNeeded, BackupNotReady
from tests.tenants import copied

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("folder", "at_platform")]


def test_a_trial_restores_compares_and_leaves_nothing(shop: tenancy.TenantRef, operator: Actor) -> None:
    backup = copied.take("shop-of-copies")
    before = copied.places_in("cell-1", like=shop)

    actions.drill_backup(backup.id, on_progress=places.quietly, actor=operator)

    backup.refresh_from_db()
    assert copied.told_of(backup.public_id) == ["tenants.backup.checked"]
    assert (backup.verify_ms or 0) > 0
    assert backup.fault == ""
    assert backup.verified_at is not None
    assert copied.places_in("cell-1", like=shop) == before
    assert Leftover.objects.filter(tenant_id=shop.id).count() == 0


def test_a_trial_finds_what_was_exchanged(shop: tenancy.TenantRef, operator: Actor) -> None:
    first, second = copied.take("shop-of-copies"), copied.take("shop-of-copies")
    files.path_of(second).write_bytes(files.path_of(first).read_bytes())

    tried = actions.drill_backups(number=100, actor=operator)

    second.refresh_from_db()
    assert "not the one that was written there" in second.fault
    assert second.id in {row.id for row in tried}
    assert queries.newest_good(shop.id) == first


def test_a_damaged_copy_is_noted_and_not_counted_as_cover(shop: tenancy.TenantRef, operator: Actor) -> None:
    backup = copied.take("shop-of-copies")
    path = files.path_of(backup)
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(BackupDamaged):
        actions.drill_backup(backup.id, on_progress=places.quietly, actor=operator)

    backup.refresh_from_db()
    assert backup.fault.startswith("The copy")
    assert backup.verified_at is None
    assert queries.newest_good(shop.id) is None
    assert copied.told_of(backup.public_id) == ["tenants.backup.refuted"]


def test_tenants_are_copied_when_they_are_due_and_not_before(shop: tenancy.TenantRef, operator: Actor) -> None:
    Tenant.objects.exclude(id=shop.id).update(settings={"backup_every_hours": 0})
    Tenant.objects.filter(id=shop.id).update(settings={"backup_every_hours": 6, "backup_keep_days": 3})
    try:
        first = actions.back_up_due(within_s=60, actor=operator)
        again = actions.back_up_due(within_s=60, actor=operator)
        Backup.objects.filter(tenant_id=shop.id).update(taken_at=clock.now() - timedelta(hours=6))
        later = actions.back_up_due(within_s=60, actor=operator)
        Backup.objects.filter(tenant_id=shop.id).update(taken_at=clock.now() - timedelta(hours=12, minutes=1))
        late = [cover.tenant.id for cover in queries.late_covers()]
    finally:
        Tenant.objects.update(settings={})

    assert [(row.tenant_id, row.kind) for row in first] == [(shop.id, "scheduled")]
    assert (again, len(later)) == ([], 1)
    assert first[0].expires_at is not None
    assert first[0].expires_at.date() == (first[0].taken_at + timedelta(days=3)).date()
    assert late == [shop.id]


def test_a_copy_that_failed_is_tried_again_after_an_hour(shop: tenancy.TenantRef, folder: Path, operator: Actor) -> None:
    Tenant.objects.exclude(id=shop.id).update(settings={"backup_every_hours": 0})
    folder.write_text("a file where the folder should be")
    try:
        failed = actions.back_up_due(within_s=60, actor=operator)
        folder.unlink()
        at_once = actions.back_up_due(within_s=60, actor=operator)
        Backup.objects.filter(tenant_id=shop.id).update(taken_at=clock.now() - timedelta(minutes=61))
        after_an_hour = actions.back_up_due(within_s=60, actor=operator)
    finally:
        Tenant.objects.update(settings={})

    assert (failed, at_once, len(after_an_hour)) == ([], [], 1)
    assert copied.told_of(queries.tenant(shop.id).public_id) == ["tenants.backup.failed"]


def test_expired_copies_go_and_the_newest_good_one_stays(shop: tenancy.TenantRef, operator: Actor) -> None:
    yesterday = clock.now() - timedelta(days=1)
    old, newest = (copied.take("shop-of-copies", expires_at=yesterday) for _ in range(2))

    removed = actions.expire_backups(actor=operator)

    old.refresh_from_db()
    newest.refresh_from_db()
    assert removed == 1
    assert copied.told_of(old.public_id) == ["tenants.backup.removed"]
    assert (old.state, newest.state) == ("removed", "ready")
    assert (files.path_of(old).exists(), files.path_of(newest).exists()) == (False, True)


def test_of_an_erased_tenant_the_last_copy_goes_as_well(shop: tenancy.TenantRef, folder: Path, operator: Actor) -> None:
    copied.take("shop-of-copies", expires_at=clock.now() - timedelta(days=1), kind=BackupKind.FINAL)
    Tenant.objects.filter(id=shop.id).update(state="purged")

    removed = actions.expire_backups(actor=operator)

    assert removed == 1
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    Tenant.objects.filter(id=shop.id).update(state="active")


def test_the_newest_good_copy_cannot_be_removed_and_others_can(shop: tenancy.TenantRef, operator: Actor) -> None:
    old, newest = copied.take("shop-of-copies"), copied.take("shop-of-copies")

    with pytest.raises(BackupNeeded):
        actions.remove_backup(newest.id, actor=operator)
    removed = actions.remove_backup(old.id, actor=operator)

    assert (removed.state, files.path_of(old).exists()) == ("removed", False)
    assert (queries.backup(newest.id).state, files.path_of(newest).exists()) == ("ready", True)
    with pytest.raises(BackupNotReady):
        actions.hand_out_backup(old.id, form=actions.SEALED, actor=operator)


def test_what_a_dead_worker_left_is_given_up(shop: tenancy.TenantRef, operator: Actor) -> None:
    """One died a while ago, one is being written slowly: its file was touched just now."""
    dead, alive = (copied.take("shop-of-copies") for _ in range(2))
    long_ago = clock.now() - timedelta(minutes=11)
    for row in (dead, alive):
        path = files.path_of(row)
        path.rename(path.with_name(path.name + files.UNFINISHED))
    Backup.objects.filter(tenant_id=shop.id).update(state=BackupState.WRITING.value, taken_at=long_ago)
    unfinished = files.path_of(dead).with_name(files.path_of(dead).name + files.UNFINISHED)
    os.utime(unfinished, (long_ago.timestamp(), long_ago.timestamp()))

    given_up = actions.expire_backups(actor=operator)

    dead.refresh_from_db()
    alive.refresh_from_db()
    assert given_up == 1
    assert (dead.state, dead.fault, unfinished.exists()) == ("failed", retention.GIVEN_UP, False)
    assert alive.state == "writing"
    files.remove(files.path_of(alive))


def test_doctor_names_who_is_not_covered_and_what_is_damaged(shop: tenancy.TenantRef, settings: object, tmp_path: Path) -> None:
    Tenant.objects.exclude(id=shop.id).update(settings={"backup_every_hours": 0})
    Tenant.objects.filter(id=shop.id).update(created_at=clock.now() - timedelta(days=3))
    try:
        uncovered = covering.cover()
        backup = copied.take("shop-of-copies")
        covered = covering.cover()
        Backup.objects.filter(id=backup.id).update(fault="A checksum does not hold.")
        refuted = covering.cover()
        damaged = covering.trials()
        (tmp_path / "file").write_text("no folder")
        settings.BACKUP_FOLDERS = {"local": str(tmp_path / "file" / "below")}  # type: ignore[attr-defined]
        closed = covering.folders()
    finally:
        Tenant.objects.update(settings={})
        settings.BACKUP_FOLDERS = {}  # type: ignore[attr-defined]

    assert (uncovered.level, covered.level, refuted.level) == (Level.WARN, Level.OK, Level.WARN)
    assert "shop-of-copies" in uncovered.detail
    assert (damaged.level, backup.public_id in damaged.detail) == (Level.FAIL, True)
    assert closed.level is Level.FAIL


def test_the_timetables_tasks_take_what_is_due_and_try_some(shop: tenancy.TenantRef) -> None:
    Tenant.objects.exclude(id=shop.id).update(settings={"backup_every_hours": 0})
    try:
        with tenancy.outside():
            tasks.backup_due()
            tasks.drill()
    finally:
        Tenant.objects.update(settings={})

    (backup,) = Backup.objects.filter(tenant_id=shop.id)
    assert (backup.state, backup.kind, backup.verified_at is not None) == ("ready", "scheduled", True)
