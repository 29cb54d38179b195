"""Security: the limits, and the accounts that are kept for emergencies."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import forms, identifiers, security_tabs
from console.views.base import Confirm, FormPage, Page
from identity import actions, queries
from identity.permissions import Permission

READ, WRITE, ARM = Permission.READ_SECURITY, Permission.WRITE_SECURITY, Permission.ARM_BREAK_GLASS
BREAK_GLASS = (("Security", "console.security"), ("Break-glass", "console.break-glass"))


class Security(Page):
    """The limits of sessions, passwords, keys, absence and support."""

    access = {"GET": READ, "POST": WRITE}
    template = "console/pages/security/limits.html"
    title = "Security"

    def get(self) -> HttpResponse:
        """The form, with what the tenant decided."""
        row = queries.own_security_settings()
        return self._page(forms.SecurityLimits(initial=forms.SecurityLimits.initial_of(row)))

    def post(self) -> HttpResponse:
        """Change them, unless somebody else did meanwhile."""
        form = forms.SecurityLimits(self.request.POST)
        with self.refusals(form):
            actions.change_security(form.changes(), expected_version=form.values()["version"], actor=self.actor)
            return self.done("The limits are saved.", to="console.security")
        return self._page(form)

    def _page(self, form: forms.SecurityLimits) -> HttpResponse:
        tabs = security_tabs.of(present="console.security", actor=self.actor)
        context = {"form": form, "tabs": tabs, "effective": queries.security_settings(), "may_write": self.may(WRITE)}
        return self.page(context, status=form.answer_status)


class BreakGlass(Page):
    """The accounts that are kept for emergencies."""

    access = {"GET": READ}
    template = "console/pages/security/break_glass.html"
    title = "Break-glass"

    def get(self) -> HttpResponse:
        """One page of them."""
        filters = forms.ListQuery(self.request.GET).filters()
        page = self.listed(queries.break_glass_accounts(filters["q"]), filters=filters)
        tabs = security_tabs.of(present="console.break-glass", actor=self.actor)
        rows = [(person, queries.break_glass_state(person)) for person in page.items]
        return self.page({"page": page, "rows": rows, "filters": filters, "tabs": tabs, "may_arm": self.may(ARM)})


class BreakGlassMark(FormPage):
    """Keeping an account for emergencies."""

    access = {"GET": ARM, "POST": ARM}
    crumbs = BREAK_GLASS
    title = "Keep an account for emergencies"
    lead = "It then enters only while it is armed, and always with a passkey or hardware key."
    verb = "Keep it for emergencies"

    def get(self) -> HttpResponse:
        """The form."""
        return self.form(forms.BreakGlassAccount(), back=reverse("console.break-glass"))

    def post(self) -> HttpResponse:
        """Mark it; its sessions end."""
        form = forms.BreakGlassAccount(self.request.POST)
        with self.refusals(form):
            person = queries.person_by_email(form.values()["email"])
            actions.mark_break_glass(person.id, actor=self.actor)
            return self.done("Marked. Its sessions have ended; arm it when it is needed.", to="console.break-glass")
        return self.form(form, back=reverse("console.break-glass"))


class BreakGlassArming(FormPage):
    """Arming an account."""

    access = {"GET": ARM, "POST": ARM}
    crumbs = BREAK_GLASS
    lead = "Until then it may sign in. That it was armed, and each use, is told of in the audit log with high severity."
    verb = "Arm it"

    def get(self, person_id: str) -> HttpResponse:
        """The form."""
        return self._page(person_id, forms.Arming(initial={"hours": 4}))

    def post(self, person_id: str) -> HttpResponse:
        """Arm it."""
        form = forms.Arming(self.request.POST)
        with self.refusals(form):
            values = form.values()
            person = actions.arm_break_glass(_id(person_id), hours=values["hours"], reason=values["reason"], actor=self.actor)
            return self.done(f"{person.email} is armed for {values['hours']} h.", to="console.break-glass")
        return self._page(person_id, form)

    def _page(self, person_id: str, form: forms.Arming) -> HttpResponse:
        person = queries.person(_id(person_id))
        return self.form(form, back=reverse("console.break-glass"), title=f"Arm {person.email}")


class BreakGlassDisarming(Page):
    """Shutting an account again."""

    access = {"POST": ARM}
    crumbs = BREAK_GLASS

    def post(self, person_id: str) -> HttpResponse:
        """Do it; its sessions end."""
        person = actions.disarm_break_glass(_id(person_id), actor=self.actor)
        return self.done(f"{person.email} is not armed any more.", to="console.break-glass")


class BreakGlassUnmark(Confirm):
    """Letting an account be like any other again."""

    access = {"GET": ARM, "POST": ARM}
    crumbs = BREAK_GLASS
    verb = "Do not keep it for emergencies"

    def get(self, person_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(person_id, forms.Confirmation())

    def post(self, person_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.unmark_break_glass(_id(person_id), actor=self.actor)
            return self.done("It is an account like any other now.", to="console.break-glass")
        return self._page(person_id, form)

    def _page(self, person_id: str, form: forms.Confirmation) -> HttpResponse:
        person = queries.person(_id(person_id))
        effects = ["It may sign in at any time again, by the rules for everybody.", "Its sessions end now."]
        title = f"Let {person.email} be like any other?"
        return self.confirm(form, title=title, consequences=effects, back=reverse("console.break-glass"))


def _id(person_id: str) -> Any:
    return identifiers.read("usr", person_id)
