"""Checking the log, and taking along what lets others check it."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from audit import actions, queries
from audit.permissions import Permission
from console import forms, identifiers
from console.views.audit import CRUMBS, AuditPage
from kernel.api.headers import attachment

VERIFY = Permission.VERIFY
PROOF = (*CRUMBS, ("Proof", "console.audit-proof"))
EVIDENCE = (*PROOF, ("Evidence", "console.audit-evidence"))
UNFINISHED = frozenset({"queued", "running"})


class ChainVerification(AuditPage):
    """The proof that nothing was rewritten; asked for again every second while a long log is checked."""

    access = {"GET": VERIFY, "POST": VERIFY}
    template = "console/pages/audit/verification.html"
    title = "Verify the log"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """What the last check found, and how far a running one is."""
        return self._asked(forms.VerificationForm(initial={"depth": "full"}))

    def post(self) -> HttpResponse:
        """Check the log, and say what was found; a long one is checked by a job."""
        form = forms.VerificationForm(self.request.POST)
        with self.refusals(form):
            depth, kept = queries.Depth(form.values()["depth"] or "full"), form.kept()
            if not kept and not queries.is_checked_at_once(depth):
                actions.start_verification(depth, actor=self.actor)
                return self.done("The log is being checked.", to="console.audit-verify")
            found = actions.verify_chain(depth=depth, held=queries.parse_held(kept) if kept else None, actor=self.actor)
            return self._asked(forms.VerificationForm(initial={"depth": depth}), verification=found)
        return self._asked(form)

    def _asked(self, form: forms.VerificationForm, *, verification: queries.Verification | None = None) -> HttpResponse:
        context: dict[str, Any] = {
            "form": form,
            "verification": verification,
            "chain": queries.chain(),
            "last": queries.last_check(),
        }
        return self.shown(context | {"job": queries.running_check()}, status=form.answer_status)


class Bundles(AuditPage):
    """The list; asked for again every few seconds while one is made."""

    access = {"GET": VERIFY}
    template = "console/pages/audit/evidence/list.html"
    title = "Evidence"
    tab = "console.audit-proof"
    crumbs = PROOF

    def get(self) -> HttpResponse:
        """One page of bundles."""
        filters = forms.EvidenceQuery(self.request.GET).filters()
        page = self.listed(queries.bundles(q=filters["q"]), filters=filters)
        standings = queries.standings(page.items)
        rows = [{"bundle": row, "standing": standings[row.pk]} for row in page.items]
        is_busy = any(standing.state in UNFINISHED for standing in standings.values())
        return self.shown({"page": page, "rows": rows, "filters": filters, "is_busy": is_busy})


class NewBundle(AuditPage):
    """Which entries are taken along."""

    access = {"GET": VERIFY, "POST": VERIFY}
    template = "console/pages/audit/evidence/new.html"
    title = "Take evidence along"
    tab = "console.audit-proof"
    crumbs = EVIDENCE

    def get(self) -> HttpResponse:
        """The form."""
        return self._asked(forms.EvidenceForm())

    def post(self) -> HttpResponse:
        """Start it, and go to its page."""
        form = forms.EvidenceForm(self.request.POST)
        with self.refusals(form):
            bundle = actions.start_evidence(queries.Selection.parse(form.values()), actor=self.actor)
            return self.done("The evidence is being gathered.", to="console.audit-evidence-one", at=bundle.public_id)
        return self._asked(form)

    def _asked(self, form: forms.EvidenceForm) -> HttpResponse:
        return self.shown({"form": form, "latest": queries.latest_checkpoint_or_none()}, status=form.answer_status)


class OneBundle(AuditPage):
    """One bundle; asked for again every second until its file is there."""

    access = {"GET": VERIFY}
    template = "console/pages/audit/evidence/detail.html"
    tab = "console.audit-proof"
    crumbs = EVIDENCE

    def get(self, evidence_id: str) -> HttpResponse:
        """How far it is, and how its file is checked."""
        bundle = queries.evidence(identifiers.read("exp", evidence_id))
        standing = queries.standings([bundle])[bundle.pk]
        context: dict[str, Any] = {"title": "Evidence bundle", "bundle": bundle, "standing": standing}
        context |= {"keys": queries.verifiers()[:1], "file": queries.file_name(bundle)}
        return self.shown(context | {"is_busy": standing.state in UNFINISHED})


class BundleFile(AuditPage):
    """The file."""

    access = {"GET": VERIFY}

    def get(self, evidence_id: str) -> HttpResponseBase:
        """Piece by piece; that it was fetched stands in the trail."""
        bundle = actions.hand_out_evidence(identifiers.read("exp", evidence_id), actor=self.actor)
        return attachment(queries.pieces_of(bundle), name=queries.file_name(bundle), media_type=queries.media_type(bundle))
