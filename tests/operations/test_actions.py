"""How a long job begins and ends."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from celery import current_app
from django.db import connections

from audit import queries as audit
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, NotFound, Unavailable
from kernel.tenancy import Purpose, TenantRef
from operations import actions, progress, queries
from operations.models import CANCELLED, FAILED, QUEUED, RUNNING, SUCCEEDED, Operation
from operations.permissions import Permission
from operations.problems import OperationCancelled, OperationEnded, OperationNotFound
from tests import makers
from tests.caller import Caller
from tests.tenancy import worker

KIND = "tenants.provision"
AWAY = Unavailable("The cell does not answer.")


def begin(*, actor: Actor, key: str = "job-1", steps: int = 2) -> Operation:
    """A queued operation."""
    names = [f"Step {number + 1}" for number in range(steps)]
    return actions.start(KIND, key=key, subject="ten_1", label="A long job", steps=names, arguments={"a": 1}, actor=actor)


def end(operation: Operation, *, state: str, actor: Actor) -> Operation:
    """The same operation, ended in this way."""
    if state == SUCCEEDED:
        return actions.succeed(operation.id, result={"url": "x"}, secrets={}, actor=actor)
    if state == FAILED:
        return actions.fail(operation.id, problem=AWAY, attempt=operation.attempts, actor=actor)
    return actions.cancel(operation.id, actor=actor)


def recorded(operation: Operation) -> list[str]:
    """What the trail says of an operation, oldest first; the last word of each action."""
    found = audit.entries(subject=operation.public_id).order_by("id")
    return [entry.action.rpartition(".")[2] for entry in found]


def test_a_job_is_queued_with_all_that_it_needs(owner: Actor) -> None:
    operation = begin(actor=owner)

    stored = queries.operation(operation.id)
    assert (stored.kind, stored.key, stored.subject, stored.label) == (KIND, "job-1", "ten_1", "A long job")
    assert (stored.state, stored.steps, stored.step, stored.attempts) == (QUEUED, ["Step 1", "Step 2"], 0, 0)
    assert (stored.arguments, stored.started_by, stored.version) == ({"a": 1}, "owner@acme.example", 1)
    assert stored.public_id.startswith("op_")
    assert recorded(operation) == ["started"]


def test_the_same_key_finds_the_job_that_has_it(owner: Actor) -> None:
    first = begin(actor=owner)

    second = begin(actor=owner, steps=5)

    assert (second.id, second.steps) == (first.id, ["Step 1", "Step 2"])
    assert Operation.objects.filter(key="job-1").count() == 1
    assert recorded(first) == ["started"]


@pytest.fixture(scope="module")
def workshop(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its jobs are committed."""
    with makers.passing_tenant("workshop") as ref:
        yield ref


@pytest.mark.committed
def test_two_who_start_the_same_job_at_once_start_one(workshop: TenantRef) -> None:
    together = Barrier(4)

    def start() -> Operation:
        try:
            with tenancy.activate(workshop, purpose=Purpose.REQUEST):
                together.wait()
                return begin(actor=makers.OPERATOR, key="at-once")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        started = [pool.submit(start) for _ in range(4)]
    with tenancy.activate(workshop, purpose=Purpose.REQUEST):
        assert len({future.result().id for future in started}) == 1
        assert recorded(started[0].result()) == ["started"]


@pytest.mark.committed
def test_the_worker_is_told_after_the_commit(workshop: TenantRef) -> None:
    worker.empty_queues()
    with tenancy.activate(workshop, purpose=Purpose.REQUEST):
        with tenancy.atomic():
            operation = begin(actor=makers.OPERATOR, key="told")
            before = _asked()
        after = _asked()

    assert before == []
    assert [(message.headers["task"], message.decode()[1]) for message in after] == [(KIND, {"operation_id": str(operation.id)})]
    assert after[0].headers["freehold_tenant"] == str(workshop.id)


def _asked() -> list[Any]:
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        found = []
        while (message := channel.basic_get("soon", no_ack=True)) is not None:
            if message.headers["task"] == KIND:
                found.append(message)
    return found


def test_a_job_that_succeeds_keeps_its_result(owner: Actor) -> None:
    operation = begin(actor=owner)

    ended = actions.succeed(operation.id, result={"url": "http://x"}, secrets={}, actor=owner)

    assert (ended.state, ended.result, ended.step, ended.progress_percent) == (SUCCEEDED, {"url": "http://x"}, 2, 100)
    assert ended.finished_at is not None
    assert ended.version == operation.version + 1
    assert recorded(operation) == ["started", "succeeded"]


def test_a_job_that_fails_keeps_the_problem(owner: Actor) -> None:
    operation = begin(actor=owner)

    ended = actions.fail(operation.id, problem=AWAY, attempt=operation.attempts, actor=owner)

    assert ended.state == FAILED
    assert ended.problem == AWAY.document()
    entry = audit.entries(subject=operation.public_id, action="operations.operation.failed").get()
    assert entry.document["details"] == {"kind": KIND, "problem": "The cell does not answer.", "step": "Step 1"}


@pytest.mark.parametrize("state", [SUCCEEDED, FAILED])
def test_ending_twice_records_once(owner: Actor, state: str) -> None:
    operation = begin(actor=owner)
    first = end(operation, state=state, actor=owner)

    second = end(operation, state=state, actor=owner)

    assert (second.version, second.finished_at) == (first.version, first.finished_at)
    assert len(recorded(operation)) == 2


@pytest.mark.parametrize("state", [CANCELLED, FAILED])
def test_a_job_that_was_ended_does_not_succeed_any_more(owner: Actor, state: str) -> None:
    operation = begin(actor=owner)
    end(operation, state=state, actor=owner)

    with pytest.raises(OperationCancelled):
        end(operation, state=SUCCEEDED, actor=owner)

    assert queries.operation(operation.id).state == state


@pytest.mark.parametrize("state", [CANCELLED, SUCCEEDED])
def test_a_job_that_was_ended_does_not_fail_any_more(owner: Actor, state: str) -> None:
    operation = begin(actor=owner)
    end(operation, state=state, actor=owner)

    assert actions.fail(operation.id, problem=AWAY, attempt=operation.attempts, actor=owner).state == state
    assert len(recorded(operation)) == 2


@pytest.mark.parametrize("state", [SUCCEEDED, FAILED, CANCELLED])
def test_what_is_over_cannot_be_cancelled(owner: Actor, state: str) -> None:
    operation = begin(actor=owner)
    end(operation, state=state, actor=owner)

    with pytest.raises(OperationEnded) as refused:
        actions.cancel(operation.id, actor=owner)

    assert refused.value.fields == {"state": state}
    assert len(recorded(operation)) == 2


def test_a_cancelled_job_stops_at_its_next_step(owner: Actor) -> None:
    operation = begin(actor=owner)
    working = progress.claim(operation.id)
    assert working is not None
    progress.step_done(working)
    actions.cancel(operation.id, actor=owner)

    for tell in (partial(progress.step_done, working), partial(progress.beat, working, detail_percent=50)):
        with pytest.raises(OperationCancelled, match="somebody cancelled it"):
            tell()

    stored = queries.operation(operation.id)
    assert (stored.state, stored.step) == (CANCELLED, 1)
    assert progress.claim(operation.id) is None
    assert recorded(operation) == ["started", "cancelled"]


def test_a_failed_job_goes_on_where_it_was(owner: Actor) -> None:
    operation = begin(actor=owner)
    working = progress.claim(operation.id)
    assert working is not None
    progress.step_done(working)
    actions.fail(operation.id, problem=AWAY, attempt=working.attempts, actor=owner)

    resumed = actions.resume(operation.id, actor=owner)

    assert (resumed.state, resumed.problem, resumed.finished_at, resumed.step) == (QUEUED, None, None, 1)
    again = progress.claim(operation.id)
    assert again is not None
    assert (again.step_name, again.attempts) == ("Step 2", 2)
    assert recorded(operation) == ["started", "failed", "resumed"]


@pytest.mark.parametrize("state", [QUEUED, RUNNING])
def test_a_job_under_way_is_only_nudged(owner: Actor, state: str) -> None:
    operation = begin(actor=owner)
    if state == RUNNING:
        progress.claim(operation.id)
    version = queries.operation(operation.id).version

    assert actions.resume(operation.id, actor=owner).state == state

    assert queries.operation(operation.id).version == version
    assert recorded(operation) == ["started"]


@pytest.mark.parametrize("state", [SUCCEEDED, CANCELLED])
def test_what_ended_for_good_cannot_be_resumed(owner: Actor, state: str) -> None:
    operation = begin(actor=owner)
    end(operation, state=state, actor=owner)

    with pytest.raises(OperationEnded):
        actions.resume(operation.id, actor=owner)


@pytest.mark.parametrize("act", [actions.cancel, actions.resume])
def test_cancelling_and_resuming_need_the_permission(owner: Actor, act: Any) -> None:
    operation = begin(actor=owner)
    reader = makers.person_actor(grants=frozenset({str(Permission.READ)}))

    with pytest.raises(Forbidden):
        act(operation.id, actor=reader)

    assert queries.operation(operation.id).state == QUEUED
    assert recorded(operation) == ["started"]


def test_a_job_of_another_tenant_is_not_found(owner: Actor, globex: TenantRef) -> None:
    with tenancy.activate(globex, purpose=Purpose.OPERATOR):
        theirs = begin(actor=makers.OPERATOR)

    for look in (partial(queries.operation, theirs.id), partial(actions.cancel, theirs.id, actor=owner)):
        with pytest.raises(OperationNotFound):
            look()
    with pytest.raises(NotFound):
        progress.claim(theirs.id)


def test_jobs_are_listed_cancelled_and_resumed_over_http(client: Caller, owner: Actor) -> None:
    client.key = makers.make_key().secret
    operation = begin(actor=owner)
    path = f"/v1/operations/{operation.public_id}"

    shown = client.get(path)
    listed = client.get("/v1/operations?state=queued&q=long").json()["data"]
    cancelled = client.put(f"{path}/cancellation")
    refused = client.put(f"{path}/resumption")

    assert (shown.json()["state"], shown.json()["progress_percent"], shown["ETag"]) == ("queued", 0, '"v1"')
    assert [row["id"] for row in listed] == [operation.public_id]
    assert (cancelled.status_code, cancelled.json()["state"], cancelled["ETag"]) == (200, "cancelled", '"v2"')
    assert (refused.status_code, refused.json()["type"], refused.json()["state"]) == (409, "/problems/operation-ended", "cancelled")


def test_secrets_of_a_result_are_not_stored_in_clear(owner: Actor) -> None:
    operation = begin(actor=owner)

    actions.succeed(
        operation.id, result={"url": "http://x"}, secrets={"invitation_url": "http://x/invitation/token-7"}, actor=owner
    )

    with connections["cell-1"].cursor() as cursor:
        cursor.execute("SELECT o::text FROM operations_operation o WHERE id = %s", [operation.id])
        assert "token-7" not in cursor.fetchone()[0]
    assert "token-7" not in "".join(entry.canonical for entry in audit.entries(subject=operation.public_id))


def test_a_worker_that_lost_its_job_cannot_end_the_next_ones_attempt(owner: Actor) -> None:
    operation = begin(actor=owner)
    assert progress.claim(operation.id) is not None
    Operation.objects.filter(pk=operation.pk).update(heartbeat_at=clock.now() - timedelta(minutes=5))
    assert progress.claim(operation.id) is not None

    with pytest.raises(OperationCancelled):
        actions.fail(operation.id, problem=AWAY, attempt=1, actor=owner)

    assert queries.operation(operation.id).state == "running"
    assert recorded(operation) == ["started"]
