"""The trail: list, one entry, the check of the chain."""

from datetime import UTC, date, datetime, time, timedelta

from django.http import HttpResponse

from audit import queries
from audit.permissions import Permission
from console import forms, identifiers
from console.templatetags.console import words
from console.views.base import Page
from kernel import events

CRUMBS = (("Audit log", "console.audit"),)


class Trail(Page):
    """The list."""

    access = {"GET": Permission.READ_ENTRIES}
    template = "console/pages/audit/list.html"
    title = "Audit log"

    def get(self) -> HttpResponse:
        """One page of entries."""
        form = forms.AuditQuery(self.request.GET)
        filters = form.filters()
        since, until = start_of(form.cleaned_data.get("since")), end_of(form.cleaned_data.get("until"))
        found = queries.entries(q=filters["q"], action=filters["action"], outcome=filters["outcome"], since=since, until=until)
        context = {"page": self.listed(found, filters=filters), "filters": filters, "actions": action_choices()}
        context |= {"outcomes": form.OUTCOMES, "chain": queries.chain(), "may_verify": self.may(Permission.VERIFY)}
        return self.page(context)


class Entry(Page):
    """One entry."""

    access = {"GET": Permission.READ_ENTRIES}
    template = "console/pages/audit/entry.html"
    crumbs = CRUMBS

    def get(self, entry_id: str) -> HttpResponse:
        """The entry, its document and its seal."""
        entry = queries.entry(identifiers.read("ent", entry_id))
        return self.page({"title": words(entry.action), "entry": entry, "seal": queries.seal_of(entry)})


class ChainVerification(Page):
    """The proof that nothing was rewritten."""

    access = {"GET": Permission.VERIFY, "POST": Permission.VERIFY}
    template = "console/pages/audit/verification.html"
    title = "Verify the chain"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """How far the chain reaches."""
        return self.page({"chain": queries.chain()})

    def post(self) -> HttpResponse:
        """Check every seal, and say what was found."""
        return self.page({"verification": queries.verify(), "chain": queries.chain()})


def action_choices() -> list[tuple[str, str]]:
    """All actions that can stand in the trail, for a filter."""
    return [("", "Any action"), *sorted(((name, words(name)) for name in events.CATALOGUE), key=lambda choice: choice[1])]


def start_of(day: date | None) -> datetime | None:
    """The first moment of a day in UTC."""
    return None if day is None else datetime.combine(day, time.min, tzinfo=UTC)


def end_of(day: date | None) -> datetime | None:
    """The first moment after a day in UTC; a day after which the calendar ends is left open."""
    return None if day is None or day == date.max else start_of(day + timedelta(days=1))
