"""Migrations that code of the release before can live with, those that it cannot, and that ours are of the first kind."""

import pytest
from django.db.migrations.migration import Migration

from tenants.fleet import safety
from tenants.fleet.history import History
from tenants.tables import wanted_migrations
from tests.fleet.conftest import Release
from tests.fleet.releases import BORROWERS, CHECKED, NOTE


def pending(release: Release, *migrations: str | tuple[str, str]) -> tuple[Migration, History]:
    """The second migration of a release, and the history before it."""
    release(*migrations)
    before = frozenset(node for node in wanted_migrations() if node[0] != "shelf" or node[1] == "0001_step")
    history = History(before)
    return history.pending()[0], history


NEW_AND_RULED = """
        migrations.CreateModel("Extra", [("id", models.BigAutoField(primary_key=True)), ("size", models.IntegerField())]),
        migrations.AddConstraint("extra", models.CheckConstraint(condition=models.Q(size__gte=0), name="extra_size")),
        migrations.AddField("extra", "weight", models.IntegerField(default=1)),
"""


@pytest.mark.parametrize(
    "operations",
    [
        NOTE,
        BORROWERS,
        NEW_AND_RULED,
        '        migrations.AddField("book", "pages", models.IntegerField(db_default=0)),',
        '        migrations.AlterField("book", "title", models.CharField(max_length=300)),',
        '        migrations.AlterField("book", "copies", models.IntegerField(default=1, null=True)),',
        '        migrations.RunSQL("CREATE INDEX shelf_by_title ON shelf_book (title)"),',
        "        migrations.RunPython(migrations.RunPython.noop),",
        '        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("book", "copies")]),',
    ],
)
def test_a_migration_that_expands_is_safe(operations: str, release: Release) -> None:
    migration, history = pending(release, operations)

    assert safety.contractions(migration, before=history.present()) == []


@pytest.mark.parametrize(
    ("operations", "why"),
    [
        ('migrations.RemoveField("book", "copies")', "removes a column"),
        ('migrations.DeleteModel("Book")', "removes a table"),
        ('migrations.RenameField("book", "copies", "count")', "renames a column"),
        ('migrations.RenameModel("Book", "Volume")', "renames a table"),
        ('migrations.AlterModelTable("book", "volumes")', "renames a table"),
        ('migrations.AddField("book", "pages", models.IntegerField(default=0))', "leaves empty"),
        ('migrations.AlterField("book", "shelf", models.ForeignKey("shelf.Shelf", models.PROTECT))', "forbids NULL"),
        ('migrations.AlterField("book", "title", models.CharField(max_length=50))', "forbids longer"),
        ('migrations.AlterField("book", "title", models.CharField(max_length=200, unique=True))', "forbids equal"),
        ('migrations.AlterField("book", "copies", models.TextField())', "changes the type"),
        ('migrations.AlterUniqueTogether("book", {("title", "copies")})', "adds a rule"),
        (CHECKED.strip().rstrip(","), "adds a rule"),
        ('migrations.RunSQL("ALTER TABLE shelf_book DROP COLUMN copies")', "runs DROP COLUMN"),
        ('migrations.RunSQL("ALTER TABLE shelf_book ALTER title SET NOT NULL")', "runs SET NOT NULL"),
        ('migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("book", "copies")])', "removes a column"),
    ],
)
def test_a_migration_that_contracts_is_told(operations: str, why: str, release: Release) -> None:
    migration, history = pending(release, f"        {operations},")

    (found,) = safety.contractions(migration, before=history.present())

    assert why in found


def test_a_migration_may_say_why_it_contracts(release: Release) -> None:
    marked = ('contracts = "nobody reads it since 0.2"', '        migrations.RemoveField("book", "copies"),')
    migration, _ = pending(release, marked)

    assert safety.excuse(migration) == "nobody reads it since 0.2"


def test_what_new_code_cannot_do_without_is_told(release: Release) -> None:
    hidden = f"        migrations.SeparateDatabaseAndState(database_operations=[{NOTE}]),"

    named, _ = pending(release, NOTE + BORROWERS)
    unnamed, _ = pending(release, hidden)

    assert safety.needed_by_code(named) == ["shelf.book.note", "shelf.Borrower"]
    assert safety.needed_by_code(unnamed) == []


def test_no_migration_of_ours_breaks_the_release_before() -> None:
    """Between a migration and the next there may be a release: each must be safe, or say why it is."""
    history = History(frozenset())
    state = history.present()
    broken = []
    for migration in history.pending():
        found = safety.contractions(migration, before=state)
        if found and not safety.excuse(migration):
            broken.append(f"{migration}: {'; '.join(found)}")
        if not found and safety.excuse(migration):
            broken.append(f"{migration} excuses what it does not do")
        state = migration.mutate_state(state)

    assert broken == []
    assert len(history.pending()) >= 4
