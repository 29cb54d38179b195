"""Another password for who forgot theirs: asking for a link, using one, and making one for somebody."""

from django.http import HttpResponse
from django.urls import reverse

from console import forms, identifiers
from console.views.base import Confirm, Page
from console.views.entering import go_on
from console.views.entrance import DOOR
from identity import actions, queries
from identity.permissions import Permission
from identity.problems import SignInRefused
from kernel.api.access import PUBLIC


class Forgotten(Page):
    """Asking for a mail. The answer is the same for everybody."""

    access = {"GET": PUBLIC, "POST": PUBLIC}
    template = "console/pages/passwords/forgotten.html"

    def get(self) -> HttpResponse:
        """The form."""
        return self._page(forms.Forgotten())

    def post(self) -> HttpResponse:
        """Ask, and say what happens next whoever it is."""
        form = forms.Forgotten(self.request.POST)
        with self.refusals(form):
            actions.ask_password_reset(form.values()["email"])
            return self.page({"title": "Look into your mail", "layout": DOOR, "asked": form.values()["email"]})
        return self._page(form)

    def _page(self, form: forms.Forgotten) -> HttpResponse:
        context = {"title": "Choose another password", "form": form, "layout": DOOR, "may_reset": queries.may_ask_reset()}
        return self.page(context, status=form.answer_status)


class Reset(Page):
    """Choosing another password by a link."""

    access = {"GET": PUBLIC, "POST": PUBLIC}
    template = "console/pages/passwords/reset.html"

    def get(self, token: str) -> HttpResponse:
        """The form. Raises ResetNotFound."""
        return self._page(token, forms.ChosenPassword())

    def post(self, token: str) -> HttpResponse:
        """Choose it and go on, to the second factor where there is one."""
        form = forms.ChosenPassword(self.request.POST)
        with self.refusals(form):
            return self._in(token, password=form.values()["password"])
        return self._page(token, form)

    def _in(self, token: str, *, password: str) -> HttpResponse:
        try:
            outcome = actions.reset_password(token, password=password)
        except SignInRefused:
            words = "Your password is changed, but you cannot enter from here now. Ask an administrator of this tenant."
            return self.warned(words, to=reverse("console.sign-in"))
        return go_on(outcome, at=reverse("console.overview"), request=self.request)

    def _page(self, token: str, form: forms.ChosenPassword) -> HttpResponse:
        email, minimum = queries.password_reset(token).user.email, queries.security_settings().password_minimum
        context = {"title": "Choose another password", "form": form, "layout": DOOR, "email": email, "minimum": minimum}
        response = self.page(context, status=form.answer_status)
        response["Cache-Control"] = "no-store"
        return response


class PersonReset(Confirm):
    """A link for somebody who cannot get a mail."""

    access = {"GET": Permission.WRITE_PEOPLE, "POST": Permission.WRITE_PEOPLE}
    crumbs = (("People", "console.people"),)
    verb = "Make the link"
    tone = "primary"

    def get(self, person_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(person_id, forms.Confirmation())

    def post(self, person_id: str) -> HttpResponse:
        """Make the link and show it this once."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            link = actions.issue_password_reset(identifiers.read("usr", person_id), actor=self.actor)
            address = f"{self.origin}{reverse('console.reset', args=[link.token])}"
            context = {"title": "Another password", "person": link.user, "link": address}
            return self.secret(context, template="console/pages/passwords/link.html")
        return self._page(person_id, form)

    def _page(self, person_id: str, form: forms.Confirmation) -> HttpResponse:
        person = queries.person(identifiers.read("usr", person_id))
        effects = [
            "You get a link, valid once and for an hour, and hand it over yourself. Make sure that it is really they who ask.",
            "When they choose another password, all their sessions end. A second factor is asked for all the same.",
            "A link that was made before stops working.",
        ]
        back = reverse("console.person", args=[person_id])
        return self.confirm(form, title=f"Another password for {person.name or person.email}?", consequences=effects, back=back)
