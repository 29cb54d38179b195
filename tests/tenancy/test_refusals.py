"""A tenant's tables are out of reach where no tenant is active, whatever the way."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction

from identity.models import Role
from kernel import tenancy
from kernel.tenancy import NoTenant, Purpose, TenantRef
from kernel.tenancy.backend import prepared

CELL = "cell-1"
ROLE = prepared.Statement(name="refused_role", types="text", sql="SELECT label, is_builtin FROM identity_role WHERE name = $1")


def where() -> tuple[str, str]:
    """Role and search path as the server sees them."""
    with connections[CELL].cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('search_path')")
        row: tuple[str, str] = cursor.fetchone()
    return row


def _by_model() -> object:
    return Role.objects.count()


def _by_queryset_made_before() -> object:
    return list(Role.objects.using(CELL).all())


def _by_cursor() -> object:
    with connections[CELL].cursor() as cursor:
        return cursor.execute("SELECT 1")


def _by_executemany() -> object:
    with connections[CELL].cursor() as cursor:
        return cursor.executemany("SELECT %s", [(1,), (2,)])


def _by_copy() -> object:
    with connections[CELL].cursor() as cursor, cursor.copy("COPY (SELECT 1) TO STDOUT") as copy:
        return list(copy)


def _by_raw_connection() -> object:
    return connections[CELL].connection.execute("SELECT 1")


def _by_raw_stream() -> object:
    return list(connections[CELL].connection.cursor().stream("SELECT 1"))


def _by_raw_server_cursor() -> object:
    with connections[CELL].connection.cursor(name="named") as cursor:
        return cursor.execute("SELECT 1")


def _by_prepared_statement() -> object:
    return ROLE.first("owner")


def _by_server_cursor() -> object:
    return next(Role.objects.using(CELL).iterator())


def _by_any_connection() -> object:
    for connection in connections.all():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    return None


def _by_another_thread() -> object:
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(_and_close, Role.objects.using(CELL).count).result()


def _by_coroutine() -> object:
    return asyncio.run(Role.objects.acount())


def _by_coroutine_with_a_thread_of_its_own() -> object:
    return asyncio.run(sync_to_async(_and_close, thread_sensitive=False)(Role.objects.using(CELL).count))


def _by_transaction() -> object:
    with transaction.atomic(using=CELL):
        return Role.objects.using(CELL).count()


def _and_close(work: Callable[[], object]) -> object:
    try:
        return work()
    finally:
        connections.close_all()


@pytest.mark.parametrize(
    "access",
    [
        _by_model, _by_queryset_made_before, _by_cursor, _by_executemany, _by_copy, _by_raw_connection, _by_raw_stream,
        _by_raw_server_cursor, _by_server_cursor, _by_prepared_statement, _by_any_connection, _by_another_thread, _by_coroutine,
        _by_coroutine_with_a_thread_of_its_own, _by_transaction,
    ],
)  # fmt: skip
def test_a_cell_is_refused_outside_any_tenant(access: Any) -> None:
    access_inside = where()

    with tenancy.outside(), pytest.raises(NoTenant):
        access()

    assert where() == access_inside


def test_a_new_thread_is_in_no_tenant(acme: TenantRef) -> None:
    """A thread begins without the context of the one that started it, and does not inherit a tenant by chance."""
    with ThreadPoolExecutor(1) as executor, pytest.raises(NoTenant):
        executor.submit(_and_close, Role.objects.count).result()


def test_a_coroutine_keeps_its_tenant_over_threads(globex: TenantRef) -> None:
    async def seen() -> tuple[str, str]:
        with tenancy.activate(globex, purpose=Purpose.REQUEST):
            return tenancy.current().slug, await sync_to_async(lambda: tenancy.current().slug, thread_sensitive=False)()

    assert asyncio.run(seen()) == ("globex", "globex")


def test_transactions_of_a_tenant_are_refused_outside_any() -> None:
    with tenancy.outside(), pytest.raises(NoTenant):
        tenancy.atomic().__enter__()
    with tenancy.outside(), pytest.raises(NoTenant):
        tenancy.current_alias()
