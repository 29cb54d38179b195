"""Many people at once: rehearsed, done row by row, taken back, cancelled, and never done twice."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connections

from identity import actions, queries
from identity.bulk.kinds import Kind
from identity.models import BulkRow, BulkRun, Invitation, Session, Status, User
from identity.problems import BulkRunState, InputInvalid
from kernel import clock, context, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden
from operations.models import Operation
from tests import makers
from tests.identity import policies
from tests.identity.bulk_runs import done, outcomes, started, status_of, with_team, worked_off
from tests.identity.trail import newest, nothing_recorded, recorded

INVITATIONS = b"email,name,roles,teams\nada@acme.example,Ada,admin,support\nbob@acme.example,Bob,,\neve@acme,Eve,,\n"

NOT_WITHOUT_FACTOR = 'forbid(principal, action in Action::"write", resource) unless { context.mfa };'
ONLY_FROM_THE_OFFICE = (
    'forbid(principal, action in Action::"write", resource) unless { context.address.isInRange(ip("192.0.2.0/24")) };'
)


@pytest.fixture
def owner() -> Actor:
    """An owner with a row: whoever starts a run must still be here when it is worked off."""
    return makers.actor_of(makers.make_person("chief@acme.example", roles=("owner",)))


def test_a_file_invites_people_with_roles_and_teams_and_one_event_each(owner: Actor) -> None:
    with_team(actor=owner)

    run = done(Kind.INVITE, INVITATIONS, actor=owner)

    assert outcomes(run) == [(2, "done"), (3, "done"), (4, "refused")]
    ada = queries.person_by_email("ada@acme.example")
    assert (ada.status, ada.role_names, [team.name for team in queries.teams_of(ada)]) == ("invited", ["admin"], ["support"])
    added = [
        entry
        for entry in recorded("identity.person.added")
        if entry["details"]["email"] in ("ada@acme.example", "bob@acme.example")
    ]
    assert [entry["actor"]["id"] for entry in added] == [owner.id, owner.id]
    finished = newest("identity.bulk.finished")
    assert {name: finished["details"][name] for name in ("done", "refused", "unchanged", "skipped")} == {
        "done": 2, "refused": 1, "unchanged": 0, "skipped": 0,
    }  # fmt: skip
    assert finished["subject"]["id"] == run.public_id
    assert queries.bulk_standing(run).state == "succeeded"


def test_the_refused_row_says_why_and_names_nobody(owner: Actor) -> None:
    with_team(actor=owner)
    run = done(Kind.INVITE, INVITATIONS, actor=owner)

    row = BulkRow.objects.get(run=run, number=4)

    assert (row.detail, row.person_id) == ("The part after the @ is not a valid domain.", None)


def test_a_rehearsal_gives_the_outcomes_and_changes_nobody(owner: Actor) -> None:
    with_team(actor=owner)
    before, invitations = User.objects.count(), Invitation.objects.count()
    rows = queries.bulk_file_rows(INVITATIONS, kind=Kind.INVITE)

    run = worked_off(actions.rehearse_bulk(Kind.INVITE, rows=rows, actor=owner))

    assert outcomes(run) == [(2, "done"), (3, "done"), (4, "refused")]
    assert (User.objects.count(), Invitation.objects.count()) == (before, invitations)
    assert recorded("identity.person.added")[-1:] == [
        entry for entry in recorded("identity.person.added")[-1:] if entry["details"]["email"] != "bob@acme.example"
    ]


def test_a_finished_rehearsal_is_done_for_real_as_a_run_of_its_own(owner: Actor) -> None:
    with_team(actor=owner)
    rows = queries.bulk_file_rows(INVITATIONS, kind=Kind.INVITE)
    rehearsal = worked_off(actions.rehearse_bulk(Kind.INVITE, rows=rows, file_name="people.csv", actor=owner))

    run = worked_off(actions.execute_bulk(rehearsal.id, actor=owner))

    assert (run.is_rehearsal, run.file_name, outcomes(run)) == (False, "people.csv", outcomes(rehearsal))
    assert status_of("bob@acme.example") == "invited"
    with pytest.raises(BulkRunState):
        actions.execute_bulk(run.id, actor=owner)


def test_empty_cells_leave_as_it_is_and_none_takes_all_roles(owner: Actor) -> None:
    makers.make_person("ada@acme.example", name="Ada", roles=("auditor",))
    makers.make_person("bob@acme.example", name="Bob", roles=("auditor",))

    run = done(Kind.CHANGE, b"email,name,roles\nada@acme.example,,\nbob@acme.example,,(none)\n", actor=owner)

    assert outcomes(run) == [(2, "unchanged"), (3, "done")]
    assert queries.person_by_email("ada@acme.example").role_names == ["auditor"]
    assert queries.person_by_email("bob@acme.example").role_names == []


def test_the_last_owner_is_refused_and_the_others_go_on(operator: Actor) -> None:
    last = makers.make_person("last@acme.example", roles=("owner",))
    User.objects.filter(bindings__role__name="owner").exclude(id=last.id).update(status="suspended")
    makers.make_person("ada@acme.example")

    run = done(Kind.DEACTIVATE, b"email\nlast@acme.example\nada@acme.example\n", reason="Closing down.", actor=operator)

    assert outcomes(run) == [(2, "refused"), (3, "done")]
    assert status_of("last@acme.example") == "active"


@pytest.mark.parametrize("name", ["=1+1", "+49 30 1234", "-Ada", "@ada"])
def test_a_formula_becomes_the_name_that_it_is(name: str, owner: Actor) -> None:
    run = done(Kind.INVITE, f"email,name\nada@acme.example,{name}\n".encode(), actor=owner)

    assert (outcomes(run), queries.person_by_email("ada@acme.example").name) == ([(2, "done")], name)
    assert f'"\'{name}"'.encode() in b"".join(queries.bulk_results(run))


@pytest.mark.parametrize("address", ["ada@\u0430cme.example", "\u0430da@acme.example"])
def test_a_homograph_is_refused_in_its_row(address: str, owner: Actor) -> None:
    before = User.objects.count()

    run = done(Kind.INVITE, f"email,name\n{address},Ada\n".encode(), actor=owner)

    assert (outcomes(run), User.objects.count()) == ([(2, "refused")], before)


def test_somebody_who_is_here_already_is_refused_in_their_row(owner: Actor) -> None:
    makers.make_person("ada@acme.example", name="Ada")

    run = done(Kind.INVITE, b"email,name\nADA@ACME.example,Another\n", actor=owner)

    assert outcomes(run) == [(2, "refused")]
    assert queries.person_by_email("ada@acme.example").name == "Ada"


def test_suspending_needs_a_reason_for_every_row(owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid):
        started(Kind.SUSPEND, b"email,reason\nada@acme.example,\n", actor=owner)

    assert not BulkRun.objects.exists()


def test_many_are_changed_only_with_both_permissions() -> None:
    for grants in ({"write:identity.people"}, {"write:identity.bulk"}, {"read:*"}):
        actor = makers.person_actor(grants=frozenset(grants))

        with nothing_recorded(), pytest.raises(Forbidden):
            started(Kind.INVITE, b"email,name\nada@acme.example,Ada\n", actor=actor)

    assert not BulkRun.objects.exists()


def test_nobody_is_given_more_than_the_asker_has(owner: Actor) -> None:
    boss = makers.make_person("boss@acme.example", roles=("admin",))

    run = done(Kind.INVITE, b"email,name,roles\nada@acme.example,Ada,owner\n", actor=makers.actor_of(boss))

    assert outcomes(run) == [(2, "refused")]
    assert not User.objects.filter(email="ada@acme.example").exists()


def test_the_run_of_somebody_who_was_put_out_stops(owner: Actor) -> None:
    boss = makers.make_person("boss@acme.example", roles=("admin",))
    run = started(Kind.INVITE, b"email,name\nada@acme.example,Ada\n", actor=makers.actor_of(boss))
    actions.deactivate_person(boss.id, reason="Left.", actor=owner)

    worked_off(run)

    standing = queries.bulk_standing(run)
    assert (standing.state, outcomes(run)) == ("failed", [(2, "waiting")])
    assert "has no access any more" in standing.problem


def test_what_the_asker_lost_since_is_not_given_by_the_rest_of_the_run(owner: Actor) -> None:
    boss = makers.make_person("boss@acme.example", roles=("admin",))
    run = started(Kind.INVITE, b"email,name,roles\nada@acme.example,Ada,admin\n", actor=makers.actor_of(boss))
    actions.change_person(boss.id, role_names=["auditor"], actor=owner)

    worked_off(run)

    assert outcomes(run) == [(2, "refused")]


def test_a_policy_that_came_after_the_start_is_asked_for_each_row(owner: Actor) -> None:
    boss = makers.actor_of(makers.make_person("boss@acme.example", roles=("admin",)))
    run = started(Kind.INVITE, b"email,name\nada@acme.example,Ada\n", actor=boss)
    policies.enforced(NOT_WITHOUT_FACTOR, name="second-factor")

    worked_off(run)

    row = BulkRow.objects.get(run=run)
    assert (row.outcome, row.detail[:24]) == ("refused", "The policy second-factor")
    assert not User.objects.filter(email="ada@acme.example").exists()


def test_policies_know_from_where_and_with_which_proof_a_run_was_started(owner: Actor) -> None:
    policies.enforced(NOT_WITHOUT_FACTOR, name="second-factor")
    policies.enforced(ONLY_FROM_THE_OFFICE, name="office")
    boss = makers.make_person("boss@acme.example", roles=("admin",))
    token = policies.session_of(boss)
    Session.objects.filter(user=boss).update(mfa_at=clock.now())
    found = queries.session_actor(token)
    assert found is not None
    with context.bound(context.RequestContext(request_id="office", address="192.0.2.7")):
        run = started(Kind.INVITE, b"email,name\nada@acme.example,Ada\n", actor=found.actor)

    worked_off(run)

    assert outcomes(run) == [(2, "done")]


def test_seats_are_counted_for_many_too(owner: Actor) -> None:
    people = [makers.make_person(f"p{number}@acme.example") for number in range(3)]
    content = b"email\n" + b"".join(f"{person.email}\n".encode() for person in people)
    done(Kind.SUSPEND, content, reason="Summer.", actor=owner)
    actions.change_seats(maximum=queries.seat_count().taken + 2, rule="refuse", actor=owner)

    run = done(Kind.RESUME, content, actor=owner)

    assert outcomes(run) == [(2, "done"), (3, "done"), (4, "refused")]


@pytest.mark.committed
def test_a_change_whose_outcome_can_not_be_written_is_not_made(operator: Actor) -> None:
    table = '"{schema}".identity_bulkrow'
    with makers.passing_tenant("bulk-torn") as ref, makers.superuser(ref.cell) as database:
        with tenancy.activate(ref, purpose=tenancy.Purpose.REQUEST):
            content = b"email,name\nada@acme.example,Ada\nbob@acme.example,Bob\n"
            run = started(Kind.INVITE, content, actor=operator)
            torn = f"ALTER TABLE {table.format(schema=ref.schema)} ADD CONSTRAINT torn CHECK (number <> 3 OR outcome <> 'done')"
            database.execute(torn)

            worked_off(run)

            assert outcomes(run) == [(2, "done"), (3, "waiting")]
            assert not User.objects.filter(email="bob@acme.example").exists()
            assert queries.bulk_standing(run).state == "running"
        connections.close_all()


KILLED = """
import sys
sys.path.insert(0, {root!r})
from config.env import *
import os
import django
django.setup()
from uuid import UUID
from identity import actions
from kernel import clock, context, tenancy
from kernel.actors import Actor
from tenants import queries as tenants
with tenancy.activate(tenants.tenant_by_slug({slug!r}).ref(), purpose=tenancy.Purpose.JOB):
    print("begun", flush=True)
    actions.work_on_bulk(UUID({operation!r}), actor=Actor.system("task:identity.bulk"))
"""


@pytest.mark.committed
def test_a_worker_that_is_killed_loses_no_row_and_does_none_twice(operator: Actor) -> None:
    with makers.passing_tenant("bulk-killed") as ref:
        with tenancy.activate(ref, purpose=tenancy.Purpose.REQUEST):
            content = b"email,name\n" + b"".join(b"p%d@acme.example,P%d\n" % (number, number) for number in range(300))
            run = started(Kind.INVITE, content, actor=operator)
            assert run.operation_id is not None
        root = str(Path(__file__).resolve().parents[2])
        program = KILLED.format(root=root, slug="bulk-killed", operation=str(run.operation_id))
        worker = subprocess.Popen([sys.executable, "-c", program], cwd=root, stdout=subprocess.PIPE)
        with tenancy.activate(ref, purpose=tenancy.Purpose.REQUEST):
            deadline = time.monotonic() + 120
            while queries.bulk_counts(run)["done"] < 20 and time.monotonic() < deadline:
                time.sleep(0.01)
            worker.kill()
            worker.wait()
            assert worker.stdout is not None
            worker.stdout.close()
            at_death = queries.bulk_counts(run)
            Operation.objects.filter(id=run.operation_id).update(heartbeat_at=None)

            worked_off(run)

            assert 20 <= at_death["done"] < 300
            assert queries.bulk_counts(run)["done"] == 300
            assert User.objects.filter(name__startswith="P", status=Status.INVITED).count() == 300
            assert len(recorded("identity.person.added")) == 301  # the owner, who was born with the tenant, too
            assert Operation.objects.get(id=run.operation_id).attempts == 2
        connections.close_all()
