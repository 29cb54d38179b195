"""Places with the tables of the app `shelf`, and a fleet of tenants that have them. All of it commits, and is gone afterwards."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from kernel import ids, tenancy
from kernel.tenancy import Purpose
from operations.models import Operation
from tenants import places, provisioning, queries, tables
from tenants.fleet import states
from tenants.fleet.compiling import Script, compiled
from tenants.fleet.members import Member, members, of_tenant
from tenants.fleet.replaying import bring
from tenants.models import FleetRun, Spare, Template
from tests import makers
from tests.fleet import releases

EXTRA = ("fleet-one", "fleet-two")
Release = Callable[..., None]


@pytest.fixture
def templates() -> Iterator[None]:
    """The scripts that a test makes new tenants from are forgotten."""
    known = set(Template.objects.values_list("state", flat=True))
    yield
    Template.objects.exclude(state__in=known).delete()


@pytest.fixture
def release(tmp_path: Path, templates: None) -> Iterator[Release]:
    """A function that gives this process a release of the app, written from the operations of its migrations; the first to begin with."""
    with ExitStack() as stack:
        count = 0

        def enter(*migrations: str | tuple[str, str]) -> None:
            nonlocal count
            count += 1
            name = f"shelf_{ids.new_id().hex}_{count}"
            releases.write(tmp_path, name, [releases.FIRST, *migrations])
            stack.enter_context(releases.released(tmp_path, name))

        enter()
        yield enter


@pytest.fixture
def place(release: Release) -> Iterator[Member]:
    """A schema with the tables of the first release, that no tenant has."""
    identifier = ids.new_id()
    member = Member(identifier, "cell-1", f"t_{identifier.hex}", "a place", "active")
    provisioning.build_place(member.ref(), on_progress=places.quietly)
    yield member
    places.drop_place(member.cell, member.schema, on_progress=places.quietly)


@pytest.fixture
def script(place: Member) -> Callable[[], Script]:
    """What is pending in the place now."""
    return lambda: compiled(place, applied=states.one(place) or frozenset())


class Session:
    """A connection of its own in an open transaction, as a request of a tenant has it."""

    def __init__(self) -> None:
        place = connections["cell-1"].settings_dict
        self.connection = psycopg.connect(
            dbname=place["NAME"], user=place["USER"], password=place["PASSWORD"], host=place["HOST"], port=place["PORT"]
        )
        self.answered = 0

    def run(self, member: Member, statement: str) -> None:
        """Run a statement in a schema as its tenant; the transaction stays open. Counts the answers."""
        self.connection.execute(f'SET ROLE "{member.schema}"; SET search_path = "{member.schema}"'.encode())
        self.connection.execute(statement.encode())
        self.answered += 1

    def end(self) -> None:
        """End the transaction."""
        self.connection.rollback()


@pytest.fixture
def reader(place: Member) -> Iterator[Session]:
    """Somebody who uses the place meanwhile."""
    session = Session()
    yield session
    session.connection.close()


@pytest.fixture(scope="module")
def extra_tenants(installation: None) -> Iterator[None]:
    """Two more tenants beside acme and globex."""
    with ExitStack() as stack:
        for slug in EXTRA:
            stack.enter_context(makers.passing_tenant(slug))
        yield


@pytest.fixture
def fleet(release: Release, extra_tenants: None) -> Iterator[Release]:
    """All tenants have the tables of the first release; gives `release`, which brings platform along, as `manage.py setup` does."""
    known_spares = set(Spare.objects.values_list("id", flat=True))
    for member in members():
        tables.migrate(member.ref(), on_progress=places.quietly)

    def enter(*migrations: str | tuple[str, str]) -> None:
        release(*migrations)
        platform = of_tenant(queries.platform())
        applied = states.one(platform)
        assert applied is not None
        bring(platform, script=compiled(platform, applied=applied), pause=time.sleep)

    yield enter
    FleetRun.objects.all().delete()
    for spare in Spare.objects.exclude(id__in=known_spares):
        places.drop_place(spare.cell_id, spare.schema, on_progress=places.quietly)
        spare.delete()
    for member in members():
        empty(member)
    with tenancy.activate(queries.platform().ref(), purpose=Purpose.OPERATOR):
        Operation.objects.filter(kind=queries.MIGRATING).delete()


def empty(member: Member) -> None:
    """Take the app out of a schema again."""
    sql(member, "DROP TABLE IF EXISTS shelf_borrower, shelf_book, shelf_shelf, shelf_extra CASCADE")
    sql(member, "DELETE FROM django_migrations WHERE app = 'shelf'")


def sql(member: Member, statement: str, *, purpose: Purpose = Purpose.MIGRATE) -> Sequence[tuple[object, ...]]:
    """Run a statement in a schema, as its owner unless told otherwise; the rows, if it gives any."""
    with tenancy.activate(member.ref(), purpose=purpose), connections[member.cell].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def noted(member: Member) -> list[str]:
    """The migrations of the app that a schema notes, in the order in which they were run; one that was run twice stands twice."""
    return [str(name) for (name,) in sql(member, "SELECT name FROM django_migrations WHERE app = 'shelf' ORDER BY id")]


def columns(member: Member, table: str) -> list[str]:
    """The columns of a table, by name; empty when there is no such table."""
    found = sql(
        member,
        "SELECT column_name::text FROM information_schema.columns"
        f" WHERE table_schema = '{member.schema}' AND table_name = '{table}' ORDER BY 1",
    )
    return [str(name) for (name,) in found]
