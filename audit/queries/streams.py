"""Reading streams: which there are, how far each one is, what waits."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from audit.formats import VERSIONS
from audit.models import Stream
from audit.problems import StreamNotFound
from audit.streams import delivery, specifications, standing
from audit.streams.standing import StreamStatus

ELSEWHERE = "Look at the list of streams; it may have been removed."
STREAM_FORMATS = specifications.FORMATS_OF
"""The formats that each kind of target takes, the usual one first."""
FORMAT_VERSIONS = VERSIONS
"""The versions that one can choose of a format, the default first."""


def streams(*, q: str = "", kind: str = "") -> QuerySet[Stream]:
    """The streams of the active tenant; `q` is part of a name."""
    found = Stream.objects.filter(name__icontains=q) if q else Stream.objects.all()
    return found.filter(kind=kind) if kind else found


def stream(stream_id: UUID) -> Stream:
    """One stream. Raises StreamNotFound."""
    return _found(Stream.objects.filter(pk=stream_id).first())


def stream_named(name: str) -> Stream:
    """The stream of a name. Raises StreamNotFound."""
    return _found(Stream.objects.filter(name=name).first())


def stream_for_update(stream_id: UUID) -> Stream:
    """One stream, locked until the transaction ends. Raises StreamNotFound."""
    return _found(Stream.objects.select_for_update().filter(pk=stream_id).first())


def stream_status(found: Stream) -> StreamStatus:
    """How one stream does."""
    return standing.of_all([found])[found.pk]


def stream_documents(found: list[Stream]) -> list[dict[str, Any]]:
    """Streams as the API and the command show them, with how they do."""
    statuses = standing.of_all(found)
    return [standing.document(row, status=statuses[row.pk]) for row in found]


def stream_document(found: Stream) -> dict[str, Any]:
    """The same for one."""
    return stream_documents([found])[0]


def streams_waiting() -> list[UUID]:
    """The streams that have something to send and whose time has come."""
    return delivery.waiting()


def _found(stream: Stream | None) -> Stream:
    if stream is None:
        raise StreamNotFound(ELSEWHERE)
    return stream
