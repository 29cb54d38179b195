"""Making a person in the trail unreadable: the key is taken out, and what the columns say of the person is emptied.

The entries, their texts and the log over them stay as they are. The row of the key stays too, without the key: it is the mark by which no new key
is ever made for the person. Emptying runs as the owner of the tables, whom the trigger `audit_keep` lets empty these columns and nothing else.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import connections

from audit import person_keys
from kernel import clock, tenancy

BATCH = 1000
LATELY = timedelta(days=2)
"""Another process may remember a key for a minute more, so that labels of entries that it writes meanwhile are emptied by the sweep behind it."""

CLOSE = """
INSERT INTO audit_personkey (ref, sealed, created_at) SELECT ref, '', %s FROM unnest(%s::text[]) AS gone (ref)
ON CONFLICT (ref) DO UPDATE SET sealed = '' WHERE audit_personkey.sealed <> ''
"""
FORGOTTEN = "SELECT ref FROM audit_personkey WHERE sealed = ''"
EMPTY = """
WITH chosen AS (
    SELECT id FROM audit_entry WHERE actor_id = ANY(%(refs)s) AND (actor_label <> '' OR address <> '') AND id >= audit_lowest_id(%(since)s)
    UNION SELECT id FROM audit_entry WHERE subject = ANY(%(refs)s) AND subject_label <> '' AND id >= audit_lowest_id(%(since)s)
    LIMIT %(batch)s
)
UPDATE audit_entry e SET
    actor_label = CASE WHEN e.actor_id = ANY(%(refs)s) THEN '' ELSE e.actor_label END,
    address = CASE WHEN e.actor_id = ANY(%(refs)s) THEN '' ELSE e.address END,
    subject_label = CASE WHEN e.subject = ANY(%(refs)s) THEN '' ELSE e.subject_label END
FROM chosen WHERE e.id = chosen.id
"""
THE_BEGINNING = "1970-01-01T00:00:00Z"


def close(refs: Iterable[str]) -> int:
    """Take the keys of some persons out, for good, in the running transaction; the number that had one or had no mark yet."""
    gone = sorted(set(refs))
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(CLOSE, [clock.now(), gone])
        closed: int = cursor.rowcount
    person_keys.forget(gone)
    return closed


def empty(refs: Iterable[str], *, since: str = THE_BEGINNING) -> int:
    """Empty what the columns say of some persons, in batches of 1,000 with a transaction each; the number of entries. Idempotent."""
    total, gone = 0, sorted(set(refs))
    values: dict[str, Any] = {"refs": gone, "since": since, "batch": BATCH}
    person_keys.forget(gone)
    with tenancy.activate(tenancy.current(), purpose=tenancy.Purpose.MIGRATE):
        while gone and (emptied := _batch(values)):
            total += emptied
    return total


def empty_lately() -> int:
    """Empty what was written of forgotten persons within the last two days; the number of entries."""
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(FORGOTTEN)
        refs = [row[0] for row in cursor.fetchall()]
    return empty(refs, since=clock.rfc3339(clock.now() - LATELY)) if refs else 0


def _batch(values: dict[str, Any]) -> int:
    with tenancy.atomic(), connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(EMPTY, values)
        emptied: int = cursor.rowcount
    return emptied
