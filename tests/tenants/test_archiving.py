"""Putting a tenant away and bringing it back, for real: copies, places, people."""

from collections.abc import Iterator

import pytest

from identity import queries as people
from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import TenantArchived, TenantSuspended
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operations
from operations import progress
from tenants import actions, closing, places, queries, resolving
from tenants.actions import put_away
from tenants.backups import files
from tenants.models import Backup
from tenants.problems import BeingArchived, ReservedTenant, WrongState
from tests import makers
from tests.tenants import ending

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("at_platform")]


@pytest.fixture
def hooli(at_platform: TenantRef) -> Iterator[TenantRef]:
    with ending.tenant_for_real("hooli-archive") as ref:
        yield ref


def archived(ref: TenantRef, *, actor: Actor) -> Backup:
    """Put a tenant away, to the end."""
    begun = actions.archive_tenant(ref.id, reason="Out of use.", actor=actor)
    over = ending.work_on(begun.operation, by=actions.put_away_tenant)
    assert (over.state, over.problem) == ("succeeded", None)
    backup = queries.archive_of(ref.id)
    assert backup is not None
    return backup


def test_an_archived_tenant_is_a_tried_copy_and_no_place(hooli: TenantRef, operator: Actor) -> None:
    backup = archived(hooli, actor=operator)

    tenant = ending.tenant_of(hooli)
    assert (tenant.state, tenant.state_reason, tenant.previous_state) == ("archived", "Out of use.", "")
    assert ending.tables_of(hooli) == []
    assert backup.verified_at is not None
    assert (backup.kind, backup.state, backup.expires_at) == ("archive", "ready", None)
    assert files.path_of(backup).is_file()
    assert ending.events_about(tenant.public_id)[-2:] == ["tenants.tenant.archiving_started", "tenants.tenant.archived"]
    with pytest.raises(TenantArchived), tenancy.activate(tenant.ref(), purpose=Purpose.READ):
        pass


def test_a_tenant_that_comes_back_has_all_it_had(hooli: TenantRef, operator: Actor) -> None:
    with tenancy.activate(hooli, purpose=Purpose.OPERATOR):
        makers.make_person("gavin@hooli.example")
    backup = archived(hooli, actor=operator)

    begun = actions.unarchive_tenant(hooli.id, actor=operator)
    over = ending.work_on(begun.operation, by=actions.bring_back_tenant)

    assert (over.state, over.problem) == ("succeeded", None)
    tenant = ending.tenant_of(hooli)
    assert (tenant.state, tenant.state_reason) == ("active", "")
    with tenancy.activate(tenant.ref(), purpose=Purpose.REQUEST):
        assert people.person_by_email("gavin@hooli.example").status == "active"
    assert ending.events_about(tenant.public_id)[-2:] == ["tenants.tenant.unarchiving_started", "tenants.tenant.unarchived"]
    backup.refresh_from_db()
    assert backup.expires_at is not None


def test_while_it_is_put_away_it_is_shut_off_and_left_alone(hooli: TenantRef, operator: Actor) -> None:
    begun = actions.archive_tenant(hooli.id, reason="Out of use.", actor=operator)

    tenant = ending.tenant_of(hooli)
    assert (tenant.state, tenant.previous_state, tenant.is_being_archived) == ("suspended", "active", True)
    with pytest.raises(TenantSuspended), tenancy.activate(tenant.ref(), purpose=Purpose.REQUEST):
        pass
    for call in (
        lambda: actions.resume_tenant(hooli.id, actor=operator),
        lambda: actions.suspend_tenant(hooli.id, reason="Not paid.", actor=operator),
        lambda: actions.archive_tenant(hooli.id, reason="Again.", actor=operator),
        lambda: actions.delete_tenant(hooli.id, slug=hooli.slug, reason="Ended.", actor=operator),
    ):
        with pytest.raises(BeingArchived) as refused:
            call()
        assert refused.value.fields["operation"] == begun.operation.public_id
    assert ending.tenant_of(hooli).version == tenant.version


@pytest.mark.parametrize("was", ["active", "suspended"])
def test_a_failed_archiving_leaves_the_tenant_where_it_was(was: str, hooli: TenantRef, operator: Actor) -> None:
    if was == "suspended":
        actions.suspend_tenant(hooli.id, reason="Not paid.", actor=operator)
    begun = actions.archive_tenant(hooli.id, reason="Out of use.", actor=operator)
    operations.cancel(begun.operation.id, actor=operator)
    closing.close(ending.tenant_of(hooli).ref(), on_progress=places.quietly)

    settled = actions.settle_archiving(actor=operator)

    tenant = ending.tenant_of(hooli)
    assert settled == 1
    assert (tenant.state, tenant.state_reason) == (was, "Not paid." if was == "suspended" else "")
    assert not tenant.is_being_archived
    assert not closing.is_closed(tenant.ref())
    assert ending.events_about(tenant.public_id)[-1] == "tenants.tenant.archiving_stopped"
    assert actions.settle_archiving(actor=operator) == 0


def test_a_copy_that_cannot_be_restored_is_no_archive(hooli: TenantRef, operator: Actor) -> None:
    begun = actions.archive_tenant(hooli.id, reason="Out of use.", actor=operator)
    job = ending.job_on(begun.operation, kind=put_away._PuttingAway.of)
    for step in job.steps()[:2]:
        step()
        progress.step_done(job.operation)
    backup = queries.archive_of(hooli.id)
    assert backup is not None
    ending.spoil(files.path_of(backup))
    ending.abandon(job.operation)

    over = ending.work_on(begun.operation, by=actions.put_away_tenant)

    tenant = ending.tenant_of(hooli)
    assert over.state == "failed"
    assert (over.step_name, tenant.state) == ("Try the copy", "active")
    assert len(ending.tables_of(hooli)) > 10
    with tenancy.activate(tenant.ref(), purpose=Purpose.REQUEST):
        assert people.people().count() == 1
    assert ending.events_about(tenant.public_id)[-1] == "tenants.tenant.archiving_stopped"


def test_every_step_of_archiving_may_run_again(hooli: TenantRef, operator: Actor) -> None:
    begun = actions.archive_tenant(hooli.id, reason="Out of use.", actor=operator)
    job = ending.job_on(begun.operation, kind=put_away._PuttingAway.of)

    for step in job.steps():
        step()
        step()

    assert ending.tenant_of(hooli).state == "archived"
    assert Backup.objects.filter(tenant_id=hooli.id).count() == 1
    assert ending.tables_of(hooli) == []
    assert ending.events_about(ending.tenant_of(hooli).public_id).count("tenants.tenant.archived") == 1


def test_the_drop_of_an_old_archiving_does_not_touch_a_tenant_that_came_back(hooli: TenantRef, operator: Actor) -> None:
    begun = actions.archive_tenant(hooli.id, reason="Out of use.", actor=operator)
    ending.work_on(begun.operation, by=actions.put_away_tenant)
    back = actions.unarchive_tenant(hooli.id, actor=operator)
    ending.job_on(back.operation, kind=put_away._BringingBack.of).steps()[0]()

    put_away._PuttingAway.of(begun.operation, operator, tenancy.current()).steps()[4]()

    assert len(ending.tables_of(hooli)) > 10


def test_an_archived_tenant_is_neither_suspended_nor_resumed_nor_moved(hooli: TenantRef, operator: Actor) -> None:
    archived(hooli, actor=operator)

    for call in (
        lambda: actions.suspend_tenant(hooli.id, reason="Not paid.", actor=operator),
        lambda: actions.resume_tenant(hooli.id, actor=operator),
        lambda: actions.archive_tenant(hooli.id, reason="Again.", actor=operator),
        lambda: actions.undelete_tenant(hooli.id, actor=operator),
    ):
        with pytest.raises(WrongState) as refused:
            call()
        assert "can be brought back or deleted" in refused.value.detail


def test_platform_is_not_archived(platform: TenantRef, operator: Actor) -> None:
    with pytest.raises(ReservedTenant):
        actions.archive_tenant(platform.id, reason="Experiment", actor=operator)
    assert resolving.by_id(platform.id).state == "active"
