"""Which events of the product were taken: each id once for ever, across all months, with what it said then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections

from audit.models import IngestedKey
from kernel import tenancy

CLAIM = """
INSERT INTO audit_ingestedkey (key, entry_id, digest, taken_at) SELECT key, entry_id, digest, %s
  FROM unnest(%s::text[], %s::uuid[], %s::bytea[]) AS wanted (key, entry_id, digest) ORDER BY key
ON CONFLICT (key) DO NOTHING RETURNING key
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """An event that asks to be taken: the entry that it would be, and 32 bytes that stand for what it says."""

    entry_id: UUID
    digest: bytes


def claim(wanted: Mapping[str, Claim], *, at: datetime) -> dict[str, Claim]:
    """Take ids in the running transaction; under each what holds now: the claim itself, or the one that came before it.

    In the order of the ids, so that two messages with the same events wait for each other and never block each other.
    """
    if not wanted:
        return {}
    values: list[Any] = [at, list(wanted), [one.entry_id for one in wanted.values()], [one.digest for one in wanted.values()]]
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(CLAIM, values)
        won = {key for (key,) in cursor.fetchall()}
    earlier = IngestedKey.objects.filter(key__in=wanted.keys() - won)
    known = {row.key: Claim(row.entry_id, bytes(row.digest)) for row in earlier}
    return {key: known.get(key, one) for key, one in wanted.items()}
