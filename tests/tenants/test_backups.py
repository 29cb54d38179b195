"""Taking copies: one snapshot, sealed at rest, tried by a real restore, kept as long as they should be. These tests commit."""

import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden
from operations import queries as operations
from tenants import actions, places
from tenants.backups import archive, checking, files
from tenants.backups.sealed import MAGIC
from tenants.models import Backup, Region, Tenant
from tenants.problems import ResidencyForbids, WrongState
from tests import makers
from tests.tenants import copied

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("folder", "at_platform")]

MANY_PEOPLE = """
WITH made AS (
    INSERT INTO identity_user (id, email, name, password, status, status_reason, status_at, epoch, version, created_at)
    SELECT gen_random_uuid(), gen_random_uuid() || '@example.com', gen_random_uuid(), '', 'invited', '', now(), 0, 1, now()
    FROM generate_series(1, 8000) RETURNING id
) SELECT count(*) FROM made
"""


@pytest.fixture
def acme_copies(acme: tenancy.TenantRef) -> Iterator[tenancy.TenantRef]:
    """Acme, whose copies are forgotten afterwards."""
    yield acme
    Backup.objects.filter(tenant_id=acme.id).delete()


def test_a_copy_holds_every_row_and_says_what_it_holds(acme_copies: tenancy.TenantRef) -> None:
    backup = copied.take("acme")

    held = copied.members(copied.plain_bytes(backup))
    manifest = archive.verify(files.path_of(backup), on_progress=places.quietly)
    counts = copied.rows_told(manifest)
    assert counts == {name: rows for name, (rows, _) in copied.rows(acme_copies).items()}
    assert copied.text_of(held, "identity_user").count(b"\n") == counts["identity_user"] >= 1
    assert b"owner@acme.example" in copied.text_of(held, "identity_user")
    assert (backup.state, backup.row_count, backup.table_count) == ("ready", sum(counts.values()), len(manifest.tables))
    assert (manifest.tenant["slug"], manifest.tenant["domains"][0]["host"]) == ("acme", "acme.localhost")
    assert manifest.backup == backup.public_id
    assert "audit.0002_append_only" in manifest.migrations
    assert [sequence.name for sequence in manifest.sequences] == ["django_migrations_id_seq"]


def test_all_tables_are_from_one_moment(shop: tenancy.TenantRef) -> None:
    """Somebody is added while the first table is copied: neither the person nor the entry about it may be in the copy."""
    before = copied.rows(shop)

    def somebody_writes(done: int, of: int, what: str) -> None:
        if done == 0:
            copied.add_people(shop, f"during-{what}@shop.example".replace("_", "-"))

    backup = copied.take("shop-of-copies", on_progress=somebody_writes)

    manifest = archive.read_manifest(files.path_of(backup))
    assert copied.rows(shop)["identity_user"][0] > before["identity_user"][0]
    assert copied.rows_told(manifest) == {name: rows for name, (rows, _) in before.items()}


def test_a_copy_is_sealed_and_private(acme_copies: tenancy.TenantRef, folder: Path) -> None:
    backup = copied.take("acme")

    path = files.path_of(backup)
    sealed = path.read_bytes()
    assert sealed.startswith(MAGIC)
    assert copied.plain_bytes(backup)[:257] not in sealed
    assert b"manifest.json" not in sealed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(parent.stat().st_mode) for parent in (path.parent, path.parent.parent, folder)} == {0o700}
    assert path.parent.parent == folder / "local"


def test_a_region_may_have_a_folder_of_its_own(acme_copies: tenancy.TenantRef, settings: object, tmp_path: Path) -> None:
    settings.BACKUP_FOLDERS = {"local": str(tmp_path / "elsewhere")}  # type: ignore[attr-defined]

    backup = copied.take("acme")

    assert (tmp_path / "elsewhere" / backup.path).is_file()
    assert not (tmp_path / "copies").exists()


def test_a_big_table_is_cut_into_parts(shop: tenancy.TenantRef, monkeypatch: pytest.MonkeyPatch) -> None:
    copied.count(shop, MANY_PEOPLE)
    monkeypatch.setattr("tenants.backups.packing.PART_BYTES", 1)
    monkeypatch.setattr("tenants.backups.reading.PIECE", 200)

    backup = copied.take("shop-of-copies")

    manifest = archive.verify(files.path_of(backup), on_progress=places.quietly)
    parts = {table.name: len(table.parts) for table in manifest.tables}
    assert parts["identity_user"] > 2
    assert checking.check(backup, on_progress=places.quietly) > 0


def test_copies_of_a_tenant_that_must_stay_elsewhere_are_refused(acme_copies: tenancy.TenantRef) -> None:
    Tenant.objects.filter(id=acme_copies.id).update(residency="EU")
    try:
        with pytest.raises(ResidencyForbids):
            copied.take("acme")
    finally:
        Tenant.objects.filter(id=acme_copies.id).update(residency="")

    assert Backup.objects.filter(tenant_id=acme_copies.id).count() == 0
    assert Region.objects.get(code="local").jurisdiction != "EU"


def test_a_copy_that_cannot_be_written_is_failed_and_leaves_nothing(acme_copies: tenancy.TenantRef, folder: Path) -> None:
    folder.write_text("a file where the folder should be")

    with pytest.raises(OSError, match="copies"):
        copied.take("acme")

    backup = Backup.objects.get(tenant_id=acme_copies.id)
    assert (backup.state, backup.size_bytes) == ("failed", 0)
    assert backup.fault


def test_progress_that_is_refused_stops_the_copy_and_leaves_no_file(acme_copies: tenancy.TenantRef, folder: Path) -> None:
    class Cancelled(Exception):
        pass

    def cancelled(done: int, of: int, what: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        copied.take("acme", on_progress=cancelled)

    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert Backup.objects.get(tenant_id=acme_copies.id).state == "failed"


def test_suspended_and_deleting_tenants_and_platform_can_be_copied(shop: tenancy.TenantRef, operator: Actor) -> None:
    for state in ("suspended", "deleting"):
        Tenant.objects.filter(id=shop.id).update(state=state)
        assert copied.take("shop-of-copies").state == "ready"
    platform = copied.take("platform")

    assert archive.verify(files.path_of(platform), on_progress=places.quietly).tenant["slug"] == "platform"
    platform.delete()


@pytest.mark.parametrize("state", ["provisioning", "failed", "archived", "purged", "moving"])
def test_a_tenant_without_a_place_at_rest_is_not_copied(shop: tenancy.TenantRef, operator: Actor, state: str) -> None:
    Tenant.objects.filter(id=shop.id).update(state=state)

    with pytest.raises(WrongState):
        actions.back_up_tenant(shop.id, actor=operator)

    assert Backup.objects.filter(tenant_id=shop.id).count() == 0
    Tenant.objects.filter(id=shop.id).update(state="active")


def test_a_copy_asked_for_is_an_operation_that_names_it(shop: tenancy.TenantRef, operator: Actor) -> None:
    operation = actions.back_up_tenant(shop.id, actor=operator)

    actions.work_on_backup(operation.id, actor=operator)

    done = operations.operation(operation.id)
    backup = Backup.objects.get(tenant_id=shop.id)
    assert copied.told_of(backup.public_id) == ["tenants.backup.taken"]
    assert (done.state, done.result["backup"], done.result["row_count"]) == ("succeeded", backup.public_id, backup.row_count)
    assert backup.expires_at is not None
    assert clock.now() + timedelta(days=34) < backup.expires_at < clock.now() + timedelta(days=36)


def test_who_may_not_take_copies_is_refused(shop: tenancy.TenantRef, platform: tenancy.TenantRef) -> None:
    reader = makers.person_actor(grants=frozenset({"read:*"}), tenant_id=platform.id)

    for refused in (
        lambda: actions.back_up_tenant(shop.id, actor=reader),
        lambda: actions.expire_backups(actor=reader),
        lambda: actions.back_up_due(within_s=1, actor=reader),
        lambda: actions.drill_backups(number=1, actor=reader),
    ):
        with pytest.raises(Forbidden):
            refused()

    assert Backup.objects.filter(tenant_id=shop.id).count() == 0
