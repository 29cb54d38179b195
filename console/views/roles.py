"""Roles: what each allows; those of the tenant's own are made, changed and deleted here."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import forms, identifiers
from console.views.base import Confirm, Page
from identity import actions, queries
from identity.permissions import Permission

CRUMBS = (("Roles", "console.roles"),)


class Roles(Page):
    """The roles of the tenant, by name."""

    access = {"GET": Permission.READ_ROLES}
    template = "console/pages/roles/list.html"
    title = "Roles"

    def get(self) -> HttpResponse:
        """One page of roles."""
        filters = forms.ListQuery(self.request.GET).filters()
        page = self.listed(queries.roles(q=filters["q"]), filters=filters, key="name")
        return self.page({"page": page, "filters": filters, "may_write": self.may(Permission.WRITE_ROLES)})


class NewRole(Page):
    """Making a role."""

    access = {"GET": Permission.WRITE_ROLES, "POST": Permission.WRITE_ROLES}
    template = "console/pages/roles/new.html"
    title = "New role"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """The empty form."""
        return self.page({"form": forms.NewRole()})

    def post(self) -> HttpResponse:
        """Make it."""
        form = forms.NewRole(self.request.POST)
        with self.refusals(form):
            values = form.values()
            words = {"label": values["label"], "description": values["description"]}
            role = actions.create_role(values["name"], **words, permissions=form.wanted_scopes(), actor=self.actor)
            return self.done(f"The role {role.label} is made.", to="console.role", at=role.public_id)
        return self.page({"form": form}, status=form.answer_status)


class Role(Page):
    """One role."""

    access = {"GET": Permission.READ_ROLES, "POST": Permission.WRITE_ROLES}
    template = "console/pages/roles/detail.html"
    crumbs = CRUMBS

    def get(self, role_id: str) -> HttpResponse:
        """What it is called, is for and allows."""
        role = queries.role(identifiers.read("rol", role_id))
        initial = {"label": role.label, "description": role.description, "version": role.version}
        return self._page(role, forms.ChangedRole(given=role.permissions, initial=initial))

    def post(self, role_id: str) -> HttpResponse:
        """Change it, unless somebody else changed it meanwhile."""
        role = queries.role(identifiers.read("rol", role_id))
        form = forms.ChangedRole(self.request.POST, given=role.permissions)
        with self.refusals(form):
            values = form.values()
            words = {"label": values["label"], "description": values["description"], "expected_version": values["version"]}
            actions.change_role(role.id, **words, permissions=form.wanted_scopes(), actor=self.actor)
            return self.done("The changes are saved.", to="console.role", at=role_id)
        return self._page(role, form)

    def _page(self, role: Any, form: forms.ChangedRole) -> HttpResponse:
        may_change = self.may(Permission.WRITE_ROLES) and not role.is_builtin
        return self.page({"title": role.label, "role": role, "form": form, "may_change": may_change}, status=form.answer_status)


class RoleDeletion(Confirm):
    """The end of a role that nobody has."""

    access = {"GET": Permission.WRITE_ROLES, "POST": Permission.WRITE_ROLES}
    crumbs = CRUMBS
    verb = "Delete"

    def get(self, role_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(role_id, forms.Confirmation())

    def post(self, role_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            role = actions.delete_role(identifiers.read("rol", role_id), actor=self.actor)
            return self.done(f"The role {role.label} is deleted.", to="console.roles")
        return self._page(role_id, form)

    def _page(self, role_id: str, form: forms.Confirmation) -> HttpResponse:
        role = queries.role(identifiers.read("rol", role_id))
        effects = [
            "The role can no longer be given to anybody.",
            "A role that somebody still has is not deleted.",
            "What it allowed stays readable in the audit log.",
        ]
        return self.confirm(form, title=f"Delete {role.label}?", consequences=effects, back=reverse("console.role", args=[role_id]))
