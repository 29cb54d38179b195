"""What is pending, as statements: which migrations become some, which must not, and that looking changes nothing."""

from collections.abc import Callable

import pytest

from tenants.fleet.compiling import Script, Way
from tenants.fleet.locks import Mode
from tenants.fleet.members import Member
from tests.fleet.conftest import Release, columns, noted, sql
from tests.fleet.releases import BORROWERS, NOTE

pytestmark = pytest.mark.committed


def test_plain_migrations_become_statements_and_nothing_is_changed(
    release: Release, place: Member, script: Callable[[], Script]
) -> None:
    release(NOTE, BORROWERS)

    found = script()

    assert [(step.name, step.way, len(step.statements) > 0) for step in found.steps] == [
        ("0002_step", Way.REPLAY, True),
        ("0003_step", Way.REPLAY, True),
    ]
    assert found.steps[0].statements[0] == 'ALTER TABLE "shelf_book" ADD COLUMN "note" varchar(20) NULL;'
    assert columns(place, "shelf_book") == ["copies", "id", "shelf_id", "title"]
    assert noted(place) == ["0001_step"]


def test_neighbours_share_a_transaction_and_what_cannot_be_replayed_stands_alone(
    release: Release, script: Callable[[], Script]
) -> None:
    python = "        migrations.RunPython(migrations.RunPython.noop),"
    release(NOTE, BORROWERS, python, python, '        migrations.RunSQL("SELECT 1"),')

    found = script()

    assert [[step.name for step in segment.steps] for segment in found.segments] == [
        ["0002_step", "0003_step"],
        ["0004_step"],
        ["0005_step"],
        ["0006_step"],
    ]


RUNS_PYTHON = "        migrations.RunPython(migrations.RunPython.noop),"
HIDES_PYTHON = f"        migrations.SeparateDatabaseAndState(database_operations=[\n{RUNS_PYTHON}\n        ]),"
CONCURRENTLY = (
    "atomic = False",
    '        AddIndexConcurrently("book", models.Index(fields=["title"], name="shelf_title")),',
)
TOKEN = '        migrations.AddField("book", "token", models.UUIDField(default=uuid.uuid4)),'
LOOKING = '        migrations.AlterField("shelf", "room", models.CharField(max_length=40)),'
WRITING = """
        migrations.RunPython(lambda apps, editor: apps.get_model("shelf", "Shelf").objects.create(room="made while compiling")),
"""


@pytest.mark.parametrize(
    ("migration", "why"),
    [
        (RUNS_PYTHON, "RunPython runs Python"),
        (HIDES_PYTHON, "RunPython runs Python"),
        (CONCURRENTLY, "it does not run in one transaction"),
        (TOKEN, "the default of a column is worked out anew for each tenant"),
        (LOOKING, "it looks into the database before it decides what to change"),
    ],
)
def test_a_migration_that_differs_between_schemas_is_left_to_the_executor(
    migration: str | tuple[str, str], why: str, release: Release, script: Callable[[], Script]
) -> None:
    release(migration)

    (step,) = script().steps

    assert (step.way, step.why, step.statements) == (Way.EXECUTOR, why, ())


def test_compiling_runs_no_python_of_a_migration(release: Release, place: Member, script: Callable[[], Script]) -> None:
    release(WRITING, f"        migrations.SeparateDatabaseAndState(database_operations=[{WRITING}]),")

    script()

    assert sql(place, "SELECT count(*) FROM shelf_shelf") == [(0,)]


def test_an_index_leaves_readers_alone_and_a_column_does_not(release: Release, script: Callable[[], Script]) -> None:
    index = '        migrations.AddIndex("book", models.Index(fields=["title"], name="shelf_title")),'
    release(index, RUNS_PYTHON, NOTE, RUNS_PYTHON, BORROWERS)

    locks = [segment.locks for segment in script().segments if segment.way is Way.REPLAY]

    assert locks == [((Mode.INDEX, ("shelf_book",)),), ((Mode.TABLE, ("shelf_book",)),), ((Mode.INDEX, ("shelf_book",)),)]
