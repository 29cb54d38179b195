"""The keys of persons in one tenant's trail: one row each, made when the trail first tells of the person.

A row whose key was taken out stays behind as a mark: the person is forgotten, and no new key is made for them. Keys are remembered by the
process for a minute at most, and only once the transaction that saw them has committed.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Iterable
from functools import partial
from threading import Lock
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connections, transaction

from kernel import clock, sealing, tenancy

KEY_BYTES = 32
REMEMBERED = 10_000
REMEMBERED_S = 60.0
FIND = "SELECT ref, sealed FROM audit_personkey WHERE ref = ANY(%s)"
MAKE = """
WITH made AS (
    INSERT INTO audit_personkey (ref, sealed, created_at) SELECT ref, sealed, %s FROM unnest(%s::text[], %s::text[]) AS wanted (ref, sealed)
    ON CONFLICT (ref) DO NOTHING RETURNING ref, sealed
)
SELECT ref, sealed FROM made UNION ALL SELECT ref, sealed FROM audit_personkey WHERE ref = ANY(%s)
"""

Keys = dict[str, AESGCM | None]
_Place = tuple[UUID, str, str, str]

_lock = Lock()
_remembered: "OrderedDict[_Place, tuple[float, AESGCM | None]]" = OrderedDict()


def for_writing(refs: Iterable[str]) -> Keys:
    """The keys of some persons, made where there is none yet, in the running transaction; None for who is forgotten.

    One round trip for those that this process does not remember, none for the others.
    """
    keys, unknown = _recalled(refs)
    if unknown:
        found = _asked(MAKE, [clock.now(), unknown, [_fresh(ref) for ref in unknown], unknown])
        missing = [ref for ref in unknown if ref not in found]
        if missing:  # Another transaction made them while this one waited for it: a new statement sees them.
            found |= _asked(FIND, [missing])
        keys |= _opened(found)
    return keys


def for_reading(refs: Iterable[str]) -> Keys:
    """The keys of some persons; None for who is forgotten, and for who never had one."""
    keys, unknown = _recalled(refs)
    if unknown:
        keys |= dict.fromkeys(unknown) | _opened(_asked(FIND, [unknown]))
    return keys


def forget(refs: Iterable[str]) -> None:
    """Let this process remember no key of these persons of the active tenant."""
    with _lock:
        for ref in refs:
            _remembered.pop(_place(ref), None)


def forget_all() -> None:
    """Let this process remember no key at all."""
    with _lock:
        _remembered.clear()


def _recalled(refs: Iterable[str]) -> tuple[Keys, list[str]]:
    """What is remembered, and what is not; the latter in order, so that two transactions make keys in the same order."""
    keys: Keys = {}
    unknown = []
    now = time.monotonic()
    with _lock:
        for ref in sorted(set(refs)):
            until, key = _remembered.get(_place(ref), (0.0, None))
            if until > now:
                _remembered.move_to_end(_place(ref))
                keys[ref] = key
            else:
                unknown.append(ref)
    return keys, unknown


def _asked(statement: str, values: list[Any]) -> dict[str, str]:
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(statement, values)
        return dict(cursor.fetchall())


def _opened(found: dict[str, str]) -> Keys:
    keys: Keys = {ref: AESGCM(sealing.unseal(text, context=_context(ref))) if text else None for ref, text in found.items()}
    places = {_place(ref): key for ref, key in keys.items()}
    transaction.on_commit(partial(_remember, places), using=tenancy.current_alias())
    return keys


def _remember(places: dict[_Place, AESGCM | None]) -> None:
    until = time.monotonic() + REMEMBERED_S
    with _lock:
        for place, key in places.items():
            _remembered[place] = (until, key)
            _remembered.move_to_end(place)
        while len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)


def _fresh(ref: str) -> str:
    return sealing.seal(os.urandom(KEY_BYTES), context=_context(ref))


def _context(ref: str) -> str:
    return f"audit.person:{ref}"


def _place(ref: str) -> _Place:
    """A restored copy takes the place of a tenant in another schema, and has the keys that the copy had."""
    here = tenancy.current()
    return here.id, here.cell, here.schema, ref
