"""Seats, invitations and files of people as pages that need no script."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client

from identity import actions, queries
from identity.models import BulkRow, BulkRun, Invitation
from kernel.actors import Actor
from tests.console.browser import Browser
from tests.makers import make_person

WORKER = Actor.system("task:identity.bulk")
FILE = b"email,name,roles\nada@acme.example,=1+1,member\nbob@acme,Bob,\n"


def sent(browser: Browser, content: bytes, **fields: str) -> BulkRun:
    """The run that a file begins on the page."""
    file = SimpleUploadedFile("staff.csv", content, content_type="text/csv")
    browser.post("/people/bulk/new", {"kind": "invite", "reason": "", "file": file, **fields})
    run = BulkRun.objects.order_by("-id").first()
    assert run is not None
    return run


def worked_off(run: BulkRun) -> BulkRun:
    assert run.operation_id is not None
    actions.work_on_bulk(run.operation_id, actor=WORKER)
    return queries.bulk_run(run.id)


def test_the_seats_are_shown_changed_and_searched(owner_browser: Browser) -> None:
    make_person("ada@acme.example", name="Ada Lovelace")

    changed = owner_browser.post(
        "/people/seats/change", {"maximum": "1", "rule": "queue", "version": str(queries.seat_policy().version)}
    )
    page = owner_browser.get("/people/seats/?q=Ada&state=over").content.decode()

    assert (changed.status_code, changed["Location"]) == (302, "/people/seats/")
    assert (queries.seat_policy().maximum, queries.seat_policy().rule) == (1, "queue")
    assert ("Ada Lovelace" in page, "One too many" in page, "Dana Okafor" in page.partition('id="results"')[2]) == (
        True,
        True,
        False,
    )


def test_seats_that_somebody_else_changed_are_not_overwritten(owner_browser: Browser, operator: Actor) -> None:
    version = queries.seat_policy().version
    actions.change_seats(maximum=50, rule="flag", actor=operator)

    answer = owner_browser.post("/people/seats/change", {"maximum": "1", "rule": "refuse", "version": str(version)})

    assert answer.status_code == 412
    assert (queries.seat_policy().maximum, queries.seat_policy().rule) == (50, "flag")


def test_an_invitation_is_listed_renewed_and_withdrawn(owner_browser: Browser, operator: Actor) -> None:
    actions.add_person("ada@acme.example", "Ada Lovelace", [], actor=operator)
    first = Invitation.objects.get(user__email="ada@acme.example")

    listed = owner_browser.get("/people/invitations/?state=open&q=lovelace").content.decode()
    renewed = owner_browser.post(f"/people/invitations/{first.public_id}/renewal", {}).content.decode()
    second = Invitation.objects.get(user__email="ada@acme.example", revoked_at=None)
    asked = owner_browser.get(f"/people/invitations/{second.public_id}/withdrawal")
    withdrawn = owner_browser.post(f"/people/invitations/{second.public_id}/withdrawal", {})

    assert ("ada@acme.example" in listed, "/invitation/" in renewed, asked.status_code) == (True, True, 200)
    assert withdrawn.status_code == 302
    second.refresh_from_db()
    assert second.revoked_at is not None
    assert queries.person_by_email("ada@acme.example").status == "invited"


def test_a_file_is_rehearsed_then_done_then_taken_back(owner_browser: Browser) -> None:
    rehearsal = worked_off(sent(owner_browser, FILE))
    shown = owner_browser.get(f"/people/bulk/{rehearsal.public_id}").content.decode()
    badges = re.findall(r'<span class="badge \w+">([^<]+)<', shown)
    assert badges == ["Rehearsed", "Would change", "Would be refused"]
    assert (rehearsal.is_rehearsal, "not a valid domain" in shown) == (True, True)
    assert not queries.people(q="ada@acme.example").exists()

    owner_browser.post(f"/people/bulk/{rehearsal.public_id}/execution", {})
    run = worked_off(BulkRun.objects.get(is_rehearsal=False))
    person = queries.person_by_email("ada@acme.example")
    owner_browser.post(f"/people/bulk/{run.public_id}/undo", {})
    undo = worked_off(BulkRun.objects.get(undoes=run))

    assert (person.name, person.status) == ("=1+1", "invited")
    assert queries.person(person.id).status == "deactivated"
    after = owner_browser.get(f"/people/bulk/{run.public_id}").content.decode()
    assert (undo.public_id in after, "Take it back…" in after) == (True, False)
    assert owner_browser.get(f"/people/bulk/{run.public_id}/undo").status_code == 200


def test_the_results_are_fetched_as_a_file_without_formulas(owner_browser: Browser) -> None:
    run = worked_off(sent(owner_browser, FILE))

    answer = owner_browser.get(f"/people/bulk/{run.public_id}/file")

    assert answer["Content-Disposition"] == f'attachment; filename="{run.public_id}.csv"'
    assert b'"\'=1+1"' in b"".join(answer.streaming_content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"email,salary\na@b.example,1\n", "Line 1: There is no column &#x27;salary&#x27; here"),
        (b"email,name\na@b.example,A\nA@b.example,B\n", "Line 3: This is the same address as on line 2."),
        (b"\xff\xfe", "Save the file as CSV UTF-8."),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_at_its_field(content: bytes, words: str, owner_browser: Browser) -> None:
    file = SimpleUploadedFile("staff.csv", content, content_type="text/csv")

    answer = owner_browser.post("/people/bulk/new", {"kind": "invite", "reason": "", "file": file})

    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert not BulkRun.objects.exists()


class Unread:
    """A body that nobody may begin to read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.parametrize("path", ["/people/bulk/new", "/sign-in", "/v1/people/bulk?kind=invite"])
def test_ten_megabytes_are_refused_before_anybody_reads_them(path: str) -> None:
    stranger = Client(HTTP_HOST="acme.localhost", enforce_csrf_checks=True)
    sent: dict[str, Any] = {"CONTENT_LENGTH": str(10 * 1024 * 1024), "wsgi.input": Unread()}

    answer = stranger.post(path, content_type="multipart/form-data; boundary=x", **sent)

    assert (answer.status_code, "Keep the body below 5308416 bytes." in answer.content.decode()) == (413, True)


def test_a_file_of_the_largest_size_is_read_and_touches_no_disk(owner_browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", lambda *_, **__: pytest.fail("the file went to the disk"))
    row = b"p%d@acme.example,%s\n"
    content = b"email,name\n" + b"".join(row % (number, b"n" * 590) for number in range(8_500))

    run = sent(owner_browser, content)

    assert (len(content) > 5_100_000, BulkRow.objects.filter(run=run).count()) == (True, 8_500)


def test_a_run_at_work_can_be_cancelled_and_is_looked_at_again(owner_browser: Browser) -> None:
    run = sent(owner_browser, FILE)
    shown = owner_browser.get(f"/people/bulk/{run.public_id}").content.decode()

    answer = owner_browser.post(f"/people/bulk/{run.public_id}/cancellation", {})

    assert ('http-equiv="refresh"' in shown, 'hx-trigger="every 1s"' in shown, "Cancel it" in shown) == (True, True, True)
    assert (answer.status_code, queries.bulk_standing(run).state) == (302, "cancelled")


def test_runs_are_listed_and_searched(owner_browser: Browser) -> None:
    sent(owner_browser, FILE)

    found = owner_browser.get("/people/bulk/?q=staff&kind=invite").content.decode()
    missed = owner_browser.get("/people/bulk/?q=nothing-of-it").content.decode()

    assert ("staff.csv" in found, "staff.csv" in missed) == (True, False)


@pytest.mark.parametrize("path", ["/people/seats/change", "/people/bulk/new"])
def test_members_see_no_form(path: str, member_browser: Browser) -> None:
    assert member_browser.get(path).status_code == 403


@pytest.mark.parametrize(
    ("seats", "words"), [(None, "They can sign in again."), (1, "They can sign in as soon as a seat is free.")]
)
def test_who_is_resumed_without_a_free_seat_is_told_to_wait(seats: int | None, words: str, owner_browser: Browser) -> None:
    ada = make_person("ada@acme.example", name="Ada Lovelace")
    actions.suspend_person(ada.id, reason="On leave.", actor=WORKER)
    actions.change_seats(maximum=seats, rule="queue", actor=WORKER)

    owner_browser.post(f"/people/{ada.public_id}/resumption")

    assert f"Resumed. {words}" in owner_browser.get(f"/people/{ada.public_id}").content.decode()
