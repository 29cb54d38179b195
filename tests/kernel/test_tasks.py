"""Work for later: asked for after the commit, done in the right tenant, kept while the tenant is suspended."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis
from celery import current_app
from django.conf import settings as django_settings
from django.db import transaction

from kernel import context, tasks, tenancy
from kernel.tasks import enqueue
from kernel.tenancy import Purpose, TenantRef
from tenants import resolving
from tenants.models import Tenant
from tests import makers
from tests.kernel import probe_tasks
from tests.tenancy import worker

QUEUES = ("now", "soon", "bulk")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Queues without anything in them, before and after."""
    worker.empty_queues()
    yield
    worker.empty_queues()


def waiting(queue: str) -> list[Any]:
    """The messages in a queue, taken out of it."""
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        found = []
        while (message := channel.basic_get(queue, no_ack=True)) is not None:
            found.append(message)
    return found


@pytest.mark.committed
def test_a_message_carries_the_tenant_and_the_request(acme: TenantRef) -> None:
    with tenancy.activate(acme, purpose=Purpose.REQUEST), context.bound(context.RequestContext("req-12345678")):
        enqueue("tests.probe", mark="a")

    (message,) = waiting("bulk")
    assert message.headers["task"] == "tests.probe"
    assert message.headers["freehold_tenant"] == str(acme.id)
    assert message.headers["freehold_request"] == "req-12345678"
    assert message.decode()[:2] == [[], {"mark": "a"}]


@pytest.mark.committed
def test_a_message_for_no_tenant_names_none() -> None:
    enqueue("tests.probe", mark="a")

    (message,) = waiting("bulk")
    assert "freehold_tenant" not in message.headers


@pytest.mark.committed
def test_nothing_is_asked_for_before_the_commit(acme: TenantRef) -> None:
    with tenancy.activate(acme, purpose=Purpose.REQUEST):
        with tenancy.atomic():
            enqueue("tests.probe", mark="a")
            before = waiting("bulk")
        after = waiting("bulk")

    assert (len(before), len(after)) == (0, 1)


@pytest.mark.committed
def test_what_is_rolled_back_asks_for_nothing(acme: TenantRef) -> None:
    with tenancy.activate(acme, purpose=Purpose.REQUEST):
        with pytest.raises(ZeroDivisionError):
            _ask_and_fail(mark="whole")
        with tenancy.atomic():
            with pytest.raises(ZeroDivisionError):
                _ask_and_fail(mark="savepoint")
            enqueue("tests.probe", mark="kept")

    assert [message.decode()[1]["mark"] for message in waiting("bulk")] == ["kept"]


@tenancy.atomic
def _ask_and_fail(*, mark: str) -> None:
    enqueue("tests.probe", mark=mark)
    raise ZeroDivisionError


@pytest.mark.committed
def test_a_transaction_at_home_holds_back_what_no_tenant_asks_for() -> None:
    with transaction.atomic(using=tenancy.HOME):
        enqueue("tests.probe", mark="a")
        before = waiting("bulk")

    assert (len(before), len(waiting("bulk"))) == (0, 1)


@pytest.mark.parametrize("name", ["tests.unknown", "audit.sea", ""])
def test_a_name_that_is_no_task_fails_where_it_is_asked_for(name: str) -> None:
    with pytest.raises(KeyError):
        enqueue(name)


@pytest.mark.committed
def test_a_broker_that_is_away_fails_nobody(acme: TenantRef, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    monkeypatch.setitem(current_app.__dict__, "amqp", type(current_app.amqp)(current_app))

    with tenancy.activate(acme, purpose=Purpose.REQUEST):
        enqueue("tests.probe", mark="a")

    assert waiting("bulk") == []


def test_every_task_has_one_of_the_three_queues() -> None:
    assert set(tasks.QUEUE_OF.values()) <= set(QUEUES)
    assert {name for name in current_app.tasks if not name.startswith("celery.")} == set(tasks.QUEUE_OF)


@pytest.fixture(scope="module")
def parked(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, to be suspended."""
    with makers.passing_tenant("parked") as ref:
        yield ref


@pytest.mark.committed
def test_a_real_worker_enters_and_leaves_the_tenant_of_each_message(acme: TenantRef, parked: TenantRef) -> None:
    unit = context.RequestContext("req-worker-1")
    with redis.Redis.from_url(django_settings.REDIS_URL) as client, worker.running(include=probe_tasks.__name__, processes=1):
        told = _Told(client)
        with context.bound(unit):
            with tenancy.activate(acme, purpose=Purpose.REQUEST):
                enqueue("tests.probe", mark="acme")
                enqueue("tests.sealing_probe", mark="sealing")
            enqueue("tests.probe", mark="nobody")
        worker.wait_until(lambda: {"acme", "sealing", "nobody"} <= set(told()), what="three tasks")
        assert told()["acme"] == ["acme", acme.schema, "req-worker-1", "task:tests.probe"]
        assert told()["sealing"] == ["acme", "freehold_sealer", "req-worker-1", "task:tests.sealing_probe"]
        assert told()["nobody"] == ["-", "-", "req-worker-1", "task:tests.probe"]

        _enter_state(parked, state="suspended")
        with tenancy.activate(parked, purpose=Purpose.OPERATOR):
            enqueue("tests.probe", mark="parked")
        gone = replace(parked, id=acme.id.__class__(int=acme.id.int ^ 1))
        with tenancy.activate(gone, purpose=Purpose.OPERATOR):
            enqueue("tests.probe", mark="gone")
        with tenancy.activate(acme, purpose=Purpose.REQUEST):
            enqueue("tests.probe", mark="later")
        # One process works them off in turn, so the two before it have been looked at.
        worker.wait_until(lambda: "later" in told(), what="a task behind the parked one")
        assert not {"parked", "gone"} & set(told())

        _enter_state(parked, state="active")
        worker.wait_until(lambda: "parked" in told(), what="the parked task")
        assert told()["parked"][:2] == ["parked", parked.schema]
        assert "gone" not in told()
        client.delete(probe_tasks.TOLD)


def _enter_state(ref: TenantRef, *, state: str) -> None:
    """By the row, not by the action: this test commits, and its entries would stand in the platform's trail for every later one."""
    Tenant.objects.filter(id=ref.id).update(state=state)
    resolving.forget(ref.id)


class _Told:
    """What the probes have told so far, by mark."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __call__(self) -> dict[str, list[str]]:
        lines = [line.decode().split(" ") for line in self.client.lrange(probe_tasks.TOLD, 0, -1)]
        return {mark: rest for mark, *rest in lines}
