"""One's own account."""

from django.http import HttpResponse

from console import forms
from console.views.base import Page
from console.views.entering import give_session
from identity import actions
from kernel.api.access import SIGNED_IN


class Account(Page):
    """Who one is here, what one may do, and another password."""

    access = {"GET": SIGNED_IN, "POST": SIGNED_IN}
    template = "console/pages/account.html"
    title = "Your account"

    def get(self) -> HttpResponse:
        """The page."""
        return self._page(forms.NewPassword())

    def post(self) -> HttpResponse:
        """Change the password; all other sessions end with it, this one gets another token."""
        form = forms.NewPassword(self.request.POST)
        with self.refusals(form):
            values = form.values()
            changed = actions.change_password(values["current"], replacement=values["replacement"], actor=self.actor)
            response = self.done("Your password is changed. You are signed out everywhere else.", to="console.account")
            give_session(response, changed.session_token)
            return response
        return self._page(form)

    def _page(self, form: forms.NewPassword) -> HttpResponse:
        grants = sorted({grant for held in self.actor.grants for grant in held})
        return self.page({"form": form, "grants": grants, "actor": self.actor}, status=form.answer_status)
