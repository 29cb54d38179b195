"""Showing a second factor: at sign-in, a passkey instead of a password, and once more before a sensitive act. All without JavaScript, but passkeys."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from console import forms, sensitive
from console.forms.factors import words
from console.views.base import STRANGER, Page, safe_next
from console.views.entering import attempt_of, give_attempt, give_trust, go_on, take_attempt
from identity import actions, queries
from identity.actions import Given, SignedIn
from identity.problems import AttemptEnded
from kernel.api.access import PUBLIC, SIGNED_IN

PASSKEY, SMS, PASSWORD = "webauthn", "sms", "password"


def given(form: forms.FactorProof | forms.FactorCompletion, *, origin: str) -> Given:
    """What a form gives to prove a factor. Raises Invalid."""
    values = form.values()
    return Given(code=values["code"], credential=values["credential"], origin=origin)


def onward(outcome: actions.Outcome, *, request: HttpRequest) -> HttpResponse:
    """On with a sign-in: to where the person wanted to be, or to what else is asked for."""
    return go_on(outcome, at=safe_next(outcome.return_path if isinstance(outcome, SignedIn) else ""), request=request)


def remembering(response: HttpResponse, token: str) -> HttpResponse:
    """The same answer, with the token of what has begun."""
    give_attempt(response, token)
    return response


def forgetting(response: HttpResponse) -> HttpResponse:
    """The same answer, after which the browser knows of nothing that has begun."""
    take_attempt(response)
    return response


class FactorPage(Page):
    """A page about one kind of factor, chosen by `?kind=` among those that the person has."""

    template = "console/pages/factors/prove.html"

    def kind_among(self, kinds: list[str]) -> str:
        """The chosen kind, or the strongest. Raises AttemptEnded when there is none."""
        wanted = self.request.POST.get("kind") or self.request.GET.get("kind", "")
        if not kinds:
            raise AttemptEnded("Ask an administrator: there is no factor that the rules take.")
        return wanted if wanted in kinds else kinds[0]

    def asked(self, kind: str, *, kinds: list[str], token: str) -> dict[str, Any]:
        """What the form needs to ask for one kind, and the others in its place. Raises AttemptEnded."""
        options = actions.ask_for_passkey(token, origin=self.origin) if kind == PASSKEY else ""
        others = words(one for one in kinds if one != kind)
        return {
            "kind": kind,
            "others": others,
            "options": options,
            "send_at": reverse("console.challenge-code"),
            "layout": STRANGER,
        }

    def begin_again(self, ended: AttemptEnded, *, at: str) -> HttpResponse:
        """Back to the beginning of what is over, with a word about it; where one was going is kept."""
        messages.warning(self.request, ended.detail)
        return forgetting(HttpResponseRedirect(self.on_the_way(at)))

    @property
    def going_to(self) -> str:
        """Where one was going, as the address or the form says; empty for nowhere."""
        return (self.request.POST or self.request.GET).get("next", "")

    def on_the_way(self, name: str, **query: str) -> str:
        """The address of a page between here and where one is going."""
        words = urlencode(query | ({"next": safe_next(self.going_to)} if self.going_to else {}))
        return f"{reverse(name)}?{words}" if words else reverse(name)


class SignInFactor(FactorPage):
    """The second factor of a sign-in."""

    access = {"GET": PUBLIC, "POST": PUBLIC}

    def get(self) -> HttpResponse:
        """The form of the strongest kind, with links to the others."""
        return self._page(forms.FactorProof())

    def post(self) -> HttpResponse:
        """Go on with the sign-in, and trust this browser if that was ticked."""
        form = forms.FactorProof(self.request.POST)
        try:
            with self.refusals(form):
                kind = self.request.POST.get("kind", "")
                outcome = actions.prove_factor(attempt_of(self.request), kind=kind, given=given(form, origin=self.origin))
                return _trusted(onward(outcome, request=self.request), outcome=outcome, is_wanted=form.values()["remember"])
        except AttemptEnded as ended:
            return self.begin_again(ended, at="console.sign-in")
        return self._page(form)

    def _page(self, form: forms.FactorProof) -> HttpResponse:
        token = attempt_of(self.request)
        try:
            person = queries.attempt_under_way(token).user
            if person is None:  # They chose a passkey and came back: nobody is known yet.
                return HttpResponseRedirect(reverse("console.sign-in"))
            kinds = queries.kinds_to_show(person)
            asked = self.asked(self.kind_among(kinds), kinds=kinds, token=token)
        except AttemptEnded as ended:
            return self.begin_again(ended, at="console.sign-in")
        days, here = queries.requirement(person).remember_days, reverse("console.challenge")
        context = {"title": "Show that it is you", "form": form, "remember_days": days, "here": here, **asked}
        return self.page(context, status=form.answer_status)


class SignInCode(FactorPage):
    """A code by text message, for a sign-in or a step-up."""

    access = {"POST": PUBLIC}

    def post(self) -> HttpResponse:
        """Send it, and go back to the form."""
        form = forms.FactorProof(self.request.POST)
        back, start = (
            ("console.challenge", "console.sign-in") if self.request.me is None else ("console.step-up", "console.step-up")
        )
        address = self.on_the_way(back, kind=SMS)
        try:
            with self.refusals(form):
                hint = actions.send_code(attempt_of(self.request))
                return self.told(f"A code is on its way to the number that ends in {hint}.", to=address)
        except AttemptEnded as ended:
            return self.begin_again(ended, at=start)
        return self.warned(" ".join(str(fault) for fault in form.non_field_errors()) or "No code was sent.", to=address)


class SignInPasskey(FactorPage):
    """Signing in with a passkey alone."""

    access = {"GET": PUBLIC, "POST": PUBLIC}
    template = "console/pages/factors/passkey.html"

    def get(self) -> HttpResponse:
        """The button, or the overview for whoever is signed in."""
        if self.request.me is not None:
            return HttpResponseRedirect(safe_next(self.going_to))
        return self._page(forms.FactorProof())

    def post(self) -> HttpResponse:
        """Sign in."""
        form = forms.FactorProof(self.request.POST)
        try:
            with self.refusals(form):
                outcome = actions.sign_in_with_passkey(attempt_of(self.request), given=given(form, origin=self.origin))
                return onward(outcome, request=self.request)
        except AttemptEnded as ended:
            return self.begin_again(ended, at="console.sign-in")
        return self._page(form)

    def _page(self, form: forms.FactorProof) -> HttpResponse:
        asked = actions.begin_passkey_sign_in(origin=self.origin, return_path=safe_next(self.going_to))
        context = {
            "title": "Sign in with a passkey",
            "form": form,
            "options": asked.options,
            "next": self.going_to,
            "layout": STRANGER,
        }
        return remembering(self.page(context, status=form.answer_status), asked.token)


class StepUp(FactorPage):
    """Showing once more that it is oneself, before a sensitive act."""

    access = {"GET": SIGNED_IN, "POST": SIGNED_IN}

    def get(self) -> HttpResponse:
        """The form; each visit begins anew unless one is under way."""
        return self._page(forms.FactorProof(), token=self._token())

    def post(self) -> HttpResponse:
        """Go on to where it was asked for."""
        form = forms.FactorProof(self.request.POST)
        token = attempt_of(self.request)
        try:
            with self.refusals(form):
                values, kind = form.values(), self.request.POST.get("kind", "")
                proof = given(form, origin=self.origin)
                actions.step_up(token, kind=kind, given=proof, password=values["password"], actor=self.actor)
                messages.success(self.request, "Thank you. Go on with what you were about to do.")
                return forgetting(HttpResponseRedirect(safe_next(self.going_to)))
        except AttemptEnded as ended:
            return self.begin_again(ended, at="console.step-up")
        return self._page(form, token=token)

    def _token(self) -> str:
        token = attempt_of(self.request)
        try:
            attempt = queries.attempt_under_way(token)
        except AttemptEnded:
            return actions.begin_step_up(actor=self.actor)
        is_this = attempt.purpose == "step_up" and attempt.session is not None and attempt.session.public_id == self.actor.session
        return token if is_this else actions.begin_step_up(actor=self.actor)

    def _page(self, form: forms.FactorProof, *, token: str) -> HttpResponse:
        person = queries.own_person(self.actor)
        kinds = queries.kinds_to_show(person) if queries.factors_of(person) else [PASSWORD]
        try:
            asked = self.asked(self.kind_among(kinds), kinds=kinds, token=token)
        except AttemptEnded as ended:
            return self.begin_again(ended, at="console.step-up")
        context = {"title": "Show once more that it is you", "form": form, "remember_days": 0, **asked, **self._why()}
        return remembering(self.page(context, status=form.answer_status), token)

    def _why(self) -> dict[str, Any]:
        """What it is asked for, and where one goes next."""
        where = safe_next(self.going_to)
        minutes = -(-queries.security_settings().step_up_s // 60)
        return {"here": reverse("console.step-up"), "next": where, "act": sensitive.act_at(where), "within_minutes": minutes}


def _trusted(response: HttpResponse, *, outcome: actions.Outcome, is_wanted: bool) -> HttpResponse:
    """The same answer, with the cookie of a trusted browser where the person wants it and the rules allow it."""
    if not is_wanted or not isinstance(outcome, SignedIn):
        return response
    found = queries.session_actor(outcome.session_token)
    if found is None or queries.requirement(outcome.user).remember_days == 0:
        return response
    give_trust(response, actions.trust_device(actor=found.actor))
    return response
