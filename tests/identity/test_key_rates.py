"""How fast an API key may come: its own rate, kept across processes, and what is taken of it at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings as installed

from identity import actions, key_rates, queries, redis_client
from identity.models import User
from identity.problems import KeyTooFast
from kernel import clock, tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.identity.trail import newest

REFUSED = "identity.api_key.refused"


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


def slowed(ada: User, *, rate_per_s: int) -> actions.Created:
    return actions.create_api_key(
        "ci", scopes=["read:*"], terms=actions.KeyTerms(rate_per_s=rate_per_s), actor=makers.actor_of(ada)
    )


def test_a_key_is_slowed_to_its_rate_and_goes_on_a_second_later(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = slowed(ada, rate_per_s=2).secret
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start)
    assert [bool(queries.key_actor(secret)) for _ in range(2)] == [True, True]

    with pytest.raises(KeyTooFast) as refusal:
        queries.key_actor(secret)

    assert (refusal.value.status, refusal.value.fields) == (429, {"retry_after_s": 1, "per_s": 2})
    assert newest(REFUSED)["details"]["reason"] == "too_fast"
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(milliseconds=500))
    assert queries.key_actor(secret)
    with pytest.raises(KeyTooFast):
        queries.key_actor(secret)


def test_a_fast_key_asks_redis_for_a_hundredth_of_a_second_at_once(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = slowed(ada, rate_per_s=400).secret
    begin = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begin)
    asked = redis_client.client().info("commandstats").get("cmdstat_eval", {"calls": 0})["calls"]

    for _ in range(400):
        assert queries.key_actor(secret)

    assert redis_client.client().info("commandstats")["cmdstat_eval"]["calls"] - asked == 100
    with pytest.raises(KeyTooFast):
        queries.key_actor(secret)


def test_what_was_taken_at_once_is_good_for_a_second(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    shares, key = key_rates.Shares(), (uuid4(), uuid4())
    shares.keep(key, count=2, moment_us=0)

    used = [shares.spend(key, moment_us=moment_us) for moment_us in (999_999, 1_000_000)]
    shares.keep(key, count=1, moment_us=5)

    assert used == [True, False]
    assert [shares.spend(key, moment_us=moment_us) for moment_us in (4, 5)] == [False, False]


def test_threads_that_use_one_share_use_each_request_of_it_once() -> None:
    shares, key = key_rates.Shares(), (uuid4(), uuid4())
    shares.keep(key, count=1000, moment_us=0)

    with ThreadPoolExecutor(8) as pool:
        used = list(pool.map(lambda _: shares.spend(key, moment_us=1), range(1500)))

    assert used.count(True) == 1000


def test_a_clock_that_runs_backwards_gives_no_requests_away(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = slowed(ada, rate_per_s=1).secret
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start)
    queries.key_actor(secret)

    for moment in (start - timedelta(hours=1), start):
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        with pytest.raises(KeyTooFast):
            queries.key_actor(secret)


def test_each_key_and_each_tenant_has_a_rate_of_its_own(ada: User, globex: TenantRef, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = slowed(ada, rate_per_s=1), slowed(ada, rate_per_s=1)
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start)
    queries.key_actor(first.secret)

    assert queries.key_actor(second.secret)

    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        theirs = makers.make_key(email="keys@globex.example")
        assert queries.key_actor(theirs.secret)
    with pytest.raises(KeyTooFast):
        queries.key_actor(first.secret)


def test_without_redis_the_rate_is_not_kept_and_the_key_works(ada: User, settings: object) -> None:
    secret = slowed(ada, rate_per_s=1).secret
    url = installed.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]

    assert all(queries.key_actor(secret) for _ in range(3))

    settings.REDIS_URL = url  # type: ignore[attr-defined]
