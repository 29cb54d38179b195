"""The proof: what was signed of the log, with which keys, and files that an auditor can check without this installation."""

from base64 import b64encode
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from audit import actions, queries
from audit.permissions import Permission
from console import audit_tabs, forms, identifiers
from console.views.base import Confirm, Page
from kernel.api.headers import attachment

CRUMBS = (("Audit log", "console.audit"), ("Proof", "console.audit-proof"))
TEXT = "text/plain; charset=utf-8"
SIZE_DIGITS = 15


class Proof(Page):
    """The end of the log, the checkpoints, the public keys."""

    access = {"GET": Permission.READ_ENTRIES}
    template = "console/pages/audit/proof.html"
    title = "Proof"

    def get(self) -> HttpResponse:
        """One page of checkpoints under the state of the log."""
        filters = forms.CheckpointsQuery(self.request.GET).filters()
        found = queries.checkpoints(epoch=int(filters["epoch"]) if filters["epoch"] else None, size=size_of(filters["q"]))
        keys = queries.verifiers()
        context = {"page": self.listed(found, filters=filters), "filters": filters, "epochs": epoch_choices(queries.epoch())}
        context |= {"chain": queries.chain(), "epoch": queries.epoch(), "keys": keys, "latest": queries.latest_checkpoint_or_none()}
        tabs = audit_tabs.of(present="console.audit-proof", actor=self.actor)
        return self.page(
            context | {"tabs": tabs, "may_rotate": self.may(Permission.WRITE_KEYS), "may_verify": self.may(Permission.VERIFY)}
        )


class Note(Page):
    """A checkpoint as a file."""

    access = {"GET": Permission.READ_ENTRIES}

    def get(self, checkpoint_id: str) -> HttpResponseBase:
        """The signed note."""
        found = queries.checkpoint(identifiers.read("chk", checkpoint_id))
        return attachment([found.note.encode()], name=f"{found.public_id}.note", media_type=TEXT)


class EntryProof(Page):
    """The proof of one entry as a file."""

    access = {"GET": Permission.READ_ENTRIES}

    def get(self, entry_id: str) -> HttpResponseBase:
        """The proof, by the newest checkpoint."""
        found = queries.entry_proof(identifiers.read("ent", entry_id))
        name = f"{queries.proof_document(found)['entry']}.tlog-proof"
        return attachment([found.text.encode()], name=name, media_type=TEXT)


class ConsistencyProof(Page):
    """The proof that the log of a newer checkpoint begins with that of an older one."""

    access = {"GET": Permission.READ_ENTRIES}
    template = "console/pages/audit/consistency.html"
    title = "Compare two checkpoints"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """The form, and below it the proof between the two sizes that stand in the address."""
        latest = queries.latest_checkpoint_or_none()
        if not self.request.GET:
            return self._shown(forms.ConsistencyForm(initial={"second": latest.size if latest else None}))
        form = forms.ConsistencyForm(self.request.GET)
        with self.refusals(form):
            return self._shown(form, proof=queries.consistency_proof(**form.values()))
        return self._shown(form)

    def _shown(self, form: forms.ConsistencyForm, *, proof: queries.ConsistencyProof | None = None) -> HttpResponse:
        context: dict[str, Any] = {"form": form, "tabs": audit_tabs.of(present="console.audit-proof", actor=self.actor)}
        if proof is not None:
            # As the notes have them, so that people can compare by eye; the document has them in hex as the API does.
            first, second = (b64encode(root).decode() for root in (proof.first_root, proof.second_root))
            context |= {"proof": queries.consistency_document(proof), "first_root": first, "second_root": second}
        return self.page(context, status=200 if proof else form.answer_status)


class KeyRotation(Confirm):
    """A new key for the log."""

    access = {"GET": Permission.WRITE_KEYS, "POST": Permission.WRITE_KEYS}
    crumbs = CRUMBS
    verb = "Sign with a new key"
    tone = "primary"

    def get(self) -> HttpResponse:
        """What will happen."""
        return self._page(forms.Confirmation())

    def post(self) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.rotate_signing_key(actor=self.actor)
            return self.done("The log is signed with a new key. Give it to your auditor.", to="console.audit-proof")
        return self._page(form)

    def _page(self, form: forms.Confirmation) -> HttpResponse:
        effects = [
            "The next checkpoint is signed with a new key.",
            "The present key signs nothing more. It stays listed, and what it signed stays valid.",
            "Auditors need the new public key before they can check new checkpoints. Give it to them by a way that you trust.",
        ]
        return self.confirm(form, title="Sign the log with a new key?", consequences=effects, back=reverse("console.audit-proof"))


def size_of(typed: str) -> int | None:
    """How many entries somebody looks for; None when they typed nothing, and a size that no log has when it is no number."""
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= SIZE_DIGITS else -1


def epoch_choices(newest: int) -> list[tuple[str, str]]:
    """The epochs of the log, for a filter; the newest first, and at most the last 50."""
    return [("", "Any epoch"), *((str(number), f"Epoch {number}") for number in range(newest, max(0, newest - 50), -1))]
