"""The database backend: what a switch costs, where each kind of statement runs, and what is refused."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import DatabaseError, connections, transaction
from django.test import RequestFactory

from bench.leak import reading
from identity.models import Role
from kernel import tenancy
from kernel.tenancy import NoTenant, Purpose, TenantRef
from kernel.tenancy.backend import prepared
from kernel.tenancy.backend.base import DatabaseWrapper, cursor_classes
from tests import makers
from tests.wire import traced

CELL = "cell-1"
ROLE = prepared.Statement(name="test_role", types="text", sql="SELECT label, is_builtin FROM identity_role WHERE name = $1")
WHERE = "SELECT current_user, current_setting('search_path')"


def where(alias: str = CELL) -> tuple[str, str]:
    """Role and search path as the server sees them."""
    with connections[alias].cursor() as cursor:
        cursor.execute(WHERE)
        row: tuple[str, str] = cursor.fetchone()
    return row


def test_a_switch_rides_in_the_message_of_the_statement(globex: TenantRef) -> None:
    where()

    with reading.entered(globex), traced(CELL) as switched:
        list(Role.objects.filter(name="owner"))
    with traced(CELL) as back:
        list(Role.objects.filter(name="owner"))
    with traced(CELL) as stayed:
        list(Role.objects.filter(name="owner"))

    assert [len(messages) for messages in (switched, back, stayed)] == [1, 1, 1]
    assert f'SET ROLE "{globex.schema}"; SET search_path = {globex.schema}; SELECT' in switched[0]
    assert f'SET ROLE "{tenancy.current().schema}"' in back[0]
    assert "SET " not in stayed[0]


@pytest.mark.parametrize("statement", ["INSERT", "UPDATE", "DELETE", "WITH"])
def test_every_data_statement_takes_the_switch_along(globex: TenantRef, statement: str) -> None:
    text = {
        "INSERT": "INSERT INTO identity_role SELECT * FROM identity_role WHERE false",
        "UPDATE": "UPDATE identity_role SET label = label WHERE false",
        "DELETE": "DELETE FROM identity_role WHERE false",
        "WITH": "WITH none AS (SELECT 1) SELECT * FROM none",
    }[statement]
    where()

    with reading.entered(globex), connections[CELL].cursor() as cursor, traced(CELL) as messages:
        cursor.execute(text)

    assert len(messages) == 1
    assert globex.schema in messages[0]


def test_a_utility_statement_lets_the_switch_go_first(globex: TenantRef) -> None:
    where()

    with reading.entered(globex), connections[CELL].cursor() as cursor, traced(CELL) as messages:
        cursor.execute("SHOW search_path")
        shown = cursor.fetchone()[0]

    assert shown == globex.schema
    assert len(messages) == 2


def test_rowcount_and_columns_are_those_of_the_statement(globex: TenantRef) -> None:
    where()

    with reading.entered(globex), connections[CELL].cursor() as cursor:
        cursor.execute("UPDATE identity_role SET label = label WHERE name IN ('owner', 'member')")
        changed = cursor.rowcount
        where()
    with reading.entered(globex), connections[CELL].cursor() as cursor:
        cursor.execute("SELECT name, label FROM identity_role WHERE name = 'owner'")
        columns = [column.name for column in cursor.description]

    assert changed == 2
    assert columns == ["name", "label"]


@pytest.mark.parametrize(
    ("purpose", "role"),
    [
        (Purpose.REQUEST, None),
        (Purpose.JOB, None),
        (Purpose.WEBHOOK, None),
        (Purpose.OPERATOR, None),
        (Purpose.SEAL, "freehold_sealer"),
        (Purpose.MIGRATE, "freehold_owner"),
    ],
)
def test_each_purpose_has_its_role_and_sees_one_schema(acme: TenantRef, purpose: Purpose, role: str | None) -> None:
    with tenancy.activate(acme, purpose=purpose):
        user, path = where()
        with connections[CELL].cursor() as cursor:
            cursor.execute("SELECT current_schemas(false)")
            schemas = cursor.fetchone()[0]

    assert user == (role or acme.schema)
    assert path == acme.schema if role is None else path.startswith(acme.schema)
    assert schemas == [acme.schema]


def test_the_same_tenant_for_another_purpose_is_another_stand(acme: TenantRef) -> None:
    with tenancy.activate(acme, purpose=Purpose.MIGRATE):
        owner, _ = where()
    tenant, _ = where()

    assert (owner, tenant) == ("freehold_owner", acme.schema)


def test_home_is_read_with_and_without_a_tenant() -> None:
    inside = where(tenancy.HOME)
    with tenancy.outside():
        outside = where(tenancy.HOME)

    assert inside == outside == ("freehold_home", "public")


@pytest.mark.committed
def test_another_cell_than_the_tenants_is_refused(acme: TenantRef) -> None:
    second = DatabaseWrapper(connections[CELL].settings_dict, "cell-2")
    try:
        with reading.entered(acme), second.cursor() as cursor, pytest.raises(NoTenant, match="cell-2"):
            cursor.execute("SELECT 1")
    finally:
        second.close()


@pytest.mark.committed
def test_psycopgs_pipeline_is_refused_when_it_would_need_a_switch(acme: TenantRef, globex: TenantRef) -> None:
    """In pipeline mode nothing can be sent in front; what cannot be right must fail."""
    with reading.entered(acme):
        where()
    with reading.entered(globex) as connection, pytest.raises(psycopg.Error), connection.connection.pipeline():
        connection.connection.execute("SELECT 1")
    with reading.entered(globex) as connection:
        connection.close()
        assert where() == (globex.schema, globex.schema)


def test_the_decorator_chooses_the_database_when_it_is_called(acme: TenantRef) -> None:
    @tenancy.atomic
    def nested() -> tuple[bool, str]:
        return connections[CELL].in_atomic_block, where()[0]

    assert nested() == (True, acme.schema)
    with tenancy.outside(), pytest.raises(NoTenant):
        nested()


@pytest.mark.committed
def test_the_version_and_the_health_of_a_server_are_asked_without_a_tenant() -> None:
    connection: Any = connections[CELL]
    connection.close()
    connection.__dict__.pop("pg_version", None)

    assert connection.pg_version >= 180000
    assert connection.is_usable() is True
    connection.close()
    assert connection.is_usable() is False


def _backend_of(alias: str) -> int:
    return int(connections[alias].connection.info.backend_pid)


@pytest.mark.committed
@pytest.mark.parametrize("alias", [tenancy.HOME, CELL])
def test_a_connection_that_the_server_dropped_is_replaced_at_the_edge_of_a_request(acme: TenantRef, alias: str) -> None:
    with reading.entered(acme):
        where(CELL)
        where(tenancy.HOME)
    before = _backend_of(alias)
    with makers.superuser(CELL) as server:
        assert server.execute("SELECT pg_terminate_backend(%s, 10000)", [before]).fetchone() == (True,)

    makers.forget_caches()  # or home would not be asked
    status = _answer(_of_a_stranger())

    assert status == "401 Unauthorized"
    assert _backend_of(alias) != before


@pytest.mark.committed
def test_a_connection_in_order_is_kept_over_requests(acme: TenantRef) -> None:
    with reading.entered(acme):
        where()
    before = _backend_of(CELL)

    _answer(_of_a_stranger())

    assert _backend_of(CELL) == before


def _of_a_stranger() -> dict[str, Any]:
    """A request with a session that nobody has: home is asked for the host, the cell for the session."""
    request = RequestFactory(HTTP_HOST="acme.localhost")
    request.cookies[django_settings.SESSION_COOKIE_NAME] = "a" * 43
    return request.get("/v1/me").environ


def _answer(environ: dict[str, Any]) -> str:
    """One request as a web server hands it in; Django's test client leaves out what happens at its edges. The status line."""
    told: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], fault: Any = None, /) -> Callable[[bytes], object]:
        told.append(status)
        return len

    response: Any = WSGIHandler()(environ, start_response)
    b"".join(response)
    response.close()
    return told[0]


def test_every_cursor_of_an_alias_is_ours() -> None:
    where()
    ordinary, named = cursor_classes(CELL)

    raw = connections[CELL].connection

    assert raw.cursor_factory is ordinary
    assert raw.server_cursor_factory is named
    assert {django_settings.DATABASES[alias]["ENGINE"] for alias in django_settings.DATABASES} == {"kernel.tenancy.backend"}


def test_an_error_leaves_the_transaction_as_plain_postgresql_would() -> None:
    with pytest.raises(DatabaseError), transaction.atomic(using=CELL), connections[CELL].cursor() as cursor:
        cursor.execute("SELECT 1 / 0")

    assert where()[0] == tenancy.current().schema


def test_a_prepared_statement_takes_one_message_with_its_switch(globex: TenantRef) -> None:
    with reading.entered(globex):
        ROLE.first("owner")
    where()

    with reading.entered(globex), traced(CELL) as messages:
        row = ROLE.first("owner")

    assert row == ("Owner", "t")
    assert len(messages) == 1
    assert globex.schema in messages[0]


def test_a_prepared_statement_finds_nothing_where_nothing_is(acme: TenantRef) -> None:
    assert ROLE.first("nobody's") is None
    assert ROLE.first("' OR true --") is None


@pytest.mark.committed
@pytest.mark.parametrize("loss", ["DISCARD ALL", "DEALLOCATE ALL"])
def test_a_prepared_statement_that_the_server_forgot_is_prepared_again(acme: TenantRef, loss: str) -> None:
    with reading.entered(acme) as connection:
        ROLE.first("owner")
        connection.connection.execute(loss)

        assert ROLE.first("owner") == ("Owner", "t")


@pytest.mark.committed
def test_a_prepared_statement_follows_a_changed_table(acme: TenantRef) -> None:
    star = prepared.Statement(name="test_star", types="text", sql="SELECT r.* FROM identity_role r WHERE name = $1")
    with reading.entered(acme):
        before = star.first("owner")
    try:
        with makers.superuser(CELL) as server:
            server.execute(f"ALTER TABLE {acme.schema}.identity_role ADD COLUMN passing int DEFAULT 7")
        with reading.entered(acme):
            assert star.first("owner") == (*(before or ()), "7")
    finally:
        with makers.superuser(CELL) as server:
            server.execute(f"ALTER TABLE {acme.schema}.identity_role DROP COLUMN passing")


def test_a_fault_of_a_prepared_statement_is_djangos() -> None:
    broken = prepared.Statement(name="test_broken", types="text", sql="SELECT 1 / 0 FROM identity_role WHERE name = $1")

    with pytest.raises(DatabaseError), transaction.atomic(using=CELL):
        broken.first("owner")
    assert where()[0] == tenancy.current().schema
