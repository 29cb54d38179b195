"""The parts of one thing, each at its own address, shown as tabs."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its words, its address, whether it is the present one, and a number beside it (0 shows none)."""

    label: str
    url: str
    current: bool
    count: int = 0


def of(places: Iterable[tuple[str, str]], *, at: str, present: str) -> list[Tab]:
    """Tabs from pairs of label and URL name, for the thing with the id `at`; `present` is the URL name of this page."""
    return [Tab(label, reverse(name, args=[at]), name == present) for label, name in places]
