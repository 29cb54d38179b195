"""One line for each entry on standard output, once it is committed: the only trace of an entry that somebody removes before it is sealed.

A log collector on another host takes it out of reach of whoever owns the database, within the moment between commit and seal (reference: the
co-streamed digest of an entry). Off unless AUDIT_LOG_LINE says otherwise.
"""

import sys
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.models import ID_PREFIX
from kernel import ids, tenancy

NAME = "audit.entry"


def write(entries: Sequence[tuple[UUID, bytes]]) -> None:
    """Write id and MAC of some entries after the running transaction commits."""
    if settings.AUDIT_LOG_LINE and entries:
        lines = "".join(f"{NAME} {ids.show(ID_PREFIX, identifier)} {mac.hex()}\n" for identifier, mac in entries)
        transaction.on_commit(partial(_write, lines), using=tenancy.current_alias())


def _write(lines: str) -> None:
    sys.stdout.write(lines)
    sys.stdout.flush()
