"""Prepared statements: right for each tenant, in and out of transactions, after errors, after a lost connection and after a change of the table."""

import pytest
from django.db import OperationalError, ProgrammingError, connections, transaction

from kernel import tenancy
from kernel.tenancy.backend.prepared import Statement
from kernel.tenancy.context import NoTenant
from tests import makers
from tests.wire import traced

WHO = Statement(name="test_who", types="text", sql="SELECT current_schema(), current_user::text, $1")
REQUEST = tenancy.Purpose.REQUEST


def who(ref: tenancy.TenantRef, value: str = "x") -> tuple[str | None, ...]:
    with tenancy.activate(ref, purpose=REQUEST):
        found = WHO.first(value)
    assert found is not None
    return found


def test_each_tenant_gets_its_own_answer_in_one_message(acme: tenancy.TenantRef, globex: tenancy.TenantRef) -> None:
    for ref in (acme, globex):
        who(ref)

    with traced(acme.cell) as messages:
        answers = [who(ref)[:2] for ref in (acme, globex, globex, acme)]

    assert answers == [(ref.schema, ref.schema) for ref in (acme, globex, globex, acme)]
    assert len(messages) == 4


@pytest.mark.parametrize("value", ["'", "\\", "'); DROP TABLE identity_user; --", "é", "a\nb", "", "$1"])
def test_a_value_is_a_value(acme: tenancy.TenantRef, value: str) -> None:
    assert who(acme, value)[2] == value


def test_outside_any_tenant_it_is_refused() -> None:
    with tenancy.outside(), pytest.raises(NoTenant):
        WHO.first("x")


def test_after_a_rollback_it_is_still_there_and_right(acme: tenancy.TenantRef, globex: tenancy.TenantRef) -> None:
    who(acme)
    with tenancy.activate(globex, purpose=REQUEST), tenancy.atomic():
        assert who(globex)[0] == globex.schema
        transaction.set_rollback(True, using=globex.cell)

    assert who(acme)[0] == acme.schema
    assert who(globex)[0] == globex.schema


def test_an_error_of_the_statement_is_djangos(acme: tenancy.TenantRef) -> None:
    wrong = Statement(name="test_wrong", types="text", sql="SELECT nothing FROM nowhere WHERE $1 = ''")

    with pytest.raises(ProgrammingError), transaction.atomic(using=acme.cell):
        wrong.first("x")


@pytest.mark.committed
def test_a_lost_connection_is_an_error_once_and_then_replaced(acme: tenancy.TenantRef) -> None:
    who(acme)
    wrapper = connections[acme.cell]
    number = wrapper.connection.info.backend_pid
    with makers.superuser(acme.cell) as server:
        server.execute("SELECT pg_terminate_backend(%s, 10000)", [number])

    with pytest.raises(OperationalError):
        who(acme)
    wrapper.close_if_unusable_or_obsolete()

    assert who(acme)[0] == acme.schema
    assert wrapper.connection.info.backend_pid != number


@pytest.mark.committed
def test_discarded_statements_are_prepared_again(acme: tenancy.TenantRef) -> None:
    who(acme)
    connections[acme.cell].connection.pgconn.exec_(b"DEALLOCATE ALL")

    assert who(acme)[0] == acme.schema


@pytest.mark.committed
def test_a_table_that_changed_its_shape_is_planned_again(acme: tenancy.TenantRef) -> None:
    everything = Statement(name="test_shape", types="text", sql="SELECT * FROM identity_role WHERE name = $1")
    with tenancy.activate(acme, purpose=REQUEST):
        before = everything.first("owner")
    with tenancy.activate(acme, purpose=tenancy.Purpose.MIGRATE), connections[acme.cell].cursor() as cursor:
        cursor.execute("ALTER TABLE identity_role ADD COLUMN test_extra text DEFAULT 'new'")
    try:
        with tenancy.activate(acme, purpose=REQUEST):
            after = everything.first("owner")
    finally:
        with tenancy.activate(acme, purpose=tenancy.Purpose.MIGRATE), connections[acme.cell].cursor() as cursor:
            cursor.execute("ALTER TABLE identity_role DROP COLUMN test_extra")

    assert before is not None
    assert after == (*before, "new")
