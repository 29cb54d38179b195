"""A full connection of a web process is kept for the tenants that it knows, and goes to nobody who must not have it."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections, connections
from django.test import RequestFactory

from bench.leak import reading
from identity import tokens
from kernel import tenancy
from kernel.tenancy import TenantRef
from kernel.tenancy.backend import shelf
from tenants.middleware import TenantMiddleware
from tests import makers

pytestmark = pytest.mark.committed

CELL = "cell-1"


@pytest.fixture(autouse=True)
def kept(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A web process whose connections are full after one tenant, and which keeps two of them."""
    settings.TENANTS_PER_CONNECTION, settings.SHELVED_CONNECTIONS = 1, 2
    monkeypatch.setattr(shelf._shelf, "is_open", True)
    connections.close_all()
    shelf.clear(CELL)
    yield
    connections.close_all()
    shelf.clear(CELL)


def read(ref: TenantRef) -> int:
    """The process of the server that answered a read in the tenant, whose role and path it had."""
    with reading.entered(ref), connections[CELL].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), current_user, current_schema()")
        number, role, schema = cursor.fetchone()
    assert (role, schema) == (ref.schema, ref.schema)
    return int(number)


def mine() -> Any:
    """The wrapper of this thread's connection to the cell."""
    return connections[CELL]


def visit(ref: TenantRef) -> int:
    """The same in a request of its own."""
    number = read(ref)
    close_old_connections()
    return number


def lives(number: int) -> bool:
    """Whether the server still has the process."""
    with makers.superuser(CELL) as server:
        for _ in range(100):
            if server.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [number]).fetchone() is None:
                return False
            server.execute("SELECT pg_sleep(0.01)")
    return True


def in_a_thread(ref: TenantRef) -> int:
    """A request in another thread."""

    def work() -> int:
        try:
            return visit(ref)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as executor:
        return executor.submit(work).result()


def test_a_tenant_goes_back_to_the_connection_that_knows_it(acme: TenantRef, globex: TenantRef) -> None:
    first = {ref.slug: visit(ref) for ref in (acme, globex)}
    again = {ref.slug: visit(ref) for ref in (globex, acme, globex, acme)}

    assert first["acme"] != first["globex"]
    assert again == {"globex": first["globex"], "acme": first["acme"]}


def test_another_thread_borrows_it_too(acme: TenantRef, globex: TenantRef) -> None:
    first = visit(acme)

    def work() -> tuple[int, int]:
        try:
            visit(globex)  # a thread has a connection of its own before it borrows
            return visit(acme), visit(acme)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as executor:
        assert executor.submit(work).result() == (first, first)


def test_two_threads_never_have_the_same(acme: TenantRef, globex: TenantRef) -> None:
    first = visit(acme)
    visit(globex)

    mine = read(acme)
    other = in_a_thread(acme)

    assert mine == first
    assert other != first


def test_a_real_request_borrows_until_its_answer_was_sent(acme: TenantRef, globex: TenantRef) -> None:
    known = visit(acme)
    visit(globex)
    environ = RequestFactory(HTTP_HOST="acme.localhost").get("/v1/me").environ
    environ["HTTP_COOKIE"] = f"{django_settings.SESSION_COOKIE_NAME}={tokens.generate()}"

    response: Any = WSGIHandler()(environ, lambda *_: len)
    b"".join(response)
    borrowed = mine()._borrowed
    response.close()

    assert borrowed is not None
    assert borrowed.info.backend_pid == known
    assert mine()._borrowed is None


def test_within_one_request_the_session_stays(acme: TenantRef, globex: TenantRef) -> None:
    visit(acme)
    visit(globex)

    seen = {read(ref) for ref in (globex, acme, globex)}

    assert len(seen) == 1


def test_in_a_transaction_nothing_is_lent_or_given_back(acme: TenantRef, globex: TenantRef) -> None:
    visit(acme)
    visit(globex)
    with reading.entered(globex), tenancy.atomic():
        inside = read(globex)
        tenancy.rest()

        assert read(acme) == inside


@pytest.mark.parametrize("why", ["another process", "no room"])
def test_what_is_not_kept_is_closed(why: str, acme: TenantRef, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if why == "no room":
        settings.SHELVED_CONNECTIONS = 0
    else:
        monkeypatch.setattr(shelf._shelf, "is_open", False)

    first = visit(acme)

    assert not lives(first)
    assert visit(acme) != first


def test_a_process_that_answers_requests_keeps_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf._shelf, "is_open", False)

    TenantMiddleware(lambda _: pytest.fail("nobody asked"))

    assert shelf.is_open()


def test_the_least_lately_used_is_closed_when_there_are_too_many(acme: TenantRef, globex: TenantRef, platform: TenantRef) -> None:
    first, second = visit(acme), visit(globex)
    visit(acme)

    visit(platform)

    assert visit(acme) == first
    assert not lives(second)


def test_what_was_not_used_for_long_is_closed(acme: TenantRef, globex: TenantRef, monkeypatch: pytest.MonkeyPatch) -> None:
    first = visit(acme)
    monkeypatch.setattr(shelf, "IDLE_S", -1.0)

    visit(globex)

    assert not lives(first)


def test_one_that_the_server_closed_is_not_lent(acme: TenantRef, globex: TenantRef) -> None:
    first = visit(acme)
    visit(globex)
    with makers.superuser(CELL) as server:
        server.execute("SELECT pg_terminate_backend(%s, 10000)", [first])

    assert visit(acme) != first


def test_one_that_is_left_in_a_transaction_is_closed(acme: TenantRef, globex: TenantRef) -> None:
    first = visit(acme)
    visit(globex)
    with reading.entered(acme), connections[CELL].cursor() as cursor:
        cursor.execute("BEGIN")
    close_old_connections()

    assert not lives(first)
    assert visit(acme) != first


def test_one_that_went_on_to_too_many_others_is_closed(acme: TenantRef, globex: TenantRef, platform: TenantRef) -> None:
    first = visit(acme)
    visit(globex)
    read(acme)
    read(platform)
    close_old_connections()

    assert not lives(first)


@pytest.mark.parametrize("hold", ["SELECT pg_advisory_lock(7)", "DECLARE held CURSOR WITH HOLD FOR SELECT 1"])
def test_a_session_on_which_somebody_leans_is_not_given_away(hold: str, acme: TenantRef, globex: TenantRef) -> None:
    with reading.entered(acme), connections[CELL].cursor() as cursor:
        cursor.execute(hold)
    first = visit(acme)

    assert visit(globex) == first
    assert in_a_thread(acme) != first


def test_closing_closes_what_is_borrowed_and_what_is_the_threads_own(acme: TenantRef, globex: TenantRef, settings: Any) -> None:
    borrowed = visit(acme)
    settings.TENANTS_PER_CONNECTION = 2
    own = visit(globex)
    assert read(acme) == borrowed

    connections[CELL].close()

    assert connections[CELL].connection is None
    assert not lives(borrowed)
    assert not lives(own)
    assert visit(acme) not in {borrowed, own}


def test_a_connection_lost_in_a_transaction_leaves_nothing_behind(acme: TenantRef, globex: TenantRef) -> None:
    first = visit(acme)
    visit(globex)
    with reading.entered(acme), tenancy.atomic():
        assert read(acme) == first
        connections[CELL].close()
    second = read(acme)
    close_old_connections()

    assert second != first
    assert [kept.is_lent for kept in shelf._shelf.rows[CELL]] == [False] * len(shelf._shelf.rows[CELL])
    assert visit(acme) == second


def test_another_place_gets_none_of_them(acme: TenantRef) -> None:
    visit(acme)
    place = connections[CELL].settings_dict

    assert shelf.take(CELL, place=dict(place), schema=acme.schema) is None


def test_what_was_kept_of_a_place_that_is_gone_is_closed(acme: TenantRef, globex: TenantRef) -> None:
    first = visit(acme)
    second = visit(globex)
    lent = read(globex)

    mine().clear_shelf()
    close_old_connections()

    assert lent == second
    assert not lives(first)
    assert not lives(second)


def test_a_fork_takes_nothing_of_its_parents(acme: TenantRef, monkeypatch: pytest.MonkeyPatch) -> None:
    visit(acme)
    place = connections[CELL].settings_dict
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)

    assert shelf.take(CELL, place=place, schema=acme.schema) is None


def test_the_thread_goes_on_with_its_own_connection(acme: TenantRef, globex: TenantRef, settings: Any) -> None:
    visit(acme)
    settings.TENANTS_PER_CONNECTION = 2
    own = visit(globex)

    visit(acme)

    assert visit(globex) == own
