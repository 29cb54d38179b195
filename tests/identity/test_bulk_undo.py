"""Taking a change to many people back: exactly what the run did, and only where nobody changed anything since."""

from datetime import timedelta

import pytest

from identity import actions, queries
from identity.bulk.kinds import Kind
from identity.models import ApiKey, BulkRow, Invitation, Role, RoleBinding, Team, User
from identity.problems import BulkRunState, BulkRunUndone
from kernel import clock
from kernel.actors import Actor
from operations import actions as operations
from tests import makers
from tests.identity.bulk_runs import done, outcomes, started, status_of, undone, with_team, worked_off
from tests.identity.trail import newest, nothing_recorded


@pytest.fixture
def owner() -> Actor:
    """An owner with a row: whoever starts a run must still be here when it is worked off."""
    return makers.actor_of(makers.make_person("chief@acme.example", roles=("owner",)))


def test_a_change_of_names_roles_and_teams_is_put_back(owner: Actor) -> None:
    with_team(actor=owner)
    person = makers.make_person("ada@acme.example", name="Ada", roles=("auditor",))
    run = done(Kind.CHANGE, b"email,name,roles,teams\nada@acme.example,Countess,member,support\n", actor=owner)
    changed = queries.person(person.id)
    assert (changed.name, changed.role_names) == ("Countess", ["member"])

    undo = undone(run, actor=owner)

    back = queries.person(person.id)
    assert (back.name, back.role_names, queries.teams_of(back)) == ("Ada", ["auditor"], [])
    assert (undo.kind, undo.undoes, outcomes(undo)) == ("undo", run, [(2, "done")])


def test_suspended_people_are_resumed_by_the_undo_and_those_changed_since_are_left(owner: Actor) -> None:
    for name in ("ada", "bob"):
        makers.make_person(f"{name}@acme.example", name=name)
    content = b"email,reason\nada@acme.example,\nbob@acme.example,A reason of his own.\n"
    run = done(Kind.SUSPEND, content, reason="The project ended.", actor=owner)
    reasons = [queries.person_by_email(f"{name}@acme.example").status_reason for name in ("ada", "bob")]
    assert reasons == ["The project ended.", "A reason of his own."]
    actions.change_person(queries.person_by_email("bob@acme.example").id, name="Robert", actor=owner)

    undo = undone(run, actor=owner)

    assert outcomes(undo) == [(2, "done"), (3, "skipped")]
    assert (status_of("ada@acme.example"), status_of("bob@acme.example")) == ("active", "suspended")
    assert BulkRow.objects.get(run=undo, number=3).detail == "They changed after the run, so they stay as they are."


def test_the_undo_of_a_deactivation_lets_in_with_the_same_password_and_the_keys_that_it_ended(owner: Actor) -> None:
    created = makers.make_key(email="ada@acme.example", roles=("admin",), scopes=("read:*",))
    ada = queries.person_by_email("ada@acme.example")
    given_up = actions.create_api_key("old", scopes=["read:*"], expires_in_days=9, actor=makers.actor_of(ada))
    actions.revoke_api_key(given_up.key.id, reason="not needed", actor=owner)
    before = makers.signed_in("ada@acme.example").session_token
    run = done(Kind.DEACTIVATE, b"email\nada@acme.example\n", reason="Left.", actor=owner)
    revoked = ApiKey.objects.get(id=created.key.id)
    assert (status_of("ada@acme.example"), revoked.revoke_reason) == ("deactivated", "owner_deactivated")

    undo = undone(run, actor=owner)

    assert (outcomes(undo), status_of("ada@acme.example")) == ([(2, "done")], "active")
    assert ApiKey.objects.get(id=created.key.id).revoked_at is None
    assert ApiKey.objects.get(id=given_up.key.id).revoke_reason == "not needed"
    assert queries.session_actor(before) is None
    assert queries.session_actor(makers.signed_in("ada@acme.example").session_token) is not None
    told = newest("identity.person.reinstated")["details"]
    assert (told["status"], told["source"], told["keys_restored"]) == ("active", "bulk", 1)


def test_the_undo_of_a_deactivation_takes_a_seat_like_everybody(owner: Actor) -> None:
    makers.make_person("ada@acme.example")
    run = done(Kind.DEACTIVATE, b"email\nada@acme.example\n", reason="Left.", actor=owner)
    actions.change_seats(maximum=queries.seat_count().taken, rule="queue", actor=owner)

    undo = undone(run, actor=owner)

    assert (outcomes(undo), status_of("ada@acme.example")) == ([(2, "done")], "waiting")


def test_who_was_suspended_or_invited_before_a_deactivation_is_so_again(owner: Actor) -> None:
    makers.make_person("ada@acme.example")
    actions.suspend_person(queries.person_by_email("ada@acme.example").id, reason="On leave.", actor=owner)
    actions.add_person("bob@acme.example", "Bob", ["member"], actor=owner)
    run = done(Kind.DEACTIVATE, b"email\nada@acme.example\nbob@acme.example\n", reason="Left.", actor=owner)

    undo = undone(run, actor=owner)

    ada = queries.person_by_email("ada@acme.example")
    assert (outcomes(undo), ada.status, ada.status_reason) == ([(2, "done"), (3, "done")], "suspended", "On leave.")
    assert status_of("bob@acme.example") == "invited"
    assert Invitation.objects.filter(user__email="bob@acme.example", accepted_at=None, revoked_at=None).count() == 1


def test_a_role_for_a_while_that_was_taken_comes_back_for_that_while_only(owner: Actor) -> None:
    person = makers.make_person("ada@acme.example", roles=("auditor",))
    until = clock.now() + timedelta(hours=3)
    actions.grant_role(person.public_id, role_id=Role.objects.get(name="admin").id, expires_at=until, actor=owner)
    run = done(Kind.CHANGE, b"email,roles\nada@acme.example,member\n", actor=owner)

    undone(run, actor=owner)

    bindings = RoleBinding.objects.filter(user=person).values_list("role__name", "expires_at")
    assert dict(bindings) == {"admin": until, "auditor": None}


def test_a_role_for_a_while_that_is_over_stays_away(owner: Actor) -> None:
    person = makers.make_person("ada@acme.example", roles=("auditor",))
    until = clock.now() + timedelta(hours=3)
    actions.grant_role(person.public_id, role_id=Role.objects.get(name="admin").id, expires_at=until, actor=owner)
    run = done(Kind.CHANGE, b"email,roles\nada@acme.example,member\n", actor=owner)
    row = BulkRow.objects.get(run=run)
    row.before["until"] = {"admin": (clock.now() - timedelta(seconds=1)).isoformat()}
    row.save()

    undone(run, actor=owner)

    assert queries.person(person.id).role_names == ["auditor"]


def test_keys_that_ended_with_an_earlier_deactivation_stay_ended(owner: Actor) -> None:
    created = makers.make_key(email="ada@acme.example", roles=("admin",), scopes=("read:*",))
    ada = queries.person_by_email("ada@acme.example")
    actions.deactivate_person(ada.id, reason="Left.", actor=owner)
    actions.renew_invitation(ada.id, actor=owner)
    actions.suspend_person(ada.id, reason="A doubt.", actor=owner)
    run = done(Kind.DEACTIVATE, b"email\nada@acme.example\n", reason="Left again.", actor=owner)

    undone(run, actor=owner)

    assert status_of("ada@acme.example") == "suspended"
    assert ApiKey.objects.get(id=created.key.id).revoke_reason == "owner_deactivated"


@pytest.mark.parametrize("way", ["team", "role"])
def test_who_was_given_something_after_the_run_keeps_it(way: str, owner: Actor) -> None:
    with_team(actor=owner)
    person = makers.make_person("ada@acme.example", name="Ada", roles=("auditor",))
    run = done(Kind.CHANGE, b"email,name\nada@acme.example,Countess\n", actor=owner)
    if way == "team":
        actions.add_team_members(Team.objects.get(name="support").id, members=[person.public_id], actor=owner)
    else:
        actions.grant_role(person.public_id, role_id=Role.objects.get(name="admin").id, actor=owner)
    held = (queries.person(person.id).role_names, queries.teams_of(person))

    undo = undone(run, actor=owner)

    back = queries.person(person.id)
    assert (outcomes(undo), back.name) == ([(2, "skipped")], "Countess")
    assert (back.role_names, queries.teams_of(back)) == held


def test_the_undo_of_invitations_leaves_those_who_accepted(owner: Actor) -> None:
    run = done(Kind.INVITE, b"email,name\nada@acme.example,Ada\nbob@acme.example,Bob\n", actor=owner)
    bob = queries.person_by_email("bob@acme.example")
    token = actions.renew_invitation(bob.id, actor=owner).invitation_token
    actions.accept_invitation(token, password=makers.PASSWORD, name="")

    undo = undone(run, actor=owner)

    assert outcomes(undo) == [(2, "done"), (3, "skipped")]
    assert (status_of("ada@acme.example"), status_of("bob@acme.example")) == ("deactivated", "active")
    assert not Invitation.objects.filter(user__email="ada@acme.example", accepted_at=None, revoked_at=None).exists()


def test_a_run_is_taken_back_once_and_an_undo_or_a_rehearsal_never(owner: Actor) -> None:
    makers.make_person("ada@acme.example")
    run = done(Kind.SUSPEND, b"email\nada@acme.example\n", reason="On leave.", actor=owner)
    undo = undone(run, actor=owner)
    rows = queries.bulk_file_rows(b"email\nada@acme.example\n", kind=Kind.RESUME)
    rehearsal = worked_off(actions.rehearse_bulk(Kind.RESUME, rows=rows, actor=owner))

    with nothing_recorded():
        with pytest.raises(BulkRunUndone):
            actions.undo_bulk(run.id, actor=owner)
        for other in (undo, rehearsal):
            with pytest.raises(BulkRunState):
                actions.undo_bulk(other.id, actor=owner)


def test_a_failed_run_that_was_taken_back_does_not_go_on(owner: Actor) -> None:
    boss = makers.make_person("boss@acme.example", roles=("admin",))
    run = started(Kind.INVITE, b"email,name\nada@acme.example,Ada\n", actor=makers.actor_of(boss))
    actions.suspend_person(boss.id, reason="A doubt.", actor=owner)
    assert queries.bulk_standing(worked_off(run)).state == "failed"
    actions.undo_bulk(run.id, actor=owner)
    actions.resume_person(boss.id, actor=owner)
    assert run.operation_id is not None
    operations.resume(run.operation_id, actor=owner)

    worked_off(run)

    assert (queries.bulk_standing(run).state, outcomes(run)) == ("failed", [(2, "waiting")])


def test_a_run_that_is_not_over_is_not_taken_back(owner: Actor) -> None:
    run = started(Kind.INVITE, b"email,name\nada@acme.example,Ada\n", actor=owner)

    with pytest.raises(BulkRunState) as refusal:
        actions.undo_bulk(run.id, actor=owner)

    assert refusal.value.fields == {"state": "queued"}


def test_a_cancelled_run_leaves_the_rest_undone_and_what_was_done_can_be_taken_back(owner: Actor) -> None:
    run = started(Kind.INVITE, b"email,name\nada@acme.example,Ada\n", actor=owner)
    assert run.operation_id is not None
    operations.cancel(run.operation_id, actor=owner)

    worked_off(run)

    assert outcomes(run) == [(2, "waiting")]
    assert not User.objects.filter(email="ada@acme.example").exists()
    assert outcomes(undone(run, actor=owner)) == []
