"""Coming in and going out: sign-in, sign-out, invitations."""

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from console import forms
from console.views.base import Page, safe_next
from identity import actions, queries
from kernel import tenancy
from kernel.api.access import PUBLIC


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
        """Begin a session and go to where the person wanted to be."""
        form = forms.SignIn(self.request.POST)
        with self.refusals(form):
            signed_in = actions.sign_in(form.values()["email"], password=form.values()["password"])
            return enter(signed_in.session_token, at=safe_next(self.request.POST.get("next", "")))
        return self._form(form)

    def _form(self, form: forms.SignIn) -> HttpResponse:
        given = self.request.POST or self.request.GET
        context = {"title": "Sign in", "form": form, "next": given.get("next", "")}
        return self.page(context, status=form.answer_status)


class SignOut(Page):
    """The end of a session."""

    access = {"POST": PUBLIC}

    def post(self) -> HttpResponse:
        """End the session behind the cookie, if it still lives."""
        actions.sign_out(self.request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
        response = HttpResponseRedirect(reverse("console.sign-in"))
        response.delete_cookie(settings.SESSION_COOKIE_NAME, samesite="Lax")
        return response


class Invitation(Page):
    """Where an invited person chooses a password."""

    access = {"GET": PUBLIC, "POST": PUBLIC}
    template = "console/pages/invitation.html"

    def get(self, token: str) -> HttpResponse:
        """The form, with the name that the invitation gave."""
        return self._form(token, forms.Acceptance(initial={"name": queries.invitation(token).user.name}))

    def post(self, token: str) -> HttpResponse:
        """Accept and begin the first session."""
        form = forms.Acceptance(self.request.POST)
        with self.refusals(form):
            password = form.values()["password"]
            person = actions.accept_invitation(token, password=password, name=form.values()["name"])
            return enter(actions.sign_in(person.email, password=password).session_token, at=reverse("console.overview"))
        return self._form(token, form)

    def _form(self, token: str, form: forms.Acceptance) -> HttpResponse:
        title = f"Welcome to {tenancy.current().name}"
        context = {"title": title, "form": form, "invitation": queries.invitation(token), "layout": "console/layouts/door.html"}
        return self.page(context, status=form.answer_status)


def enter(session_token: str, *, at: str) -> HttpResponseRedirect:
    """Give the browser its session and send it on."""
    response = HttpResponseRedirect(at)
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        session_token,
        max_age=settings.SESSION_ABSOLUTE_S,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response
