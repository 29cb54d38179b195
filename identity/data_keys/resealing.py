"""Sealing again, under the key that seals now, what another key sealed.

A batch is one transaction, and a value is replaced only if it is still the one that was read: what somebody changes or empties meanwhile stays
as they left it. Whatever is under the new key already is passed over, so that an interrupted run goes on where it stopped.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.db import connections, transaction

from identity.data_keys import counting, places, store
from kernel import sealing, tenancy
from kernel.sealing import BY_RING, BY_TENANT, SealedColumn, Unsealable

BATCH: Final = 500
FIRST: Final = {"uuid": "00000000-0000-0000-0000-000000000000", "text": ""}
Reseal = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of some rows: how many were sealed again, and how many did not open and stay as they are."""

    table: str
    resealed: int
    closed: int


def in_tenant(key_id: str) -> Iterator[Batch]:
    """Seal again, batch by batch, what is not under the active tenant's data key `key_id`, which must be the one that seals.

    Raises Unavailable when the key provider is away, Unsealable when that key does not open: then nothing is taken for closed.
    """
    store.keys.opening(key_id)
    _open_former_keys()
    for place in places.of_tenants():
        yield from _batches(partial(_in_tenant, place, key_id), place=place)


def _open_former_keys() -> None:
    """Open each key that is to be followed once, and before the first batch: inside its transaction none is remembered (see `store`)."""
    for key_id in counting.by_data_key(counting.of_tenant()):
        with suppress(Unsealable):
            store.keys.opening(key_id)


def at_home() -> Iterator[Batch]:
    """The same at home, under the first key of the ring."""
    for place in places.of_home():
        yield from _batches(partial(_at_home, place), place=place)


def _batches(work: Callable[[str], tuple[Batch, str | None]], *, place: SealedColumn) -> Iterator[Batch]:
    last: str | None = FIRST[place.key_type]
    while last is not None:
        batch, last = work(last)
        if batch.resealed or batch.closed:
            yield batch


def _in_tenant(place: SealedColumn, key_id: str, last: str) -> tuple[Batch, str | None]:
    # By its name, and not by whichever key this process believes to be the one that seals.
    def again(text: str, context: str) -> str:
        return sealing.reseal(text, context=context, key_id=key_id)

    here = tenancy.current()
    with tenancy.activate(here, purpose=place.purpose), tenancy.atomic():
        return _resealed(place, last=last, beginning=f"{BY_TENANT}.{key_id}.", alias=here.cell, reseal=again)


def _at_home(place: SealedColumn, last: str) -> tuple[Batch, str | None]:
    def again(text: str, context: str) -> str:
        return sealing.reseal_at_home(text, context=context)

    with tenancy.outside(), transaction.atomic(using=tenancy.HOME):
        return _resealed(place, last=last, beginning=f"{BY_RING}.{sealing.ring_key_id()}.", alias=tenancy.HOME, reseal=again)


def _resealed(place: SealedColumn, *, last: str, beginning: str, alias: str, reseal: Reseal) -> tuple[Batch, str | None]:
    """One batch after the row `last`, and where the next begins; None at the end."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_find(place), [beginning, last, BATCH])
        rows = cursor.fetchall()
        fresh = [(key, text, again) for key, text, beside in rows if (again := _again(place, key, text, beside, reseal=reseal))]
        moved = 0
        if fresh:
            cursor.execute(_replace(place), [list(column) for column in zip(*fresh, strict=True)])
            moved = cursor.rowcount
    return Batch(place.table, resealed=moved, closed=len(rows) - len(fresh)), rows[-1][0] if len(rows) == BATCH else None


def _again(place: SealedColumn, key: str, text: str, beside: str, *, reseal: Reseal) -> str:
    """The value sealed anew, or empty when it does not open: its key left the ring long ago, or somebody altered it."""
    context = place.context(key, beside)
    try:
        return reseal(text, context)
    except Unsealable:
        return ""


def _find(place: SealedColumn) -> str:
    return (
        f"SELECT {place.key}::text, {place.column}, ({place.beside})::text FROM {place.table}"
        f" WHERE {place.column} <> '' AND NOT starts_with({place.column}, %s) AND {place.key} > %s::{place.key_type}"
        f" ORDER BY {place.key} LIMIT %s"
    )


def _replace(place: SealedColumn) -> str:
    return (
        f"UPDATE {place.table} AS t SET {place.column} = n.fresh"
        f" FROM unnest(%s::{place.key_type}[], %s::text[], %s::text[]) AS n (key, old, fresh)"
        f" WHERE t.{place.key} = n.key AND t.{place.column} = n.old"
    )


def counted(batches: Iterator[Batch], *, on_batch: Callable[[Batch], None]) -> dict[str, Any]:
    """Run through all batches: `{"resealed": …, "closed": …}`."""
    resealed = closed = 0
    for batch in batches:
        resealed += batch.resealed
        closed += batch.closed
        on_batch(batch)
    return {"resealed": resealed, "closed": closed}
