"""The only clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC; microsecond resolution."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """A moment as RFC 3339 text in UTC with six digits and `Z`, the one form that is hashed and shown by the API."""
    # Not strftime, whose %Y has no leading zeros for the years before 1000 on some systems.
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def rfc3339_or_none(moment: datetime | None) -> str | None:
    """The same for a moment that may be missing."""
    return None if moment is None else rfc3339(moment)
