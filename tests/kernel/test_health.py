"""Probes: what they rest on, what they tell, and that none waits for a part that is silent."""

import os
import threading
from collections.abc import Iterator

import pytest

from kernel import tenancy
from kernel.api import health
from kernel.tenancy import breaker
from tenants import resolving
from tests import makers
from tests.caller import Caller
from tests.conftest import Settings


@pytest.fixture
def home_is_away() -> Iterator[None]:
    """Home as every thread of this process finds it while its breaker is open."""
    breaker._outages[tenancy.HOME] = breaker.Outage(since=0.0, why="a test says so", process=os.getpid())
    yield
    breaker.reset(tenancy.HOME)


def test_every_part_is_told_with_its_state_and_latency() -> None:
    document = Caller(host="acme.localhost").get("/status").json()

    assert document["status"] == "ok"
    assert set(document["parts"]) == {"home", "redis", "cell-1"}
    assert {part["state"] for part in document["parts"].values()} == {"ok"}
    assert all(part["latency_ms"] >= 0 for part in document["parts"].values())


def test_a_part_that_is_away_is_named_and_does_not_make_the_process_unready(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    response = Caller(host="acme.localhost").get("/status")

    assert (response.status_code, response.json()["status"]) == (503, "degraded")
    assert {name for name, part in response.json()["parts"].items() if part["state"] != "ok"} == {"redis"}
    assert Caller(host="acme.localhost").get("/readyz").status_code == 200


def test_what_is_told_of_a_part_holds_no_address(settings: Settings) -> None:
    settings.REDIS_URL = "redis://:hidden-password@127.0.0.1:1/0"

    assert b"127.0.0.1" not in Caller(host="acme.localhost").get("/status").content


def test_a_silent_part_is_not_waited_for() -> None:
    asked, over = [], threading.Event()

    def silent() -> None:
        asked.append(1)
        over.wait(timeout=30)

    parts = health.ask({"silent": silent, "well": lambda: None})
    health.forget()
    again = health.ask({"silent": silent})
    over.set()

    assert (parts["silent"].state, parts["well"].state, again["silent"].state) == ("away", "ok", "away")
    assert len(asked) == 1, "whoever asks again shares the wait of the first"


def test_what_was_heard_is_kept_for_a_second() -> None:
    asked = []

    for _ in range(3):
        health.ask({"counted": lambda: asked.append(1)})

    assert len(asked) == 1


def test_a_process_is_ready_by_what_it_remembers_while_home_is_away(home_is_away: None) -> None:
    resolving.forget_all()
    unready = Caller(host="nobody.localhost").get("/readyz")
    breaker.reset(tenancy.HOME)
    resolving.by_host("acme.localhost")
    breaker._outages[tenancy.HOME] = breaker.Outage(since=0.0, why="a test says so", process=os.getpid())
    health.forget()

    ready = Caller(host="nobody.localhost").get("/readyz")

    assert (unready.status_code, unready.json()["routing"]) == (503, {"home": "away", "memory": "away"})
    assert (ready.status_code, ready.json()["routing"]) == (200, {"home": "away", "memory": "ok"})


def test_a_process_that_drains_is_alive_and_not_ready(settings: Settings, tmp_path: object) -> None:
    makers.forget_caches()
    settings.DRAINING_FILE = tmp_path / "draining"  # type: ignore[operator]
    (tmp_path / "draining").touch()  # type: ignore[operator]

    ready, live = Caller(host="acme.localhost").get("/readyz"), Caller(host="acme.localhost").get("/livez")

    assert (ready.status_code, ready.json()["draining"], live.status_code) == (503, True, 200)
