"""One's own factors, recovery codes and trusted browsers; adding a factor, also in the middle of a sign-in; and those of others."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from console import forms, identifiers
from console.forms.factors import ADDED, KINDS, words
from console.views.base import STRANGER, Confirm, FormPage, Page
from console.views.entering import attempt_of
from console.views.factor_proofs import FactorPage, forgetting, given, onward, remembering
from identity import actions, queries
from identity.permissions import Permission
from identity.problems import AttemptEnded
from kernel.api.access import PUBLIC, SIGNED_IN
from kernel.problems import NotFound

CRUMBS = (("Your account", "console.account"), ("Second factors", "console.factors"))
ADDING = {"webauthn": "Add a passkey or security key", "totp": "Add an authenticator app", "sms": "Add a telephone"}
FIRST_NAMES = {"webauthn": "Passkey", "totp": "Authenticator app", "sms": "Telephone"}


def known(factor_kind: str) -> str:
    """A kind that stands in an address. Raises NotFound."""
    if factor_kind not in dict(ADDED):
        raise NotFound("Check the address: there is no such kind of factor.")
    return factor_kind


class Factors(Page):
    """One's own factors, and what stands beside them."""

    access = {"GET": SIGNED_IN}
    template = "console/pages/factors/list.html"
    title = "Second factors"
    crumbs = CRUMBS[:1]

    def get(self) -> HttpResponse:
        """The page."""
        person = queries.own_person(self.actor)
        filters = forms.FactorsQuery(self.request.GET).filters()
        page = self.listed(queries.trusted_devices(person, q=filters["q"]), filters=filters)
        context = {
            "factors": [(one, KINDS[one.kind]) for one in queries.factors_of(person, q=filters["q"])],
            "to_add": words(queries.kinds_to_add(person)), "codes": queries.recovery_codes_left(person), "filters": filters,
            "factor_asked": queries.requirement_unmet(person), "page": page, "has_any": bool(queries.factors_of(person)),
        }  # fmt: skip
        return self.page(context)


class NewFactor(FormPage):
    """What a new factor is called; begins the enrolment."""

    access = {"GET": SIGNED_IN, "POST": SIGNED_IN}
    crumbs = CRUMBS
    verb = "Go on"
    lead = "Give it a name first. The next page shows what to do."

    def get(self, factor_kind: str) -> HttpResponse:
        """The form."""
        kind = known(factor_kind)
        return self._page(kind, forms.FactorBeginning(kind=kind, initial={"name": FIRST_NAMES[kind]}))

    def post(self, factor_kind: str) -> HttpResponse:
        """Begin, and go on to where the factor is proved."""
        kind = known(factor_kind)
        form = forms.FactorBeginning(self.request.POST, kind=kind)
        with self.refusals(form):
            values = form.values()
            token = actions.open_enrolment(actor=self.actor)
            actions.begin_factor(token, kind=kind, name=values["name"], number=values.get("number", ""))
            response = HttpResponseRedirect(reverse("console.factor-completion", args=[kind]))
            return remembering(response, token)
        return self._page(kind, form)

    def _page(self, kind: str, form: forms.FactorBeginning) -> HttpResponse:
        return self.form(form, back=reverse("console.factors"), title=ADDING[kind])


class Completing(FactorPage):
    """Where a new factor is proved: from the account, and at sign-in."""

    template = "console/pages/factors/complete.html"
    begin: str
    of_stranger: bool

    def get(self, factor_kind: str) -> HttpResponse:
        """What is needed, and the form."""
        return self._page(known(factor_kind), forms.FactorCompletion(initial={"name": FIRST_NAMES[known(factor_kind)]}))

    def post(self, factor_kind: str) -> HttpResponse:
        """Take the factor into use."""
        kind = known(factor_kind)
        form = forms.FactorCompletion(self.request.POST)
        try:
            with self.refusals(form):
                token, name = attempt_of(self.request), form.values()["name"]
                done = actions.complete_factor(token, kind=kind, name=name, given=given(form, origin=self.origin))
                return self.completed(done)
        except AttemptEnded as ended:
            return self.begin_again(ended, at=self.begin)
        return self._page(kind, form)

    def completed(self, done: actions.Completed) -> HttpResponse:
        """Where it goes on."""
        if done.outcome is not None:
            return onward(done.outcome, request=self.request)
        return forgetting(self.done("The factor is ready. Make recovery codes too, if you have none.", to="console.factors"))

    def _page(self, kind: str, form: forms.FactorCompletion) -> HttpResponse:
        try:
            shown = actions.show_enrolment(attempt_of(self.request), kind=kind, origin=self.origin)
        except AttemptEnded as ended:
            return self.begin_again(ended, at=self.begin)
        context: dict[str, Any] = {
            "title": ADDING[kind], "form": form, "shown": shown, "kind": kind, "back": reverse(self.begin),
            "crumbs": [] if self.of_stranger else [{"label": label, "url": reverse(name)} for label, name in CRUMBS],
        }  # fmt: skip
        if self.of_stranger:
            context["layout"] = STRANGER
        return self.secret(context, status=form.answer_status)


class FactorCompletion(Completing):
    """Of a signed-in person."""

    access = {"GET": SIGNED_IN, "POST": SIGNED_IN}
    begin = "console.factors"
    of_stranger = False


class SignInCompletion(Completing):
    """In the middle of a sign-in."""

    access = {"GET": PUBLIC, "POST": PUBLIC}
    begin = "console.sign-in"
    of_stranger = True


class SignInEnrolment(FactorPage):
    """The rules ask for a factor and the person has none: choosing a kind."""

    access = {"GET": PUBLIC}
    template = "console/pages/factors/choose.html"

    def get(self) -> HttpResponse:
        """The kinds that the rules take."""
        try:
            person = queries.attempt_under_way(attempt_of(self.request)).user
        except AttemptEnded as ended:
            return self.begin_again(ended, at="console.sign-in")
        kinds = [] if person is None else queries.kinds_to_add(person)
        return self.page({"title": "Set up a second factor", "kinds": words(kinds), "layout": STRANGER})


class SignInNewFactor(FactorPage):
    """The same for one kind: its name."""

    access = {"GET": PUBLIC, "POST": PUBLIC}
    template = "console/pages/factors/begin.html"

    def get(self, factor_kind: str) -> HttpResponse:
        """The form."""
        kind = known(factor_kind)
        return self._page(kind, forms.FactorBeginning(kind=kind, initial={"name": FIRST_NAMES[kind]}))

    def post(self, factor_kind: str) -> HttpResponse:
        """Begin."""
        kind = known(factor_kind)
        form = forms.FactorBeginning(self.request.POST, kind=kind)
        try:
            with self.refusals(form):
                values, token = form.values(), attempt_of(self.request)
                actions.begin_factor(token, kind=kind, name=values["name"], number=values.get("number", ""))
                return HttpResponseRedirect(reverse("console.challenge-enrolment-completion", args=[kind]))
        except AttemptEnded as ended:
            return self.begin_again(ended, at="console.sign-in")
        return self._page(kind, form)

    def _page(self, kind: str, form: forms.FactorBeginning) -> HttpResponse:
        context = {"title": ADDING[kind], "form": form, "back": reverse("console.challenge-enrolment"), "layout": STRANGER}
        return self.page(context, status=form.answer_status)


class FactorRenaming(FormPage):
    """Another name for one of one's own factors."""

    access = {"GET": SIGNED_IN, "POST": SIGNED_IN}
    crumbs = CRUMBS

    def get(self, factor_id: str) -> HttpResponse:
        """The form."""
        found = queries.factor_of(queries.own_person(self.actor), identifiers.read("fac", factor_id))
        return self._page(forms.FactorName(initial={"name": found.name}))

    def post(self, factor_id: str) -> HttpResponse:
        """Rename it."""
        form = forms.FactorName(self.request.POST)
        queries.factor_of(queries.own_person(self.actor), identifiers.read("fac", factor_id))
        with self.refusals(form):
            actions.rename_factor(identifiers.read("fac", factor_id), name=form.values()["name"], actor=self.actor)
            return self.done("It has another name now.", to="console.factors")
        return self._page(form)

    def _page(self, form: forms.FactorName) -> HttpResponse:
        return self.form(form, back=reverse("console.factors"), title="Rename the factor")


class FactorRemoval(Confirm):
    """The end of one of one's own factors."""

    access = {"GET": SIGNED_IN, "POST": SIGNED_IN}
    crumbs = CRUMBS
    verb = "Remove"

    def get(self, factor_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(factor_id, forms.Confirmation())

    def post(self, factor_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.remove_factor(identifiers.read("fac", factor_id), actor=self.actor)
            return self.done("The factor is gone.", to="console.factors")
        return self._page(factor_id, form)

    def _page(self, factor_id: str, form: forms.Confirmation) -> HttpResponse:
        found = queries.factor_of(queries.own_person(self.actor), identifiers.read("fac", factor_id))
        effects = ["It proves nothing any more.", "Browsers that you trusted ask for a factor again."]
        return self.confirm(form, title=f"Remove {found.name}?", consequences=effects, back=reverse("console.factors"))


class RecoveryCodes(Confirm):
    """New recovery codes, shown once."""

    access = {"GET": SIGNED_IN, "POST": SIGNED_IN}
    crumbs = CRUMBS
    verb = "Make new codes"
    tone = "primary"

    def get(self) -> HttpResponse:
        """What will happen."""
        return self._page(forms.Confirmation())

    def post(self) -> HttpResponse:
        """Make them and show them this once."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            codes = actions.make_recovery_codes(actor=self.actor)
            return self.secret({"title": "Your recovery codes", "codes": codes}, template="console/pages/factors/codes.html")
        return self._page(form)

    def _page(self, form: forms.Confirmation) -> HttpResponse:
        effects = [
            "You get ten codes, each of which signs you in once when you have nothing else.",
            "Codes that you had before end.",
        ]
        return self.confirm(form, title="Make recovery codes?", consequences=effects, back=reverse("console.factors"))


class TrustedDeviceEnd(Page):
    """Trusting a browser no more."""

    access = {"POST": SIGNED_IN}

    def post(self, trusted_device_id: str) -> HttpResponse:
        """Do it."""
        actions.revoke_trusted_device(identifiers.read("tdv", trusted_device_id), actor=self.actor)
        return self.done("This browser is asked for a factor again.", to="console.factors")


class PersonFactors(Page):
    """The factors of somebody else."""

    access = {"GET": Permission.READ_FACTORS}
    template = "console/pages/factors/person.html"
    crumbs = (("People", "console.people"),)

    def get(self, person_id: str) -> HttpResponse:
        """The page."""
        person = queries.person(identifiers.read("usr", person_id))
        filters = forms.FactorsQuery(self.request.GET).filters()
        page = self.listed(queries.trusted_devices(person, q=filters["q"]), filters=filters)
        factors = [(one, KINDS[one.kind]) for one in queries.factors_of(person, q=filters["q"])]
        called = person.name or person.email
        context = {
            "title": f"Second factors of {called}", "person": person, "factors": factors, "codes": queries.recovery_codes_left(person),
            "filters": filters, "crumbs": self.above(called, url=reverse("console.person", args=[person_id])),
            "page": page, "asked": queries.requirement(person), "may_write": self.may(Permission.WRITE_FACTORS),
        }  # fmt: skip
        return self.page(context)


class PersonTrustedDeviceEnd(Page):
    """Trusting a browser of somebody else no more."""

    access = {"POST": Permission.WRITE_FACTORS}

    def post(self, person_id: str, trusted_device_id: str) -> HttpResponse:
        """Do it."""
        person = queries.person(identifiers.read("usr", person_id))
        device = queries.trusted_device(person, identifiers.read("tdv", trusted_device_id))
        actions.revoke_trusted_device(device.id, actor=self.actor)
        return self.done("This browser is asked for a factor again.", to="console.person-factors", at=person_id)


class PersonFactorRemoval(Confirm):
    """Taking a factor from somebody."""

    access = {"GET": Permission.WRITE_FACTORS, "POST": Permission.WRITE_FACTORS}
    crumbs = (("People", "console.people"),)
    verb = "Remove"

    def get(self, person_id: str, factor_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(person_id, factor_id, forms.Reason())

    def post(self, person_id: str, factor_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Reason(self.request.POST)
        person, factor = identifiers.read("usr", person_id), identifiers.read("fac", factor_id)
        with self.refusals(form):
            actions.remove_factor_of(person, factor_id=factor, reason=form.values()["reason"], actor=self.actor)
            return self.done("The factor is gone.", to="console.person-factors", at=person_id)
        return self._page(person_id, factor_id, form)

    def _page(self, person_id: str, factor_id: str, form: forms.Reason) -> HttpResponse:
        person = queries.person(identifiers.read("usr", person_id))
        found = queries.factor_of(person, identifiers.read("fac", factor_id))
        effects = ["It proves nothing any more.", "Browsers that they trusted ask for a factor again.", "If the rules ask for a factor, they set one up at their next sign-in."]  # fmt: skip
        back = reverse("console.person-factors", args=[person_id])
        return self.confirm(form, title=f"Remove {found.name} of {person.name}?", consequences=effects, back=back)


class PersonFactorsRemoval(Confirm):
    """Taking all factors from somebody who lost them."""

    access = {"GET": Permission.WRITE_FACTORS, "POST": Permission.WRITE_FACTORS}
    crumbs = (("People", "console.people"),)
    verb = "Remove everything"

    def get(self, person_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(person_id, forms.Reason())

    def post(self, person_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Reason(self.request.POST)
        person = identifiers.read("usr", person_id)
        with self.refusals(form):
            actions.remove_factors_of(person, reason=form.values()["reason"], actor=self.actor)
            return self.done("Their factors are gone, and their sessions ended.", to="console.person-factors", at=person_id)
        return self._page(person_id, form)

    def _page(self, person_id: str, form: forms.Reason) -> HttpResponse:
        person = queries.person(identifiers.read("usr", person_id))
        effects = [
            "Their password alone is left; be sure that you talk to the right person.",
            "Their sessions, recovery codes and trusted browsers end.",
            "If the rules ask for a factor, they set one up at their next sign-in.",
        ]
        back = reverse("console.person-factors", args=[person_id])
        return self.confirm(form, title=f"Remove all factors of {person.name}?", consequences=effects, back=back)
