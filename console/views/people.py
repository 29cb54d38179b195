"""People: list, invite, change, suspend, resume, deactivate."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from audit import actions as trail
from audit import queries as audit
from audit.permissions import Permission as AuditPermission
from console import forms, identifiers, people_tabs
from console.views.base import ACTIVITY_SHOWN, Confirm, Page
from identity import actions, queries
from identity.permissions import Permission

CRUMBS = (("People", "console.people"),)
RIGHTS = {
    "may_write": Permission.WRITE_PEOPLE,
    "may_forget": AuditPermission.FORGET_PERSONS,
    "may_see_sessions": Permission.READ_SESSIONS,
    "may_see_keys": Permission.READ_KEYS,
    "may_see_factors": Permission.READ_FACTORS,
}
"""What the page of a person shows depends on these."""
RESUMED = {
    "active": "They can sign in again.",
    "waiting": "They can sign in as soon as a seat is free.",
    "invited": "They can accept their invitation again.",
}


class People(Page):
    """The list."""

    access = {"GET": Permission.READ_PEOPLE}
    template = "console/pages/people/list.html"
    title = "People"

    def get(self) -> HttpResponse:
        """One page of people."""
        filters = forms.PeopleQuery(self.request.GET).filters()
        page = self.listed(queries.people(q=filters["q"], status=filters["status"]), filters=filters)
        may_write = self.may(Permission.WRITE_PEOPLE)
        tabs = people_tabs.of(present="console.people", actor=self.actor)
        statuses = forms.PeopleQuery.STATUSES
        return self.page({"page": page, "filters": filters, "statuses": statuses, "may_write": may_write, "tabs": tabs})


class NewPerson(Page):
    """Inviting somebody."""

    access = {"GET": Permission.WRITE_PEOPLE, "POST": Permission.WRITE_PEOPLE}
    template = "console/pages/people/new.html"
    title = "Add a person"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """The empty form."""
        return self.page({"form": forms.NewPerson(role_choices=role_choices(), initial={"roles": ["member"]})})

    def post(self) -> HttpResponse:
        """Invite, and show the link this once."""
        form = forms.NewPerson(self.request.POST, role_choices=role_choices())
        with self.refusals(form):
            values = form.values()
            added = actions.add_person(values["email"], values["name"], values["roles"], actor=self.actor)
            return invited(self, added)
        return self.page({"form": form}, status=form.answer_status)


class Person(Page):
    """One person."""

    access = {"GET": Permission.READ_PEOPLE, "POST": Permission.WRITE_PEOPLE}
    template = "console/pages/people/detail.html"
    crumbs = CRUMBS

    def get(self, person_id: str) -> HttpResponse:
        """The person, their roles and what they did last."""
        person = actions.look_at_person(identifiers.read("usr", person_id), actor=self.actor)
        initial = {"name": person.name, "roles": person.role_names}
        return self._page(person, forms.ChangedPerson(role_choices=role_choices(), initial=initial))

    def post(self, person_id: str) -> HttpResponse:
        """Change name and roles, unless somebody else changed them meanwhile."""
        person = queries.person(identifiers.read("usr", person_id))
        form = forms.ChangedPerson(self.request.POST, role_choices=role_choices())
        with self.refusals(form):
            values = form.values()
            changes = {"name": values["name"], "role_names": values["roles"], "expected_version": values["version"]}
            actions.change_person(person.id, **changes, actor=self.actor)
            return self.done("The changes are saved.", to="console.person", at=person_id)
        return self._page(person, form)

    def _page(self, person: Any, form: forms.ChangedPerson) -> HttpResponse:
        context = {
            "title": person.name or person.email,
            "person": person,
            "form": form,
            "teams": queries.teams_of(person) if self.may(Permission.READ_TEAMS) else None,
            **{name: self.may(permission) for name, permission in RIGHTS.items()},
        }
        if self.may(AuditPermission.READ_ENTRIES):
            context["entries"] = audit.entries(actor_id=person.public_id).order_by("-id")[:ACTIVITY_SHOWN]
        return self.page(context, status=form.answer_status)


class PersonInvitation(Page):
    """A new link for somebody who has not come in yet, or who is invited back."""

    access = {"POST": Permission.WRITE_PEOPLE}
    title = "New invitation"
    crumbs = CRUMBS

    def post(self, person_id: str) -> HttpResponse:
        """Make the link and show it this once."""
        return invited(self, actions.renew_invitation(identifiers.read("usr", person_id), actor=self.actor))


class PersonSuspension(Confirm):
    """Shutting a person out until resumed."""

    access = {"GET": Permission.WRITE_PEOPLE, "POST": Permission.WRITE_PEOPLE}
    crumbs = CRUMBS
    verb = "Suspend"

    def get(self, person_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(person_id, forms.Reason())

    def post(self, person_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Reason(self.request.POST)
        with self.refusals(form):
            actions.suspend_person(identifiers.read("usr", person_id), reason=form.values()["reason"], actor=self.actor)
            return self.done("Suspended. Their sessions have ended.", to="console.person", at=person_id)
        return self._page(person_id, form)

    def _page(self, person_id: str, form: forms.Reason) -> HttpResponse:
        person = queries.person(identifiers.read("usr", person_id))
        effects = [
            "Every browser where they are signed in is signed out at once.",
            "Their API keys are refused until they are resumed.",
            "Nothing is deleted; an owner can resume them.",
        ]
        return self.confirm(
            form,
            title=f"Suspend {person.name or person.email}?",
            consequences=effects,
            back=reverse("console.person", args=[person_id]),
        )


class PersonResumption(Page):
    """Letting a suspended person in again."""

    access = {"POST": Permission.WRITE_PEOPLE}

    def post(self, person_id: str) -> HttpResponse:
        """Do it."""
        person = actions.resume_person(identifiers.read("usr", person_id), actor=self.actor)
        return self.done(f"Resumed. {RESUMED.get(person.status, '')}".strip(), to="console.person", at=person_id)


class PersonDeactivation(Confirm):
    """Ending a person's access for good."""

    access = {"GET": Permission.WRITE_PEOPLE, "POST": Permission.WRITE_PEOPLE}
    crumbs = CRUMBS
    verb = "Deactivate"

    def get(self, person_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(person_id, forms.Reason())

    def post(self, person_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Reason(self.request.POST)
        with self.refusals(form):
            actions.deactivate_person(identifiers.read("usr", person_id), reason=form.values()["reason"], actor=self.actor)
            return self.done("Deactivated. Sessions and keys have ended.", to="console.person", at=person_id)
        return self._page(person_id, form)

    def _page(self, person_id: str, form: forms.Reason) -> HttpResponse:
        person = queries.person(identifiers.read("usr", person_id))
        effects = [
            "Their sessions, trusted devices, pending sign-ins and links end at once, and so do invitations that they sent.",
            "Their API keys and the keys that sign beside them are revoked. If they are invited back and accept, only these come back.",
            "What they did stays readable in the audit log.",
        ]
        return self.confirm(
            form,
            title=f"Deactivate {person.name or person.email}?",
            consequences=effects,
            back=reverse("console.person", args=[person_id]),
        )


class PersonForgetting(Confirm):
    """Making what the audit log has of a person unreadable."""

    access = {"GET": AuditPermission.FORGET_PERSONS, "POST": AuditPermission.FORGET_PERSONS}
    crumbs = CRUMBS
    verb = "Forget"

    def get(self, person_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(queries.person(identifiers.read("usr", person_id)), forms.Forgetting())

    def post(self, person_id: str) -> HttpResponse:
        """Do it, once the address was typed."""
        person = queries.person(identifiers.read("usr", person_id))
        form = forms.Forgetting(self.request.POST, address=person.email)
        with self.refusals(form):
            trail.forget_person(person.public_id, reason=form.values()["reason"], actor=self.actor)
            return self.done("Forgotten. The audit log still holds.", to="console.person", at=person_id)
        return self._page(person, form)

    def _page(self, person: Any, form: forms.Forgetting) -> HttpResponse:
        found = audit.person_in_trail(person.public_id)
        effects = [
            f"In {found.entries} entries of the audit log their name, address and other personal details become unreadable, for good.",
            "That something was done, when, and by which identifier stays; the log can still be verified.",
            "Copies that were exported or streamed to other systems are not reached.",
            "Their account stays as it is. Deactivate it first if they left.",
        ]
        back = reverse("console.person", args=[person.public_id])
        return self.confirm(form, title=f"Forget {person.name or person.email} in the audit log?", consequences=effects, back=back)


def role_choices() -> list[Any]:
    """The tenant's roles as a form offers them."""
    return list(queries.roles().order_by("-is_builtin", "label"))


def invited(page: Page, added: actions.Added) -> HttpResponse:
    """The page with the link, shown once."""
    link = f"{page.origin}{reverse('console.invitation', args=[added.invitation_token])}"
    context = {"title": "Invitation", "person": added.person, "link": link}
    return page.secret(context, template="console/pages/people/invited.html")
