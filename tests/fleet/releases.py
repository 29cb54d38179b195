"""Releases of the app `shelf`: packages of migrations, written into a folder that Python imports from."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings
from django.test.utils import override_settings

from tenants import template

HEAD = '"""A migration of a test."""\n\nimport uuid\n\nfrom django.contrib.postgres.operations import AddIndexConcurrently\nfrom django.db import migrations, models\n\n\n'
BODY = """
class Migration(migrations.Migration):
    dependencies = {dependencies}
    {attributes}
    operations = [
{operations}
    ]
"""

FIRST = """
        migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True)), ("room", models.CharField(max_length=40, unique=True))]),
        migrations.CreateModel("Book", [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.CharField(max_length=200)),
            ("copies", models.IntegerField(default=1)),
            ("shelf", models.ForeignKey("shelf.Shelf", models.PROTECT, null=True)),
        ]),
"""
NOTE = """
        migrations.AddField("book", "note", models.CharField(max_length=20, null=True)),
        migrations.AddIndex("book", models.Index(fields=["note"], name="shelf_book_note")),
"""
BORROWERS = """
        migrations.CreateModel("Borrower", [
            ("id", models.BigAutoField(primary_key=True)),
            ("name", models.CharField(max_length=80)),
            ("book", models.ForeignKey("shelf.Book", models.CASCADE)),
        ]),
"""
CHECKED = """
        migrations.AddConstraint("book", models.CheckConstraint(condition=models.Q(copies__gte=0), name="shelf_copies")),
"""


def write(folder: Path, name: str, migrations: Sequence[str | tuple[str, str]]) -> str:
    """Write a release into a folder: a package of numbered migrations, each given by its operations, or with attributes of its class before."""
    package = folder / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    for number, given in enumerate(migrations, start=1):
        attributes, operations = given if isinstance(given, tuple) else ("", given)
        dependencies = [("shelf", f"{number - 1:04}_step")] if number > 1 else []
        body = BODY.format(dependencies=dependencies, attributes=attributes, operations=operations)
        # The first is always the same, so that its script is compiled once; the others make each release a state of its own.
        mark = f"# {name}\n" if number > 1 else ""
        (package / f"{number:04}_step.py").write_text(HEAD + mark + body)
    return name


@contextmanager
def released(folder: Path, name: str) -> Iterator[None]:
    """Let this process have the app at that release, for the length of a block."""
    with ExitStack() as stack:
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
            stack.callback(sys.path.remove, str(folder))
        apps = [*settings.INSTALLED_APPS] + ([] if "tests.fleet.shelf" in settings.INSTALLED_APPS else ["tests.fleet.shelf"])
        stack.enter_context(override_settings(INSTALLED_APPS=apps, MIGRATION_MODULES={"shelf": name}))
        template.current_state.cache_clear()
        stack.callback(template.current_state.cache_clear)
        yield


def environment(folder: Path, name: str, *, var: Path) -> dict[str, str]:
    """What a process of its own needs to have the app at that release."""
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return {
        **os.environ,
        "FREEHOLD_VAR": str(var),
        "DJANGO_SETTINGS_MODULE": "tests.fleet.settings",
        "SHELF": name,
        "PYTHONPATH": path,
        "LOG_LEVEL": "ERROR",
    }
