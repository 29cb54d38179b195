"""The leak suite: more than ten thousand reads over two tenants in every way that is known to read the wrong one, and none wrong.

The numbers of reads are asserted exactly, so a way that silently reads nothing fails too.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.db.backends.postgresql import base as postgresql

from bench.leak import reading, suite
from bench.leak.reading import READ, Tally
from bench.leak.suite import PER_ROUND, Refs, Size
from kernel.tenancy import NoTenant, TenantRef
from kernel.tenancy.backend.base import DatabaseWrapper, TenantCursor
from kernel.tenancy.context import Stand

pytestmark = pytest.mark.committed

CELL = "cell-1"
SIZE = Size()


@pytest.fixture(scope="module", autouse=True)
def marks(acme: TenantRef, globex: TenantRef) -> Iterator[None]:
    """Rows that name their tenant."""
    with reading.marked(acme, globex):
        yield


@pytest.fixture
def refs(acme: TenantRef, globex: TenantRef) -> Refs:
    """The two tenants."""
    return acme, globex


def test_the_suite_makes_at_least_ten_thousand_reads() -> None:
    assert sum(SIZE.reads().values()) >= 10_000
    assert SIZE.reads()["coroutines"] >= 1200


@pytest.mark.parametrize("part", sorted(suite.PARTS))
def test_everybody_reads_their_own_tenant(part: str, refs: Refs) -> None:
    tally = suite.PARTS[part](refs, size=SIZE)

    assert tally.reads == SIZE.reads()[part]
    assert tally.wrong == []


def test_a_connection_of_the_pool_is_refused_outside_any_tenant(refs: Refs) -> None:
    with suite.pooled(CELL, size=SIZE) as make:
        wrapper = make()
        wrapper.pool.open()
        with reading.entered(refs[0]), wrapper.pool.connection() as raw:
            raw.execute(READ)

        with wrapper.pool.connection() as raw, pytest.raises(NoTenant):
            raw.execute(READ)


class StickyCursor(TenantCursor):
    """A cursor with the fault that the suite exists for: it enters a tenant and stays there."""

    alias = CELL

    def _wanted(self) -> Stand | None:
        if self.connection.pgconn.parameter_status(b"search_path").startswith(b"t_"):
            return None
        return super()._wanted()


class StickyWrapper(DatabaseWrapper):
    """A backend made of such cursors."""

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "cursor_factory": StickyCursor}

    def _configure_connection(self, connection: Any) -> Any:
        connection.cursor_factory = postgresql.Cursor  # type: ignore[attr-defined]  # the stubs leave Django's cursors out
        try:
            return super()._configure_connection(connection)
        finally:
            connection.cursor_factory = StickyCursor


def test_the_suite_sees_a_leak(refs: Refs) -> None:
    tally = Tally()

    def work(number: int) -> None:
        connections[CELL] = reading.wrapper_of(CELL, engine=StickyWrapper)
        reading.wander(refs, tally=tally, rounds=2, seed=number)

    reading.in_threads(work, threads=4)

    assert tally.reads == 4 * 2 * PER_ROUND
    assert len(tally.wrong) > tally.reads // 10
    assert {"autocommit", "nested", "committed"} <= {way for way, _, _ in tally.wrong}
