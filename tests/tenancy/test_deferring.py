"""Deferred statements: one message with the COMMIT, before whatever else is executed, gone with a ROLLBACK, and never in another tenant."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import DataError, IntegrityError, connections, transaction

from kernel import tenancy
from kernel.tenancy.backend.prepared import Statement
from operations.models import KeptAnswer
from tests.wire import traced

REQUEST = tenancy.Purpose.REQUEST
INSERT = (
    "INSERT INTO operations_keptanswer (id, actor_id, key, fingerprint, status, headers, body, created_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
MOMENT = datetime(2026, 11, 21, 12, 30, 0, 123456, tzinfo=UTC)

pytestmark = pytest.mark.committed


@pytest.fixture
def wrote(acme: tenancy.TenantRef, globex: tenancy.TenantRef) -> Iterator[None]:
    """Takes away what was kept."""
    yield
    for ref in (acme, globex):
        with tenancy.activate(ref, purpose=REQUEST):
            KeptAnswer.objects.filter(actor_id="deferring").delete()


def defer(key: str, *, body: str = "", row_id: uuid.UUID | None = None) -> None:
    values = [row_id or uuid.uuid4(), "deferring", key, b"\x00'\\\xff" * 8, 200, "{}", body, MOMENT]
    connections[tenancy.current_alias()].defer(INSERT, values)  # type: ignore[attr-defined]  # the backend's own


def begin() -> None:
    """A transaction is open on the server once something was executed in it."""
    assert KeptAnswer.objects.filter(actor_id="nobody").first() is None


def kept(ref: tenancy.TenantRef) -> list[str]:
    with tenancy.activate(ref, purpose=REQUEST):
        return sorted(KeptAnswer.objects.filter(actor_id="deferring").values_list("key", flat=True))


def test_it_goes_out_in_one_message_with_the_commit(acme: tenancy.TenantRef, wrote: None) -> None:
    with tenancy.activate(acme, purpose=REQUEST), traced(acme.cell) as messages, tenancy.atomic():
        begin()
        defer("a")

    # BEGIN, the SELECT that makes it a transaction on the server, and then:
    assert len(messages) == 3
    assert "INSERT INTO operations_keptanswer" in messages[-1]
    assert messages[-1].endswith(';COMMIT"')
    assert kept(acme) == ["a"]


def test_the_next_statement_sees_it(acme: tenancy.TenantRef, wrote: None) -> None:
    with tenancy.activate(acme, purpose=REQUEST), tenancy.atomic():
        begin()
        defer("a")

        assert KeptAnswer.objects.get(actor_id="deferring").created_at == MOMENT


def test_a_prepared_statement_sees_it(acme: tenancy.TenantRef, wrote: None) -> None:
    count = Statement(name="test_kept", types="text", sql="SELECT count(*)::text FROM operations_keptanswer WHERE actor_id = $1")

    with tenancy.activate(acme, purpose=REQUEST), tenancy.atomic():
        begin()
        defer("a")

        assert count.first("deferring") == ("1",)


def test_a_copy_comes_after_it(acme: tenancy.TenantRef, wrote: None) -> None:
    with tenancy.activate(acme, purpose=REQUEST), tenancy.atomic():
        begin()
        defer("a")
        with connections[acme.cell].cursor() as cursor, cursor.copy("COPY operations_keptanswer (key) TO STDOUT") as rows:
            found = b"".join(bytes(row) for row in rows)

    assert b"a\n" in found


def test_a_rollback_drops_it(acme: tenancy.TenantRef, wrote: None) -> None:
    with tenancy.activate(acme, purpose=REQUEST), tenancy.atomic():
        begin()
        defer("a")
        transaction.set_rollback(True, using=acme.cell)
    with tenancy.activate(acme, purpose=REQUEST), tenancy.atomic():
        begin()

    assert kept(acme) == []


def test_a_savepoint_that_is_rolled_back_takes_only_its_own_along(acme: tenancy.TenantRef, wrote: None) -> None:
    with tenancy.activate(acme, purpose=REQUEST), tenancy.atomic():
        begin()
        defer("before")
        with tenancy.atomic():
            defer("inside")
            transaction.set_rollback(True, using=acme.cell)
        defer("after")

    assert kept(acme) == ["after", "before"]


def test_a_fault_after_it_leaves_nothing_of_either(acme: tenancy.TenantRef, wrote: None) -> None:
    def act() -> None:
        begin()
        defer("a")
        with connections[acme.cell].cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    with tenancy.activate(acme, purpose=REQUEST), pytest.raises(DataError):
        tenancy.atomic(act)()

    assert kept(acme) == []


def test_its_own_fault_comes_with_the_commit_as_djangos_and_nothing_is_kept(acme: tenancy.TenantRef, wrote: None) -> None:
    twice = uuid.uuid4()

    def act() -> None:
        begin()
        KeptAnswer.objects.create(actor_id="deferring", key="mine", fingerprint=b"-" * 32, body="", created_at=MOMENT)
        defer("a", row_id=twice)
        defer("b", row_id=twice)

    with tenancy.activate(acme, purpose=REQUEST), pytest.raises(IntegrityError):
        tenancy.atomic(act)()

    assert kept(acme) == []


def test_as_the_first_of_its_transaction_it_is_executed_at_once(acme: tenancy.TenantRef, wrote: None) -> None:
    with tenancy.activate(acme, purpose=REQUEST), tenancy.atomic():
        with traced(acme.cell) as messages:
            defer("a")

        assert messages

    assert kept(acme) == ["a"]


def test_outside_a_transaction_it_is_executed_at_once(acme: tenancy.TenantRef, wrote: None) -> None:
    with tenancy.activate(acme, purpose=REQUEST):
        defer("a")

    assert kept(acme) == ["a"]


def test_it_stays_in_its_tenant_when_the_transaction_goes_on_in_another(
    acme: tenancy.TenantRef, globex: tenancy.TenantRef, wrote: None
) -> None:
    assert acme.cell == globex.cell
    with tenancy.activate(acme, purpose=REQUEST), tenancy.atomic():
        begin()
        defer("of acme")
        with tenancy.activate(globex, purpose=REQUEST):
            defer("of globex")

    assert (kept(acme), kept(globex)) == (["of acme"], ["of globex"])


@pytest.mark.parametrize("text", ["'", "\\", "'); DROP TABLE operations_keptanswer; --", "é", "a\nb", "", "%s", "$1", "%"])
def test_a_value_is_a_value(acme: tenancy.TenantRef, wrote: None, text: str) -> None:
    with tenancy.activate(acme, purpose=REQUEST), tenancy.atomic():
        begin()
        defer("a", body=text)

    with tenancy.activate(acme, purpose=REQUEST):
        row = KeptAnswer.objects.get(actor_id="deferring")
        assert (row.body, bytes(row.fingerprint)) == (text, b"\x00'\\\xff" * 8)


@pytest.mark.parametrize("value", [1.5, None, datetime(2026, 11, 21), ["a"]])  # noqa: DTZ001  (a moment without its zone is what is refused)
def test_a_value_of_another_kind_is_refused(acme: tenancy.TenantRef, value: object) -> None:
    with tenancy.activate(acme, purpose=REQUEST), tenancy.atomic():
        begin()

        with pytest.raises(TypeError, match="cannot be deferred"):
            connections[acme.cell].defer("SELECT %s", [value])  # type: ignore[attr-defined]  # as above
