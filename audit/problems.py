"""What can be refused."""

from kernel.problems import NotFound


class EntryNotFound(NotFound):
    """There is no such entry in this tenant's trail."""

    type = "entry-not-found"
    title = "There is no such entry"
