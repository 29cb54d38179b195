"""Places: made and dropped in steps that may each run again. They commit, since roles and locks outlive a statement."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from kernel import ids, tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import places, provisioning
from tenants.models import schema_of

pytestmark = pytest.mark.committed

CELL = "cell-1"
HERE = "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = %s), (SELECT count(*) FROM pg_roles WHERE rolname = %s)"


@pytest.fixture
def built() -> Iterator[TenantRef]:
    """A complete place that no tenant has."""
    tenant_id = ids.new_id()
    ref = places.ref_of(CELL, schema=schema_of(tenant_id), tenant_id=tenant_id)
    provisioning.build_place(ref, on_progress=places.quietly)
    yield ref
    provisioning.drop_place(CELL, ref.schema, on_progress=places.quietly)


def found(ref: TenantRef) -> tuple[int, int]:
    """How many schemas and roles of this name there are."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[CELL].cursor() as cursor:
        cursor.execute(HERE, [ref.schema, ref.schema])
        schemas, roles = cursor.fetchone()
    return schemas, roles


def test_a_dropped_place_leaves_neither_schema_nor_role_and_may_be_dropped_again(built: TenantRef) -> None:
    assert found(built) == (1, 1)
    told: list[tuple[int, int, str]] = []

    provisioning.drop_place(CELL, built.schema, on_progress=lambda done, of, what: told.append((done, of, what)))
    provisioning.drop_place(CELL, built.schema, on_progress=places.quietly)

    assert found(built) == (0, 0)
    assert told[-1][0] == told[-1][1]
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_no_transaction_of_a_drop_holds_the_locks_of_more_than_a_few_tables(built: TenantRef) -> None:
    held: list[int] = []

    def count(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if connections[CELL].in_atomic_block and "DROP" in str(sql):
            locks = context["connection"].connection.execute(
                "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock' AND locktype = 'relation'"
            )
            held.append(locks.fetchone()[0])
        return result

    with connections[CELL].execute_wrapper(count):
        provisioning.drop_place(CELL, built.schema, on_progress=places.quietly)

    assert len(held) >= 4
    # All tables with their indexes at once are 76 and more with every release; each part holds its share of them.
    assert max(held) < 60


def test_a_drop_that_was_stopped_is_finished_by_the_next(built: TenantRef) -> None:
    class Stopped(Exception):
        """The worker goes away."""

    def stop_at_the_second(done: int, of: int, what: str) -> None:
        del of, what
        if done == 1:
            raise Stopped

    with pytest.raises(Stopped):
        provisioning.drop_place(CELL, built.schema, on_progress=stop_at_the_second)
    assert found(built) == (1, 1)
    provisioning.drop_place(CELL, built.schema, on_progress=places.quietly)

    assert found(built) == (0, 0)


def test_the_role_stays_while_another_database_of_the_server_has_a_place_of_that_name(built: TenantRef) -> None:
    with tenancy.migrating_home(), connections[tenancy.HOME].cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{built.schema}"; GRANT USAGE ON SCHEMA "{built.schema}" TO "{built.schema}"')

    provisioning.drop_place(CELL, built.schema, on_progress=places.quietly)
    assert found(built) == (0, 1)
    with tenancy.migrating_home(), connections[tenancy.HOME].cursor() as cursor:
        cursor.execute(f'DROP SCHEMA "{built.schema}"')
    provisioning.drop_place(CELL, built.schema, on_progress=places.quietly)

    assert found(built) == (0, 0)


def test_a_place_is_built_once_however_often_it_is_asked_for(built: TenantRef) -> None:
    with tenancy.activate(built, purpose=Purpose.MIGRATE), connections[CELL].cursor() as cursor:
        cursor.execute("SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace ORDER BY oid")
        before = cursor.fetchall()

    provisioning.build_place(built, on_progress=places.quietly)

    with tenancy.activate(built, purpose=Purpose.MIGRATE), connections[CELL].cursor() as cursor:
        cursor.execute("SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace ORDER BY oid")
        assert cursor.fetchall() == before
    assert provisioning.behind([built]) == []
