"""The trail: list, live tail, one entry, the check of the chain."""

from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from audit import actions, queries
from audit.events import EntriesListed, EntryRead
from audit.permissions import Permission
from audit.problems import SearchTooLong
from audit.queries import Filters
from console import audit_tabs, forms, identifiers
from console.templatetags.console import words
from console.views.base import FRAGMENT, ROWS_PER_PAGE, Page
from kernel import events
from kernel.api import pages

CRUMBS = (("Audit log", "console.audit"),)
LIVE_AT_FIRST, LIVE_AT_ONCE, VIEWS_SHOWN = 25, 200, 12
NOTHING_NEW = 204


class AuditPage(Page):
    """A page of the trail, with its tabs. `tab` is the URL name of the one that it belongs to."""

    tab = "console.audit"
    title = "Audit log"

    def shown(self, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """The page below its tabs."""
        return self.page({"tabs": audit_tabs.of(present=self.tab, actor=self.actor), **context}, status=status)

    def filtering(self, form: forms.AuditQuery) -> dict[str, Any]:
        """What the bar of filters shows, and where the same filters lead elsewhere."""
        chosen = form.chosen()
        told = {"chosen": chosen, "span": form.span(), "actions": action_choices(), "form": form, "further": further(chosen)}
        return told | {"query": urlencode(chosen.as_dict()), "may_export": self.may(Permission.EXPORT)}


class Trail(AuditPage):
    """The list."""

    access = {"GET": Permission.READ_ENTRIES}
    template = "console/pages/audit/list.html"

    def get(self) -> HttpResponse:
        """One page of entries; a search that takes too long says so in its place."""
        context = self.filtering(forms.AuditQuery(self.request.GET))
        chosen = context["chosen"]
        try:
            context["page"] = self._page(chosen)
        except SearchTooLong as problem:
            context |= {"page": pages.Page(items=[], next_cursor=""), "problem_of_search": problem}
        actions.record_read(EntriesListed(subject="trail", filters=chosen.as_dict()), actor=self.actor)
        return self.shown(context | self._beside(chosen))

    def _page(self, chosen: Filters) -> pages.Page[Any]:
        scope = f"{self.request.path}?{urlencode(sorted(chosen.as_dict().items()))}"
        return pages.cut_found(partial(newest, chosen), scope=scope, cursor=self.request.GET.get("cursor", ""), limit=ROWS_PER_PAGE)

    def _beside(self, chosen: Filters) -> dict[str, Any]:
        """The chain and the saved views."""
        chain = {
            "chain": queries.chain(),
            "checkpoint": queries.latest_checkpoint_or_none(),
            "last": queries.last_check(),
            "job": queries.running_check(),
            "may_verify": self.may(Permission.VERIFY),
        }
        found = queries.views(actor=self.actor).order_by("name")[:VIEWS_SHOWN]
        return chain | {"views": [view_link(view, chosen=chosen) for view in found]}


class Live(AuditPage):
    """Entries as they are sealed. The page asks again every two seconds behind the last `seq` that it has; paused, it asks when it is told to."""

    access = {"GET": Permission.READ_ENTRIES}
    template = "console/pages/audit/live.html"
    title = "Live"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """The newest entries, or, for the page itself, those behind `after`."""
        context = self.filtering(forms.AuditQuery(self.request.GET))
        actions.record_read(EntriesListed(subject="trail", filters=context["chosen"].as_dict()), actor=self.actor)
        after = place_of(self.request.GET.get("after", ""))
        tail = self._tail(after, context["chosen"])
        if self.request.GET.get("paused"):
            tail = queries.Tail([], after=tail.after if after is None else after, size=tail.size)
        elif tail.after == after and self._is_poll():
            return HttpResponse(status=NOTHING_NEW)
        entries = [sealed.entry for sealed in reversed(tail.items)]
        context |= {"entries": entries, "tail": tail, "is_first": after is None, "is_paused": bool(self.request.GET.get("paused"))}
        return self.shown(context)

    def _is_poll(self) -> bool:
        return self.request.page_layout == FRAGMENT and not self.request.GET.get("resumed")

    def _tail(self, after: int | None, chosen: Filters) -> queries.Tail:
        if after is not None:
            return queries.tail(after=after, filters=chosen, limit=LIVE_AT_ONCE)
        size = queries.tail().size
        return queries.tail(after=max(0, size - LIVE_AT_FIRST), filters=chosen, limit=LIVE_AT_FIRST)


class Entry(AuditPage):
    """One entry: a page of its own, and the drawer beside the list."""

    access = {"GET": Permission.READ_ENTRIES}
    template = "console/pages/audit/entry.html"
    crumbs = CRUMBS

    def get(self, entry_id: str) -> HttpResponse:
        """What was recorded, what it changed, the request, the seal."""
        entry = queries.entry(identifiers.read("ent", entry_id))
        actions.record_read(EntryRead(subject=entry.public_id, subject_label=entry.action), actor=self.actor)
        document = queries.opened(entry)
        context = {"title": words(entry.action), "entry": entry, "document": document, "seal": queries.seal_of(entry)}
        country = queries.country_of(document["context"]["address"])
        return self.shown(context | {"rows": rows_of(document), "country": country})


def newest(chosen: Filters, before: UUID | None, number: int) -> list[Any]:
    """Entries below an id."""
    return queries.newest(chosen, before=before, limit=number)


def place_of(text: str) -> int | None:
    """A `seq` in an address; None where there is none that can be read."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**63)) else None


def view_link(view: Any, *, chosen: Filters) -> dict[str, Any]:
    """A saved view as a link to the list, and whether it is what the list shows now."""
    url = f"{reverse('console.audit')}?{urlencode(view.filters)}"
    return {"name": view.name, "url": url, "current": view.filters == chosen.as_dict(), "is_shared": view.is_shared}


def further(chosen: Filters) -> bool:
    """Whether a filter is set that stands in the second row of the bar."""
    return not {"source", "actor", "subject", "address", "since", "until"}.isdisjoint(chosen.given)


def rows_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What was changed, as rows of a comparison; text for values that are no text."""
    return [{"field": field, "old": plain(pair[0]), "new": plain(pair[-1])} for field, pair in sorted(document["changes"].items())]


def plain(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {plain(inner)}" for name, inner in value.items())
    return ", ".join(map(plain, value)) if isinstance(value, list) else "" if value is None else str(value)


def action_choices() -> list[tuple[str, str]]:
    """All actions that can stand in the trail, for a filter."""
    known: Iterable[str] = events.CATALOGUE
    return [("", "Any action"), *sorted(((name, words(name)) for name in known), key=lambda choice: choice[1])]
