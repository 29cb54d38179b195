"""When keys were last used: noted by requests, written by a task."""

from datetime import timedelta

import pytest
from django.conf import settings as installed

from identity import actions, key_uses, queries, redis_client, tasks
from identity.problems import KeyRefused
from kernel import clock, ids, tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.identity.trail import nothing_recorded


@pytest.fixture
def created() -> actions.Created:
    return makers.make_key()


def test_a_use_is_written_by_the_task_and_not_by_the_request(created: actions.Created) -> None:
    queries.key_actor(created.secret)
    assert queries.api_key(created.key.id).last_used_at is None

    with nothing_recorded():
        tasks.write_last_used.run()

    used = queries.api_key(created.key.id).last_used_at
    assert used is not None
    assert clock.now() - used < timedelta(seconds=10)


def test_writing_twice_changes_nothing(created: actions.Created) -> None:
    queries.key_actor(created.secret)

    assert key_uses.write() == 1
    assert key_uses.write() == 0


def test_the_tenant_waits_until_its_uses_are_written(created: actions.Created, acme: TenantRef) -> None:
    queries.key_actor(created.secret)
    assert key_uses.waiting_tenants() == [acme.id]

    key_uses.write()

    assert key_uses.waiting_tenants() == []


def test_a_refused_key_is_not_used(created: actions.Created) -> None:
    actions.revoke_api_key(created.key.id, reason="leaked", actor=makers.OPERATOR)

    with pytest.raises(KeyRefused):
        queries.key_actor(created.secret)

    assert key_uses.waiting_tenants() == []


def test_an_older_use_does_not_overwrite_a_newer_one(created: actions.Created) -> None:
    newer = clock.now()
    key_uses.note(created.key.id, moment=newer - timedelta(hours=1), address="192.0.2.99")
    queries.api_keys().filter(id=created.key.id).update(last_used_at=newer)

    key_uses.write()

    key = queries.api_key(created.key.id)
    assert (key.last_used_at, key.last_address) == (newer, "")


def test_a_use_is_written_with_the_address_it_came_from(created: actions.Created) -> None:
    queries.key_actor(created.secret)

    key_uses.write()

    assert queries.api_key(created.key.id).last_address == "192.0.2.7"


def test_a_key_that_was_used_a_moment_ago_is_not_noted_again(created: actions.Created) -> None:
    queries.api_keys().filter(id=created.key.id).update(last_used_at=clock.now())

    queries.key_actor(created.secret)

    assert key_uses.waiting_tenants() == []


def test_a_busy_key_is_noted_once_a_minute() -> None:
    notebook = key_uses.Notebook()
    key = makers.make_key().key

    assert [notebook.is_due(key.id) for _ in range(3)] == [True, False, False]


def test_a_key_works_without_redis_and_its_use_is_not_noted(created: actions.Created, settings: object, acme: TenantRef) -> None:
    url = installed.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]

    assert queries.key_actor(created.secret).may("read:audit.entries")

    settings.REDIS_URL = url  # type: ignore[attr-defined]
    assert key_uses.waiting_tenants() == []


def test_uses_stay_in_their_tenant(created: actions.Created, globex: TenantRef) -> None:
    queries.key_actor(created.secret)

    with tenancy.activate(globex, purpose=Purpose.JOB):
        assert key_uses.write() == 0

    assert key_uses.write() == 1


def test_the_sweep_drops_tenants_that_are_no_more(acme: TenantRef) -> None:
    gone = ids.new_id()
    client = redis_client.client()
    client.sadd(key_uses.WAITING, gone.hex)

    with tenancy.outside():
        tasks.flush_last_used.run()

    assert key_uses.waiting_tenants() == []
