"""Exports of the audit log."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

from audit import actions, queries
from audit.permissions import Permission
from console import forms, identifiers
from console.views.audit import CRUMBS, AuditPage
from console.views.base import Confirm
from kernel.api.headers import attachment

EXPORT = Permission.EXPORT
EXPORTS = (*CRUMBS, ("Exports", "console.audit-exports"))
UNFINISHED = frozenset({"queued", "running"})


class Exports(AuditPage):
    """The list; asked for again every few seconds while one is written."""

    access = {"GET": EXPORT}
    template = "console/pages/audit/exports/list.html"
    title = "Exports"
    tab = "console.audit-exports"

    def get(self) -> HttpResponse:
        """One page of exports."""
        form = forms.ExportsQuery(self.request.GET)
        filters = form.filters()
        page = self.listed(queries.exports(q=filters["q"], format=filters["format"]), filters=filters)
        standings = queries.standings(page.items)
        rows = [{"export": row, "standing": standings[row.pk]} for row in page.items]
        is_busy = any(standing.state in UNFINISHED for standing in standings.values())
        return self.shown({"page": page, "rows": rows, "filters": filters, "formats": form.FORMATS, "is_busy": is_busy})


class NewExport(AuditPage):
    """What is exported, and how it is written; the filters stand in the address, as in the list's."""

    access = {"GET": EXPORT, "POST": EXPORT}
    template = "console/pages/audit/exports/new.html"
    title = "New export"
    crumbs = EXPORTS
    tab = "console.audit-exports"

    def get(self) -> HttpResponse:
        """The form."""
        return self._asked(forms.ExportForm(initial={"format": "jsonl"}))

    def post(self) -> HttpResponse:
        """Start it, and go to its page."""
        form = forms.ExportForm(self.request.POST)
        filters = forms.AuditQuery(self.request.GET).chosen().as_dict()
        with self.refusals(form):
            export = actions.start_export(form.values()["format"], filters=filters, actor=self.actor)
            return self.done("The export is being written.", to="console.audit-export", at=export.public_id)
        return self._asked(form)

    def _asked(self, form: forms.ExportForm) -> HttpResponse:
        filters = forms.AuditQuery(self.request.GET).chosen().as_dict()
        back = f"{reverse('console.audit')}?{urlencode(filters)}"
        context = {"form": form, "asked": filters, "back": back, "chain": queries.chain()}
        return self.shown(context, status=form.answer_status)


class OneExport(AuditPage):
    """One export; asked for again every second until its file is there."""

    access = {"GET": EXPORT}
    template = "console/pages/audit/exports/detail.html"
    crumbs = EXPORTS
    tab = "console.audit-exports"

    def get(self, export_id: str) -> HttpResponse:
        """How far it is, and what its file holds."""
        export = queries.export(identifiers.read("exp", export_id))
        standing = queries.standings([export])[export.pk]
        context: dict[str, Any] = {"title": f"Export as {export.format}", "export": export, "standing": standing}
        return self.shown(context | {"is_busy": standing.state in UNFINISHED})


class ExportFile(AuditPage):
    """The file."""

    access = {"GET": EXPORT}

    def get(self, export_id: str) -> HttpResponseBase:
        """Piece by piece; that it was fetched stands in the trail."""
        export = actions.hand_out_export(identifiers.read("exp", export_id), actor=self.actor)
        return attachment(queries.pieces_of(export), name=queries.file_name(export), media_type=queries.media_type(export))


class ExportRemoval(Confirm):
    """Removing a file before its time."""

    access = {"GET": EXPORT, "POST": EXPORT}
    crumbs = EXPORTS
    verb = "Remove the file"

    def get(self, export_id: str) -> HttpResponse:
        """What will happen."""
        return self._asked(export_id, forms.Confirmation())

    def post(self, export_id: str) -> HttpResponse:
        """Remove it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.remove_export(identifiers.read("exp", export_id), actor=self.actor)
            return self.done("The file is removed.", to="console.audit-exports")
        return self._asked(export_id, form)

    def _asked(self, export_id: str, form: forms.Form) -> HttpResponse:
        export = queries.export(identifiers.read("exp", export_id))
        consequences = [
            "The file is gone for good; if it is still being written, that ends.",
            "Entries stay as they are.",
            "That it was made stays in the list and in the audit log.",
        ]
        back = reverse("console.audit-export", args=[export.public_id])
        return self.confirm(form, title="Remove the export", consequences=consequences, back=back)
