"""Many tenants in one go: one outcome each, resumed after a crash, never half of one."""

import pytest

from kernel.actors import Actor
from kernel.problems import Forbidden, Invalid
from kernel.tenancy import TenantRef
from operations import actions as operations
from operations import progress
from operations.models import Operation
from tenants import actions, bulk
from tenants.actions import bulk as work
from tenants.bulk import BulkAction
from tenants.models import Tenant
from tests import makers
from tests.tenants import ending
from tests.tenants.registry import registry_unchanged, told

pytestmark = pytest.mark.usefixtures("at_platform")

REASON = "The invoice of January is not paid."


def asked(action: BulkAction, *names: str, actor: Actor, confirm: str = "") -> Operation:
    """A change of some tenants, not worked on yet."""
    return actions.change_many(action, tenants=names, reason=REASON, confirm=confirm, actor=actor)


def outcomes(operation: Operation) -> dict[str, str]:
    """What became of each."""
    return {row["tenant"]: row["outcome"] for row in operation.result["outcomes"]}


def test_each_tenant_has_its_outcome_and_its_entry(operator: Actor) -> None:
    operation = asked(BulkAction.SUSPEND, "acme", "platform", "globex", "nobody", actor=operator)

    over = ending.work_on(operation, by=actions.work_through)

    assert over.state == "succeeded"
    assert outcomes(over) == {"acme": "done", "platform": "skipped", "globex": "done", "nobody": "skipped"}
    assert over.result["counts"] == {"done": 2, "unchanged": 0, "skipped": 2}
    problems = {row["tenant"]: row.get("problem") for row in over.result["outcomes"]}
    assert problems == {"acme": None, "platform": "tenant-reserved", "globex": None, "nobody": "tenant-not-found"}
    assert told() == ["tenants.bulk.requested", "tenants.tenant.suspended", "tenants.tenant.suspended"]


def test_what_is_so_already_is_unchanged(globex: TenantRef, operator: Actor) -> None:
    actions.suspend_tenant(globex.id, reason=REASON, actor=operator)

    over = ending.work_on(asked(BulkAction.SUSPEND, "globex", actor=operator), by=actions.work_through)

    assert outcomes(over) == {"globex": "unchanged"}


def test_a_tenant_that_is_named_twice_is_changed_once(globex: TenantRef, operator: Actor) -> None:
    operation = asked(BulkAction.SUSPEND, "globex", "globex ", actor=operator)

    assert operation.arguments["tenants"] == ["globex"]


def test_a_worker_that_died_left_nothing_half_done_and_nothing_is_done_twice(globex: TenantRef, operator: Actor) -> None:
    """It died after the second change was committed and before it was noted: the worst moment there is."""
    operation = asked(BulkAction.SUSPEND, "acme", "globex", "nobody", actor=operator)
    job = ending.job_on(operation, kind=work._Bulk.of)
    first = job._outcome("acme")  # type: ignore[attr-defined]
    progress.note(job.operation, result=work._told([first]))
    job._outcome("globex")  # type: ignore[attr-defined]
    ending.abandon(operation)

    over = ending.work_on(operation, by=actions.work_through)

    assert outcomes(over) == {"acme": "done", "globex": "done", "nobody": "skipped"}
    assert told().count("tenants.tenant.suspended") == 2
    assert Tenant.objects.get(id=globex.id).version == globex.version + 1


@pytest.mark.parametrize("action", [BulkAction.RESUME, BulkAction.UNDELETE])
def test_a_change_that_cannot_be_asked_for_twice_is_not_skipped_after_a_crash(
    action: BulkAction, globex: TenantRef, operator: Actor
) -> None:
    if action is BulkAction.RESUME:
        actions.suspend_tenant(globex.id, reason=REASON, actor=operator)
    else:
        actions.delete_tenant(globex.id, slug="globex", reason=REASON, actor=operator)
    operation = asked(action, "globex", actor=operator)
    ending.job_on(operation, kind=work._Bulk.of)._outcome("globex")  # type: ignore[attr-defined]
    ending.abandon(operation)

    over = ending.work_on(operation, by=actions.work_through)

    assert outcomes(over) == {"globex": "done"}


def test_a_cancelled_change_stops_between_two_tenants(globex: TenantRef, operator: Actor) -> None:
    operation = asked(BulkAction.SUSPEND, "acme", "globex", actor=operator)
    job = ending.job_on(operation, kind=work._Bulk.of)
    progress.note(job.operation, result=work._told([job._outcome("acme")]))  # type: ignore[attr-defined]
    operations.cancel(operation.id, actor=operator)
    ending.abandon(operation)

    over = ending.work_on(operation, by=actions.work_through)

    assert (over.state, outcomes(over)) == ("cancelled", {"acme": "done"})
    assert Tenant.objects.get(id=globex.id).state == "active"


def test_deleting_many_takes_their_number(operator: Actor) -> None:
    with registry_unchanged():
        for confirm in ("", "1", "3", "two"):
            with pytest.raises(Invalid) as refused:
                asked(BulkAction.DELETE, "acme", "globex", confirm=confirm, actor=operator)
            assert refused.value.fields["errors"][0]["pointer"] == "/confirm"

    over = ending.work_on(asked(BulkAction.DELETE, "acme", "globex", confirm="2", actor=operator), by=actions.work_through)

    rows = over.result["outcomes"]
    assert {row["state"] for row in rows} == {"deleting"}
    assert all(row["operation"].startswith("op_") for row in rows)
    kinds = Operation.objects.filter(kind="tenants.final_copy", created_at__gte=over.created_at).count()
    assert kinds == 2


def test_archiving_many_starts_an_operation_each(operator: Actor) -> None:
    over = ending.work_on(asked(BulkAction.ARCHIVE, "acme", "globex", actor=operator), by=actions.work_through)

    assert outcomes(over) == {"acme": "done", "globex": "done"}
    assert Operation.objects.filter(kind="tenants.archive", created_at__gte=over.created_at).count() == 2


@pytest.mark.parametrize("names", [[], [f"tenant-{number}" for number in range(501)], [""], ["x" * 64]])
def test_too_few_too_many_or_no_names_are_refused(names: list[str], operator: Actor) -> None:
    with registry_unchanged(), pytest.raises(Invalid):
        asked(BulkAction.SUSPEND, *names, actor=operator)


def test_each_change_wants_its_own_permission(operator: Actor) -> None:
    clerk = makers.person_actor(grants=frozenset({"execute:tenants.suspension"}))

    with registry_unchanged():
        with pytest.raises(Forbidden):
            actions.change_many(BulkAction.DELETE, tenants=["globex"], reason=REASON, confirm="1", actor=clerk)
        with pytest.raises(Forbidden):
            actions.change_many(BulkAction.ARCHIVE, tenants=["globex"], reason=REASON, actor=clerk)
    assert actions.change_many(BulkAction.SUSPEND, tenants=["globex"], reason=REASON, actor=clerk).state == "queued"


def test_a_preview_says_what_the_change_then_does(globex: TenantRef, operator: Actor) -> None:
    actions.suspend_tenant(globex.id, reason="Something else.", actor=operator)
    names = ["acme", "globex", "platform", "nobody"]

    for action, confirm in ((BulkAction.RESUME, ""), (BulkAction.UNDELETE, ""), (BulkAction.SUSPEND, ""), (BulkAction.DELETE, "4")):
        with registry_unchanged():
            foreseen = {row["tenant"]: row["outcome"] for row in bulk.preview(action, tenants=names)}
        over = ending.work_on(asked(action, *names, confirm=confirm, actor=operator), by=actions.work_through)
        assert foreseen == outcomes(over), action
