"""The only clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC; microsecond resolution."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """A moment as RFC 3339 text in UTC with six digits and `Z`, the one form that is hashed and shown by the API."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def rfc3339_or_none(moment: datetime | None) -> str | None:
    """The same for a moment that may be missing."""
    return None if moment is None else rfc3339(moment)
