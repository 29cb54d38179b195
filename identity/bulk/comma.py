"""The results of a run as comma-separated values (RFC 4180) that are safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

HEADING: Final = ("line", "email", "outcome", "detail", "person", "name", "roles", "teams", "reason")
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A cell that begins with one of these is taken for a formula, or begins one after its blanks are dropped; the full-width forms count too."""


def lines(rows: Iterable[dict[str, str]]) -> Iterator[bytes]:
    """A heading, then one record per row; every cell quoted, records ended by CR LF. A formula begins with an apostrophe and so is none."""
    yield _record(HEADING)
    for row in rows:
        yield _record([safe(row.get(name, "")) for name in HEADING])


def safe(text: str) -> str:
    """A cell that no spreadsheet computes."""
    shown = text.replace("\0", "\ufffd")
    return f"'{shown}" if shown.lstrip(" ").startswith(DANGEROUS) else shown


def _record(cells: Iterable[str]) -> bytes:
    held = io.StringIO(newline="")
    csv.writer(held, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return held.getvalue().encode()
