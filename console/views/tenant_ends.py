"""How a tenant leaves: to another cell, into the archive, for good; and the ways back."""

from typing import Any

import orjson
from django.http import HttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from console import forms
from console.views.base import Confirm, Page
from tenants import actions, queries
from tenants.permissions import Permission

CRUMBS = (("Tenants", "console.tenants"),)


class TenantEnd(Confirm):
    """A confirmation about one tenant."""

    crumbs = CRUMBS

    def about(self, tenant: Any, form: forms.Form, *, title: str, effects: list[str]) -> HttpResponse:
        """What will happen to it."""
        back = reverse("console.tenant", args=[tenant.public_id])
        return self.confirm(form, title=f"{title} {tenant.name}?", consequences=effects, back=back)

    def begun(self, words: str, operation: Any, *, tenant_id: str) -> HttpResponse:
        """On to the operation, or back to the tenant where there is none to wait for."""
        if operation is None:
            return self.done(words, to="console.tenant", at=tenant_id)
        return self.done(words, to="console.operation", at=operation.public_id)


class TenantMove(TenantEnd):
    """To another cell, while it works."""

    access = {"GET": Permission.MOVE_TENANTS, "POST": Permission.MOVE_TENANTS}
    verb = "Move"
    tone = "primary"

    def get(self, tenant_id: str) -> HttpResponse:
        """Where it can go, and what will happen."""
        tenant = queries.tenant_named(tenant_id)
        return self._page(tenant, forms.Destination(cells=_destinations(tenant)))

    def post(self, tenant_id: str) -> HttpResponse:
        """Begin it."""
        tenant = queries.tenant_named(tenant_id)
        form = forms.Destination(self.request.POST, cells=_destinations(tenant))
        with self.refusals(form):
            operation = actions.move_tenant(tenant.id, cell=form.values()["cell"], actor=self.actor)
            return self.begun("It is being moved.", operation, tenant_id=tenant_id)
        return self._page(tenant, form)

    def _page(self, tenant: Any, form: forms.Destination) -> HttpResponse:
        effects = [
            f"Its rows are copied from {tenant.cell_id} while it works.",
            "At the end, writes wait for less than half a second; reads go on.",
            "Addresses, people, keys and sessions stay. The old place is kept for a week, unused.",
        ]
        if not form.fields["cell"].choices:  # type: ignore[attr-defined]  # a field of choices, whatever the base says
            effects = ["No open cell fits: add one, raise a capacity, or change the tenant's residency."]
        return self.about(tenant, form, title="Move", effects=effects)


class TenantArchiving(TenantEnd):
    """Into the archive: a tried copy, and no place in a cell."""

    access = {"GET": Permission.ARCHIVE_TENANTS, "POST": Permission.ARCHIVE_TENANTS}
    verb = "Archive"

    def get(self, tenant_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(queries.tenant_named(tenant_id), forms.ShownReason())

    def post(self, tenant_id: str) -> HttpResponse:
        """Begin it."""
        tenant, form = queries.tenant_named(tenant_id), forms.ShownReason(self.request.POST)
        with self.refusals(form):
            begun = actions.archive_tenant(tenant.id, reason=form.values()["reason"], actor=self.actor)
            return self.begun("It is being put away.", begun.operation, tenant_id=tenant_id)
        return self._page(tenant, form)

    def _page(self, tenant: Any, form: forms.ShownReason) -> HttpResponse:
        effects = [
            "It answers nobody from now on.",
            "A copy is taken and tried by a real restore. Only then its place in the cell is dropped.",
            "It can be brought back at any time.",
        ]
        return self.about(tenant, form, title="Archive", effects=effects)


class TenantUnarchiving(TenantEnd):
    """Back out of the archive."""

    access = {"GET": Permission.ARCHIVE_TENANTS, "POST": Permission.ARCHIVE_TENANTS}
    verb = "Bring back"
    tone = "primary"

    def get(self, tenant_id: str) -> HttpResponse:
        """Where it can go, and what will happen."""
        tenant = queries.tenant_named(tenant_id)
        return self._page(tenant, forms.PossibleDestination(cells=_destinations(tenant)))

    def post(self, tenant_id: str) -> HttpResponse:
        """Begin it."""
        tenant = queries.tenant_named(tenant_id)
        form = forms.PossibleDestination(self.request.POST, cells=_destinations(tenant))
        with self.refusals(form):
            begun = actions.unarchive_tenant(tenant.id, cell=form.values()["cell"] or None, actor=self.actor)
            return self.begun("It is being brought back.", begun.operation, tenant_id=tenant_id)
        return self._page(tenant, form)

    def _page(self, tenant: Any, form: forms.PossibleDestination) -> HttpResponse:
        effects = ["A place is made for it and filled from its copy.", "It answers at its addresses as soon as that is done."]
        return self.about(tenant, form, title="Bring back", effects=effects)


class TenantDeletion(TenantEnd):
    """For good, after a time of grace."""

    access = {"GET": Permission.DELETE_TENANTS, "POST": Permission.DELETE_TENANTS}
    verb = "Delete"

    def get(self, tenant_id: str) -> HttpResponse:
        """What will go, what stays until when."""
        return self._page(queries.tenant_named(tenant_id), forms.Deletion())

    def post(self, tenant_id: str) -> HttpResponse:
        """Begin it."""
        tenant, form = queries.tenant_named(tenant_id), forms.Deletion(self.request.POST)
        with self.refusals(form):
            deletion = actions.delete_tenant(tenant.id, **form.values(), actor=self.actor)
            return self.begun(
                "It is being deleted. It can be undone until its time is over.", deletion.operation, tenant_id=tenant_id
            )
        return self._page(tenant, form)

    def _page(self, tenant: Any, form: forms.Deletion) -> HttpResponse:
        return self.about(tenant, form, title="Delete", effects=_going(queries.deletion_preview(tenant)))


class TenantUndeletion(Page):
    """Undoing a deletion."""

    access = {"POST": Permission.DELETE_TENANTS}

    def post(self, tenant_id: str) -> HttpResponse:
        """Do it."""
        tenant = actions.undelete_tenant(queries.tenant_named(tenant_id).id, actor=self.actor)
        return self.done(f"The deletion is undone: it is {tenant.state} again.", to="console.tenant", at=tenant_id)


class TenantPurge(TenantEnd):
    """Erasing at once a tenant that is being deleted."""

    access = {"GET": Permission.DELETE_TENANTS, "POST": Permission.DELETE_TENANTS}
    verb = "Erase for good"

    def get(self, tenant_id: str) -> HttpResponse:
        """What will go."""
        return self._page(queries.tenant_named(tenant_id), forms.Deletion())

    def post(self, tenant_id: str) -> HttpResponse:
        """Begin it."""
        tenant, form = queries.tenant_named(tenant_id), forms.Deletion(self.request.POST)
        with self.refusals(form):
            purge = actions.purge_tenant_now(tenant.id, **form.values(), actor=self.actor)
            return self.begun("It is being erased.", purge.operation, tenant_id=tenant_id)
        return self._page(tenant, form)

    def _page(self, tenant: Any, form: forms.Deletion) -> HttpResponse:
        preview = queries.deletion_preview(tenant)
        effects = [*_going(preview)[1:-1], "This cannot be undone, and does not wait for the end of the grace time."]
        return self.about(tenant, form, title="Erase", effects=effects)


class TenantErasure(Page):
    """The proof that a tenant was erased."""

    access = {"GET": Permission.READ_TENANTS}
    template = "console/pages/tenants/erasure.html"
    crumbs = CRUMBS

    def get(self, tenant_id: str) -> HttpResponse:
        """The proof, as it stands in the trail by its digest."""
        erasure = queries.erasure(queries.tenant_named(tenant_id))
        proof = orjson.dumps(erasure.proof, option=orjson.OPT_INDENT_2).decode()
        return self.page({"title": f"Erasure of {erasure.tenant.slug}", "erasure": erasure, "proof": proof})


def _destinations(tenant: Any) -> list[tuple[str, str]]:
    """The open cells that the tenant may go to, with their law."""
    found = queries.cells(state="open")
    allowed = [cell for cell in found if tenant.residency in {"", cell.region.jurisdiction} and cell.name != tenant.cell_id]
    if tenant.state == "archived":
        allowed = [cell for cell in found if tenant.residency in {"", cell.region.jurisdiction}]
    return [(cell.name, f"{cell.name} · {cell.region.jurisdiction}") for cell in allowed]


def _going(preview: queries.DeletionPreview) -> list[str]:
    """What a deletion takes, in sentences; the first is about now, the last about the way back."""
    there, day = preview.contents, f"{preview.delete_after:%d %b %Y}"
    counted = f"{there.people:,} people, {there.api_keys:,} keys, {there.entries:,} entries of its trail"
    rows = f"{there.rows or preview.archived_rows:,} rows in all ({filesizeformat(there.size_bytes)})"
    return [
        "It answers nobody from now on: pages, API, sessions and keys. A last copy is taken and tried.",
        f"On {day} it is erased: {counted}, {rows}, and {len(preview.backups):,} backups.",
        f"Its hosts ({', '.join(preview.hosts) or 'none'}) are kept from others until {preview.hosts_kept_until:%d %b %Y}.",
        f"The last copy is gone on {preview.final_copy_until:%d %b %Y}. Its id, slug and the proof of erasure stay.",
        f"Until {day} the deletion can be undone.",
    ]
