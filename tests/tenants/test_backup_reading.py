"""Reading all tables in one message: what comes, what is told meanwhile, and what is left behind when it ends early. These tests commit."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from kernel import tenancy
from tenants import places
from tenants.backups import catalog, packing, reading, taking
from tenants.backups.catalog import Catalog, Shape
from tenants.backups.pulse import Pulse
from tenants.models import Backup
from tests import makers
from tests.tenants import copied

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("folder", "at_platform")]

QUIET = Pulse(places.quietly)
READERS = "FROM pg_locks WHERE relation = 'identity_user'::regclass AND pid <> pg_backend_pid()"


@pytest.fixture
def shop() -> Iterator[tenancy.TenantRef]:
    """A tenant of its own."""
    with copied.tenant("shop-of-rows") as ref:
        yield ref


@contextmanager
def reading_of(ref: tenancy.TenantRef, *names: str) -> Iterator[tuple[Any, Catalog]]:
    """A cursor in a snapshot, and a catalog of these tables, which need not be there."""
    with taking.snapshot(ref) as (cursor, _):
        yield cursor, Catalog(tables=tuple(Shape(0, name, ()) for name in names), sequences=())


def refuse_after(calls: int) -> Any:
    """Progress that is refused when it is told once more."""
    told: list[int] = []

    def tell(done: int, of: int, what: str) -> None:
        told.append(done)
        if len(told) > calls:
            raise RuntimeError("somebody cancelled")

    return tell


def test_each_table_comes_as_its_own_copy_would_give_it(acme: tenancy.TenantRef) -> None:
    with taking.snapshot(acme) as (cursor, found):
        alone = {}
        for shape in found.tables:
            columns = ", ".join(f'"{name}"' for name, _ in shape.columns)
            with cursor.copy(f'COPY "{shape.name}" ({columns}) TO STDOUT') as copy:
                alone[shape.name] = b"".join(copy)
        with reading.texts(cursor, found, schema=acme.schema, pulse=QUIET) as texts:
            together = {shape.name: b"".join(pieces) for shape, pieces in texts}
        answers = catalog.stands(cursor, found.sequences)

    assert together == alone
    assert together["identity_user"]
    assert len(answers) == len(found.sequences)


def test_no_tables_are_nothing_to_ask_for(acme: tenancy.TenantRef) -> None:
    with reading_of(acme) as (cursor, nothing), reading.texts(cursor, nothing, schema=acme.schema, pulse=QUIET) as texts:
        assert list(texts) == []
        assert cursor.execute("SELECT 1").fetchone() == (1,)


def test_what_the_server_refuses_is_raised_after_the_tables_before_it(acme: tenancy.TenantRef) -> None:
    with (
        reading_of(acme, "identity_user", "no_table", "identity_role") as (cursor, found),
        reading.texts(cursor, found, schema=acme.schema, pulse=QUIET) as texts,
    ):
        shape, pieces = next(texts)
        rows = b"".join(pieces)
        with pytest.raises(errors.UndefinedTable):
            next(texts)

    assert shape.name == "identity_user"
    assert b"owner@acme.example" in rows


def test_a_copy_that_is_cancelled_between_rows_leaves_no_file_and_no_lock(
    shop: tenancy.TenantRef, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.backups.pulse.EVERY_S", 0)
    monkeypatch.setattr("tenants.backups.reading.PIECE", 1)

    with pytest.raises(RuntimeError, match="cancelled"):
        copied.take("shop-of-rows", on_progress=refuse_after(20))

    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert Backup.objects.get(tenant_id=shop.id).state == "failed"
    deadline = time.monotonic() + 10
    while copied.count(shop, f"SELECT count(*) {READERS}") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert copied.count(shop, f"SELECT count(*) {READERS}") == 0


def test_a_server_that_goes_away_fails_the_copy(shop: tenancy.TenantRef, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenants.backups.pulse.EVERY_S", 0)

    def end_the_reader(done: int, of: int, what: str) -> None:
        if done == 5:
            reader = copied.count(shop, f"SELECT pid {READERS}")
            with makers.superuser(shop.cell) as server:
                server.execute("SELECT pg_terminate_backend(%s, 10000)", [reader])

    with pytest.raises(psycopg.OperationalError):
        copied.take("shop-of-rows", on_progress=end_the_reader)

    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert Backup.objects.get(tenant_id=shop.id).state == "failed"


def test_a_server_that_is_silent_for_long_does_not_end_the_telling(
    acme: tenancy.TenantRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.backups.pulse.EVERY_S", 0)
    monkeypatch.setattr("tenants.backups.reading.WAIT_MS", 20)
    told: list[str] = []

    def tell(done: int, of: int, what: str) -> None:
        told.append(what)

    with reading_of(acme, "slow") as (cursor, found):
        stream = reading._Stream(cursor.connection.pgconn, pulse=Pulse(tell))
        rows = [b"".join(pieces) for _, pieces in stream.tables(b"COPY (SELECT 1 FROM pg_sleep(0.5)) TO STDOUT", found.tables)]

    assert rows == [b"1\n"]
    assert len(told) > 5
    assert set(told) == {"slow"}


def test_what_packing_raises_ends_the_reading(acme: tenancy.TenantRef, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Few pieces wait: a disk that is full is noticed while rows are read, and not when all have been."""
    taken: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(1000):
            taken.append(number)
            yield b"x\n"
            time.sleep(0.001)

    def full(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("tenants.backups.packing._Rows.add", full)
    with (tmp_path / "file").open("wb") as file, pytest.raises(OSError, match="no space"), packing.into(file) as packer:
        packer.add_table(Shape(0, "people", ()), pieces())

    assert len(taken) <= packing.PIECES_AHEAD + 2
