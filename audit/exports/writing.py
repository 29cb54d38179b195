"""From sealed entries to the bytes of an export, a few thousand at a time."""

from dataclasses import dataclass
from typing import Any

from audit import finding, following, personal
from audit.filters import Filters
from audit.following import Sealed
from audit.formats import FORMATS, Line
from audit.models import Export, Head
from kernel import tenancy

BATCH = 2000
"""Entries that one part looks at: some megabytes, and well below a second."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far an export is: all entries up to `seq` are dealt with, in `parts` parts of `size_bytes` with `rows` records."""

    seq: int = 0
    parts: int = 0
    rows: int = 0
    size_bytes: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As an operation keeps it."""
        return {"seq": self.seq, "parts": self.parts, "rows": self.rows, "size_bytes": self.size_bytes}


@dataclass(frozen=True, slots=True)
class Part:
    """The next piece of an export, and how far it is with it; `content` may be empty."""

    content: bytes
    place: Place


def opening(export: Export) -> Part:
    """What stands before the first record; empty in most formats."""
    content = FORMATS[export.format].header()
    return Part(content, Place(parts=1 if content else 0, size_bytes=len(content)))


def next_part(export: Export, place: Place, *, until: int) -> Part:
    """What follows behind a place, up to the entry `until`."""
    with tenancy.atomic():  # what was read cannot be removed before it is chosen from
        read = following.read_after(place.seq, limit=BATCH, until=until)
        chosen = finding.meant(read, filters=Filters.parse(export.filters))
    writer, lines = FORMATS[export.format], _lines(chosen)
    content = b"".join(writer.one(line) for line in lines)
    seq = read[-1].seq if read else until
    return Part(content, Place(seq, place.parts + bool(content), place.rows + len(lines), place.size_bytes + len(content)))


def _lines(chosen: list[Sealed]) -> list[Line]:
    here = tenancy.current()
    epoch = Head.objects.values_list("epoch", flat=True).first() or 1
    documents = personal.opened_all([sealed.entry for sealed in chosen if sealed.entry is not None])
    return [
        Line(str(here.id), here.slug, epoch, sealed.seq, sealed.leaf.hex(), sealed.chain.hex(), document)
        for sealed, document in zip(chosen, documents, strict=True)
    ]
