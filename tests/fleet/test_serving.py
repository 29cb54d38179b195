"""The product serves while it is migrated: requests of the tenant itself, by code of the release before and of this one."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from kernel import tenancy
from kernel.tenancy import Purpose
from tenants import places
from tenants.fleet.compiling import Script
from tenants.fleet.history import History
from tenants.fleet.members import Member
from tenants.fleet.replaying import bring
from tenants.tables import wanted_migrations
from tests.fleet.conftest import Release, noted, sql
from tests.fleet.releases import BORROWERS, NOTE

pytestmark = pytest.mark.committed

HIDDEN = f"        migrations.SeparateDatabaseAndState(database_operations=[{NOTE}]),"
SHOWN = """
        migrations.SeparateDatabaseAndState(state_operations=[
            migrations.AddField("book", "note", models.CharField(max_length=20, null=True)),
            migrations.AddIndex("book", models.Index(fields=["note"], name="shelf_book_note")),
        ]),
"""


class Visitor:
    """Requests that write a book and read it again, one after another, until they are told to stop; each as the tenant, in a transaction."""

    def __init__(self, member: Member, model: Any) -> None:
        self.ref = places.ref_of(member.cell, schema=member.schema, tenant_id=member.id)
        self.model = model
        self.served = 0
        self.faults: list[str] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Visitor":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    def _run(self) -> None:
        try:
            while not self.stop.is_set():
                self._visit()
        finally:
            connections.close_all()

    def _visit(self) -> None:
        title = f"Book {self.served}"
        try:
            with tenancy.activate(self.ref, purpose=Purpose.OPERATOR), tenancy.atomic():
                self.model.objects.create(title=title, copies=1)
                assert self.model.objects.get(title=title).copies == 1
        except Exception as fault:  # noqa: BLE001 - whatever a request says is a finding
            self.faults.append(repr(fault))
        self.served += 1


def models(release: Release, *migrations: str) -> Any:
    """The model of a book as code of this release has it."""
    release(*migrations)
    return History(frozenset(wanted_migrations())).present().apps.get_model("shelf", "Book")


def test_requests_of_old_code_go_on_while_their_tenant_is_migrated(
    release: Release, place: Member, script: Callable[[], Script]
) -> None:
    old = models(release)
    release(NOTE, BORROWERS, '        migrations.AddField("book", "pages", models.IntegerField(db_default=0)),')
    pending = script()

    with Visitor(place, old) as visitor:
        while visitor.served < 20:
            visitor.stop.wait(0.005)
        bring(place, script=pending, pause=time.sleep)
        after = visitor.served + 20
        while visitor.served < after:
            visitor.stop.wait(0.005)

    assert visitor.faults == []
    assert sql(place, "SELECT count(*) FROM shelf_book") == [(visitor.served,)]
    assert noted(place) == ["0001_step", "0002_step", "0003_step", "0004_step"]


@pytest.mark.parametrize("is_migrated", [False, True])
def test_a_release_that_makes_a_column_without_naming_it_serves_before_and_after(
    is_migrated: bool,  # noqa: FBT001 - a case
    release: Release,
    place: Member,
    script: Callable[[], Script],
) -> None:
    new = models(release, HIDDEN)
    if is_migrated:
        bring(place, script=script(), pause=lambda seconds: pytest.fail(f"waited for {seconds}"))

    with Visitor(place, new) as visitor:
        while visitor.served < 5:
            visitor.stop.wait(0.005)

    assert visitor.faults == []
    assert noted(place) == (["0001_step", "0002_step"] if is_migrated else ["0001_step"])


def test_the_release_after_names_the_column_that_is_there(release: Release, place: Member, script: Callable[[], Script]) -> None:
    release(HIDDEN)
    bring(place, script=script(), pause=lambda seconds: pytest.fail(f"waited for {seconds}"))

    named = models(release, HIDDEN, SHOWN)
    with tenancy.activate(place.ref(), purpose=Purpose.OPERATOR):
        named.objects.create(title="Emma", note="new")

        assert [book.note for book in named.objects.all()] == ["new"]
