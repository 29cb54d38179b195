"""Runs that change many people, started and worked off at once, for tests."""

from identity import actions, queries
from identity.bulk.kinds import Kind
from identity.models import BulkRow, BulkRun
from kernel.actors import Actor

WORKER = Actor.system("task:identity.bulk")


def started(kind: Kind, content: bytes, *, actor: Actor, reason: str = "") -> BulkRun:
    rows = queries.bulk_file_rows(content, kind=kind)
    return actions.start_bulk(kind, rows=rows, reason=reason, file_name="people.csv", actor=actor)


def worked_off(run: BulkRun) -> BulkRun:
    assert run.operation_id is not None
    actions.work_on_bulk(run.operation_id, actor=WORKER)
    return queries.bulk_run(run.id)


def done(kind: Kind, content: bytes, *, actor: Actor, reason: str = "") -> BulkRun:
    return worked_off(started(kind, content, actor=actor, reason=reason))


def undone(run: BulkRun, *, actor: Actor) -> BulkRun:
    return worked_off(actions.undo_bulk(run.id, actor=actor))


def outcomes(run: BulkRun) -> list[tuple[int, str]]:
    return list(BulkRow.objects.filter(run=run).order_by("number").values_list("number", "outcome"))


def status_of(address: str) -> str:
    return str(queries.person_by_email(address).status)


def with_team(*, actor: Actor) -> None:
    actions.create_team("support", label="Support", actor=actor)
