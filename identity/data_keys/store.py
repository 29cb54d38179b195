"""The data keys of the active tenant, as `kernel.sealing` asks for them.

A key is made at a tenant's first need, in the transaction that needs it: if that is rolled back, so is whatever was sealed under the key. Open
keys are remembered by the process, by tenant, cell, schema and the ring that opened them, and only once the transaction that saw them has
committed. Which key seals is looked up again after a minute, so that a replaced one soon stops sealing; a key that only opens never changes.
"""

import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connections, transaction

from identity.data_keys import providers
from identity.data_keys.providers import Wrapped
from kernel import clock, ids, tenancy
from kernel.sealing import KEY_BYTES, DataKey, Unsealable

REMEMBERED: Final = 4096
OPEN_S: Final = 3600.0
SEALING_S: Final = 60.0
SHORT_ID_BYTES: Final = 9
SHORT_ID: Final = re.compile(r"[A-Za-z0-9_-]{12}", re.ASCII)
COLUMNS: Final = "id, short_id, tenant_id, wrapped, provider, wrapped_by"
ACTIVE: Final = f"SELECT {COLUMNS} FROM identity_datakey WHERE state = 'active'"
FIND: Final = f"SELECT {COLUMNS} FROM identity_datakey WHERE short_id = %s"
MAKE: Final = f"""
INSERT INTO identity_datakey ({COLUMNS}, state, created_at)
VALUES (%s, %s, %s, %s, %s, %s, 'active', %s) ON CONFLICT (state) WHERE state = 'active' DO NOTHING RETURNING {COLUMNS}
"""

_Place = tuple[UUID, str, str, tuple[str, ...], str]
NOW: Final = ""
"""Stands for the key that seals now, where otherwise a key's short id stands."""

_lock = Lock()
_remembered: "OrderedDict[_Place, tuple[float, DataKey]]" = OrderedDict()


class Keys:
    """What `settings.DATA_KEYS` names."""

    def sealing(self) -> DataKey:
        """The key that seals now, made if there is none. Raises Unavailable when the provider is away, Unsealable."""
        known = _recalled(NOW)
        if known is not None:
            return known
        with _reading():
            row = _asked(ACTIVE, []) or _made()
            key = _recalled(row[1])
            if key is None:
                key = _opened(row)
                _remember_after_commit(key.key_id, key, lasting_s=OPEN_S)
            _remember_after_commit(NOW, key, lasting_s=SEALING_S)
        return key

    def opening(self, key_id: str) -> DataKey:
        """The key that sealed a text. Raises Unsealable when the tenant has no such key, Unavailable when its provider is away."""
        if SHORT_ID.fullmatch(key_id) is None:
            raise Unsealable(f"no key {key_id[:20]!r} in this tenant")
        known = _recalled(key_id)
        if known is not None:
            return known
        with _reading():
            row = _asked(FIND, [key_id])
            if row is None:
                raise Unsealable(f"no key {key_id!r} in this tenant")
            key = _opened(row)
            _remember_after_commit(key_id, key, lasting_s=OPEN_S)
        return key


keys = Keys()


def forget_sealing() -> None:
    """Look up at the next need which key of each tenant seals."""
    with _lock:
        for place in [place for place in _remembered if place[-1] == NOW]:
            del _remembered[place]


def forget_all() -> None:
    """Let this process remember no key at all."""
    with _lock:
        _remembered.clear()


def fresh() -> tuple[UUID, str, UUID, str, str, str]:
    """The columns of a new key of the active tenant, up to `wrapped_by`. Raises Unavailable when the provider is away."""
    row_id, key_id, tenant_id = ids.new_id(), secrets.token_urlsafe(SHORT_ID_BYTES), tenancy.current().id
    provider = providers.chosen()
    wrapped = provider.wrap(secrets.token_bytes(KEY_BYTES), context=providers.context_of(row_id, tenant_id=tenant_id))
    return row_id, key_id, tenant_id, wrapped.text, provider.name, wrapped.by


@contextmanager
def _reading() -> Iterator[None]:
    """The sealer of the trail needs keys too, but has no right to this table: it looks as the tenant."""
    if tenancy.current_purpose() is not tenancy.Purpose.SEAL:
        yield
        return
    with tenancy.activate(tenancy.current(), purpose=tenancy.Purpose.OPERATOR):
        yield


def _made() -> tuple[Any, ...]:
    """A new key, or the one of another transaction that was first, for which this one waited."""
    found = _asked(MAKE, [*fresh(), clock.now()]) or _asked(ACTIVE, [])
    if found is None:
        raise Unsealable("the tenant's new data key was made and replaced at once; repeat it")
    return found


def _asked(statement: str, values: list[Any]) -> tuple[Any, ...] | None:
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def _opened(row: tuple[Any, ...]) -> DataKey:
    row_id, key_id, tenant_id, wrapped, provider, wrapped_by = row
    context = providers.context_of(row_id, tenant_id=tenant_id)
    plain = providers.named(provider).unwrap(Wrapped(wrapped, by=wrapped_by), context=context)
    return DataKey(key_id=key_id, tenant=tenant_id.hex, cipher=AESGCM(plain))


def _recalled(key_id: str) -> DataKey | None:
    place = _place(key_id)
    with _lock:
        until, key = _remembered.get(place, (0.0, None))
        if key is None or until <= time.monotonic():
            return None
        _remembered.move_to_end(place)
        return key


def _remember_after_commit(key_id: str, key: DataKey, *, lasting_s: float) -> None:
    remember = partial(_remember, _place(key_id), key, until=time.monotonic() + lasting_s)
    transaction.on_commit(remember, using=tenancy.current_alias())


def _remember(place: _Place, key: DataKey, *, until: float) -> None:
    with _lock:
        _remembered[place] = until, key
        _remembered.move_to_end(place)
        while len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)


def _place(key_id: str) -> _Place:
    """A restored copy takes the place of a tenant in another schema; a ring without a key must not open what that key opened."""
    here = tenancy.current()
    return here.id, here.cell, here.schema, settings.SEALING_KEYS, key_id
