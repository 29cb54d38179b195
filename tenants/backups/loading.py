"""Filling an empty place from a copy, in one transaction: all of it, or nothing.

Needs no superuser: the owner of the tables takes their foreign keys off and puts them back afterwards, which checks them, and stops our own
triggers meanwhile, so that nothing is queued or refused that happened long ago.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, LiteralString

from psycopg import sql

from kernel.tenancy import TenantRef
from tenants.backups import archive, catalog, connecting
from tenants.backups.archive import Archive
from tenants.backups.catalog import Catalog
from tenants.backups.manifest import Manifest, Sequence, Table
from tenants.backups.pulse import Pulse
from tenants.places import Progress
from tenants.problems import BackupUnfit

MODES: dict[str, LiteralString] = {"O": "ENABLE TRIGGER", "R": "ENABLE REPLICA TRIGGER", "A": "ENABLE ALWAYS TRIGGER"}


def load(path: Path, *, ref: TenantRef, on_progress: Progress) -> None:
    """Fill the place of `ref` with a copy's rows, in place of those that it has; its tables must be in the copy's state (`placing.build`).

    May run again: what an earlier run left is replaced. Raises BackupUnreadable, BackupDamaged, BackupUnfit.
    """
    pulse = Pulse(on_progress)
    with (
        archive.opened(path) as opened,
        connecting.owning(ref) as connection,
        connection.transaction(),
        connection.cursor() as cursor,
    ):
        found = catalog.read(cursor, schema=ref.schema)
        require_fit(opened.manifest, found=found, migrations=catalog.migrations(cursor))
        with _without_triggers(cursor, found), _without_foreign_keys(cursor, found, pulse=pulse):
            _empty(cursor, found)
            _fill(cursor, opened, pulse=pulse)
        _set_sequences(cursor, opened.manifest.sequences)


def require_fit(told: Manifest, *, found: Catalog, migrations: tuple[str, ...]) -> None:
    """Refuse a copy whose tables are not those of the place. Raises BackupUnfit."""
    if told.migrations != migrations:
        odd = sorted(set(told.migrations) ^ set(migrations))
        raise BackupUnfit(
            f"The copy and the place are of different releases: they differ by {', '.join(odd[:3])}.", migrations=odd[:20]
        )
    there = {shape.name: shape.columns for shape in found.tables}
    said = {table.name: table.columns for table in told.tables}
    if there != said or set(found.sequences) != {sequence.name for sequence in told.sequences}:
        odd = sorted(name for name in there.keys() | said.keys() if there.get(name) != said.get(name))
        raise BackupUnfit(
            f"The copy and the place have different tables: {', '.join(odd[:3]) or 'their sequences'}.", tables=odd[:20]
        )


def _fill(cursor: Any, opened: Archive, *, pulse: Pulse) -> None:
    done, of = 0, opened.manifest.text_bytes
    for table in opened.manifest.tables:
        pulse.at(done, of, table.name)
        with cursor.copy(_copy_in(table)) as copy:
            for piece in opened.text_of(table):
                copy.write(piece)
                done += len(piece)
                pulse.at(done, of, table.name)


def _copy_in(table: Table) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.Identifier(name) for name, _ in table.columns)
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)


def _empty(cursor: Any, found: Catalog) -> None:
    """Remove what a new place was seeded with. Only tables with rows are truncated: each costs new files."""
    one = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    parts = [one.format(sql.Literal(table.name), sql.Identifier(table.name)) for table in found.tables]
    full = cursor.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall() if parts else []
    if full:
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(sql.Identifier(name) for (name,) in full)))


@contextmanager
def _without_triggers(cursor: Any, found: Catalog) -> Iterator[None]:
    """Our own triggers off for a block, and on again as they were."""
    names = {table.oid: table.name for table in found.tables}
    triggers = cursor.execute(catalog.TRIGGERS, [found.oids]).fetchall()
    for oid, name, _ in triggers:
        cursor.execute(_alter(names[oid], "DISABLE TRIGGER", name))
    yield
    for oid, name, mode in triggers:
        cursor.execute(_alter(names[oid], MODES[mode], name))


@contextmanager
def _without_foreign_keys(cursor: Any, found: Catalog, *, pulse: Pulse) -> Iterator[None]:
    """Foreign keys off for a block; put back they check every row at once, which is faster than one by one."""
    names = {table.oid: table.name for table in found.tables}
    keys = cursor.execute(catalog.FOREIGN_KEYS, [found.oids]).fetchall()
    for oid, name, _ in keys:
        cursor.execute(_alter(names[oid], "DROP CONSTRAINT", name))
    yield
    for oid, name, definition in keys:
        adding = sql.SQL("{} {}").format(_alter(names[oid], "ADD CONSTRAINT", name), sql.SQL(definition))
        pulse.during(_running(cursor, adding))


def _running(cursor: Any, statement: sql.Composable) -> Callable[[], Any]:
    return partial(cursor.execute, statement)


def _alter(table: str, what: LiteralString, name: str) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} {} {}").format(sql.Identifier(table), sql.SQL(what), sql.Identifier(name))


def _set_sequences(cursor: Any, sequences: tuple[Sequence, ...]) -> None:
    """The next number is the one that the tenant would have been given."""
    for sequence in sequences:
        name = sql.Identifier(sequence.name).as_string(cursor)
        cursor.execute("SELECT setval(%s::regclass, %s, %s)", [name, sequence.last_value, sequence.is_called])
