"""Seats: how many, who has one, and what becomes of one person too many."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import forms, people_tabs
from console.views.base import FormPage, Page
from identity import actions, documents, queries
from identity.permissions import Permission

READ, WRITE = Permission.READ_SEATS, Permission.WRITE_SEATS


class Seats(Page):
    """The numbers, and the list of people who have a seat or wait for one."""

    access = {"GET": READ}
    template = "console/pages/seats/list.html"
    title = "Seats"

    def get(self) -> HttpResponse:
        """One page of people."""
        form = forms.SeatHoldersQuery(self.request.GET)
        filters = form.filters()
        page = self.listed(queries.seat_holders(q=filters["q"], state=filters["state"]), filters=filters)
        context: dict[str, Any] = {"page": page, "filters": filters, "states": form.STATES}
        context |= {"policy": queries.seat_policy(), "count": queries.seat_count(), "may_write": self.may(WRITE)}
        context["rules"] = dict(forms.SeatsForm.RULES)
        context["rows"] = [(person, documents.of_seat_holder(person)["state"]) for person in page.items]
        return self.page(context | {"tabs": people_tabs.of(present="console.seats", actor=self.actor)})


class SeatRules(FormPage):
    """Changing the number and the rule."""

    access = {"GET": WRITE, "POST": WRITE}
    title = "Change the seats"
    lead = "Nobody loses a seat by it. Whoever waits and now has one enters at once."
    crumbs = (("People", "console.people"), ("Seats", "console.seats"))

    def get(self) -> HttpResponse:
        """The form as the seats are now."""
        policy = queries.seat_policy()
        initial = {"maximum": policy.maximum, "rule": policy.rule, "version": policy.version}
        return self.form(forms.SeatsForm(initial=initial), back=reverse("console.seats"))

    def post(self) -> HttpResponse:
        """Change them, unless somebody else did meanwhile."""
        form = forms.SeatsForm(self.request.POST)
        with self.refusals(form):
            values = form.values()
            expected = values["version"]
            actions.change_seats(maximum=values["maximum"], rule=values["rule"], expected_version=expected, actor=self.actor)
            return self.done("The seats are changed.", to="console.seats")
        return self.form(form, back=reverse("console.seats"))
