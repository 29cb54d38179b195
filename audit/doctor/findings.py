"""What an examination finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is not as it must be: `check` names the sort, `what` the table, function or consumer, `fix` says what to do."""

    check: str
    what: str
    detail: str
    fix: str
