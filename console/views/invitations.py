"""Invitations: who is invited, sending a link again, withdrawing one."""

from django.http import HttpResponse
from django.urls import reverse

from console import forms, identifiers, people_tabs
from console.views.base import Confirm, Page
from console.views.people import invited
from identity import actions, queries
from identity.permissions import Permission

READ, WRITE = Permission.READ_PEOPLE, Permission.WRITE_PEOPLE
CRUMBS = (("Invitations", "console.invitations"),)


class Invitations(Page):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/invitations/list.html"
    title = "Invitations"

    def get(self) -> HttpResponse:
        """One page of invitations."""
        form = forms.InvitationsQuery(self.request.GET)
        filters = form.filters()
        page = self.listed(queries.invitations(q=filters["q"], state=filters["state"]), filters=filters)
        rows = [(row, queries.invitation_state(row)) for row in page.items]
        context = {"page": page, "rows": rows, "filters": filters, "states": form.STATES, "may_write": self.may(WRITE)}
        return self.page(context | {"tabs": people_tabs.of(present="console.invitations", actor=self.actor)})


class InvitationRenewal(Page):
    """Another link for the same person."""

    access = {"POST": WRITE}
    title = "New invitation"
    crumbs = CRUMBS

    def post(self, invitation_id: str) -> HttpResponse:
        """Make the link and show it this once."""
        found = queries.invitation_by_id(identifiers.read("inv", invitation_id))
        return invited(self, actions.renew_invitation(found.user_id, actor=self.actor))


class InvitationWithdrawal(Confirm):
    """Making a link useless."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Withdraw"

    def get(self, invitation_id: str) -> HttpResponse:
        """What will happen."""
        return self._asked(invitation_id, forms.Confirmation())

    def post(self, invitation_id: str) -> HttpResponse:
        """Withdraw it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.revoke_invitation(identifiers.read("inv", invitation_id), actor=self.actor)
            return self.done("The invitation is withdrawn.", to="console.invitations")
        return self._asked(invitation_id, form)

    def _asked(self, invitation_id: str, form: forms.Form) -> HttpResponse:
        found = queries.invitation_by_id(identifiers.read("inv", invitation_id))
        consequences = ["The link stops working at once.", "The person stays in the list of people and can be given another link."]
        title = f"Withdraw the invitation of {found.user.email}?"
        return self.confirm(form, title=title, consequences=consequences, back=reverse("console.invitations"))
