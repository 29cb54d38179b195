"""The second wall: what each database role may do when the first one, the search path, is climbed over."""

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, ProgrammingError, connections, transaction

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers

CELL = "cell-1"


def attempt(statement: str) -> str:
    """What the server says to a statement in the present stand: `done`, or the words of its refusal."""
    try:
        with transaction.atomic(using=CELL), connections[CELL].cursor() as cursor:
            cursor.execute(statement)
    except (ProgrammingError, DatabaseError) as refused:
        return str(refused).splitlines()[0]
    return "done"


def test_a_tenants_role_reads_its_own_tables(acme: TenantRef) -> None:
    assert attempt(f"SELECT * FROM {acme.schema}.identity_role") == "done"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM {other}.identity_role",
        "INSERT INTO {other}.identity_role SELECT * FROM identity_role",
        "UPDATE {other}.identity_role SET label = ''",
        "DELETE FROM {other}.identity_role",
        "TRUNCATE {other}.identity_role",
        "WITH stolen AS (SELECT * FROM {other}.identity_user) SELECT * FROM stolen",
        "COPY {other}.identity_user TO STDOUT",
        "CREATE VIEW {own}.peep AS SELECT * FROM {other}.identity_user",
        "SELECT {other}.audit_enqueue()",
    ],
)
def test_a_tenants_role_is_refused_in_another_schema(acme: TenantRef, globex: TenantRef, statement: str) -> None:
    said = attempt(statement.format(own=acme.schema, other=globex.schema))

    assert said in {f"permission denied for schema {globex.schema}", f"permission denied for schema {acme.schema}"}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE TABLE {own}.mine (id int)", "permission denied for schema {own}"),
        ("CREATE TABLE public.mine (id int)", "permission denied for schema public"),
        ("CREATE SCHEMA mine", "permission denied for database cell_1"),
        ("CREATE TEMPORARY TABLE mine (id int)", 'permission denied to create temporary tables in database "cell_1"'),
        ("ALTER TABLE identity_role ADD COLUMN more text", "must be owner of table identity_role"),
        ("DROP TABLE identity_role", "must be owner of table identity_role"),
        ("DROP SCHEMA {own} CASCADE", "must be owner of schema {own}"),
        ("CREATE ROLE mine", "permission denied to create role"),
        ("ALTER TABLE audit_entry DISABLE TRIGGER ALL", "must be owner of table audit_entry"),
    ],
)
def test_a_tenants_role_changes_no_definitions(acme: TenantRef, statement: str, said: str) -> None:
    assert attempt(statement.format(own=acme.schema)) == said.format(own=acme.schema)


TRAIL = ("audit_entry", "audit_seal")
CHANGES = ("UPDATE {table} SET {change}", "DELETE FROM {table}", "TRUNCATE {table}")
CHANGE = {"audit_entry": "canonical = canonical || ' '", "audit_seal": "seq = seq + 1"}


@pytest.fixture
def sealed(acme: TenantRef) -> None:
    """At least one entry and one seal, so that a row trigger has a row to fire on."""
    makers.make_person("sealed@acme.example")
    with tenancy.activate(acme, purpose=Purpose.SEAL), connections[CELL].cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_seal SELECT 1000000000, id, '\\x00', '\\x00', now() FROM audit_entry ORDER BY id DESC LIMIT 1"
        )


@pytest.mark.parametrize("table", TRAIL)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("purpose", [Purpose.REQUEST, Purpose.SEAL])
def test_no_working_role_changes_what_stands_in_the_trail(
    acme: TenantRef, sealed: None, table: str, change: str, purpose: Purpose
) -> None:
    with tenancy.activate(acme, purpose=purpose):
        said = attempt(change.format(table=table, change=CHANGE[table]))

    assert said == f"permission denied for table {table}"


@pytest.mark.parametrize("table", TRAIL)
@pytest.mark.parametrize("change", CHANGES)
def test_the_owner_of_the_tables_is_stopped_by_triggers(acme: TenantRef, sealed: None, table: str, change: str) -> None:
    with tenancy.activate(acme, purpose=Purpose.MIGRATE):
        said = attempt(change.format(table=table, change=CHANGE[table]))

    assert said == "the trail is append-only"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_seal SELECT 7, id, '\\x00', '\\x00', now() FROM audit_entry LIMIT 1",
        "INSERT INTO audit_queuedentry SELECT id FROM audit_entry LIMIT 1",
        "DELETE FROM audit_queuedentry",
        "UPDATE audit_head SET size = 0",
    ],
)
def test_a_tenants_role_leaves_sealing_to_the_sealer(statement: str) -> None:
    assert attempt(statement).startswith("permission denied for table audit_")


@pytest.mark.parametrize("table", ["identity_user", "identity_apikey", "operations_operation", "audit_mirrored"])
def test_the_sealers_role_reads_nothing_but_the_trail(acme: TenantRef, table: str) -> None:
    with tenancy.activate(acme, purpose=Purpose.SEAL):
        assert attempt(f"SELECT * FROM {table}") == f"permission denied for table {table}"


@pytest.fixture
def bare() -> Iterator[psycopg.Connection]:
    """The installation's login in the cell, with no stand of ours."""
    where = connections[CELL].settings_dict
    with psycopg.connect(
        host=where["HOST"],
        port=where["PORT"],
        user=where["USER"],
        password=where["PASSWORD"],
        dbname=where["NAME"],
        autocommit=True,
    ) as connection:
        yield connection


@pytest.mark.parametrize("role", ["freehold_home", "none"])
def test_neither_homes_role_nor_the_bare_login_sees_a_cell(bare: psycopg.Connection, acme: TenantRef, role: str) -> None:
    bare.execute(f"SET ROLE {role}")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        bare.execute(f"SELECT * FROM {acme.schema}.identity_role")


def test_the_public_schema_of_a_cell_is_empty(bare: psycopg.Connection) -> None:
    found = bare.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace").fetchone()

    assert found == (0,)


def test_every_cell_is_reached_with_the_installations_login() -> None:
    users = {settings.DATABASES[alias]["USER"] for alias in settings.DATABASES}

    assert users == {"freehold"}
