"""The app's releases: the first makes the tables, in many migrations as a grown product has them; each later one adds a column and an index."""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.db import migrations, models

TABLES, FIRST_MIGRATIONS = 60, 40
FIRST = '''"""Some of the tables."""

from django.db import migrations

from bench.fleet.catalogue import releases


class Migration(migrations.Migration):
    dependencies = {before}
    operations = releases.tables({number})
'''
NEXT = '''"""One more column, with an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bench_catalogue", "{before}")]
    operations = [
        migrations.AddField("item0", "extra{number}", models.CharField(max_length=20, null=True)),
        migrations.AddIndex("item0", models.Index(fields=["extra{number}"], name="bench_item0_extra{number}")),
    ]
'''


def tables(migration: int) -> list[Any]:
    """The operations of one of the first release's migrations, from 0; each table but the first refers to the one before."""
    return [_table(number) for number in range(TABLES) if number * FIRST_MIGRATIONS // TABLES == migration]


def import_path(stack: ExitStack, *, count: int) -> str:
    """PYTHONPATH for processes that import the releases 0 to `count`; their folder goes with the stack."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="freehold-bench-releases-"))
    write(Path(folder), count=count)
    return os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])


def write(folder: Path, *, count: int) -> None:
    """Write the releases 0 to `count` as packages `bench_release_0` … into a folder that the peers import from."""
    for release in range(count + 1):
        package = folder / f"bench_release_{release}"
        package.mkdir()
        (package / "__init__.py").write_text("")
        before = ""
        for number in range(FIRST_MIGRATIONS):
            dependencies = [("bench_catalogue", before)] if before else []
            before = f"{number + 1:04}_tables"
            (package / f"{before}.py").write_text(FIRST.format(before=dependencies, number=number))
        for number in range(1, release + 1):
            name = f"{FIRST_MIGRATIONS + number:04}_extra"
            (package / f"{name}.py").write_text(NEXT.format(before=before, number=number))
            before = name


def _table(number: int) -> Any:
    fields: list[tuple[str, Any]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=80, db_index=True)),
        ("reference", models.UUIDField(unique=True)),
        ("price", models.DecimalField(max_digits=12, decimal_places=2)),
        ("note", models.TextField()),
        ("changed_at", models.DateTimeField()),
    ]
    if number:
        fields.append(("previous", models.ForeignKey(f"bench_catalogue.Item{number - 1}", models.CASCADE)))
    return migrations.CreateModel(f"Item{number}", fields)
