"""Erasing a tenant for real, and proving it: nothing is left in any place that could hold something."""

from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest
from django.conf import settings

from kernel import clock, ids, redis_client, tenancy
from kernel.actors import Actor
from kernel.problems import Invalid, TenantGone
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operations
from operations.models import Operation
from tenants import actions, places, provisioning, queries
from tenants.actions import erase
from tenants.backups import files, taking
from tenants.erasure import places as remains
from tenants.erasure import proof
from tenants.models import Backup, BackupKind, Domain, Erasure, Leftover, PublishedHead, Tenant, schema_of
from tenants.problems import (
    ErasureBegun,
    FinalCopyMissing,
    GraceNotOver,
    NotErased,
    SlugNotConfirmed,
    TenantNotFound,
    WrongState,
)
from tests.audit import places as logs
from tests.tenants import ending

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("at_platform")]

REASON = "The contract ended."
NOW = "The customer asked for it in writing."


@pytest.fixture
def hooli(at_platform: TenantRef) -> Iterator[TenantRef]:
    with ending.tenant_for_real("hooli-purge") as ref:
        yield ref


def deleted(ref: TenantRef, *, actor: Actor) -> Tenant:
    """Delete a tenant and take its final copy."""
    deletion = actions.delete_tenant(ref.id, slug=ref.slug, reason=REASON, actor=actor)
    assert ending.work_on(deletion.operation, by=actions.take_final_copy).state == "succeeded"
    return ending.tenant_of(ref)


def overdue(ref: TenantRef, *, actor: Actor) -> Tenant:
    """The same, with the grace time over."""
    deleted(ref, actor=actor)
    Tenant.objects.filter(id=ref.id).update(delete_after=clock.now() - timedelta(hours=1))
    return ending.tenant_of(ref)


def purged(ref: TenantRef, *, actor: Actor) -> Erasure:
    """Erase an overdue tenant to the end."""
    purge = actions.purge_tenant(ref.id, slug=ref.slug, actor=actor)
    over = ending.work_on(purge.operation, by=actions.erase_tenant)
    assert (over.state, over.problem) == ("succeeded", None)
    return queries.erasure(ending.tenant_of(ref))


def test_of_a_purged_tenant_a_tombstone_and_a_proof_are_left(hooli: TenantRef, operator: Actor) -> None:
    tenant = overdue(hooli, actor=operator)
    copy = queries.final_copy_of(tenant)
    assert copy is not None

    erasure = purged(hooli, actor=operator)

    tombstone = ending.tenant_of(hooli)
    assert (tombstone.state, tombstone.name, tombstone.state_reason, tombstone.settings) == ("purged", "", "", {})
    assert remains.found(tombstone) == []
    told = erasure.proof
    assert told["there_was"]["people"] == 1
    assert told["there_was"]["rows"] > 10
    assert told["removed"]["hosts"] == 1
    assert told["found_afterwards"] == {"catalogs_of_all_cells": 0, "copies": 0, "answering_hosts": 0, "redis": 0, "operations": 0}
    assert told["remaining_copy"]["id"] == copy.public_id
    assert copy.expires_at is not None
    assert erasure.last_backup_expires_at == copy.expires_at
    assert told["remaining_copy"]["expires_at"] == clock.rfc3339(copy.expires_at)
    assert ending.events_about(tombstone.public_id)[-3:] == [
        "tenants.tenant.erasure_started",
        "operations.operation.forgotten",
        "tenants.tenant.purged",
    ]


def test_the_proof_names_the_end_of_the_log_as_it_was_signed(hooli: TenantRef, operator: Actor) -> None:
    """Every entry that ever was in the log is under that root, and the final copy has them all."""
    overdue(hooli, actor=operator)
    copied = logs.run(hooli, "SELECT count(*) FROM audit_seal")

    erasure = purged(hooli, actor=operator)

    told = erasure.proof["last_checkpoint"]
    head = PublishedHead.objects.get(tenant_id=hooli.id)
    assert (told["epoch"], told["size"], told["root"], told["note"]) == (1, head.size, bytes(head.root).hex(), head.note)
    assert told["size"] == erasure.proof["there_was"]["trail_entries"] >= copied[0][0] > 0
    assert f"/audit/{hooli.id}/1" in told["note"].splitlines()[0]
    PublishedHead.objects.filter(tenant_id=hooli.id).delete()


def test_the_digest_of_the_proof_stands_in_the_trail(hooli: TenantRef, operator: Actor) -> None:
    overdue(hooli, actor=operator)

    erasure = purged(hooli, actor=operator)

    fields = ending.details_of("tenants.tenant.purged", about=ending.tenant_of(hooli).public_id)
    assert fields["proof_sha256"] == erasure.sha256 == proof.digest_of(orjson.loads(proof.text_of(erasure.proof)))
    assert "example" not in proof.text_of(erasure.proof).decode()


def test_nothing_about_the_owner_is_left_but_in_the_trail(hooli: TenantRef, platform: TenantRef, operator: Actor) -> None:
    owner = ending.OWNER.format(slug=hooli.slug)
    in_platform = ending.texts_in(platform.cell, schema=platform.schema)
    assert any(owner in text and text.startswith("operations_operation") for text in in_platform)
    overdue(hooli, actor=operator)

    purged(hooli, actor=operator)

    home = ending.texts_in(tenancy.HOME, schema="public")
    assert [text for text in home if owner in text or "Olive" in text] == []
    left = [text for text in ending.texts_in(platform.cell, schema=platform.schema) if owner in text]
    assert {text.partition(":")[0] for text in left} <= {"audit_entry", "audit_queuedentry"}
    made = Operation.objects.get(key=f"tenants.provision:{hooli.id}")
    assert (made.arguments, made.result, made.sealed_result, made.state) == ({}, {}, "", "succeeded")


def test_old_places_copies_and_redis_keys_go_too(hooli: TenantRef, operator: Actor) -> None:
    stray = places.ref_of(hooli.cell, schema=f"moved_{hooli.id.hex}")
    places.create_schema(stray)
    scratch = places.ref_of(hooli.cell, schema=schema_of(ids.new_id()))
    provisioning.build_place(scratch, on_progress=places.quietly)
    Leftover.objects.create(
        schema=scratch.schema, cell_id=hooli.cell, tenant_id=hooli.id, reason="moved", drop_after=clock.now() + timedelta(days=7)
    )
    manual = taking.take(ending.tenant_of(hooli), kind=BackupKind.MANUAL, expires_at=None, on_progress=places.quietly)
    overdue(hooli, actor=operator)
    with redis_client.connect(settings.REDIS_URL, timeout_s=1) as client:
        client.set(f"freehold:identity:{hooli.id.hex}:sign-in:x", "1")
        client.sadd("freehold:test:waiting", hooli.id.hex)

        erasure = purged(hooli, actor=operator)

        assert client.exists(f"freehold:identity:{hooli.id.hex}:sign-in:x") == 0
        assert client.sismember("freehold:test:waiting", hooli.id.hex) == 0
    removed = erasure.proof["removed"]
    assert (removed["leftovers"], removed["strays"], removed["copies"]) == (1, 1, 1)
    assert removed["redis_keys"] >= 2
    assert not Leftover.objects.filter(tenant_id=hooli.id).exists()
    assert ending.tables_of(scratch) == []
    assert not files.path_of(manual).exists()
    assert Backup.objects.get(id=manual.id).state == "removed"
    assert files.path_of(Backup.objects.get(tenant_id=hooli.id, kind="final")).exists()


def test_the_slug_is_free_and_the_host_is_kept_from_others(hooli: TenantRef, operator: Actor) -> None:
    overdue(hooli, actor=operator)

    erasure = purged(hooli, actor=operator)

    domain = Domain.objects.get(tenant_id=hooli.id)
    assert (domain.state, domain.is_primary) == ("released", False)
    assert domain.quarantined_until is not None
    assert domain.quarantined_until - erasure.purged_at > timedelta(days=29)
    assert erasure.proof["hosts_kept_from_others_until"] == clock.rfc3339(domain.quarantined_until)
    with pytest.raises(TenantNotFound):
        queries.tenant_by_slug(hooli.slug)
    assert queries.purged_named(hooli.slug).id == hooli.id
    with pytest.raises(TenantGone), tenancy.activate(ending.tenant_of(hooli).ref(), purpose=Purpose.OPERATOR):
        pass


def test_before_the_grace_time_is_over_it_takes_a_reason(hooli: TenantRef, operator: Actor) -> None:
    tenant = deleted(hooli, actor=operator)
    assert tenant.delete_after is not None

    with pytest.raises(GraceNotOver) as refused:
        actions.purge_tenant(hooli.id, slug=hooli.slug, actor=operator)
    with pytest.raises(Invalid):
        actions.purge_tenant_now(hooli.id, slug=hooli.slug, reason=" ", actor=operator)
    assert refused.value.fields["delete_after"] == clock.rfc3339(tenant.delete_after)
    assert ending.tenant_of(hooli).version == tenant.version

    purge = actions.purge_tenant_now(hooli.id, slug=hooli.slug, reason=NOW, actor=operator)
    assert ending.work_on(purge.operation, by=actions.erase_tenant).state == "succeeded"


def test_without_a_final_copy_it_takes_the_slug_twice(hooli: TenantRef, operator: Actor) -> None:
    actions.delete_tenant(hooli.id, slug=hooli.slug, reason=REASON, actor=operator)

    for typed, problem in (("", FinalCopyMissing), ("hooli", SlugNotConfirmed)):
        with pytest.raises(problem):
            actions.purge_tenant_now(hooli.id, slug=hooli.slug, reason=NOW, without_export=typed, actor=operator)
    assert not ending.tenant_of(hooli).is_being_erased

    purge = actions.purge_tenant_now(hooli.id, slug=hooli.slug, reason=NOW, without_export=hooli.slug, actor=operator)
    ending.work_on(purge.operation, by=actions.erase_tenant)

    erasure = queries.erasure(ending.tenant_of(hooli))
    assert (erasure.last_backup_expires_at, erasure.proof["remaining_copy"]) == (None, None)
    assert Backup.objects.filter(tenant_id=hooli.id).exclude(state="removed").count() == 0


def test_only_a_deleted_tenant_is_purged(hooli: TenantRef, operator: Actor) -> None:
    with pytest.raises(WrongState):
        actions.purge_tenant(hooli.id, slug=hooli.slug, actor=operator)
    with pytest.raises(WrongState):
        actions.purge_tenant_now(hooli.id, slug=hooli.slug, reason=NOW, without_export=hooli.slug, actor=operator)
    with pytest.raises(NotErased):
        queries.erasure(ending.tenant_of(hooli))
    assert ending.tenant_of(hooli).version == hooli.version


def test_once_it_has_begun_nothing_leads_back(hooli: TenantRef, operator: Actor) -> None:
    overdue(hooli, actor=operator)
    purge = actions.purge_tenant(hooli.id, slug=hooli.slug, actor=operator)

    with pytest.raises(ErasureBegun):
        actions.undelete_tenant(hooli.id, actor=operator)

    again = actions.purge_tenant(hooli.id, slug=hooli.slug, actor=operator)
    assert again.operation == purge.operation
    assert ending.tenant_of(hooli).is_being_erased


def test_every_step_of_an_erasure_may_run_again(hooli: TenantRef, operator: Actor) -> None:
    overdue(hooli, actor=operator)
    purge = actions.purge_tenant(hooli.id, slug=hooli.slug, actor=operator)
    job = ending.job_on(purge.operation, kind=erase._Erasing.of)

    for step in job.steps():
        step()
        step()

    told = queries.erasure(ending.tenant_of(hooli)).proof
    assert told["removed"]["hosts"] == 1
    assert told["found_afterwards"]["catalogs_of_all_cells"] == 0
    assert ending.events_about(ending.tenant_of(hooli).public_id).count("tenants.tenant.purged") == 1


def test_a_place_that_is_still_there_is_no_proof(hooli: TenantRef, operator: Actor) -> None:
    overdue(hooli, actor=operator)
    purge = actions.purge_tenant(hooli.id, slug=hooli.slug, actor=operator)
    job = ending.job_on(purge.operation, kind=erase._Erasing.of)
    for step in job.steps()[:3]:
        step()
    places.create_schema(places.ref_of(hooli.cell, schema=f"moved_{hooli.id.hex}"))

    with pytest.raises(Exception, match="Still there after the erasure") as refused:
        job.steps()[3]()

    assert any(f"schema moved_{hooli.id.hex}" in name for name in refused.value.fields["found"])  # type: ignore[attr-defined]
    assert not Erasure.objects.filter(tenant_id=hooli.id).exists()
    job.steps()[2]()


def test_an_erasure_that_was_cancelled_is_begun_again_with_the_same_copy(hooli: TenantRef, operator: Actor) -> None:
    copy = queries.final_copy_of(overdue(hooli, actor=operator))
    first = actions.purge_tenant(hooli.id, slug=hooli.slug, actor=operator)
    operations.cancel(first.operation.id, actor=operator)

    erasure = purged(hooli, actor=operator)

    assert copy is not None
    assert erasure.proof["remaining_copy"]["id"] == copy.public_id
    assert erasure.proof["operation"] != first.operation.public_id


def test_the_timetable_erases_what_is_due_and_nothing_else(hooli: TenantRef, operator: Actor) -> None:
    deleted(hooli, actor=operator)
    assert actions.purge_due(actor=operator) == 0

    Tenant.objects.filter(id=hooli.id).update(delete_after=clock.now() - timedelta(seconds=1))

    assert actions.purge_due(actor=operator) == 1
    assert actions.purge_due(actor=operator) == 0
    assert ending.tenant_of(hooli).is_being_erased


def test_an_archived_tenant_is_erased_with_its_archive_as_the_last_copy(hooli: TenantRef, operator: Actor) -> None:
    begun = actions.archive_tenant(hooli.id, reason="Out of use.", actor=operator)
    ending.work_on(begun.operation, by=actions.put_away_tenant)
    archive = queries.archive_of(hooli.id)
    assert archive is not None
    deletion = actions.delete_tenant(hooli.id, slug=hooli.slug, reason=REASON, actor=operator)
    assert deletion.operation is None
    assert queries.deletion_preview(ending.tenant_of(hooli)).archived_rows == archive.row_count
    Tenant.objects.filter(id=hooli.id).update(delete_after=clock.now() - timedelta(hours=1))

    erasure = purged(hooli, actor=operator)

    archive.refresh_from_db()
    assert (archive.kind, archive.state) == ("final", "ready")
    assert archive.expires_at is not None
    assert erasure.last_backup_expires_at == archive.expires_at
    assert erasure.proof["there_was"]["archived_rows"] == archive.row_count
