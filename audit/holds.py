"""Legal holds: which entries must stay, whatever a policy says.

A hold never keeps a whole month: the entries that it names are copied, with the seq that their seal proves, before the month goes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import Q
from psycopg import sql

from audit.following import Sealed
from audit.keeping import COLUMNS
from audit.models import Entry, HeldEntry, LegalHold
from kernel import tenancy

PROJECTED = COLUMNS[2:14]
PERSONAL = frozenset({"actor_label", "subject_label", "address"})
# What is personal is left out of the copy's columns: its text holds that sealed, so that forgetting a person reaches the copy as well. The
# first version of the text holds it plainly anyway.
COPY = sql.SQL("""
INSERT INTO audit_heldentry (entry_id, seq, received_at, canonical, mac, projection, copied_at)
SELECT e.id, s.seq, e.received_at, e.canonical, e.mac, jsonb_build_object({columns}), clock_timestamp()
  FROM {month} e JOIN audit_seal s ON s.entry_id = e.id WHERE {held}
ON CONFLICT (entry_id) DO NOTHING
""")
COUNT = sql.SQL("SELECT count(*) FROM {month} e WHERE {held}")
DROP = sql.SQL("DELETE FROM audit_heldentry h WHERE NOT ({held})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a hold names: entries by an actor, about a subject, of an action (or a beginning with `*`), received in a span. Empty means any."""

    actor_id: str = ""
    subject: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def matching(self) -> Q:
        """The same as a condition on entries."""
        found = Q(**{name: value for name in ("actor_id", "subject") if (value := getattr(self, name))})
        if self.action.endswith("*"):
            found &= Q(action__startswith=self.action[:-1])
        elif self.action:
            found &= Q(action=self.action)
        if self.since is not None:
            found &= Q(received_at__gte=self.since)
        return found if self.until is None else found & Q(received_at__lt=self.until)


def standing() -> list[LegalHold]:
    """The holds in force, oldest first."""
    return list(LegalHold.objects.filter(lifted_at=None).order_by("id"))


def terms_of(hold: LegalHold) -> Terms:
    """What a hold names."""
    return Terms(actor_id=hold.actor_id, subject=hold.subject, action=hold.action, since=hold.since, until=hold.until)


def number_of(terms: Terms) -> tuple[int, int]:
    """How many entries are named: those in the trail, and copies of those whose month was removed."""
    copies = HeldEntry.objects.filter(_in_copies(terms)).count()
    return Entry.objects.filter(terms.matching()).count(), copies


def copy_from(month: str, *, holds: Iterable[LegalHold]) -> int:
    """Copy from a month's table what the holds name, in the running transaction of the owner; the number. Idempotent."""
    found = _held("e", holds, of=lambda name: sql.SQL("e.{}").format(sql.Identifier(name)))
    columns = sql.SQL(", ").join(sql.SQL("{}, {}").format(sql.Literal(name), _column(name)) for name in PROJECTED)
    return _run(COPY.format(columns=columns, month=sql.Identifier(month), held=found))


def count_in(month: str, *, holds: Iterable[LegalHold]) -> int:
    """How many entries in a month's table the holds name."""
    found = _held("e", holds, of=lambda name: sql.SQL("e.{}").format(sql.Identifier(name)))
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(COUNT.format(month=sql.Identifier(month), held=found))
        number: int = cursor.fetchone()[0]
    return number


def drop_unheld(*, holds: Iterable[LegalHold]) -> int:
    """Remove the copies that no hold in force names any more, in the running transaction of the owner; the number."""
    return _run(DROP.format(held=_held("h", holds, of=lambda name: sql.SQL("h.projection ->> {}").format(sql.Literal(name)))))


def entry_of(copy: HeldEntry) -> Entry:
    """A copy as the entry that it was, for whoever shows or opens it; it is never saved."""
    found = Entry(id=copy.entry_id, received_at=copy.received_at, canonical=copy.canonical, mac=bytes(copy.mac), **copy.projection)
    found.remembered_tenant = copy.remembered_tenant
    return found


def restored(read: Iterable[Sealed]) -> list[Sealed]:
    """Sealed entries with the bodies that a hold kept of those whose month was removed; the others stay as they are."""
    found = list(read)
    missing = [sealed.entry_id for sealed in found if sealed.entry is None]
    copies = {copy.entry_id: entry_of(copy) for copy in HeldEntry.objects.filter(entry_id__in=missing)} if missing else {}
    return [replace(sealed, entry=copies[sealed.entry_id]) if sealed.entry_id in copies else sealed for sealed in found]


def _in_copies(terms: Terms) -> Q:
    found = Q()
    for name in ("actor_id", "subject"):
        if getattr(terms, name):
            found &= Q(**{f"projection__{name}": getattr(terms, name)})
    if terms.action.endswith("*"):
        found &= Q(projection__action__startswith=terms.action[:-1])
    elif terms.action:
        found &= Q(projection__action=terms.action)
    if terms.since is not None:
        found &= Q(received_at__gte=terms.since)
    return found if terms.until is None else found & Q(received_at__lt=terms.until)


def _column(name: str) -> sql.Composable:
    column = sql.SQL("e.{}").format(sql.Identifier(name))
    if name not in PERSONAL:
        return column
    return sql.SQL("CASE WHEN e.canonical::jsonb ->> 'v' = '1' THEN {} ELSE '' END").format(column)


def _held(table: str, holds: Iterable[LegalHold], *, of: Any) -> sql.Composable:
    """Whether a row of a table is named by any of the holds, as SQL; `of` gives the expression of a field."""
    conditions = [_named(table, terms_of(hold), of=of) for hold in holds]
    return sql.SQL(" OR ").join(conditions) if conditions else sql.SQL("false")


def _named(table: str, terms: Terms, *, of: Any) -> sql.Composable:
    parts = [
        sql.SQL("{} = {}").format(of(name), sql.Literal(getattr(terms, name)))
        for name in ("actor_id", "subject")
        if getattr(terms, name)
    ]
    if terms.action.endswith("*"):
        parts.append(sql.SQL("starts_with({}, {})").format(of("action"), sql.Literal(terms.action[:-1])))
    elif terms.action:
        parts.append(sql.SQL("{} = {}").format(of("action"), sql.Literal(terms.action)))
    moment = sql.SQL("{}.received_at").format(sql.Identifier(table))
    if terms.since is not None:
        parts.append(sql.SQL("{} >= {}").format(moment, sql.Literal(terms.since)))
    if terms.until is not None:
        parts.append(sql.SQL("{} < {}").format(moment, sql.Literal(terms.until)))
    return sql.SQL("({})").format(sql.SQL(" AND ").join(parts)) if parts else sql.SQL("true")


def _run(statement: sql.Composable) -> int:
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(statement)
        number: int = cursor.rowcount
    return number
