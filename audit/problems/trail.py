"""What can be refused about entries."""

from kernel.problems import Invalid, NotFound


class EntryNotFound(NotFound):
    """There is no such entry in this tenant's trail."""

    type = "entry-not-found"
    title = "There is no such entry"


class SearchTooLong(Invalid):
    """The search would read too much of the trail to be answered; it was stopped after `patience_ms`."""

    type = "audit-search-too-long"
    title = "The search takes too long"
