"""How a worker holds a long job, and how another takes it over."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from celery import current_app
from django.db import connections

from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from operations import actions, progress, queries, tasks
from operations.models import FAILED, LEASE, QUEUED, RUNNING, SUCCEEDED, Operation
from operations.problems import OperationCancelled
from tests import makers
from tests.operations.test_actions import AWAY, KIND, begin
from tests.tenancy import worker


def silence(operation: Operation, *, for_: timedelta) -> None:
    """As if its worker had said nothing for so long."""
    Operation.objects.filter(pk=operation.pk).update(heartbeat_at=clock.now() - for_, created_at=clock.now() - for_)


def claimed(operation: Operation) -> Operation:
    """The operation as its worker has it."""
    found = progress.claim(operation.id)
    assert found is not None
    return found


def test_a_queued_job_is_taken_by_one(owner: Actor) -> None:
    operation = begin(actor=owner)

    first, second = progress.claim(operation.id), progress.claim(operation.id)

    assert first is not None
    assert second is None
    stored = queries.operation(operation.id)
    assert (stored.state, stored.attempts) == (RUNNING, 1)
    assert stored.started_at is not None
    assert stored.heartbeat_at is not None


@pytest.fixture(scope="module")
def crowd(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its jobs are committed."""
    with makers.passing_tenant("crowd") as ref:
        yield ref


@pytest.mark.committed
def test_of_many_workers_at_once_one_gets_the_job(crowd: TenantRef) -> None:
    with tenancy.activate(crowd, purpose=Purpose.REQUEST):
        jobs = [begin(actor=makers.OPERATOR, key=f"crowded-{number}") for number in range(10)]
    together = Barrier(4)

    def take() -> list[bool]:
        try:
            with tenancy.activate(crowd, purpose=Purpose.JOB):
                together.wait()
                return [progress.claim(job.id) is not None for job in jobs]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(take) for _ in range(4)]
    taken = [future.result() for future in workers]
    assert [sum(column) for column in zip(*taken, strict=True)] == [1] * 10
    with tenancy.activate(crowd, purpose=Purpose.REQUEST):
        assert {job.attempts for job in Operation.objects.filter(key__startswith="crowded-")} == {1}


def test_a_silent_worker_loses_the_job_and_is_told(owner: Actor) -> None:
    lost = claimed(begin(actor=owner))
    silence(lost, for_=LEASE + timedelta(seconds=1))

    taken_over = claimed(lost)

    assert (taken_over.attempts, taken_over.step) == (2, 0)
    for tell in (partial(progress.beat, lost, detail_percent=10), partial(progress.step_done, lost)):
        with pytest.raises(OperationCancelled, match="another worker took it over"):
            tell()
    progress.step_done(taken_over)
    assert queries.operation(lost.id).step == 1


def test_a_worker_that_speaks_keeps_the_job(owner: Actor) -> None:
    held = claimed(begin(actor=owner))
    silence(held, for_=LEASE + timedelta(seconds=1))
    progress.beat(held, detail_percent=1)

    assert progress.claim(held.id) is None


def test_a_worker_within_its_lease_keeps_the_job(owner: Actor) -> None:
    held = claimed(begin(actor=owner))
    silence(held, for_=LEASE - timedelta(seconds=5))

    assert progress.claim(held.id) is None


@pytest.mark.parametrize(
    ("state", "steps", "step", "detail", "percent"),
    [
        (QUEUED, 4, 0, 0, 0),
        (RUNNING, 4, 0, 50, 12),
        (RUNNING, 4, 1, 0, 25),
        (RUNNING, 4, 3, 100, 99),
        (RUNNING, 4, 4, 0, 99),
        (RUNNING, 3, 1, 50, 50),
        (RUNNING, 1, 0, 99, 99),
        (FAILED, 2, 1, 0, 50),
        (QUEUED, 0, 0, 0, 0),
        (RUNNING, 0, 0, 70, 0),
        (SUCCEEDED, 4, 4, 0, 100),
        (SUCCEEDED, 0, 0, 0, 100),
    ],
)
def test_progress_runs_over_all_steps(state: str, steps: int, step: int, detail: int, percent: int) -> None:
    operation = Operation(state=state, steps=["A step"] * steps, step=step, detail_percent=detail)

    assert operation.progress_percent == percent


@pytest.mark.parametrize(("told", "kept"), [(-5, 0), (0, 0), (37, 37), (100, 100), (250, 100)])
def test_a_beat_stays_between_nothing_and_all(owner: Actor, told: int, kept: int) -> None:
    held = claimed(begin(actor=owner))

    progress.beat(held, detail_percent=told)

    assert queries.operation(held.id).detail_percent == kept


def test_a_step_that_is_done_begins_the_next_at_nothing(owner: Actor) -> None:
    held = claimed(begin(actor=owner))
    progress.beat(held, detail_percent=80)
    progress.step_done(held)

    stored = queries.operation(held.id)
    assert (stored.step, stored.detail_percent, stored.step_name) == (1, 0, "Step 2")
    progress.step_done(held)
    assert queries.operation(held.id).step_name == ""


@pytest.fixture
def asked() -> Any:
    """Takes the jobs that workers were asked for out of the queue."""
    worker.empty_queues()

    def take() -> list[str]:
        with current_app.connection_for_read() as connection:
            channel: Any = connection.default_channel
            found = []
            while (message := channel.basic_get("soon", no_ack=True)) is not None:
                if message.headers["task"] == KIND:
                    found.append(message.decode()[1]["operation_id"])
        return found

    return take


@pytest.mark.committed
def test_a_sweep_asks_again_for_what_nobody_is_at(crowd: TenantRef, asked: Any) -> None:
    old = timedelta(minutes=5)
    with tenancy.activate(crowd, purpose=Purpose.REQUEST):
        forgotten, silent, busy, fresh, failed = (
            begin(actor=makers.OPERATOR, key=f"swept-{name}") for name in ("forgotten", "silent", "busy", "fresh", "failed")
        )
        for job in (silent, busy, failed):
            progress.claim(job.id)
        actions.fail(failed.id, problem=AWAY, attempt=1, actor=makers.OPERATOR)
        for job in (forgotten, silent, failed):
            silence(job, for_=old)
    asked()

    tasks.sweep.run()

    wanted, found = {str(forgotten.id), str(silent.id)}, set(asked())
    assert wanted <= found
    assert not {str(job.id) for job in (busy, fresh, failed)} & found
    with tenancy.activate(crowd, purpose=Purpose.REQUEST):
        assert {str(job.id) for job in queries.abandoned()} == wanted
        Operation.objects.filter(key__startswith="swept-").update(state=SUCCEEDED)


def test_a_job_that_waits_is_sent_on_for_ever_and_tells_why(owner: Actor) -> None:
    operation = begin(actor=owner)
    for _ in range(7):
        working = claimed(operation)
        progress.note(working, result={"half": 1})
        progress.wait(working, why=AWAY)
        Operation.objects.filter(pk=operation.pk).update(created_at=clock.now() - LEASE)
        assert list(queries.abandoned()) == [operation]

    waiting = queries.operation(operation.id)
    working = claimed(operation)
    asked_again = queries.operation(operation.id)
    progress.beat(working, detail_percent=60)

    assert (waiting.state, waiting.attempts, waiting.result, waiting.finished_at) == (QUEUED, 0, {"half": 1}, None)
    assert waiting.problem == AWAY.document() == asked_again.problem
    assert (asked_again.state, asked_again.attempts, queries.operation(operation.id).problem) == (RUNNING, 1, None)


def test_a_job_that_was_cancelled_does_not_wait(owner: Actor) -> None:
    working = claimed(begin(actor=owner))
    actions.cancel(working.id, actor=owner)

    with pytest.raises(OperationCancelled):
        progress.wait(working, why=AWAY)

    assert (queries.operation(working.id).state, queries.operation(working.id).problem) == ("cancelled", None)


@pytest.mark.parametrize("end", ["succeed", "cancel"])
def test_what_a_job_waited_for_is_not_told_once_it_is_over(end: str, owner: Actor) -> None:
    operation = begin(actor=owner)
    progress.wait(claimed(operation), why=AWAY)

    if end == "cancel":
        actions.cancel(operation.id, actor=owner)
    else:
        claimed(operation)
        actions.succeed(operation.id, result={}, secrets={}, actor=owner)

    assert (queries.operation(operation.id).is_over, queries.operation(operation.id).problem) == (True, None)
