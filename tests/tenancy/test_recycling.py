"""A connection that has served enough tenants is replaced, and only where that is safe."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections, connections
from django.test import RequestFactory

from bench.leak import reading
from bench.leak.reading import READ
from identity.models import Role
from kernel import tasks, tenancy
from kernel.tenancy import Purpose, TenantRef
from kernel.tenancy.backend import prepared, recycling
from kernel.tenancy.backend.base import DatabaseWrapper

pytestmark = pytest.mark.committed

CELL = "cell-1"
OWNER = prepared.Statement(name="recycling_owner", types="text", sql="SELECT label FROM identity_role WHERE name = $1")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """A connection that has entered nobody."""
    connections.close_all()
    yield
    connections.close_all()


def backend() -> int:
    """The process of the server behind this thread's connection to the cell."""
    connections[CELL].ensure_connection()
    return int(connections[CELL].connection.info.backend_pid)


def visit(*refs: TenantRef) -> None:
    """Read something in each."""
    for ref in refs:
        with reading.entered(ref):
            Role.objects.count()


def answer_a_request() -> None:
    """A request of nobody's, with the edges that Django gives it: it enters acme and leaves again."""
    environ = RequestFactory(HTTP_HOST="acme.localhost").get("/livez").environ
    response: Any = WSGIHandler()(environ, _take)
    b"".join(response)
    response.close()


def _take(status: str, headers: list[tuple[str, str]], fault: Any = None, /) -> Callable[[bytes], object]:
    return len


@pytest.mark.parametrize("edge", [close_old_connections, answer_a_request, tenancy.rest], ids=["close_old", "request", "rest"])
def test_a_connection_is_replaced_after_as_many_tenants_as_the_settings_say(
    edge: Callable[[], None], acme: TenantRef, globex: TenantRef, platform: TenantRef, settings: Any
) -> None:
    settings.TENANTS_PER_CONNECTION = 3
    first = backend()

    visit(acme, globex, acme, globex)
    edge()
    with_two = backend()
    visit(platform)
    before_the_edge = backend()
    edge()

    assert (with_two, before_the_edge) == (first, first)
    assert backend() != first


def test_a_replaced_connection_begins_to_count_anew(acme: TenantRef, globex: TenantRef, settings: Any) -> None:
    settings.TENANTS_PER_CONNECTION = 2
    visit(acme, globex)
    tenancy.rest()
    second = backend()

    visit(acme)
    tenancy.rest()

    assert backend() == second


@pytest.mark.parametrize("way", ["statements", "prepared", "raw", "copy", "server cursor", "seal"])
def test_every_way_into_a_tenant_is_counted(way: str, acme: TenantRef) -> None:
    with tenancy.activate(acme, purpose=Purpose.SEAL if way == "seal" else Purpose.REQUEST):
        connection = connections[CELL]
        connection.ensure_connection()
        raw = connection.connection
        ways: dict[str, Callable[[], object]] = {
            "statements": lambda: list(Role.objects.all()),
            "prepared": lambda: OWNER.first("owner"),
            "raw": lambda: raw.execute(READ),
            "copy": lambda: raw.cursor().copy(f"COPY ({READ}) TO STDOUT").__enter__(),
            "server cursor": lambda: list(Role.objects.iterator()),
            "seal": lambda: connection.cursor().execute("SELECT count(*) FROM audit_seal"),
        }
        ways[way]()

    assert vars(raw)[recycling.ENTERED] == {acme.schema}


def test_the_same_tenant_counts_once_whatever_it_is_entered_for(acme: TenantRef, settings: Any) -> None:
    settings.TENANTS_PER_CONNECTION = 2
    first = backend()

    for purpose in (Purpose.REQUEST, Purpose.SEAL, Purpose.MIGRATE):
        with tenancy.activate(acme, purpose=purpose), connections[CELL].cursor() as cursor:
            cursor.execute("SELECT 1")
    tenancy.rest()

    assert backend() == first


def test_a_transaction_is_not_broken_off(acme: TenantRef, settings: Any) -> None:
    settings.TENANTS_PER_CONNECTION = 1
    with reading.entered(acme), tenancy.atomic():
        inside = backend()
        Role.objects.count()
        tenancy.rest()

        assert backend() == inside
    tenancy.rest()
    assert backend() != inside


@pytest.mark.parametrize(
    ("hold", "let_go"),
    [
        ("SELECT pg_advisory_lock(7)", "SELECT pg_advisory_unlock(7)"),
        ("DECLARE held CURSOR WITH HOLD FOR SELECT 1", "CLOSE held"),
        ("BEGIN", "COMMIT"),
    ],
)
def test_a_session_on_which_somebody_leans_is_kept(hold: str, let_go: str, acme: TenantRef, settings: Any) -> None:
    settings.TENANTS_PER_CONNECTION = 1
    first = backend()
    with reading.entered(acme), connections[CELL].cursor() as cursor:
        cursor.execute(hold)
    tenancy.rest()
    held = backend()

    with reading.entered(acme), connections[CELL].cursor() as cursor:
        cursor.execute(let_go)
    tenancy.rest()

    assert held == first
    assert backend() != first


def test_a_chore_in_every_tenant_lets_worn_connections_go(settings: Any) -> None:
    settings.TENANTS_PER_CONNECTION = 1
    seen: list[int] = []

    def work() -> None:
        Role.objects.count()
        seen.append(backend())

    tasks.visit_tenants(work, purpose=Purpose.OPERATOR)

    assert len(seen) >= 3
    assert len(set(seen)) == len(seen)


def test_the_connection_to_home_stays(acme: TenantRef, globex: TenantRef, settings: Any) -> None:
    settings.TENANTS_PER_CONNECTION = 2
    with connections[tenancy.HOME].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        first = cursor.fetchone()[0]

    visit(acme, globex)
    tenancy.rest()

    assert connections[tenancy.HOME].connection.info.backend_pid == first


def test_a_worn_connection_does_not_go_back_into_a_pool(acme: TenantRef, settings: Any) -> None:
    settings.TENANTS_PER_CONNECTION = 1
    options = {**connections[CELL].settings_dict["OPTIONS"], "pool": {"min_size": 1, "max_size": 1}}
    pooled: Any = reading.wrapper_of(CELL, engine=DatabaseWrapper, CONN_MAX_AGE=0, OPTIONS=options)
    try:
        with reading.entered(acme), pooled.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            first = cursor.fetchone()[0]
        pooled.close_if_unusable_or_obsolete()
        with reading.entered(acme), pooled.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            second = cursor.fetchone()[0]

        assert second != first
    finally:
        pooled.close()
        pooled.close_pool()
