"""What an entry adds to a transaction: the same business with and without it, in turns, after a warm-up."""

import time
from contextlib import ExitStack
from typing import Any

from audit import actions
from bench.audit import making
from bench.audit.making import RowKept
from kernel import tenancy

WARM = 50
PEOPLE = 20


def added(tenant_id: str, pairs: int) -> dict[str, Any]:
    """Milliseconds of each transaction, from before its begin to after its commit: `plain`, and `audited` with `record()` in it."""
    ref = making.ref_of(tenant_id)
    found: dict[str, list[float]] = {"plain": [], "audited": []}
    with making.asked(ref), ExitStack() as stack:
        stack.callback(tenancy.rest)
        for number in range(WARM + pairs):
            for kind in ("plain", "audited") if number % 2 else ("audited", "plain"):
                took_ms = _transaction(f"added-{kind}-", number=number, is_audited=kind == "audited")
                if number >= WARM:
                    found[kind].append(took_ms)
    return found


def _transaction(name: str, *, number: int, is_audited: bool) -> float:
    key = f"{name}{number}"
    began = time.perf_counter()
    with tenancy.atomic():
        making.keep_row(key, after=f"{name}{number - 1}", of=name)
        if is_audited:
            actor = making.person(number % PEOPLE, ref=tenancy.current())
            actions.record(RowKept(subject=key, number=number), actor=actor)
    return (time.perf_counter() - began) * 1000
