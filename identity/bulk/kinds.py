"""What can be done to many people at once, and the columns that each of it takes. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a file does to each of its people."""

    INVITE = "invite"
    CHANGE = "change"
    SUSPEND = "suspend"
    RESUME = "resume"
    DEACTIVATE = "deactivate"


UNDO: Final = "undo"
"""The kind of a run that takes another one back; no file has it."""

NONE: Final = "(none)"
"""A cell of roles or teams that takes all of them away; an empty one leaves them."""


class RowOutcome(StrEnum):
    """What came of a row."""

    WAITING = "waiting"
    """Not worked on yet, or never, when the run was cancelled."""
    DONE = "done"
    UNCHANGED = "unchanged"
    """The person was so already."""
    REFUSED = "refused"
    SKIPPED = "skipped"
    """Not taken back, because the person changed after the run."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The names that a file's heading must and may hold."""

    needed: tuple[str, ...]
    possible: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Both, in the order in which they are explained."""
        return self.needed + self.possible


COLUMNS: Final = {
    Kind.INVITE: Columns(("email", "name"), ("roles", "teams")),
    Kind.CHANGE: Columns(("email",), ("name", "roles", "teams")),
    Kind.SUSPEND: Columns(("email",), ("reason",)),
    Kind.RESUME: Columns(("email",), ()),
    Kind.DEACTIVATE: Columns(("email",), ("reason",)),
}


def names_in(cell: str) -> list[str] | None:
    """The names in a cell of roles or teams, parted by blanks, commas or semicolons; None for an empty cell, which leaves them as they are."""
    text = cell.strip()
    if not text:
        return None
    return [] if text == NONE else text.replace(",", " ").replace(";", " ").split()
