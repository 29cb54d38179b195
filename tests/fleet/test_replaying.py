"""One schema brought to the state of the code: the same tables as by Django's executor, once or not at all."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import DatabaseError

from kernel import ids
from kernel.tenancy import Purpose
from tenants import places, provisioning, tables, template
from tenants.fleet import replaying
from tenants.fleet.compiling import Script, Way
from tenants.fleet.members import Member
from tenants.fleet.replaying import Brought, Busy, StateChanged, bring
from tenants.template.compiling import bare
from tests.fleet.conftest import Release, Session, columns, noted, sql
from tests.fleet.releases import BORROWERS, NOTE

pytestmark = pytest.mark.committed

IN_ITS_SCHEMA = """
        migrations.RunSQL('''
            DO $$ BEGIN EXECUTE format('COMMENT ON TABLE %I.shelf_book IS %L', current_schema(), '100% of ' || current_schema()); END $$;
            UPDATE shelf_book SET title = '100%s' WHERE title LIKE '%old%';
        '''),
"""
DEFERRED = """
        migrations.RunSQL("UPDATE shelf_book SET shelf_id = (SELECT max(id) FROM shelf_shelf)"),
"""
PAGES = '        migrations.AddField("book", "pages", models.IntegerField(null=True)),'
FAILING = '        migrations.RunSQL("ALTER TABLE shelf_book ADD CONSTRAINT few CHECK (copies < 100)"),'
SLOW_PAIR = """
        migrations.RunSQL("ALTER TABLE shelf_book ADD pages int; SELECT pg_sleep(1.1); ALTER TABLE shelf_shelf ADD pages int"),
"""
PYTHON = "        migrations.RunPython(migrations.RunPython.noop),"


def at_once(seconds: float) -> None:
    """A pause that is none."""


def test_a_replayed_schema_is_what_the_migrations_make(release: Release, place: Member, script: Callable[[], Script]) -> None:
    release(NOTE, BORROWERS, PYTHON, PAGES)
    other = places.ref_of("cell-1", schema=f"t_{ids.new_id().hex}")
    places.create_schema(other)
    try:
        tables.migrate(other, on_progress=places.quietly)

        brought = bring(place, script=script(), pause=at_once)

        assert brought == Brought(way=Way.EXECUTOR, attempts=1)
        assert bare(template.scripted(place.ref())) == bare(template.scripted(other))
        assert tables.behind([place.ref()]) == []
    finally:
        places.drop_place(other.cell, other.schema, on_progress=places.quietly)


def test_the_tenants_role_may_use_a_replayed_table_and_not_change_it(
    release: Release, place: Member, script: Callable[[], Script]
) -> None:
    release(BORROWERS)
    bring(place, script=script(), pause=at_once)
    sql(place, "INSERT INTO shelf_book (title, copies) VALUES ('Emma', 1)", purpose=Purpose.OPERATOR)

    sql(place, "INSERT INTO shelf_borrower (name, book_id) SELECT 'Ada', id FROM shelf_book", purpose=Purpose.OPERATOR)

    assert sql(place, "SELECT name FROM shelf_borrower", purpose=Purpose.OPERATOR) == [("Ada",)]
    with pytest.raises(DatabaseError, match="must be owner"):
        sql(place, "ALTER TABLE shelf_borrower ADD COLUMN mine int", purpose=Purpose.OPERATOR)


def test_plain_sql_keeps_its_percent_signs_and_its_schema(release: Release, place: Member, script: Callable[[], Script]) -> None:
    sql(place, "INSERT INTO shelf_book (title, copies) VALUES ('very old', 1)")
    release(IN_ITS_SCHEMA)

    bring(place, script=script(), pause=at_once)

    assert sql(place, "SELECT title FROM shelf_book") == [("100%s",)]
    assert sql(place, "SELECT obj_description('shelf_book'::regclass)") == [(f"100% of {place.schema}",)]


def test_rows_that_wait_for_their_check_do_not_keep_a_table_from_being_altered(
    release: Release, place: Member, script: Callable[[], Script]
) -> None:
    sql(place, "INSERT INTO shelf_shelf (room) VALUES ('north')")
    sql(place, "INSERT INTO shelf_book (title, copies) VALUES ('Emma', 1)")
    release(DEFERRED, PAGES)

    bring(place, script=script(), pause=at_once)

    assert noted(place) == ["0001_step", "0002_step", "0003_step"]
    assert "pages" in columns(place, "shelf_book")


def test_what_is_done_is_left_and_noted_once(release: Release, place: Member, script: Callable[[], Script]) -> None:
    release(NOTE, PYTHON, PAGES)
    pending = script()

    bring(place, script=pending, pause=at_once)
    bring(place, script=pending, pause=at_once)

    assert noted(place) == ["0001_step", "0002_step", "0003_step", "0004_step"]


def test_a_schema_that_is_elsewhere_is_not_touched(release: Release, place: Member, script: Callable[[], Script]) -> None:
    release(NOTE, PAGES)
    pending = script()
    sql(place, "DELETE FROM django_migrations WHERE app = 'shelf'")

    with pytest.raises(StateChanged):
        bring(place, script=pending, pause=at_once)

    assert columns(place, "shelf_book") == ["copies", "id", "shelf_id", "title"]
    assert noted(place) == []


def test_a_statement_that_fails_takes_its_whole_transaction_back(
    release: Release, place: Member, script: Callable[[], Script]
) -> None:
    sql(place, "INSERT INTO shelf_book (title, copies) VALUES ('Emma', 100)")
    release(NOTE, FAILING)

    with pytest.raises(DatabaseError, match="few"):
        bring(place, script=script(), pause=at_once)

    assert columns(place, "shelf_book") == ["copies", "id", "shelf_id", "title"]
    assert noted(place) == ["0001_step"]


def test_a_table_in_use_is_asked_for_again_until_it_is_free(
    release: Release, place: Member, script: Callable[[], Script], reader: Session
) -> None:
    release(NOTE)
    reader.run(place, "SELECT count(*) FROM shelf_book")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            reader.end()

    brought = bring(place, script=script(), pause=pause)

    assert brought == Brought(way=Way.REPLAY, attempts=4)
    assert noted(place) == ["0001_step", "0002_step"]


def test_a_table_that_stays_in_use_is_given_up_and_left_as_it_was(
    release: Release, place: Member, script: Callable[[], Script], reader: Session
) -> None:
    release(NOTE)
    reader.run(place, "SELECT count(*) FROM shelf_book")
    pauses: list[float] = []

    with pytest.raises(Busy):
        bring(place, script=script(), pause=pauses.append)

    assert len(pauses) == replaying.ATTEMPTS - 1
    assert max(pauses) <= replaying.LONGEST_PAUSE_S
    assert noted(place) == ["0001_step"]


def test_two_at_once_do_it_once(release: Release, place: Member, script: Callable[[], Script], reader: Session) -> None:
    release(NOTE)
    reader.run(place, f"SELECT pg_advisory_xact_lock({provisioning.lock_key(place.ref())})")
    pauses: list[float] = []

    with pytest.raises(Busy):
        bring(place, script=script(), pause=pauses.append)

    assert len(pauses) == replaying.ATTEMPTS - 1
    assert noted(place) == ["0001_step"]


def test_a_request_that_meets_a_migration_is_never_the_one_that_is_ended(
    release: Release, place: Member, script: Callable[[], Script], reader: Session
) -> None:
    """Locks taken one by one would close a circle here, and the request would be found in it after its second of waiting."""
    release(SLOW_PAIR)
    reader.run(place, "SELECT count(*) FROM shelf_shelf")
    request = threading.Timer(0.3, reader.run, (place, "SELECT count(*) FROM shelf_book"))
    request.start()

    def pause(seconds: float) -> None:
        time.sleep(seconds)
        if reader.answered == 2:
            reader.end()

    bring(place, script=script(), pause=pause)
    request.join()

    assert reader.answered == 2
    assert {"pages"} <= {*columns(place, "shelf_book")} & {*columns(place, "shelf_shelf")}
