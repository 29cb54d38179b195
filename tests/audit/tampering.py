"""Somebody with full power over the tables of acme's log, and what a check says of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from audit import queries
from audit.models import Entry
from audit.verifying import Check, Verification
from kernel import tenancy
from kernel.tenancy import Purpose

GUARDED = ("audit_entry", "audit_seal", "audit_checkpoint")


@contextmanager
def tampering() -> Iterator[Callable[..., None]]:
    """Executes anything on acme's tables as their owner, with the triggers that forbid it switched off."""
    with tenancy.activate(tenancy.current(), purpose=Purpose.MIGRATE), connections["cell-1"].cursor() as cursor:

        def execute(statement: str, *values: Any) -> None:
            cursor.execute(statement, values)
            assert cursor.rowcount > 0, "the attack met no row"

        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield execute
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")


def faults(found: Verification) -> dict[Check, str]:
    """What each check says, by check."""
    return {fault.check: fault.what for fault in found.faults}


def place_of(entry: Entry) -> int:
    seal = queries.seal_of(entry)
    assert seal is not None
    return seal.seq
