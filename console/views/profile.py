"""What a person says of themself, and what policies may ask of a person."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import forms, identifiers
from console.views.base import FormPage
from identity import actions, queries
from identity.permissions import Permission
from kernel.api.access import SIGNED_IN


class Profile(FormPage):
    """One's own name, language and time zone."""

    access = {"GET": SIGNED_IN, "POST": SIGNED_IN}
    title = "Your profile"
    crumbs = (("Your account", "console.account"),)

    def get(self) -> HttpResponse:
        """The present ones."""
        own = queries.person(self.me.user_id)
        initial = {"name": own.name, "locale": own.locale, "timezone": own.timezone, "version": own.version}
        return self.form(forms.ProfileForm(initial=initial), back=reverse("console.account"))

    def post(self) -> HttpResponse:
        """Change them."""
        form = forms.ProfileForm(self.request.POST)
        with self.refusals(form):
            values = form.values()
            changes = {"name": values["name"], "locale": values["locale"], "timezone": values["timezone"]}
            actions.change_profile(**changes, expected_version=values["version"], actor=self.actor)
            return self.done("Your profile is saved.", to="console.account")
        return self.form(form, back=reverse("console.account"))


class PersonAttributes(FormPage):
    """What policies may ask of a person."""

    access = {"GET": Permission.WRITE_PEOPLE, "POST": Permission.WRITE_PEOPLE}
    crumbs = (("People", "console.people"),)

    def get(self, person_id: str) -> HttpResponse:
        """The present ones."""
        person = queries.person(identifiers.read("usr", person_id))
        initial = {"attributes": forms.attribute_lines(person.attributes), "version": person.version}
        return self._page(person, forms.AttributesForm(initial=initial))

    def post(self, person_id: str) -> HttpResponse:
        """Exactly these."""
        person = queries.person(identifiers.read("usr", person_id))
        form = forms.AttributesForm(self.request.POST)
        with self.refusals(form):
            values = form.values()
            changes = {"attributes": values["attributes"], "expected_version": values["version"]}
            actions.change_person(person.id, **changes, actor=self.actor)
            return self.done("The attributes are saved.", to="console.person", at=person_id)
        return self._page(person, form)

    def _page(self, person: Any, form: forms.AttributesForm) -> HttpResponse:
        title = f"Attributes of {person.name or person.email}"
        return self.form(form, back=reverse("console.person", args=[person.public_id]), title=title)
