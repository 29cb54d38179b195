"""A dead cell costs its own tenants their requests and nobody else anything (reference 4.3, trap 15)."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import psycopg
import pytest
from django.db import OperationalError, connections

from config.embedded import postgres
from kernel import tasks, tenancy
from kernel.api import health
from kernel.tenancy import Purpose, breaker
from tenants import actions as tenants
from tenants import queries
from tests import makers, places
from tests.caller import Caller

pytestmark = pytest.mark.committed


@pytest.fixture
def distant(second_cell: str, platform: tenancy.TenantRef) -> tenancy.TenantRef:
    """A tenant on the second server."""
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        requested = tenants.create_tenant(
            "distant", name="Distant", owner_email="ada@distant.example", owner_name="Ada", cell=second_cell, actor=makers.OPERATOR
        )
        tenants.provision_tenant(requested.operation.id, actor=makers.OPERATOR)
    makers.forget_caches()
    return queries.tenant_by_slug("distant").ref()


@pytest.fixture
def stopped(distant: tenancy.TenantRef) -> Iterator[tenancy.TenantRef]:
    """The same, with its server stopped; started again afterwards."""
    assert Caller(host="distant.localhost").get("/v1/me", HTTP_COOKIE=cookie()).status_code == 401
    connections[distant.cell].close()
    postgres.stop(places.second_addresses())
    try:
        yield distant
    finally:
        postgres.start(places.second_addresses())
        until(lambda: not breaker.is_open(distant.cell))


def cookie() -> str:
    """A session that nobody has, so that the tenant's database must be asked."""
    return "freehold_session=" + "x" * 43


def until(is_so: Callable[[], bool], *, patience_s: float = 20.0) -> None:
    end = time.monotonic() + patience_s
    while not is_so() and time.monotonic() < end:
        time.sleep(0.05)
    assert is_so()


def test_a_dead_cell_refuses_its_own_tenants_and_the_others_are_served(stopped: tenancy.TenantRef) -> None:
    first = Caller(host="distant.localhost").get("/v1/me", HTTP_COOKIE=cookie())
    later = Caller(host="distant.localhost").get("/v1/me", HTTP_COOKIE=cookie())
    acme = Caller(host="acme.localhost").get("/v1/me", HTTP_COOKIE=cookie())
    ready, status = Caller(host="acme.localhost").get("/readyz"), Caller(host="acme.localhost").get("/status")

    assert (first.status_code, later.status_code, acme.status_code) == (503, 503, 401)
    assert int(later["Retry-After"]) > 0
    assert ready.status_code == 200
    assert status.status_code == 503
    assert [name for name, part in status.json()["parts"].items() if part["state"] != "ok"] == [stopped.cell]


def test_while_a_cell_is_away_nobody_tries_to_connect(stopped: tenancy.TenantRef, monkeypatch: pytest.MonkeyPatch) -> None:
    Caller(host="distant.localhost").get("/v1/me", HTTP_COOKIE=cookie())
    tried = []
    real = psycopg.connect
    here = threading.get_ident()

    def counted(*args: Any, **options: Any) -> object:
        tried.extend([1] if threading.get_ident() == here else [])
        return real(*args, **options)

    monkeypatch.setattr(psycopg, "connect", counted)
    for _ in range(5):
        assert Caller(host="distant.localhost").get("/v1/me", HTTP_COOKIE=cookie()).status_code == 503

    assert tried == []


def test_a_cell_that_comes_back_serves_again_by_itself(stopped: tenancy.TenantRef) -> None:
    assert Caller(host="distant.localhost").get("/v1/me", HTTP_COOKIE=cookie()).status_code == 503
    assert breaker.is_open(stopped.cell)

    postgres.start(places.second_addresses())

    until(lambda: Caller(host="distant.localhost").get("/v1/me", HTTP_COOKIE=cookie()).status_code == 401)
    assert not breaker.is_open(stopped.cell)


def test_a_cell_that_hangs_is_given_up_and_hangs_no_probe(distant: tenancy.TenantRef) -> None:
    connections[distant.cell].close()
    number = postgres.pid(places.second_addresses())
    assert number is not None
    server = psutil.Process(number)

    server.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        status = Caller(host="acme.localhost").get("/status")
        waited_s = time.monotonic() - began
        hung = Caller(host="distant.localhost").get("/v1/me", HTTP_COOKIE=cookie())
        is_open = breaker.is_open(distant.cell)
    finally:
        server.send_signal(signal.SIGCONT)

    assert (status.status_code, status.json()["parts"][distant.cell]["state"]) == (503, "away")
    assert waited_s < 2 * health.PATIENCE_S + 1
    assert (hung.status_code, is_open) == (503, True)
    until(lambda: not breaker.is_open(distant.cell))


def test_chores_leave_out_the_tenants_of_a_cell_that_is_away(stopped: tenancy.TenantRef) -> None:
    Caller(host="distant.localhost").get("/v1/me", HTTP_COOKIE=cookie())
    visited = []

    tasks.visit_tenants(lambda: visited.append(tenancy.current().slug), purpose=Purpose.SEAL)

    assert "distant" not in visited
    assert {"acme", "globex", "platform"} <= set(visited)


def test_an_open_breaker_is_the_same_error_as_a_refused_connection(stopped: tenancy.TenantRef) -> None:
    with tenancy.activate(stopped, purpose=Purpose.OPERATOR):
        for _ in range(2):
            with pytest.raises(OperationalError):
                connections[stopped.cell].ensure_connection()


def test_a_fork_knocks_for_itself() -> None:
    breaker._outages["cell-1"] = breaker.Outage(since=0.0, why="inherited", process=-1)

    with pytest.raises(psycopg.OperationalError):
        breaker.require_closed("cell-1")

    assert breaker.outages()["cell-1"].process == os.getpid()
    until(lambda: not breaker.is_open("cell-1"))
