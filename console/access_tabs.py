"""The pages about policies as tabs. Whoever sees one of them sees all."""

from django.urls import reverse

from console.tabs import Tab

PLACES = (
    ("Policies", "console.policies"),
    ("Simulator", "console.access"),
    ("Who may?", "console.access-holders"),
)


def of(*, present: str) -> list[Tab]:
    """The tabs; `present` is the URL name of this page."""
    return [Tab(label, reverse(name), name == present) for label, name in PLACES]
