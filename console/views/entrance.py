"""Coming in and going out: sign-in, sign-out, invitations."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from console import forms
from console.views.base import Page, safe_next
from console.views.entering import go_on, take_session, trusted_of
from identity import actions, queries
from identity.actions import Challenged, Outcome
from kernel import tenancy
from kernel.api.access import PUBLIC
from kernel.problems import Problem

DOOR = "console/layouts/door.html"


class SignIn(Page):
    """By e-mail and password."""

    access = {"GET": PUBLIC, "POST": PUBLIC}
    template = "console/pages/sign_in.html"

    def get(self) -> HttpResponse:
        """The form, or the overview for whoever is signed in."""
        if self.request.me is not None:
            return HttpResponseRedirect(safe_next(self.request.GET.get("next", "")))
        return self._form(forms.SignIn())

    def post(self) -> HttpResponse:
        """Begin a session and go to where the person wanted to be, or on to their second factor."""
        form, place = forms.SignIn(self.request.POST), safe_next(self.request.POST.get("next", ""))
        with self.refusals(form):
            email, password = form.values()["email"], form.values()["password"]
            trusted = trusted_of(self.request)
            outcome = actions.sign_in(email, password=password, trusted_device=trusted, return_path=place)
            return self._in(outcome, at=place)
        return self._form(form)

    def _in(self, outcome: Outcome, *, at: str) -> HttpResponse:
        if not isinstance(outcome, Challenged) and outcome.is_password_leaked:
            messages.warning(self.request, "Your password is on a list of leaked ones. Choose another now.")
            return go_on(outcome, at=reverse("console.account"), request=self.request)
        return go_on(outcome, at=at, request=self.request)

    def _form(self, form: forms.SignIn) -> HttpResponse:
        given = self.request.POST or self.request.GET
        context = {"title": "Sign in", "form": form, "next": given.get("next", ""), "may_reset": queries.may_ask_reset()}
        return self.page(context, status=form.answer_status)


class SignOut(Page):
    """The end of a session."""

    access = {"POST": PUBLIC}

    def post(self) -> HttpResponse:
        """End the session behind the cookie, if it still lives."""
        actions.sign_out(self.request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
        response = HttpResponseRedirect(reverse("console.sign-in"))
        take_session(response)
        return response


class Invitation(Page):
    """Where an invited person chooses a password."""

    access = {"GET": PUBLIC, "POST": PUBLIC}
    template = "console/pages/invitation.html"

    def get(self, token: str) -> HttpResponse:
        """The form, with the name that the invitation gave."""
        return self._form(token, forms.Acceptance(initial={"name": queries.invitation(token).user.name}))

    def post(self, token: str) -> HttpResponse:
        """Accept and begin the first session; who waits for a seat is told so."""
        form = forms.Acceptance(self.request.POST)
        with self.refusals(form):
            password = form.values()["password"]
            person = actions.accept_invitation(token, password=password, name=form.values()["name"])
            if not person.is_active:
                return self.warned("You are set up. You can sign in as soon as a seat is free.", to=reverse("console.sign-in"))
            return self._let_in(person.email, password=password)
        return self._form(token, form)

    def _let_in(self, email: str, *, password: str) -> HttpResponse:
        # The invitation is used up whatever becomes of the sign-in, which may be refused: by networks, say, that their roles ask for.
        try:
            outcome = actions.sign_in(email, password=password)
            return go_on(outcome, at=reverse("console.overview"), request=self.request)
        except Problem as refusal:
            return self.warned(f"You are set up, but cannot enter from here now. {refusal.detail}", to=reverse("console.sign-in"))

    def _form(self, token: str, form: forms.Acceptance) -> HttpResponse:
        title = f"Welcome to {tenancy.current().name}"
        minimum = queries.security_settings().password_minimum
        context = {"title": title, "form": form, "invitation": queries.invitation(token), "layout": DOOR, "minimum": minimum}
        return self.page(context, status=form.answer_status)
