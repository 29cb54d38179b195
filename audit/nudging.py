"""Telling the sealer that something waits, and those who follow the log that something was sealed; and not telling them a thousand times a second.

The first nudge goes out at once. What comes within the next half second is gathered into one that goes out at its end, so that the last of
a burst is not left to the sweep. The memories here are of one process and bounded. A nudge that is lost costs seconds: a sweep finds every tenant
with a queue, with an unsigned log, or with somebody who lags behind.
"""

import time
from functools import partial
from threading import Lock

from django.conf import settings
from django.db import transaction

from kernel import tenancy
from kernel.tasks import enqueue_later

QUIET_S = 0.5
SIGN_QUIET_S = 2.0
REFUSAL_QUIET_S = 60.0
REMEMBERED = 10_000

_lock = Lock()
_nudged: dict[str, float] = {}
_refused: dict[str, float] = {}


def after_commit() -> None:
    """Have the active tenant's entries sealed soon after the running transaction commits."""
    transaction.on_commit(partial(_nudge_sealer, tenancy.current()), using=tenancy.current_alias())


def sealer_again() -> None:
    """Have the active tenant's entries sealed a little later: another sealer is at work, and may have begun before the last of them came."""
    if _is_first(_nudged, f"{tenancy.current().schema} again", quiet_s=QUIET_S):
        enqueue_later("audit.seal", delay_s=QUIET_S)


def mirror_after_commit() -> None:
    """Have the platform's copy of the active tenant's entries made soon after the running transaction commits."""
    transaction.on_commit(partial(_nudge_mirror, tenancy.current()), using=tenancy.current_alias())


def followers() -> None:
    """Have those who follow the active tenant's log read on: the tasks named in `settings.EVENT_CONSUMERS`.

    Raises KeyError for a name that is no task.
    """
    delay_s = _delay_s(f"{tenancy.current().schema} followers", quiet_s=QUIET_S)
    if delay_s is not None:
        for name in settings.EVENT_CONSUMERS:
            enqueue_later(name, delay_s=delay_s)


def signer() -> None:
    """Have the end of the active tenant's log signed in two seconds: all that is sealed until then gets one signature."""
    if _is_first(_nudged, f"{tenancy.current().schema} sign", quiet_s=SIGN_QUIET_S):
        enqueue_later("audit.sign", delay_s=SIGN_QUIET_S)


def is_first_this_minute(refusal: str) -> bool:
    """Whether this process has not seen the same refusal in the active tenant within the last minute."""
    return _is_first(_refused, f"{tenancy.current().id}|{refusal}", quiet_s=REFUSAL_QUIET_S)


def _nudge_sealer(ref: tenancy.TenantRef) -> None:
    delay_s = _delay_s(ref.schema, quiet_s=QUIET_S)
    if delay_s is not None:
        with tenancy.activate(ref, purpose=tenancy.Purpose.OPERATOR):
            enqueue_later("audit.seal", delay_s=delay_s)


def _nudge_mirror(ref: tenancy.TenantRef) -> None:
    delay_s = _delay_s(f"{ref.schema} mirror", quiet_s=QUIET_S)
    if delay_s is not None:
        with tenancy.activate(ref, purpose=tenancy.Purpose.OPERATOR):
            enqueue_later("audit.mirror", delay_s=delay_s)


def _delay_s(what: str, *, quiet_s: float) -> float | None:
    """In how many seconds a nudge goes out: 0 when the last one was long ago; None when one is on its way that comes late enough."""
    now = time.monotonic()
    with _lock:
        last = _nudged.get(what, now - quiet_s)
        if last > now:
            return None
        delay_s = max(0.0, last + quiet_s - now)
        _remember(_nudged, what, at=now + delay_s)
        return delay_s


def _is_first(seen: dict[str, float], what: str, *, quiet_s: float) -> bool:
    now = time.monotonic()
    with _lock:
        if now - seen.get(what, -quiet_s) < quiet_s:
            return False
        _remember(seen, what, at=now)
        return True


def _remember(seen: dict[str, float], what: str, *, at: float) -> None:
    if len(seen) >= REMEMBERED:
        seen.clear()
    seen[what] = at
