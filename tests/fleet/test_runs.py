"""Runs over all tenants: the order of the rings, what failures stop, pausing, resuming, and what is left in ledger and trail."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import connections

from audit import queries as audit
from identity import queries as people
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operation_actions
from operations import queries as operations
from operations.models import Operation
from tenants import actions, places, queries
from tenants.actions import fleet_work
from tenants.actions.fleet import STEPS
from tenants.fleet import planning, states
from tenants.fleet.members import Member, of_tenant
from tenants.models import FleetRun, Spare, Template, Tenant, TenantState
from tenants.problems import FleetBusy, FleetOptionsInvalid, FleetRunOutdated, FleetRunState, PlatformBehind
from tests import makers
from tests.fleet.conftest import Release, noted, sql
from tests.fleet.releases import CHECKED, NOTE
from tests.makers import OPERATOR

pytestmark = pytest.mark.committed

TENANTS = ("acme", "fleet-one", "fleet-two", "globex")
FIRST, SECOND = ["0001_step"], ["0001_step", "0002_step"]


@pytest.fixture
def at_platform(platform: TenantRef) -> Iterator[TenantRef]:
    """Platform is active, as for an operator's command."""
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        yield platform


def member(slug: str) -> Member:
    """A tenant as a member of the fleet."""
    return of_tenant(queries.tenant_by_slug(slug))


def states_of(*slugs: str) -> dict[str, list[str]]:
    """The migrations of the app that each tenant notes."""
    return {slug: noted(member(slug)) for slug in slugs}


def worked(run: FleetRun) -> FleetRun:
    """The run after a worker had its operation."""
    actions.migrate_fleet(operation_of(run), actor=OPERATOR)
    return queries.fleet_run(run.id)


def operation_of(run: FleetRun) -> UUID:
    """The id of the operation that works on a run now."""
    operation = operations.by_key(f"{queries.MIGRATING}:{run.id}:{queries.fleet_run(run.id).options['go']}")
    assert operation is not None
    return operation.id


def ledger(run: FleetRun) -> dict[str, tuple[int, str, str]]:
    """Ring, state and way of each member."""
    return {row.label: (row.ring, row.state, row.way) for row in queries.fleet_results(run.id)}


def told(action: str) -> list[dict[str, object]]:
    """What platform's trail says of the last events with that name."""
    return [entry.document["details"] for entry in audit.entries(action=action).order_by("-id")[:5]]


def spoil(slug: str) -> None:
    """Give a tenant a row that the release CHECKED does not accept."""
    sql(member(slug), "INSERT INTO shelf_book (title, copies) VALUES ('lost', -1)")


def mend(slug: str) -> None:
    """Take it away."""
    sql(member(slug), "DELETE FROM shelf_book")


def test_every_tenant_is_brought_to_the_state_of_the_code(fleet: Release, at_platform: TenantRef) -> None:
    fleet(NOTE)

    run = worked(actions.start_fleet_run(canaries=["globex"], actor=OPERATOR))

    assert run.state == "succeeded"
    assert states_of("platform", *TENANTS) == dict.fromkeys(("platform", *TENANTS), SECOND)
    found = ledger(run)
    assert found["globex"] == (1, "done", "replay")
    assert sorted(ring for ring, _, _ in found.values()) == [1, 2, 3, 3]
    assert planning.stand().behind == {}
    assert [step["migration"] for step in run.plan] == ["shelf.0002_step"]


def test_a_run_pauses_after_the_ring_that_it_was_asked_for_and_goes_on_from_there(fleet: Release, at_platform: TenantRef) -> None:
    fleet(NOTE)

    paused = worked(actions.start_fleet_run(until="canary", canaries=["globex"], actor=OPERATOR))
    between = states_of(*TENANTS)
    resumed = worked(actions.resume_fleet_run(paused.id, actor=OPERATOR))

    assert (paused.state, resumed.state) == ("paused", "succeeded")
    assert between == {"acme": FIRST, "fleet-one": FIRST, "fleet-two": FIRST, "globex": SECOND}
    assert states_of(*TENANTS) == dict.fromkeys(TENANTS, SECOND)


def test_a_run_that_leaves_nobody_waiting_succeeds_after_any_ring(fleet: Release, at_platform: TenantRef) -> None:
    nobody = worked(actions.start_fleet_run(until="canary", canaries=["globex"], actor=OPERATOR))
    fleet(NOTE)
    everybody = worked(actions.start_fleet_run(until="canary", canaries=TENANTS, actor=OPERATOR))

    assert (nobody.state, ledger(nobody)) == ("succeeded", {})
    assert (everybody.state, states_of(*TENANTS)) == ("succeeded", dict.fromkeys(TENANTS, SECOND))
    assert told("tenants.fleet_run.succeeded")[0] == {"migrated": 4}


def test_a_tenant_that_is_seen_in_the_end_waits_in_a_run_that_does_not_go_so_far(fleet: Release, at_platform: TenantRef) -> None:
    fleet(NOTE)
    run = actions.start_fleet_run(until="canary", actor=OPERATOR)
    Operation.objects.filter(id=operation_of(run)).update(step=len(STEPS) - 1)

    paused = worked(run)

    assert paused.state == "paused"
    assert queries.fleet_counts(run.id).waiting == 4
    assert states_of(*TENANTS) == dict.fromkeys(TENANTS, FIRST)


def test_a_canary_that_fails_stops_the_run_before_anybody_else(fleet: Release, at_platform: TenantRef) -> None:
    spoil("globex")
    fleet(CHECKED)

    run = worked(actions.start_fleet_run(canaries=["globex"], actor=OPERATOR))

    assert run.state == "failed"
    assert states_of(*TENANTS) == dict.fromkeys(TENANTS, FIRST)
    assert ledger(run)["globex"] == (1, "failed", "")
    assert "shelf_copies" in queries.fleet_results(run.id, state="failed")[0].error
    operation = operations.operation(operation_of(run))
    assert (operation.state, (operation.problem or {})["failed"]) == ("failed", 1)


def test_one_of_the_others_that_fails_does_not_keep_the_rest_waiting(fleet: Release, at_platform: TenantRef) -> None:
    spoil("globex")
    fleet(CHECKED)
    actions.start_fleet_run(actor=OPERATOR)
    run = FleetRun.objects.get()

    failed = worked(run)
    between = states_of(*TENANTS)
    mend("globex")
    resumed = worked(actions.resume_fleet_run(run.id, actor=OPERATOR))

    assert (failed.state, resumed.state) == ("failed", "succeeded")
    assert between == {"acme": SECOND, "fleet-one": SECOND, "fleet-two": SECOND, "globex": FIRST}
    assert states_of(*TENANTS) == dict.fromkeys(TENANTS, SECOND)


def test_the_operation_of_a_failed_run_can_be_resumed_itself(fleet: Release, at_platform: TenantRef) -> None:
    spoil("globex")
    fleet(CHECKED)
    failed = worked(actions.start_fleet_run(actor=OPERATOR))
    mend("globex")

    operation_actions.resume(operation_of(failed), actor=OPERATOR)
    actions.migrate_fleet(operation_of(failed), actor=OPERATOR)

    assert queries.fleet_run(failed.id).state == "succeeded"
    assert noted(member("globex")) == SECOND


def test_begin_end_and_failures_stand_in_the_trail(fleet: Release, at_platform: TenantRef) -> None:
    spoil("globex")
    fleet(CHECKED)

    run = worked(actions.start_fleet_run(actor=OPERATOR))
    mend("globex")
    worked(actions.resume_fleet_run(run.id, actor=OPERATOR))

    subject = run.public_id
    assert told("tenants.fleet_run.started")[0] == {"target": run.target, "until": "rest"}
    assert told("tenants.fleet_run.failed")[0]["failed"] == 1
    assert told("tenants.tenant.migration_failed")[0]["run"] == subject
    assert told("tenants.fleet_run.resumed")[0] == {"retried": 1, "until": "rest"}
    assert told("tenants.fleet_run.succeeded")[0] == {"migrated": 4}


def test_a_tenant_that_was_committed_and_not_noted_is_found_done(fleet: Release, at_platform: TenantRef) -> None:
    fleet(NOTE)
    run = actions.start_fleet_run(actor=OPERATOR)
    worked(run)
    run.results.update(state="waiting", way="")
    FleetRun.objects.filter(id=run.id).update(state="failed")

    again = worked(actions.resume_fleet_run(run.id, actor=OPERATOR))

    assert again.state == "succeeded"
    assert {way for _, _, way in ledger(again).values()} == {"found"}
    assert states_of(*TENANTS) == dict.fromkeys(TENANTS, SECOND)


def test_a_tenant_that_old_code_made_meanwhile_is_seen_in_the_end(fleet: Release, at_platform: TenantRef) -> None:
    fleet(NOTE)
    run = actions.start_fleet_run(actor=OPERATOR)
    Operation.objects.filter(id=operation_of(run)).update(step=len(STEPS) - 1)

    again = worked(run)

    assert again.state == "succeeded"
    assert states_of(*TENANTS) == dict.fromkeys(TENANTS, SECOND)


def test_built_in_roles_come_along(fleet: Release, at_platform: TenantRef) -> None:
    target = queries.tenant_by_slug("fleet-one").ref()
    sql(member("fleet-one"), "UPDATE identity_role SET label = 'Old' WHERE name = 'owner'", purpose=Purpose.OPERATOR)
    fleet(NOTE)

    worked(actions.start_fleet_run(actor=OPERATOR))

    with tenancy.activate(target, purpose=Purpose.OPERATOR):
        assert people.roles().get(name="owner").label == "Owner"


def test_a_spare_is_migrated_too_and_taken_by_the_new_code(fleet: Release, at_platform: TenantRef, settings: object) -> None:
    settings.SPARE_TENANTS = 1  # type: ignore[attr-defined]
    Spare.objects.all().delete()
    actions.refill_spares(actor=OPERATOR)
    spare = Spare.objects.get()
    fleet(NOTE)

    run = worked(actions.start_fleet_run(actor=OPERATOR))

    spare.refresh_from_db()
    assert ledger(run)[spare.schema] == (0, "done", "replay")
    assert spare.template_state == run.target
    assert Template.objects.filter(state=run.target).exists()
    born = makers.make_tenant("fleet-three")
    try:
        assert born.schema == spare.schema
        assert noted(member("fleet-three")) == SECOND
    finally:
        Tenant.objects.filter(id=born.id).delete()
        places.drop_place(born.cell, born.schema, on_progress=places.quietly)


def test_one_run_at_a_time(fleet: Release, at_platform: TenantRef) -> None:
    run = actions.start_fleet_run(actor=OPERATOR)

    with pytest.raises(FleetBusy) as refused:
        actions.start_fleet_run(actor=OPERATOR)

    assert refused.value.fields["run"] == run.public_id
    assert FleetRun.objects.count() == 1


def test_a_paused_run_does_nothing_until_it_is_resumed(fleet: Release, at_platform: TenantRef) -> None:
    fleet(NOTE)
    run = actions.start_fleet_run(actor=OPERATOR)

    paused = actions.pause_fleet_run(run.id, reason="Friday", actor=OPERATOR)
    worked(run)

    assert (paused.state, queries.fleet_run(run.id).state) == ("paused", "paused")
    assert states_of(*TENANTS) == dict.fromkeys(TENANTS, FIRST)
    assert told("tenants.fleet_run.paused")[0] == {"reason": "Friday"}


def test_a_cancelled_run_stays_so(fleet: Release, at_platform: TenantRef) -> None:
    fleet(NOTE)
    run = actions.start_fleet_run(actor=OPERATOR)

    actions.cancel_fleet_run(run.id, actor=OPERATOR)
    worked(run)

    assert queries.fleet_run(run.id).state == "cancelled"
    assert states_of(*TENANTS) == dict.fromkeys(TENANTS, FIRST)
    with pytest.raises(FleetRunState):
        actions.resume_fleet_run(run.id, actor=OPERATOR)


def test_cancelling_the_operation_gives_the_run_up(fleet: Release, at_platform: TenantRef) -> None:
    run = actions.start_fleet_run(actor=OPERATOR)
    operation_actions.cancel(operation_of(run), actor=OPERATOR)

    assert actions.settle_fleet_run(actor=OPERATOR) is True

    assert queries.fleet_run(run.id).state == "cancelled"
    assert actions.settle_fleet_run(actor=OPERATOR) is False


def test_platform_comes_first(release: Release, fleet: Release, at_platform: TenantRef) -> None:
    release(NOTE)

    with pytest.raises(PlatformBehind):
        actions.start_fleet_run(actor=OPERATOR)

    assert FleetRun.objects.count() == 0


def test_a_run_for_other_code_is_left_alone_and_not_resumed(fleet: Release, at_platform: TenantRef) -> None:
    fleet(NOTE)
    run = actions.start_fleet_run(actor=OPERATOR)
    fleet(NOTE, CHECKED)

    worked(run)
    assert operations.operation(operation_of(run)).state == "queued"
    actions.pause_fleet_run(run.id, actor=OPERATOR)
    with pytest.raises(FleetRunOutdated):
        actions.resume_fleet_run(run.id, actor=OPERATOR)

    assert states_of(*TENANTS) == dict.fromkeys(TENANTS, FIRST)


def test_a_tenant_that_is_moving_is_left_and_said_so(
    fleet: Release, at_platform: TenantRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_work, "MOVING_PAUSE_S", 0.001)
    fleet(NOTE)
    globex = queries.tenant_by_slug("globex")
    globex.state = TenantState.MOVING.value
    globex.save(update_fields=["state"])
    try:
        run = worked(actions.start_fleet_run(actor=OPERATOR))
    finally:
        globex.state = TenantState.ACTIVE.value
        globex.save(update_fields=["state"])

    assert ledger(run)["globex"][1] == "failed"
    assert noted(member("globex")) == FIRST
    assert noted(member("acme")) == SECOND


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"until": "moon"}, "/until"),
        ({"jobs": 0}, "/jobs"),
        ({"jobs": 17}, "/jobs"),
        ({"cells": ["cell-99"]}, "/cells"),
        ({"canaries": ["nobody"]}, "/canaries"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, object], pointer: str, at_platform: TenantRef) -> None:
    with pytest.raises(FleetOptionsInvalid) as refused:
        actions.start_fleet_run(**options, actor=OPERATOR)  # type: ignore[arg-type]

    assert refused.value.fields["errors"][0]["pointer"] == pointer
    assert FleetRun.objects.count() == 0


def test_the_state_of_a_cell_is_one_statement_for_all_its_schemas(fleet: Release) -> None:
    everybody = [member(slug) for slug in ("platform", *TENANTS)]
    statements: list[str] = []

    def note(execute: object, statement: object, *rest: object) -> object:
        statements.append(str(statement))
        return execute(statement, *rest)  # type: ignore[operator]

    with connections["cell-1"].execute_wrapper(note):
        found = states.of(everybody)

    assert len(found) == 5
    assert len([statement for statement in statements if "django_migrations" in statement and "string_agg" in statement]) == 1
    assert len(statements) == 2
