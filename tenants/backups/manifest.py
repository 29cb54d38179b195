"""What a copy says about itself: the first thing that is read of it, and believed only after it was checked. Pure."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from tenants.partitions import CUT, Partition
from tenants.problems import BackupUnreadable

FORMAT = 1
MAXIMUM_BYTES = 8 * 1024 * 1024
TABLE = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")
DIGEST = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Part:
    """One gzip file of a table's rows; `size_bytes` as it lies in the copy."""

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Table:
    """One table: columns as (name, type), and what its rows are as text of COPY: how many, how many bytes, and their SHA-256."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    bytes: int
    sha256: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Where a sequence stood."""

    name: str
    last_value: int
    is_called: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """All about a copy. `tenant` is what the registry knew of the tenant, `migrations` the state of its tables, sorted `app.name`.

    `partitions` says which of its tables are partitions of another, and of what; a copy from before tables were cut names none.
    """

    backup: str
    kind: str
    taken_at: str
    cell: str
    region: str
    server_version: int
    lsn: str
    tenant: dict[str, Any]
    migrations: tuple[str, ...]
    tables: tuple[Table, ...]
    sequences: tuple[Sequence, ...]
    partitions: tuple[Partition, ...] = ()
    format: int = FORMAT

    @property
    def row_count(self) -> int:
        """Rows in all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def text_bytes(self) -> int:
        """Bytes of all rows as text."""
        return sum(table.bytes for table in self.tables)

    def encoded(self) -> bytes:
        """The manifest as it lies in the copy: JSON, in the order in which the fields stand here."""
        return orjson.dumps(self, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


def parse(data: bytes) -> Manifest:
    """The manifest in these bytes. Raises BackupUnreadable when it is none, of another format, or contradicts itself."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as fault:
        raise BackupUnreadable("Its manifest is not JSON. The file is damaged, or it is no copy of a tenant.") from fault
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else None
        raise BackupUnreadable(
            f"It is of the format {str(found)[:20]}; this release reads format {FORMAT}. Restore it with the release that wrote it.",
            format=str(found)[:20],
        )
    try:
        return _checked(_built(document))
    except (KeyError, TypeError, ValueError) as fault:
        raise BackupUnreadable(
            f"Its manifest lacks or misstates something ({type(fault).__name__}: {str(fault)[:100]})."
        ) from fault


def _built(document: dict[str, Any]) -> Manifest:
    texts: dict[str, Any] = {name: _text(document[name]) for name in ("backup", "kind", "taken_at", "cell", "region", "lsn")}
    return Manifest(
        **texts,
        server_version=_number(document["server_version"]),
        tenant=dict(document["tenant"]),
        migrations=tuple(_text(name) for name in document["migrations"]),
        tables=tuple(_table(table) for table in document["tables"]),
        sequences=tuple(
            Sequence(_text(row["name"]), _number(row["last_value"], minimum=-(2**63)), bool(row["is_called"]))
            for row in document["sequences"]
        ),
        partitions=tuple(_partition(row) for row in document.get("partitions", [])),
    )


def _partition(document: dict[str, Any]) -> Partition:
    low, high = (None if document[end] is None else str(UUID(_text(document[end]))) for end in ("low", "high"))
    return Partition(table=_text(document["table"]), name=_text(document["name"]), low=low, high=high)


def _table(document: dict[str, Any]) -> Table:
    return Table(
        name=_text(document["name"]),
        columns=tuple((_text(name), _text(kind)) for name, kind in document["columns"]),
        rows=_number(document["rows"]),
        bytes=_number(document["bytes"]),
        sha256=_text(document["sha256"]),
        parts=tuple(Part(_text(part["name"]), _number(part["size_bytes"])) for part in document["parts"]),
    )


def _checked(manifest: Manifest) -> Manifest:
    """Refuse what no copy of ours says. Names of tables are only ever compared with those of the place, but they are shown to people."""
    names = [table.name for table in manifest.tables]
    parts = [part.name for table in manifest.tables for part in table.parts]
    if len(set(names)) != len(names) or len(set(parts)) != len(parts):
        raise ValueError("a table or a part is named twice")
    for table in manifest.tables:
        if not TABLE.match(table.name) or not DIGEST.match(table.sha256):
            raise ValueError("a table has an impossible name or checksum")
        if any(part.name != part_name(table.name, number) for number, part in enumerate(table.parts, start=1)):
            raise ValueError("a part is not named after its table")
    for partition in manifest.partitions:
        if partition.table not in CUT or partition.name not in names:
            raise ValueError("a partition is of no table that is cut, or not in the copy")
    return manifest


def part_name(table: str, number: int) -> str:
    """The name of a table's part in the copy; `number` from 1."""
    return f"{table}.{number:04}.copy.gz"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text is expected")
    return value


def _number(value: Any, *, minimum: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value < 2**63:
        raise TypeError("a whole number is expected")
    return value
