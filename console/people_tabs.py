"""The pages about who is in the tenant as tabs, each shown to those who may see it."""

from django.urls import reverse

from console.tabs import Tab
from identity.permissions import Permission
from kernel.actors import Actor

PLACES = (
    ("People", "console.people", Permission.READ_PEOPLE),
    ("Invitations", "console.invitations", Permission.READ_PEOPLE),
    ("Seats", "console.seats", Permission.READ_SEATS),
    ("Many at once", "console.bulk-people", Permission.READ_PEOPLE),
)


def of(*, present: str, actor: Actor) -> list[Tab]:
    """The tabs for one person; `present` is the URL name of this page."""
    return [Tab(label, reverse(name), name == present) for label, name, needed in PLACES if actor.may(needed)]
