"""What is sent at once: lines of one tenant in the order of the log."""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.formats import Line, Writer

PIECE_BYTES = 1024 * 1024
"""A batch is cut into requests of about this size: what a common collector takes at once by default."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines with the bytes of each, and the places of the log that they stand for; `checkpoint` is the latest signed note, empty before the first.

    Between `first_seq` and `last_seq` may lie entries that the stream's filters leave out. `is_test` marks the one record of a test.
    """

    stream_id: str
    tenant_id: str
    tenant_slug: str
    epoch: int
    first_seq: int
    last_seq: int
    day: str
    lines: tuple[Line, ...]
    records: tuple[bytes, ...]
    writer: Writer
    format: str
    checkpoint: str = ""
    is_test: bool = False

    @property
    def key(self) -> str:
        """What a receiver knows a repeated batch by: stream, epoch, first and last place."""
        return f"{self.stream_id}-{self.epoch}-{self.first_seq}-{self.last_seq}"

    @property
    def body(self) -> bytes:
        """All records behind the header of the format."""
        return self.writer.header() + b"".join(self.records)


def pieces(lines: list[Line], *, writer: Writer) -> Iterator[tuple[tuple[Line, ...], tuple[bytes, ...]]]:
    """Lines with their records, cut where a piece reaches about a mebibyte; no line is split."""
    held: list[Line] = []
    records: list[bytes] = []
    size = 0
    for line in lines:
        record = writer.one(line)
        if held and size + len(record) > PIECE_BYTES:
            yield tuple(held), tuple(records)
            held, records, size = [], [], 0
        held.append(line)
        records.append(record)
        size += len(record)
    if held:
        yield tuple(held), tuple(records)
