"""Who is told of what, how often, and what the sweep makes good."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings as configured
from redis import Redis

from audit import actions, following, nudging, queries, tasks
from audit.models import Cursor, Seal
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import happen, seal
from tests.kernel import probe_tasks
from tests.tenancy import worker

CONSUMERS = (probe_tasks.probe.name,)


@pytest.fixture
def told() -> Iterator[Redis]:
    """Where the probes tell of themselves, empty before and after."""
    with Redis.from_url(configured.REDIS_URL) as client:
        client.delete(probe_tasks.TOLD)
        yield client
        client.delete(probe_tasks.TOLD)


@pytest.fixture
def quiet() -> Iterator[None]:
    """Nothing asked for, and nothing remembered of what was."""
    worker.empty_queues()
    nudging._nudged.clear()
    yield
    worker.empty_queues()
    nudging._nudged.clear()


@pytest.fixture(scope="module")
def nudged(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its entries are committed."""
    with makers.passing_tenant("nudged") as ref:
        yield ref


def _asked(name: str) -> list[Any]:
    """The messages that ask for a task, taken out of the queues; each has `eta` in its headers, None for at once."""
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        found = []
        for queue in ("now", "soon", "bulk"):
            while (message := channel.basic_get(queue, no_ack=True)) is not None:
                found.append(message)
    return [message for message in found if message.headers["task"] == name]


@pytest.mark.committed
def test_a_burst_is_told_of_at_once_and_once_more_at_its_end(
    nudged: TenantRef, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudging, "QUIET_S", 3600.0)
    with tenancy.activate(nudged, purpose=Purpose.REQUEST):
        for _ in range(10):
            happen(actor=makers.OPERATOR)

    first, second = _asked("audit.seal")
    assert first.headers["eta"] is None
    assert second.headers["eta"] is not None


@pytest.mark.committed
def test_followers_read_on_after_a_batch_in_the_same_process(nudged: TenantRef, quiet: None, told: Redis, settings: Any) -> None:
    settings.EVENT_CONSUMERS = CONSUMERS
    with tenancy.activate(nudged, purpose=Purpose.REQUEST):
        happen(actor=makers.OPERATOR)

    with tenancy.activate(nudged, purpose=Purpose.SEAL):
        tasks.seal.run()
        tasks.seal.run()

    (line,) = told.lrange(probe_tasks.TOLD, 0, -1)
    assert isinstance(line, bytes)
    assert line.decode().split()[1:3] == [nudged.slug, nudged.schema]
    assert _asked("tests.probe") == []


@pytest.mark.committed
def test_a_follower_that_fails_keeps_nothing_from_its_seal(nudged: TenantRef, quiet: None, told: Redis, settings: Any) -> None:
    settings.EVENT_CONSUMERS = ("tests.stumble", *CONSUMERS)
    with tenancy.activate(nudged, purpose=Purpose.REQUEST):
        happened = happen(actor=makers.OPERATOR)

    with tenancy.activate(nudged, purpose=Purpose.SEAL):
        tasks.seal.run()

    with tenancy.activate(nudged, purpose=Purpose.REQUEST):
        given_up = queries.entries(action="audit.work.given_up").get()
        assert (given_up.subject, given_up.outcome) == ("tests.stumble", "failure")
        assert Seal.objects.filter(entry_id=happened).exists()
    assert told.llen(probe_tasks.TOLD) == 1


@pytest.mark.committed
def test_a_follower_that_is_no_task_is_a_fault(nudged: TenantRef, quiet: None, settings: Any) -> None:
    settings.EVENT_CONSUMERS = ("audit.nobody",)
    with tenancy.activate(nudged, purpose=Purpose.SEAL), pytest.raises(KeyError, match=r"audit\.nobody"):
        nudging.followers()


@pytest.mark.committed
def test_what_was_sealed_is_signed_a_second_later_once(nudged: TenantRef, quiet: None) -> None:
    for _ in range(2):
        with tenancy.activate(nudged, purpose=Purpose.REQUEST):
            happen(actor=makers.OPERATOR)
        with tenancy.activate(nudged, purpose=Purpose.SEAL):
            tasks.seal.run()

    (message,) = _asked("audit.sign")
    assert message.headers["eta"] is not None
    assert message.headers["freehold_tenant"] == str(nudged.id)


def test_the_signer_signs_what_is_due(acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    happen(actor=owner)
    seal(acme)
    later = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    before = queries.is_unsigned()

    with tenancy.activate(acme, purpose=Purpose.SEAL):
        tasks.sign.run()

    assert (before, queries.is_unsigned()) == (True, False)


@pytest.mark.committed
def test_only_what_the_platform_did_is_to_be_copied_to_its_trail(
    nudged: TenantRef, platform: TenantRef, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudging, "QUIET_S", 3600.0)
    with tenancy.activate(nudged, purpose=Purpose.REQUEST):
        happen(actor=makers.person_actor())
        own = _asked("audit.mirror")
        happen(actor=makers.person_actor(tenant_id=platform.id))
        foreign = _asked("audit.mirror")
        actions.forget_mirrored()

    assert (len(own), len(foreign)) == (0, 1)


@pytest.mark.committed
def test_the_sweep_seals_signs_and_tells(nudged: TenantRef, quiet: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EVENT_CONSUMERS = CONSUMERS
    with tenancy.activate(nudged, purpose=Purpose.REQUEST):
        happen(actor=makers.OPERATOR)
    _asked("audit.seal")
    later = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)

    tasks.sweep.run()

    with tenancy.activate(nudged, purpose=Purpose.REQUEST):
        assert not queries.is_unsigned()
        assert queries.chain().pending == 0
    assert str(nudged.id) in {message.headers["freehold_tenant"] for message in _asked("tests.probe")}


@pytest.mark.committed
def test_the_sweep_tells_a_follower_that_lags(nudged: TenantRef, quiet: None, settings: Any) -> None:
    settings.EVENT_CONSUMERS = CONSUMERS
    seal(nudged)
    with tenancy.activate(nudged, purpose=Purpose.REQUEST):
        following.place("tests.lagging", seq=0)

    tasks.sweep.run()

    assert str(nudged.id) in {message.headers["freehold_tenant"] for message in _asked("tests.probe")}
    with tenancy.activate(nudged, purpose=Purpose.REQUEST):
        Cursor.objects.all().delete()


def test_a_follower_that_waits_after_a_fault_does_not_lag(acme: TenantRef, owner: Actor) -> None:
    happen(actor=owner)
    seal(acme)
    following.place("tests.faulty", seq=0)
    assert queries.has_lagging_follower()

    following.postpone("tests.faulty", fault="unreachable", wait=timedelta(minutes=1))

    assert not queries.has_lagging_follower()


def test_a_follower_at_the_end_does_not_lag(acme: TenantRef, owner: Actor) -> None:
    happen(actor=owner)
    seal(acme)

    following.place("tests.ready", seq=following.log_size())

    assert not queries.has_lagging_follower()
