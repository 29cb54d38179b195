"""How often one key may be used: a bucket in Redis that holds one second's worth of requests and fills at the key's rate.

A process takes a hundredth of a second's worth at once, so that a key of thousands of requests a second does not ask Redis thousands of times; a
key of less than two hundred asks for each. What a process took and did not use within a second is lost: the rate is never exceeded, a little is
left unused.

Without Redis a key is not held back: how often is a matter of load, not of rights, and a Redis that is away must not stop every program. That is
logged once per outage and process.
"""

import threading
from datetime import UTC, datetime, timedelta
from typing import Final, cast
from uuid import UUID

import redis
import structlog

from identity import redis_client
from identity.problems import KeyTooFast
from kernel import clock, tenancy

log = structlog.get_logger(__name__)

FORGET_AFTER_S: Final = 10
SHARES_PER_S: Final = 100
SECOND_US: Final = 1_000_000
REMEMBERED_MAX: Final = 10_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# Returns how many of the wanted requests were left to take. All are whole numbers (microseconds, and millionths of a request), which Lua counts exactly
# up to 2^53; Lua's own way to write numbers would round them. Time that runs backwards between two machines fills nothing.
_TAKE: Final = """
local rate, now, whole = tonumber(ARGV[1]), tonumber(ARGV[2]), 1000000
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(kept[1]) or rate * whole, tonumber(kept[2]) or now
left = math.min(rate * whole, left + math.min(whole, math.max(0, now - at)) * rate)
local taken = math.min(tonumber(ARGV[4]), math.floor(left / whole))
left = left - taken * whole
redis.call('HSET', KEYS[1], 'left', string.format('%.0f', left), 'at', string.format('%.0f', math.max(at, now)))
redis.call('EXPIRE', KEYS[1], ARGV[3])
return taken
"""


class Shares:
    """Requests that this process took and has left, by tenant and key, with the moment when it took them; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[tuple[UUID, UUID], tuple[int, int]] = {}

    def spend(self, key: tuple[UUID, UUID], *, moment_us: int) -> bool:
        """Use one request of those that are left, if there is one and it is not older than a second."""
        with self._lock:
            left, taken_us = self._left.pop(key, (0, 0))
            is_good = left > 0 and 0 <= moment_us - taken_us < SECOND_US
            if is_good and left > 1:
                self._left[key] = left - 1, taken_us
        return is_good

    def keep(self, key: tuple[UUID, UUID], *, count: int, moment_us: int) -> None:
        """Keep requests for later; what another thread took meanwhile is lost."""
        with self._lock:
            if len(self._left) >= REMEMBERED_MAX:
                self._left.clear()
            self._left[key] = count, moment_us


class Outage:
    """Whether Redis was away at the last request of this process; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_away = False

    def report(self, fault: redis.RedisError | None) -> None:
        """Log the begin and the end of an outage, once each."""
        with self._lock:
            is_news, self._is_away = self._is_away != (fault is not None), fault is not None
        if is_news:
            log.warning("api_key.rates_not_kept" if fault else "api_key.rates_kept_again", why=str(fault or ""))


_outage = Outage()
_shares = Shares()


def take(key_id: UUID, *, per_s: int) -> None:
    """Take one of the requests that a key of the active tenant has left; `per_s` is how many a second gives. Raises KeyTooFast."""
    key, share = (tenancy.current().id, key_id), max(1, per_s // SHARES_PER_S)
    moment_us = (clock.now() - EPOCH) // timedelta(microseconds=1)
    if share > 1 and _shares.spend(key, moment_us=moment_us):
        return
    taken = _taken(key_id, share=share, per_s=per_s, moment_us=moment_us)
    if not taken:
        raise KeyTooFast(
            f"This key may be used {per_s} times a second. Wait a second, then go on slower.", retry_after_s=1, per_s=per_s
        )
    if taken > 1:
        _shares.keep(key, count=taken - 1, moment_us=moment_us)


def _taken(key_id: UUID, *, share: int, per_s: int, moment_us: int) -> int:
    """How many of a share were left to take; one without Redis."""
    fault: redis.RedisError | None = None
    taken = 1
    try:
        name = redis_client.tenant_key("key-rate", key_id.hex)
        taken = cast("int", redis_client.client().eval(_TAKE, 1, name, per_s, moment_us, FORGET_AFTER_S, share))
    except redis.RedisError as error:
        fault = error
    _outage.report(fault)
    return taken
