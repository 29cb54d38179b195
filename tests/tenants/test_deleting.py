"""Deleting a tenant with a grace time, the final copy, and undoing it, for real."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import ProgrammingError

from identity import queries as people
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import PreconditionFailed, TenantDeleting
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operations
from operations import progress
from tenants import actions, closing, queries
from tenants.actions import final_copy
from tenants.backups import files
from tenants.models import Backup, Tenant
from tenants.problems import ReservedTenant, SlugNotConfirmed, WrongState
from tests import makers
from tests.tenants import ending

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("at_platform")]

REASON = "The contract ended."


@pytest.fixture
def hooli(at_platform: TenantRef) -> Iterator[TenantRef]:
    with ending.tenant_for_real("hooli-delete") as ref:
        yield ref


def deleted(ref: TenantRef, *, actor: Actor) -> actions.Deletion:
    """Delete a tenant; the final copy is not taken yet."""
    return actions.delete_tenant(ref.id, slug=ref.slug, reason=REASON, actor=actor)


def test_a_deleted_tenant_answers_nobody_and_has_thirty_days(hooli: TenantRef, operator: Actor) -> None:
    before = clock.now()

    deletion = deleted(hooli, actor=operator)

    tenant = ending.tenant_of(hooli)
    assert (tenant.state, tenant.state_reason, tenant.previous_state) == ("deleting", REASON, "active")
    assert tenant.delete_after is not None
    assert timedelta(days=30) <= tenant.delete_after - before < timedelta(days=30, minutes=1)
    assert deletion.operation is not None
    for purpose in (Purpose.READ, Purpose.REQUEST, Purpose.JOB, Purpose.WEBHOOK):
        with pytest.raises(TenantDeleting), tenancy.activate(tenant.ref(), purpose=purpose):
            pass
    assert ending.events_about(tenant.public_id)[-1] == "tenants.tenant.deletion_started"


def test_the_grace_time_is_the_tenants_own_setting(hooli: TenantRef, operator: Actor) -> None:
    Tenant.objects.filter(id=hooli.id).update(settings={"deletion_grace_days": 7})

    tenant = deleted(hooli, actor=operator).tenant

    assert tenant.delete_after is not None
    assert tenant.delete_after - tenant.state_since == timedelta(days=7)


def test_the_final_copy_is_tried_and_its_end_is_stated(hooli: TenantRef, operator: Actor) -> None:
    deletion = deleted(hooli, actor=operator)

    over = ending.work_on(deletion.operation, by=actions.take_final_copy)

    tenant = ending.tenant_of(hooli)
    copy = queries.final_copy_of(tenant)
    assert copy is not None
    assert (over.state, over.result["backup"]) == ("succeeded", copy.public_id)
    assert tenant.delete_after is not None
    assert copy.expires_at == tenant.delete_after + timedelta(days=35)
    assert over.result["expires_at"] == clock.rfc3339(copy.expires_at)
    assert files.path_of(copy).is_file()
    assert not queries.lacks_final_copy(tenant)
    assert not closing.is_closed(tenant.ref())


@pytest.mark.parametrize("typed", ["", "hooli", "HOOLI-DELETE", "hooli-delete ", "globex"])
def test_another_slug_deletes_nothing(typed: str, hooli: TenantRef, operator: Actor) -> None:
    before = ending.tenant_of(hooli)

    with pytest.raises(SlugNotConfirmed) as refused:
        actions.delete_tenant(hooli.id, slug=typed, reason=REASON, actor=operator)

    assert refused.value.fields["errors"][0]["pointer"] == "/slug"
    after = ending.tenant_of(hooli)
    assert (after.state, after.version) == ("active", before.version)


@pytest.mark.parametrize("was", ["active", "suspended"])
def test_undoing_leads_back_to_exactly_where_it_was(was: str, hooli: TenantRef, operator: Actor) -> None:
    reason = ""
    if was == "suspended":
        reason = actions.suspend_tenant(hooli.id, reason="Not paid.", actor=operator).state_reason
    deletion = deleted(hooli, actor=operator)
    ending.work_on(deletion.operation, by=actions.take_final_copy)

    actions.undelete_tenant(hooli.id, expected_version=deletion.tenant.version, actor=operator)

    tenant = ending.tenant_of(hooli)
    assert (tenant.state, tenant.state_reason, tenant.previous_state, tenant.delete_after) == (was, reason, "", None)
    assert ending.events_about(tenant.public_id)[-1] == "tenants.tenant.deletion_undone"
    with tenancy.activate(tenant.ref(), purpose=Purpose.OPERATOR):
        assert people.people().count() == 1


def test_undoing_in_the_middle_of_the_copy_opens_the_place(hooli: TenantRef, operator: Actor) -> None:
    deletion = deleted(hooli, actor=operator)
    job = ending.job_on(deletion.operation, kind=final_copy._FinalCopy.of)
    job.steps()[0]()
    assert closing.is_closed(hooli)

    actions.undelete_tenant(hooli.id, actor=operator)
    makers.forget_caches()

    with tenancy.activate(ending.tenant_of(hooli).ref(), purpose=Purpose.REQUEST):
        makers.make_person("gavin@hooli.example")
    ending.abandon(job.operation)
    over = ending.work_on(deletion.operation, by=actions.take_final_copy)
    assert over.state == "failed"
    assert not closing.is_closed(hooli)
    assert Backup.objects.filter(tenant_id=hooli.id).count() == 0


def test_nobody_writes_between_the_copy_and_the_end(hooli: TenantRef, operator: Actor) -> None:
    """A process that has not heard of the deletion passes the gate with what it remembers; the place itself is closed."""
    deletion = deleted(hooli, actor=operator)
    job = ending.job_on(deletion.operation, kind=final_copy._FinalCopy.of)

    job.steps()[0]()

    with tenancy.activate(hooli, purpose=Purpose.REQUEST), pytest.raises(ProgrammingError):
        people.people().count()


def test_every_step_of_the_final_copy_may_run_again(hooli: TenantRef, operator: Actor) -> None:
    deletion = deleted(hooli, actor=operator)
    job = ending.job_on(deletion.operation, kind=final_copy._FinalCopy.of)

    for step in job.steps():
        step()
        step()

    assert Backup.objects.filter(tenant_id=hooli.id, kind="final", state="ready").count() == 1
    assert not queries.lacks_final_copy(ending.tenant_of(hooli))


def test_a_deletion_whose_copy_failed_stays_and_can_be_repeated(hooli: TenantRef, operator: Actor) -> None:
    deletion = deleted(hooli, actor=operator)
    assert deletion.operation is not None
    operations.cancel(deletion.operation.id, actor=operator)
    Tenant.objects.filter(id=hooli.id).update(delete_after=clock.now() - timedelta(days=1))

    begun = actions.purge_due(actor=operator)
    again = deleted(hooli, actor=operator)

    assert begun == 0
    assert again.operation is not None
    assert again.operation.id != deletion.operation.id
    assert again.tenant.state_since == deletion.tenant.state_since
    over = ending.work_on(again.operation, by=actions.take_final_copy)
    assert over.state == "succeeded"
    assert [tenant.slug for tenant in queries.due_for_purge(clock.now())] == [hooli.slug]
    assert deleted(hooli, actor=operator).operation is None
    assert ending.events_about(again.tenant.public_id).count("tenants.tenant.deletion_started") == 1


def test_a_copy_that_does_not_restore_is_not_final(hooli: TenantRef, operator: Actor) -> None:
    deletion = deleted(hooli, actor=operator)
    job = ending.job_on(deletion.operation, kind=final_copy._FinalCopy.of)
    for step in job.steps()[:2]:
        step()
        progress.step_done(job.operation)
    ending.spoil(files.path_of(Backup.objects.get(tenant_id=hooli.id)))
    ending.abandon(job.operation)

    over = ending.work_on(deletion.operation, by=actions.take_final_copy)

    assert over.state == "failed"
    assert queries.lacks_final_copy(ending.tenant_of(hooli))
    assert not closing.is_closed(ending.tenant_of(hooli).ref())


def test_the_preview_says_what_goes_and_what_stays(hooli: TenantRef, operator: Actor) -> None:
    with tenancy.activate(hooli, purpose=Purpose.OPERATOR):
        makers.make_key(email="keys@hooli.example")

    preview = queries.deletion_preview(ending.tenant_of(hooli))

    assert (preview.contents.people, preview.contents.api_keys) == (2, 1)
    assert preview.contents.entries >= 3
    assert preview.contents.rows == sum(preview.contents.tables.values()) > 10
    assert preview.contents.size_bytes > 0
    assert preview.hosts == ["hooli-delete.localhost"]
    assert preview.grace_days == 30
    assert preview.final_copy_until - preview.delete_after == timedelta(days=35)
    assert ending.tenant_of(hooli).state == "active"


def test_a_deleted_tenant_is_changed_in_no_other_way(hooli: TenantRef, operator: Actor) -> None:
    version = deleted(hooli, actor=operator).tenant.version

    for call in (
        lambda: actions.suspend_tenant(hooli.id, reason="Not paid.", actor=operator),
        lambda: actions.resume_tenant(hooli.id, actor=operator),
        lambda: actions.archive_tenant(hooli.id, reason="Out of use.", actor=operator),
        lambda: actions.unarchive_tenant(hooli.id, actor=operator),
        lambda: actions.activate_tenant(hooli.id, actor=operator),
        lambda: actions.rename_tenant(hooli.id, name="Other", actor=operator),
    ):
        with pytest.raises(WrongState) as refused:
            call()
        assert "Undo the deletion first" in refused.value.detail
    assert ending.tenant_of(hooli).version == version


def test_an_old_version_neither_deletes_nor_undoes(hooli: TenantRef, operator: Actor) -> None:
    with pytest.raises(PreconditionFailed):
        actions.delete_tenant(hooli.id, slug=hooli.slug, reason=REASON, expected_version=hooli.version - 1, actor=operator)
    deleted(hooli, actor=operator)

    with pytest.raises(PreconditionFailed):
        actions.undelete_tenant(hooli.id, expected_version=hooli.version, actor=operator)

    assert ending.tenant_of(hooli).state == "deleting"


def test_platform_is_not_deleted(platform: TenantRef, operator: Actor) -> None:
    with pytest.raises(ReservedTenant):
        actions.delete_tenant(platform.id, slug="platform", reason=REASON, actor=operator)
