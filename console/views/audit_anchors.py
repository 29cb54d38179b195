"""Anchors: who is given checkpoints, and what they answered."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from audit import actions, queries
from audit.actions import WantedAnchor
from audit.permissions import Permission
from audit.problems import ReceiptNotFound
from console import audit_tabs, forms, identifiers
from console.views.base import Confirm, FormPage, Page
from kernel.api.headers import attachment

READ, WRITE = Permission.READ_ENTRIES, Permission.WRITE_ANCHORS
CRUMBS = (("Audit log", "console.audit"), ("Anchors", "console.audit-anchors"))
KINDS = {kind: label for kind, label, _ in forms.ANCHOR_KINDS}


def found(anchor_id: str) -> Any:
    """The anchor of an address. Raises AnchorNotFound."""
    return queries.anchor(identifiers.read("anc", anchor_id))


class Anchors(Page):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/audit/anchors/list.html"
    title = "Anchors"

    def get(self) -> HttpResponse:
        """One page of anchors."""
        form = forms.AnchorsQuery(self.request.GET)
        filters = form.filters()
        page = self.listed(queries.anchors(q=filters["q"], kind=filters["kind"]), filters=filters)
        rows = [(anchor, queries.anchor_document(anchor) | {"label": KINDS[anchor.kind]}) for anchor in page.items]
        context = {"page": page, "rows": rows, "filters": filters, "kinds": form.KINDS}
        tabs = audit_tabs.of(present="console.audit-anchors", actor=self.actor)
        return self.page(context | {"tabs": tabs, "may_write": self.may(WRITE)})


class NewAnchor(Page):
    """First the kind, then what that kind needs."""

    access = {"GET": WRITE, "POST": WRITE}
    template = "console/pages/audit/anchors/new.html"
    title = "New anchor"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """The kinds, or the form of one."""
        kind = self._kind()
        return self._page(kind, forms.AnchorForm(kind=kind) if kind else None)

    def post(self) -> HttpResponse:
        """Add it."""
        kind = self._kind() or "mail"
        form = forms.AnchorForm(self.request.POST, kind=kind)
        with self.refusals(form):
            anchor = actions.add_anchor(kind, wanted=WantedAnchor(**form.wanted()), actor=self.actor)
            return self.done("The anchor is added. Try it next.", to="console.audit-anchor", at=anchor.public_id)
        return self._page(kind, form)

    def _page(self, kind: str, form: forms.AnchorForm | None) -> HttpResponse:
        context = {"kinds": forms.ANCHOR_KINDS, "form": form, "label": KINDS.get(kind, "")}
        return self.page(context, status=200 if form is None else form.answer_status)

    def _kind(self) -> str:
        kind = self.request.GET.get("kind", "")
        return kind if kind in KINDS else ""


class OneAnchor(Page):
    """One anchor: how it does, its receipts, and what can be done."""

    access = {"GET": READ}
    template = "console/pages/audit/anchors/detail.html"
    crumbs = CRUMBS

    def get(self, anchor_id: str) -> HttpResponse:
        """The page, with one page of receipts."""
        anchor = found(anchor_id)
        filters = forms.ReceiptsQuery(self.request.GET).filters()
        page = self.listed(queries.receipts(anchor_id=anchor.pk, size=size_of(filters["q"])), filters=filters)
        context = {"title": anchor.name, "anchor": anchor, "told": queries.anchor_document(anchor), "label": KINDS[anchor.kind]}
        return self.page(context | {"page": page, "filters": filters, "may_write": self.may(WRITE)})


class Receipt(Page):
    """What an anchor answered, as a file."""

    access = {"GET": READ}

    def get(self, receipt_id: str) -> HttpResponseBase:
        """The receipt."""
        try:
            receipt = queries.receipt(UUID(receipt_id))
        except ValueError:
            raise ReceiptNotFound("Look at the anchor's page.") from None
        return attachment([bytes(receipt.receipt)], name=queries.receipt_file(receipt), media_type="application/octet-stream")


class AnchorSettings(FormPage):
    """Another address, secret or timetable."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS

    def get(self, anchor_id: str) -> HttpResponse:
        """The form with what it is now; secrets are never shown."""
        anchor = found(anchor_id)
        initial = {**anchor.settings, "name": anchor.name, "every_s": str(anchor.every_s)}
        return self._page(anchor, forms.AnchorForm(kind=anchor.kind, is_new=False, initial=initial))

    def post(self, anchor_id: str) -> HttpResponse:
        """Change it."""
        anchor = found(anchor_id)
        form = forms.AnchorForm(self.request.POST, kind=anchor.kind, is_new=False, initial={"every_s": str(anchor.every_s)})
        with self.refusals(form):
            actions.change_anchor(anchor.pk, wanted=WantedAnchor(**form.wanted()), actor=self.actor)
            return self.done("Saved.", to="console.audit-anchor", at=anchor_id)
        return self._page(anchor, form)

    def _page(self, anchor: Any, form: forms.AnchorForm) -> HttpResponse:
        return self.form(form, back=reverse("console.audit-anchor", args=[anchor.public_id]), title=f"Change {anchor.name}")


class AnchorTest(Page):
    """The newest checkpoint, now."""

    access = {"POST": WRITE}

    def post(self, anchor_id: str) -> HttpResponse:
        """Give it, and say what came of it."""
        given = actions.try_anchor(found(anchor_id).pk, actor=self.actor)
        to = reverse("console.audit-anchor", args=[anchor_id])
        return self.warned(given.fault, to=to) if given.fault else self.told("It took the newest checkpoint.", to=to)


class AnchorPause(Confirm):
    """Giving nothing for a while."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Pause"

    def get(self, anchor_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(anchor_id, forms.Reason())

    def post(self, anchor_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Reason(self.request.POST)
        with self.refusals(form):
            actions.pause_anchor(found(anchor_id).pk, reason=form.values()["reason"], actor=self.actor)
            return self.done("Paused.", to="console.audit-anchor", at=anchor_id)
        return self._page(anchor_id, form)

    def _page(self, anchor_id: str, form: forms.Reason) -> HttpResponse:
        effects = ["No checkpoint is given to it until somebody resumes it.", "What happens meanwhile is not proven by it."]
        back = reverse("console.audit-anchor", args=[anchor_id])
        return self.confirm(form, title=f"Pause {found(anchor_id).name}?", consequences=effects, back=back)


class AnchorResumption(Page):
    """Going on."""

    access = {"POST": WRITE}

    def post(self, anchor_id: str) -> HttpResponse:
        """Resume it."""
        actions.resume_anchor(found(anchor_id).pk, actor=self.actor)
        return self.done("It is given the newest checkpoint next.", to="console.audit-anchor", at=anchor_id)


class AnchorRemoval(Confirm):
    """The end of an anchor."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Remove"

    def get(self, anchor_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(anchor_id, forms.Confirmation())

    def post(self, anchor_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.remove_anchor(found(anchor_id).pk, actor=self.actor)
            return self.done("The anchor is removed.", to="console.audit-anchors")
        return self._page(anchor_id, form)

    def _page(self, anchor_id: str, form: forms.Confirmation) -> HttpResponse:
        effects = [
            "No checkpoint is given to it any more.",
            "Its secret is forgotten.",
            "What it took stays with it, and its receipts stay here.",
        ]
        back = reverse("console.audit-anchor", args=[anchor_id])
        return self.confirm(form, title=f"Remove {found(anchor_id).name}?", consequences=effects, back=back)


def size_of(text: str) -> int | None:
    """The number of entries that somebody looks for; None when it is empty, -1 when it is no number."""
    digits = text.replace(",", "").strip()
    if not digits:
        return None
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else -1
