"""A pooler that shares sessions is found out and refused; one that does not is let pass. Against a real PgBouncer."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from bench.leak import reading
from config import checkups, safety
from kernel import tenancy
from kernel.problems import Unavailable
from kernel.tenancy import TenantRef, breaker, poolers
from kernel.tenancy.backend.base import DatabaseWrapper
from tenants.placement.findings import Level
from tests.tenancy import pooler

pytestmark = pytest.mark.committed

CELL = "cell-1"
SHARING_MODES = ("transaction", "statement")


def connecting(entry: dict[str, Any]) -> Callable[[], psycopg.Connection]:
    """What makes connections by an entry of DATABASES."""
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    return partial(psycopg.connect, autocommit=True, **{name: entry[key] for name, key in names.items()})


@contextmanager
def behind(alias: str, *, mode: str) -> Iterator[None]:
    """The product's alias led through a pooler, for this thread and for new ones."""
    with pooler.running(alias, mode=mode) as entry:
        direct = connections[alias]
        direct.close()
        kept = dict(connections.databases[alias])
        connections.databases[alias].update(entry)
        connections[alias] = DatabaseWrapper(connections.databases[alias], alias)
        try:
            yield
        finally:
            connections[alias].close()
            connections.databases[alias].clear()
            connections.databases[alias].update(kept)
            connections[alias] = direct


@pytest.mark.parametrize("alias", [tenancy.HOME, CELL])
def test_a_server_without_a_pooler_is_let_pass(alias: str) -> None:
    assert poolers.sharing(partial(breaker.connect, alias)) == ""
    assert list(safety.in_database(alias)) == []


def test_session_pooling_is_let_pass() -> None:
    with pooler.running(CELL, mode="session") as entry:
        assert poolers.sharing(connecting(entry)) == ""


@pytest.mark.parametrize("mode", SHARING_MODES)
@pytest.mark.parametrize("size", [1, 5])
def test_a_pooler_that_shares_sessions_is_found_out(mode: str, size: int) -> None:
    with pooler.running(CELL, mode=mode, size=size) as entry:
        assert poolers.sharing(connecting(entry)).startswith("What one connection had set was gone")


def test_sharing_is_seen_where_the_pooler_restores_what_was_set() -> None:
    """A pooler that follows `search_path`, as newer ones can: what was prepared, and the process of the server, tell."""
    with pooler.running(CELL, mode="transaction", size=1) as entry:

        def restoring() -> Any:
            return Restoring(connecting(entry)())

        assert poolers.sharing(restoring) == "Two connections ran in the same session of the server."


def test_a_pooler_with_room_for_one_client_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poolers, "ANSWER_WITHIN_S", 0.3)

    with pooler.running(CELL, mode="session", size=1) as entry:
        assert "gets no answer while the other is open" in poolers.sharing(connecting(entry))


def test_nothing_is_left_behind_in_a_shared_session() -> None:
    with pooler.running(CELL, mode="transaction", size=1) as entry:
        poolers.sharing(connecting(entry))
        with connecting(entry)() as connection:
            assert connection.execute("SHOW search_path").fetchone() == ('"$user", public',)


def test_the_product_would_read_another_tenant_through_transaction_pooling(acme: TenantRef, globex: TenantRef) -> None:
    """Why it is refused: the server tells each client of its own switch only, and the next statement runs wherever there is room."""
    with reading.marked(acme, globex), pooler.running(CELL, mode="transaction", size=1) as entry:
        one, other = (DatabaseWrapper({**connections[CELL].settings_dict, **entry}, CELL) for _ in range(2))
        seen = []
        for ref, wrapper in ((acme, one), (globex, other), (acme, one)):
            with tenancy.activate(ref, purpose=tenancy.Purpose.REQUEST), wrapper.cursor() as cursor:
                cursor.execute(reading.READ)
                seen.append((ref.slug, cursor.fetchone()[0]))
        one.close()
        other.close()

    assert seen == [("acme", "acme"), ("globex", "globex"), ("acme", "globex")]


def test_the_product_reads_its_own_tenants_through_session_pooling(acme: TenantRef, globex: TenantRef) -> None:
    tally = reading.Tally()

    def work(number: int) -> None:
        connections[CELL] = DatabaseWrapper({**direct, **entry}, CELL)
        reading.wander((acme, globex), tally=tally, rounds=2, seed=number)

    direct = connections[CELL].settings_dict
    with reading.marked(acme, globex), pooler.running(CELL, mode="session") as entry:
        reading.in_threads(work, threads=4)

    assert tally.reads == 4 * 2 * len(reading.WAYS) * reading.READS_PER_WAY
    assert tally.wrong == []


@pytest.mark.parametrize("mode", SHARING_MODES)
def test_nothing_starts_behind_a_pooler_that_shares_sessions(mode: str) -> None:
    with behind(CELL, mode=mode):
        with pytest.raises(Unavailable) as refused:
            safety.require_walls()
        with pytest.raises(CommandError) as serving:
            call_command("serve", "web")
        findings = {finding.check: finding for finding in checkups.examine()}
        with pytest.raises(SystemExit) as setting_up:
            call_command("setup", stdout=io.StringIO())

    assert "database cell-1: A pooler stands in front of it and shares sessions." in refused.value.detail
    assert "pool_mode = session" in refused.value.detail
    assert str(serving.value) == refused.value.detail
    assert setting_up.value.code == 1
    assert findings["walls cell-1"].level is Level.FAIL
    assert "pool_mode = session" in findings["walls cell-1"].fix


def test_a_database_that_is_away_does_not_keep_the_others_from_being_served() -> None:
    kept = connections.databases[CELL]["HOST"]
    connections.databases[CELL]["HOST"] = "/nowhere"
    direct = connections[CELL]
    connections[CELL] = DatabaseWrapper(connections.databases[CELL], CELL)
    try:
        safety.require_walls()
        assert [hole.where for hole in safety.in_code()] == []
        with pytest.raises(psycopg.OperationalError):
            list(safety.in_database(CELL))
    finally:
        connections.databases[CELL]["HOST"] = kept
        connections[CELL] = direct


class Restoring:
    """A connection that sets its search path anew before each statement, as a pooler does that follows this setting."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.pgconn = self
        self.path = ""

    def send_query(self, query: bytes) -> None:
        text = query.decode()
        if text.startswith("SET search_path"):
            self.path = text
        if text.startswith("SELECT count"):
            text = "SELECT 1"  # prepared plans are followed as well
        if self.path and text.startswith(("SHOW", "RESET")):
            self.connection.execute(self.path, prepare=False)
        self.connection.pgconn.send_query(text.encode())

    def close(self) -> None:
        self.connection.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection.pgconn, name)
