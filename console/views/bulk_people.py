"""Many people at once: a file, its rehearsal, doing it, its results, and taking it back."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from console import forms, identifiers, people_tabs
from console.views.base import Confirm, Page
from identity import actions, queries
from identity.permissions import Permission
from kernel.api.headers import attachment
from operations import actions as operations
from operations.permissions import Permission as OperationPermission

READ, BULK = Permission.READ_PEOPLE, Permission.BULK_PEOPLE
CRUMBS = (("People", "console.people"), ("Many at once", "console.bulk-people"))
TAKEN_BACK = {
    "invite": "Their invitations are withdrawn; who has come in already stays.",
    "change": "Names, roles and teams are put back; a role for a while ends when it would have.",
    "suspend": "They may enter again, if there is a seat for them.",
    "resume": "They are suspended again.",
    "deactivate": "They enter again with the password and the keys that they had, if there is a seat for them.",
}
"""What taking a run back does to its people, by the run's kind."""


def found(bulk_id: str) -> Any:
    """The run of an address. Raises BulkRunNotFound."""
    return queries.bulk_run(identifiers.read("blk", bulk_id))


class BulkPeople(Page):
    """The list of runs; asked for again every few seconds while one is at work."""

    access = {"GET": READ}
    template = "console/pages/bulk_people/list.html"
    title = "Many people at once"

    def get(self) -> HttpResponse:
        """One page of runs."""
        form = forms.PeopleRunsQuery(self.request.GET)
        filters = form.filters()
        page = self.listed(queries.bulk_runs(q=filters["q"], kind=filters["kind"]), filters=filters)
        standings = queries.bulk_standings(page.items)
        rows = [{"run": run, "standing": standings[run.id], "counts": queries.bulk_counts(run)} for run in page.items]
        context: dict[str, Any] = {"page": page, "rows": rows, "filters": filters, "kinds": form.KINDS, "words": dict(form.KINDS)}
        context["is_busy"] = any(not standing.is_over for standing in standings.values())
        context["tabs"] = people_tabs.of(present="console.bulk-people", actor=self.actor)
        return self.page(context | {"may_write": self.may(BULK)})


class NewBulkPeople(Page):
    """A file to send: it is rehearsed first."""

    access = {"GET": BULK, "POST": BULK}
    template = "console/pages/bulk_people/new.html"
    title = "Change many people"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """The empty form."""
        return self._form(forms.PeopleFile(initial={"kind": "invite"}))

    def post(self) -> HttpResponse:
        """Read the file and rehearse it."""
        form = forms.PeopleFile(self.request.POST, self.request.FILES, most_bytes=queries.BULK_BYTES_MOST)
        with self.refusals(form):
            values = form.values()
            rows = queries.bulk_file_rows(values["file"], kind=values["kind"])
            told = {"reason": values["reason"], "file_name": form.file_name}
            run = actions.rehearse_bulk(values["kind"], rows=rows, **told, actor=self.actor)
            return self.done("It is being rehearsed; nobody changes yet.", to="console.bulk-people-run", at=run.public_id)
        return self._form(form)

    def _form(self, form: forms.PeopleFile) -> HttpResponse:
        columns = [
            (label, queries.BULK_COLUMNS[kind]) for kind, label in forms.PeopleRunsQuery.KINDS if kind in queries.BULK_COLUMNS
        ]
        return self.page({"form": form, "columns": columns}, status=form.answer_status)


class BulkPeopleRun(Page):
    """One run: how far it is, and its rows."""

    access = {"GET": READ}
    template = "console/pages/bulk_people/detail.html"
    crumbs = CRUMBS

    def get(self, bulk_id: str) -> HttpResponse:
        """One page of rows."""
        run, form = found(bulk_id), forms.PeopleRowsQuery(self.request.GET)
        filters, standing = form.filters(), queries.bulk_standing(run)
        rows = queries.bulk_rows(run, q=filters["q"], outcome=filters["outcome"])
        context: dict[str, Any] = {"page": self.listed(rows, filters=filters, key="place"), "filters": filters}
        context |= {"run": run, "standing": standing, "counts": queries.bulk_counts(run)}
        context["outcomes"] = form.REHEARSED if run.is_rehearsal else form.OUTCOMES
        return self.page(context | self._acts(run, standing=standing) | {"title": self._title(run)})

    def _acts(self, run: Any, *, standing: Any) -> dict[str, Any]:
        """What can be done with the run now, by this person."""
        undone_by, may = queries.bulk_undone_by(run), self.may(BULK)
        is_real = not run.is_rehearsal and run.kind != "undo"
        return {
            "undone_by": undone_by,
            "may_execute": may and run.is_rehearsal and standing.state == "succeeded",
            "may_undo": may and is_real and standing.is_over and undone_by is None,
            "may_cancel": may and not standing.is_over and self.may(OperationPermission.WRITE),
        }

    def _title(self, run: Any) -> str:
        words = dict(forms.PeopleRunsQuery.KINDS)[run.kind]
        return f"{words}, rehearsal" if run.is_rehearsal else words


class BulkPeopleFile(Page):
    """The results."""

    access = {"GET": READ}

    def get(self, bulk_id: str) -> HttpResponseBase:
        """All rows with their outcomes as CSV."""
        run = found(bulk_id)
        return attachment(queries.bulk_results(run), name=f"{run.public_id}.csv", media_type="text/csv; charset=utf-8")


class BulkPeopleCancel(Page):
    """Stopping a run at its next row."""

    access = {"POST": BULK}

    def post(self, bulk_id: str) -> HttpResponse:
        """Stop it; what is done stays done."""
        run = found(bulk_id)
        operations.cancel(run.operation_id, actor=self.actor)
        return self.done("Cancelled. What was done stays, and can be taken back.", to="console.bulk-people-run", at=run.public_id)


class BulkPeopleExecution(Confirm):
    """Doing what was rehearsed."""

    access = {"GET": BULK, "POST": BULK}
    crumbs = CRUMBS
    verb = "Do it"
    tone = "primary"

    def get(self, bulk_id: str) -> HttpResponse:
        """What will happen."""
        return self._asked(bulk_id, forms.Confirmation())

    def post(self, bulk_id: str) -> HttpResponse:
        """Begin it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            run = actions.execute_bulk(identifiers.read("blk", bulk_id), actor=self.actor)
            return self.done("It has begun.", to="console.bulk-people-run", at=run.public_id)
        return self._asked(bulk_id, form)

    def _asked(self, bulk_id: str, form: forms.Form) -> HttpResponse:
        rehearsal = found(bulk_id)
        counts = queries.bulk_counts(rehearsal)
        consequences = [
            f"{counts['done']:,} people change, as the rehearsal showed.",
            f"{counts['refused']:,} rows were refused and are tried again; {counts['unchanged']:,} people are so already.",
            "It goes on in the background, and can be cancelled and taken back.",
        ]
        back = reverse("console.bulk-people-run", args=[rehearsal.public_id])
        return self.confirm(form, title="Do it for real?", consequences=consequences, back=back)


class BulkPeopleUndo(Confirm):
    """Taking a run back."""

    access = {"GET": BULK, "POST": BULK}
    crumbs = CRUMBS
    verb = "Take it back"

    def get(self, bulk_id: str) -> HttpResponse:
        """What will happen."""
        return self._asked(bulk_id, forms.Confirmation())

    def post(self, bulk_id: str) -> HttpResponse:
        """Begin it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            run = actions.undo_bulk(identifiers.read("blk", bulk_id), actor=self.actor)
            return self.done("It is being taken back.", to="console.bulk-people-run", at=run.public_id)
        return self._asked(bulk_id, form)

    def _asked(self, bulk_id: str, form: forms.Form) -> HttpResponse:
        run = found(bulk_id)
        consequences = [
            f"{queries.bulk_counts(run)['done']:,} people become as they were before the run.",
            TAKEN_BACK.get(run.kind, "Nothing: such a run is not taken back."),
            "People who changed since stay as they are; the result says so.",
        ]
        back = reverse("console.bulk-people-run", args=[run.public_id])
        return self.confirm(form, title="Take it back?", consequences=consequences, back=back)
