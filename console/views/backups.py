"""Copies of tenants: where they are, whether they are good, how they come back."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import forms
from console.views.base import Confirm, FormPage, Page
from tenants import actions, queries
from tenants.permissions import Permission

CRUMBS = (("Backups", "console.backups"),)
LATE_SHOWN = 10


class Backups(Page):
    """The copies of all tenants."""

    access = {"GET": Permission.READ_BACKUPS}
    template = "console/pages/backups/list.html"
    title = "Backups"

    def get(self) -> HttpResponse:
        """One page of copies, and the tenants that lack a fresh one."""
        filters = forms.BackupsQuery(self.request.GET).filters()
        found = queries.backups(q=filters["q"], state=filters["state"], kind=filters["kind"])
        late = queries.late_covers()
        context = {"page": self.listed(found, filters=filters), "filters": filters, "form": forms.BackupsQuery}
        context |= {"late": late[:LATE_SHOWN], "late_count": len(late), "refuted_count": queries.refuted_backups().count()}
        return self.page(context)


class Backup(Page):
    """One copy."""

    access = {"GET": Permission.READ_BACKUPS}
    template = "console/pages/backups/detail.html"
    crumbs = CRUMBS

    def get(self, backup_id: str) -> HttpResponse:
        """What it holds and when it was tried."""
        backup = queries.backup_named(backup_id)
        rights = {"may_write": self.may(Permission.WRITE_BACKUPS), "is_last": queries.is_last(backup)}
        may_replace = rights["may_write"] and self.may(Permission.DELETE_TENANTS)
        return self.page({"title": f"Backup of {backup.tenant.name}", "backup": backup, "may_replace": may_replace, **rights})


class BackupTrial(Page):
    """A restore into a scratch place, to see whether the copy is good."""

    access = {"POST": Permission.WRITE_BACKUPS}

    def post(self, backup_id: str) -> HttpResponse:
        """Begin it."""
        operation = actions.check_backup(queries.backup_named(backup_id).id, actor=self.actor)
        return self.done("It is being restored for trial.", to="console.operation", at=operation.public_id)


class BackupRestoration(FormPage):
    """A new tenant from a copy."""

    access = {"GET": Permission.WRITE_BACKUPS, "POST": Permission.WRITE_BACKUPS}
    crumbs = CRUMBS
    lead = "The new tenant gets the people and all rows of the copy. No session, invitation or key of the original works in it."
    verb = "Restore"

    def get(self, backup_id: str) -> HttpResponse:
        """The form."""
        tenant = queries.backup_named(backup_id).tenant
        initial = {"name": f"{tenant.name} (restored)", "slug": f"{tenant.slug}-restored"[:40]}
        return self._page(backup_id, forms.RestoredTenant(initial=initial, cells=cell_choices()))

    def post(self, backup_id: str) -> HttpResponse:
        """Begin it."""
        form = forms.RestoredTenant(self.request.POST, cells=cell_choices())
        with self.refusals(form):
            values = form.values()
            named = actions.Named(slug=values["slug"], name=values["name"], cell=values["cell"] or None)
            asked = actions.restore_tenant(queries.backup_named(backup_id).id, named=named, actor=self.actor)
            return self.done("The tenant is being made.", to="console.operation", at=asked.operation.public_id)
        return self._page(backup_id, form)

    def _page(self, backup_id: str, form: forms.RestoredTenant) -> HttpResponse:
        backup = queries.backup_named(backup_id)
        return self.form(
            form, title=f"Restore {backup.tenant.name} as a new tenant", back=reverse("console.backup", args=[backup_id])
        )


class BackupReplacement(Confirm):
    """A tenant gets back what it had when the copy was taken."""

    access = {"GET": Permission.DELETE_TENANTS, "POST": Permission.DELETE_TENANTS}
    crumbs = CRUMBS
    verb = "Replace everything"

    def get(self, backup_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(queries.backup_named(backup_id), forms.TypedSlug())

    def post(self, backup_id: str) -> HttpResponse:
        """Begin it."""
        form, backup = forms.TypedSlug(self.request.POST), queries.backup_named(backup_id)
        with self.refusals(form):
            asked = actions.replace_tenant(backup.id, slug=form.values()["slug"], actor=self.actor)
            return self.done("The copy is being restored.", to="console.operation", at=asked.operation.public_id)
        return self._page(backup, form)

    def _page(self, backup: Any, form: forms.TypedSlug) -> HttpResponse:
        tenant = backup.tenant
        effects = [
            f"{tenant.name} has again what it had on {backup.taken_at:%d %b %Y, %H:%M} UTC: {backup.row_count:,} rows.",
            "What was written since then is kept aside for a week, then dropped.",
            "It works on until the two places are swapped, which takes less than a second.",
            f"The slug is {tenant.slug}.",
        ]
        back = reverse("console.backup", args=[backup.public_id])
        return self.confirm(form, title=f"Replace {tenant.name}?", consequences=effects, back=back)


class BackupRemoval(Confirm):
    """The end of a copy."""

    access = {"GET": Permission.WRITE_BACKUPS, "POST": Permission.WRITE_BACKUPS}
    crumbs = CRUMBS
    verb = "Remove"

    def get(self, backup_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(queries.backup_named(backup_id), forms.Confirmation())

    def post(self, backup_id: str) -> HttpResponse:
        """Do it."""
        form, backup = forms.Confirmation(self.request.POST), queries.backup_named(backup_id)
        with self.refusals(form):
            actions.remove_backup(backup.id, actor=self.actor)
            return self.done("The backup is removed.", to="console.backups")
        return self._page(backup, form)

    def _page(self, backup: Any, form: forms.Confirmation) -> HttpResponse:
        effects = ["Its file is removed for good.", "That it existed stays on record."]
        back = reverse("console.backup", args=[backup.public_id])
        return self.confirm(form, title=f"Remove this backup of {backup.tenant.name}?", consequences=effects, back=back)


def cell_choices() -> list[tuple[str, str]]:
    """The open cells with where they lie."""
    return [(cell.name, f"{cell.name} · {cell.region.jurisdiction}") for cell in queries.cells(state="open")]
