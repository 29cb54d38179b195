"""Restoring copies: under a new name, in place, from files, of older releases, and after a death at each step. These tests commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from audit import actions as audit_actions
from audit import doctor
from audit import queries as audit
from identity import actions as identity
from identity import documents
from identity import queries as people
from identity.problems import KeyRefused
from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden
from kernel.tenancy import Purpose, TenantRef
from operations.models import Operation
from tenants import actions, places, provisioning, queries, registration
from tenants.backups import archive, files, loading
from tenants.models import Backup, Leftover, Plan, Tenant, TenantState
from tenants.problems import (
    BackupDamaged,
    BackupNotReady,
    BackupUnfit,
    BackupUnreadable,
    CellUnknown,
    ReservedTenant,
    ResidencyForbids,
    SlugTaken,
)
from tests import makers
from tests.audit import places as logs
from tests.tenants import copied

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("folder", "at_platform")]

AS = actions.Named(slug="mill-copy", name="Mill (copy)")


def restored(backup: Backup, *, actor: Actor) -> TenantRef:
    """The tenant that a copy was restored as."""
    asked = actions.restore_tenant(backup.id, named=AS, actor=actor)
    actions.work_on_restore(asked.operation.id, actor=actor)
    assert (Operation.objects.get(id=asked.operation.id).state, Operation.objects.get(id=asked.operation.id).problem) == (
        "succeeded",
        None,
    )
    makers.forget_caches()
    return queries.tenant_by_slug(AS.slug).ref()


def test_a_copy_under_a_new_name_has_every_row(mill: TenantRef, operator: Actor) -> None:
    Plan.objects.get_or_create(code="copied", defaults={"label": "Copied"})
    Tenant.objects.filter(id=mill.id).update(plan="copied", settings={"backup_keep_days": 9})
    before = copied.rows(mill)

    copy = restored(copied.take("mill"), actor=operator)

    row = queries.tenant(copy.id)
    assert copied.same(before, copied.rows(copy), but=copied.ENDED)
    assert copied.people(copy) == copied.people(mill)
    assert copied.rows(mill) == before
    assert (copy.id != mill.id, copy.schema != mill.schema, copy.code != mill.code) == (True, True, True)
    assert (row.name, row.state, row.plan_id, row.settings) == ("Mill (copy)", "active", "copied", {"backup_keep_days": 9})
    assert row.host == "mill-copy.localhost"
    copied.remove("mill-copy")
    Tenant.objects.filter(id=mill.id).update(plan=None)
    Plan.objects.filter(code="copied").delete()


def test_people_can_sign_in_to_a_copy_and_nothing_else_of_the_original_lets_them_in(
    mill: TenantRef, key: str, session: str, operator: Actor
) -> None:
    copy = restored(copied.take("mill"), actor=operator)

    with tenancy.activate(copy, purpose=Purpose.REQUEST):
        assert people.session_actor(session) is None
        with pytest.raises(KeyRefused):
            people.key_actor(key)
        assert people.api_keys(state="active").count() == 0
        assert makers.signed_in("ada@mill.example").user.email == "ada@mill.example"
        (ended,) = audit.entries(action="identity.access.ended")
        assert ended.document["details"] == {
            "reason": ended.document["details"]["reason"], "sessions_ended": 1, "trusted_devices_ended": 0, "sign_ins_ended": 0,
            "password_resets_ended": 0, "keys_revoked": 1, "signing_keys_revoked": 0, "invitations_revoked": 1,
        }  # fmt: skip
    with tenancy.activate(mill, purpose=Purpose.REQUEST):
        assert people.session_actor(session) is not None
        assert people.key_actor(key).tenant_id == mill.id


def test_what_lies_sealed_in_a_copy_is_sealed_anew_under_a_key_that_the_original_does_not_have(
    mill: TenantRef, operator: Actor
) -> None:
    with tenancy.activate(mill, purpose=Purpose.OPERATOR):
        before = documents.of_secrets()

    copy = restored(copied.take("mill"), actor=operator)
    with tenancy.activate(copy, purpose=Purpose.OPERATOR):
        shared, rotation = documents.of_secrets(), people.running_rotation()
        assert rotation is not None
        identity.work_on_rotation(rotation.id, actor=operator)
        after, verified = documents.of_secrets(), audit.verify()

    assert (before["values"] > 0, shared["key"]) == (True, before["key"])
    assert (rotation.state, after["key"] not in ("", before["key"]), after["under_other_keys"]) == ("queued", True, 0)
    assert after["values"] >= before["values"]
    assert verified.ok
    with tenancy.activate(mill, purpose=Purpose.OPERATOR):
        assert documents.of_secrets() == before


def test_the_trail_of_a_copy_still_holds_and_goes_on(mill: TenantRef, operator: Actor) -> None:
    with tenancy.activate(mill, purpose=Purpose.SEAL):
        audit_actions.seal_pending()
    sealed = copied.count(mill, "SELECT size FROM audit_head")

    copy = restored(copied.take("mill"), actor=operator)

    with tenancy.activate(copy, purpose=Purpose.SEAL):
        audit_actions.seal_pending()
    with tenancy.activate(copy, purpose=Purpose.OPERATOR):
        found = audit.verify()
    assert (found.ok, found.checked > sealed) == (True, True)


def test_a_restored_place_has_its_rights_triggers_and_foreign_keys(mill: TenantRef, operator: Actor) -> None:
    """The wall around the trail above all: restored rows queue nothing, new ones do, and nobody may change them."""
    with tenancy.activate(mill, purpose=Purpose.SEAL):
        audit_actions.seal_pending()

    copy = restored(copied.take("mill"), actor=operator)

    catalog = """
        SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
            SELECT c.relname || t.tgname || t.tgenabled::text AS line FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
             WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
            UNION ALL SELECT conrelid::regclass::text || conname || pg_get_constraintdef(oid) FROM pg_constraint
             WHERE connamespace = current_schema()::regnamespace
            UNION ALL SELECT c.relname || replace(c.relacl::text, current_schema(), 'here') FROM pg_class c
             WHERE c.relnamespace = current_schema()::regnamespace AND c.relacl IS NOT NULL
        ) lines
    """
    assert copied.count(copy, catalog) == copied.count(mill, catalog)
    queued = "SELECT count(*) FROM audit_queuedentry"
    # That old access was ended waits, and that a rotation was asked for and begun; what begins the new epoch was sealed at once.
    assert (copied.count(mill, queued), copied.count(copy, queued)) == (0, 3)


def test_sequences_go_on_where_they_stood(mill: TenantRef, operator: Actor) -> None:
    copied.count(mill, "SELECT setval('django_migrations_id_seq', 700)")

    copy = restored(copied.take("mill"), actor=operator)

    assert copied.count(copy, "SELECT nextval('django_migrations_id_seq')") == 701


def test_entries_that_wait_for_the_platform_are_told_by_the_original_alone(mill: TenantRef, operator: Actor) -> None:
    with tenancy.activate(mill, purpose=Purpose.OPERATOR):
        visitor = makers.person_actor(tenant_id=ids.new_id())
        identity.add_person("seen@mill.example", "Seen", ["member"], actor=visitor)
    assert copied.count(mill, "SELECT count(*) FROM audit_mirrored") == 1

    copy = restored(copied.take("mill"), actor=operator)

    assert copied.count(copy, "SELECT count(*) FROM audit_mirrored") == 0
    assert copied.count(mill, "SELECT count(*) FROM audit_mirrored") == 1


def test_a_restore_is_told_of(mill: TenantRef, operator: Actor) -> None:
    backup = copied.take("mill")

    copy = restored(backup, actor=operator)

    told = list(audit.entries(subject=queries.tenant(copy.id).public_id).order_by("id").values_list("action", flat=True))
    assert told == ["tenants.restore.requested", "tenants.tenant.activated"]


def test_a_file_from_elsewhere_is_restored_plain_or_sealed(mill: TenantRef, operator: Actor, tmp_path: Path) -> None:
    before = copied.rows(mill)
    backup = copied.take("mill")
    plain = tmp_path / "mill.tar"
    plain.write_bytes(copied.plain_bytes(backup))

    asked = actions.restore_file(plain, named=AS, actor=operator)
    actions.work_on_restore(asked.operation.id, actor=operator)

    makers.forget_caches()
    assert copied.same(before, copied.rows(queries.tenant_by_slug("mill-copy").ref()), but=copied.ENDED)
    assert files.path_of(asked.backup).is_file()
    assert (asked.backup.tenant_id, asked.backup.state) == (asked.tenant.id, "ready")


@contextmanager
def nothing_made(ref: TenantRef) -> Iterator[None]:
    """The block makes no tenant, no operation, no copy, no place and no file."""
    before = _picture(ref)
    yield
    assert _picture(ref) == before


def _picture(ref: TenantRef) -> list[object]:
    rows = [model.objects.count() for model in (Tenant, Operation, Backup, Leftover)]
    return [*rows, copied.places_in("cell-1", like=ref), sorted(Path(django_settings.BACKUP_FOLDER).rglob("*"))]


def test_what_cannot_be_restored_is_refused_before_anything_is_made(mill: TenantRef, operator: Actor, tmp_path: Path) -> None:
    backup = copied.take("mill")
    cut = tmp_path / "cut"
    cut.write_bytes(files.path_of(backup).read_bytes()[:-100])
    taken = actions.Named(slug="mill", name="Mill")

    with nothing_made(mill):
        with pytest.raises(BackupDamaged):
            actions.restore_file(cut, named=AS, actor=operator)
        with pytest.raises(BackupUnreadable):
            actions.restore_file(tmp_path / "missing", named=AS, actor=operator)
        with pytest.raises(SlugTaken):
            actions.restore_tenant(backup.id, named=taken, actor=operator)
        with pytest.raises(SlugTaken):
            actions.restore_file(files.path_of(backup), named=taken, actor=operator)
        with pytest.raises(CellUnknown):
            actions.restore_file(files.path_of(backup), named=actions.Named("mill-copy", "Mill", cell="nowhere"), actor=operator)


def test_a_copy_of_a_later_release_is_refused(mill: TenantRef, operator: Actor, tmp_path: Path) -> None:
    copied.count(mill, "INSERT INTO django_migrations (app, name, applied) VALUES ('audit', '9999_later', now()) RETURNING id")
    backup = copied.take("mill")

    with nothing_made(mill):
        with pytest.raises(BackupUnfit, match="9999_later"):
            actions.restore_tenant(backup.id, named=AS, actor=operator)
        with pytest.raises(BackupUnfit):
            actions.drill_backup(backup.id, on_progress=places.quietly, actor=operator)


def test_a_removed_copy_and_platforms_are_refused(mill: TenantRef, operator: Actor) -> None:
    old, _newest, of_platform = copied.take("mill"), copied.take("mill"), copied.take("platform")
    actions.remove_backup(old.id, actor=operator)

    with nothing_made(mill):
        with pytest.raises(BackupNotReady):
            actions.restore_tenant(old.id, named=AS, actor=operator)
        with pytest.raises(ReservedTenant):
            actions.restore_tenant(of_platform.id, named=AS, actor=operator)
        with pytest.raises(ReservedTenant):
            actions.replace_tenant(of_platform.id, slug="platform", actor=operator)

    of_platform.delete()


def test_who_may_not_restore_is_refused(mill: TenantRef, platform: TenantRef, operator: Actor) -> None:
    backup = copied.take("mill")
    keeper = makers.person_actor(grants=frozenset({"write:tenants.backups"}), tenant_id=platform.id)

    with nothing_made(mill):
        with pytest.raises(Forbidden):
            actions.restore_tenant(backup.id, named=AS, actor=keeper)
        with pytest.raises(Forbidden):
            actions.replace_tenant(backup.id, slug="mill", actor=keeper)

    assert queries.tenant(mill.id).schema == mill.schema


def test_a_copy_that_is_damaged_on_the_way_fails_the_restore_and_loads_nothing(mill: TenantRef, operator: Actor) -> None:
    backup = copied.take("mill")
    asked = actions.restore_tenant(backup.id, named=AS, actor=operator)
    path = files.path_of(backup)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    actions.work_on_restore(asked.operation.id, actor=operator)

    operation = Operation.objects.get(id=asked.operation.id)
    assert operation.problem is not None
    assert (operation.state, operation.step, operation.problem["type"]) == ("failed", 0, "/problems/backup-damaged")
    assert queries.tenant(asked.tenant.id).state == "failed"
    assert asked.tenant.schema not in copied.places_in("cell-1", like=mill)


def test_rows_that_break_a_foreign_key_are_not_loaded(mill: TenantRef, operator: Actor, tmp_path: Path) -> None:
    """All or nothing: the place keeps what it had, with its triggers and keys."""
    backup = copied.take("mill")
    before = copied.rows(mill)
    held = copied.members(copied.plain_bytes(backup))
    told = archive.read_manifest(files.path_of(backup))
    without_people = copied.without_rows(held, told, table="identity_user")
    path = copied.archived(without_people, at=tmp_path / "broken.tar")

    with pytest.raises(Exception, match="foreign key"):
        loading.load(path, ref=mill, on_progress=places.quietly)

    assert copied.rows(mill) == before
    with tenancy.activate(mill, purpose=Purpose.OPERATOR):
        queued = copied.count(mill, "SELECT count(*) FROM audit_queuedentry")
        identity.add_person("later@mill.example", "Later", ["member"], actor=operator)
    assert copied.count(mill, "SELECT count(*) FROM audit_queuedentry") == queued + 1


OLDER = [("audit", "0001_initial"), ("identity", "0001_initial"), ("operations", "0001_initial")]


def test_a_copy_of_an_older_release_is_restored_and_brought_forward(mill: TenantRef, operator: Actor) -> None:
    cell = queries.tenant(mill.id).cell
    row = registration.insert("old-mill", name="Old Mill", cell=cell, state=TenantState.ACTIVE)
    try:
        places.create_schema(row.ref())
        with tenancy.activate(row.ref(), purpose=Purpose.MIGRATE):
            MigrationExecutor(connections[cell.name]).migrate(OLDER)
        logs.run(row.ref(), f"INSERT INTO identity_role SELECT * FROM {mill.schema}.identity_role")
        told = [ids.new_id() for _ in range(3)]
        for entry_id in told:
            logs.run(row.ref(), logs.insert("audit_entry", entry_id=entry_id))
        roles = copied.rows(row.ref())["identity_role"]
        backup = copied.take("old-mill")
        assert "audit.0002_append_only" not in archive.read_manifest(files.path_of(backup)).migrations

        actions.drill_backup(backup.id, on_progress=places.quietly, actor=operator)
        copy = restored(backup, actor=operator)

        assert copied.rows(copy)["identity_role"] == roles
        assert provisioning.behind([copy]) == []
        # The one table of entries that it had is the first month now; those of today are there, and what was told before is among them.
        held = [text for (text,) in logs.run(copy, "SELECT id::text FROM audit_entry_before ORDER BY id")]
        assert held[:3] == [str(entry_id) for entry_id in told]
        assert {lack.check for lack in doctor.examine(copy).lacks} <= {"checkpoint", "queue"}
        assert (
            copied.count(copy, "SELECT count(*) FROM pg_trigger WHERE tgname = 'audit_keep' AND tgrelid = 'audit_entry'::regclass")
            == 1
        )
    finally:
        copied.remove("old-mill")


def test_a_copy_stays_in_its_jurisdiction(mill: TenantRef, second_cell: str, operator: Actor) -> None:
    """Restored in another cell it has every row; a tenant that must stay at home is not restored there, from row or file."""
    before = copied.rows(mill)
    backup = copied.take("mill")
    there = actions.Named(slug="mill-copy", name="Mill abroad", cell=second_cell)
    local = queries.tenant(mill.id).cell.region.jurisdiction

    Tenant.objects.filter(id=mill.id).update(residency=local)
    with nothing_made(mill), pytest.raises(ResidencyForbids):
        actions.restore_tenant(backup.id, named=there, actor=operator)
    bound = copied.take("mill")
    with nothing_made(mill), pytest.raises(ResidencyForbids):
        actions.restore_file(files.path_of(bound), named=there, actor=operator)
    Tenant.objects.filter(id=mill.id).update(residency="")
    asked = actions.restore_tenant(backup.id, named=there, actor=operator)
    actions.work_on_restore(asked.operation.id, actor=operator)
    copy = queries.tenant(asked.tenant.id)
    of_copy = copied.take("mill-copy")

    assert (copy.cell_id, copy.state) == (second_cell, "active")
    assert copied.same(before, copied.rows(copy.ref()), but=copied.ENDED)
    assert of_copy.region == "eu"
    copied.remove("mill-copy")
