"""Telling the sealer that something waits, and not telling it a thousand times a second.

Both memories here are of one process and bounded. A nudge that is lost costs seconds: a sweep finds every tenant with a queue.
"""

import time
from functools import partial
from threading import Lock

from django.db import transaction

from kernel import tenancy
from kernel.tasks import enqueue

QUIET_S = 0.25
REFUSAL_QUIET_S = 60.0
REMEMBERED = 10_000

_lock = Lock()
_nudged: dict[str, float] = {}
_refused: dict[str, float] = {}


def after_commit() -> None:
    """Have the active tenant's entries sealed soon after the running transaction commits."""
    transaction.on_commit(partial(_nudge, tenancy.current()), using=tenancy.current_alias())


def is_first_this_minute(refusal: str) -> bool:
    """Whether this process has not seen the same refusal in the active tenant within the last minute."""
    return _is_first(_refused, f"{tenancy.current().id}|{refusal}", quiet_s=REFUSAL_QUIET_S)


def _nudge(ref: tenancy.TenantRef) -> None:
    if _is_first(_nudged, ref.schema, quiet_s=QUIET_S):
        with tenancy.activate(ref, purpose=tenancy.Purpose.OPERATOR):
            enqueue("audit.seal")
            enqueue("audit.mirror")


def _is_first(seen: dict[str, float], what: str, *, quiet_s: float) -> bool:
    now = time.monotonic()
    with _lock:
        if now - seen.get(what, -quiet_s) < quiet_s:
            return False
        if len(seen) >= REMEMBERED:
            seen.clear()
        seen[what] = now
        return True
