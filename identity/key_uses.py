"""When and from where each API key was last used: noted in Redis by requests, written to the database by a task, once a minute.

A request never writes the row: it would turn every read into a write and make a busy key a hot spot. What is lost when Redis is away
is the moment of a use, nothing else; that is logged once per outage and process.
"""

import threading
import time
from datetime import UTC, datetime
from typing import Final, cast
from uuid import UUID

import redis
import structlog
from django.db import connections

from identity import redis_client
from kernel import tenancy

log = structlog.get_logger(__name__)

NOTE_EVERY_S: Final = 60
REMEMBERED_MAX: Final = 10_000
# Tenants with uses to write: the only key that carries no tenant, since it holds nothing but their ids.
WAITING: Final = "freehold:identity:key-uses:tenants"

# A use that arrived after the hash was read stays for the next round.
_FORGET: Final = """
for index = 2, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[index]) == ARGV[index + 1] then redis.call('HDEL', KEYS[1], ARGV[index]) end
end
if redis.call('HLEN', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], ARGV[1]) end
return 0
"""

_WRITE: Final = """
UPDATE identity_apikey SET last_used_at = used.at, last_address = used.address
  FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[]) AS used(id, at, address)
 WHERE identity_apikey.id = used.id AND (identity_apikey.last_used_at IS NULL OR identity_apikey.last_used_at < used.at)
"""


class Notebook:
    """What this process noted lately, so that a busy key costs Redis one command a minute; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: dict[tuple[UUID | None, UUID], float] = {}  # by tenant too: a restored copy has the same keys
        self._is_away = False

    def is_due(self, key_id: UUID) -> bool:
        """Whether the use of the active tenant's key should be noted now; answering yes counts as noted."""
        present, key = time.monotonic(), (tenancy.current_id(), key_id)
        if present - self._noted.get(key, -NOTE_EVERY_S) < NOTE_EVERY_S:
            return False
        with self._lock:
            if len(self._noted) >= REMEMBERED_MAX:
                self._noted.clear()
            self._noted[key] = present
        return True

    def report(self, fault: redis.RedisError | None) -> None:
        """Log the begin and the end of an outage, once each."""
        with self._lock:
            is_news, self._is_away = self._is_away != (fault is not None), fault is not None
        if is_news:
            log.warning("api_key.uses_not_noted" if fault else "api_key.uses_noted_again", why=str(fault or ""))


_notebook = Notebook()


def note(key_id: UUID, *, moment: datetime, address: str) -> None:
    """Note that a key of the active tenant was used from an address; never raises, and does nothing more than once a minute."""
    if not _notebook.is_due(key_id):
        return
    fault: redis.RedisError | None = None
    try:
        pipeline = redis_client.client().pipeline(transaction=False)
        pipeline.hset(_uses_key(), key_id.hex, f"{moment.timestamp():.6f} {address}")
        pipeline.sadd(WAITING, tenancy.current().id.hex)
        pipeline.execute()
    except redis.RedisError as error:
        fault = error
    _notebook.report(fault)


def waiting_tenants() -> list[UUID]:
    """The tenants whose keys were used since the last writing. Raises redis.RedisError."""
    members = cast("set[bytes]", redis_client.client().smembers(WAITING))
    return sorted(UUID(member.decode()) for member in members)


def forget_tenant(tenant_id: UUID) -> None:
    """Drop a tenant that is no more from those that wait. Raises redis.RedisError."""
    redis_client.client().srem(WAITING, tenant_id.hex)


def write() -> int:
    """Write the noted uses of the active tenant to its keys; the number of keys written. May run twice. Raises redis.RedisError."""
    client = redis_client.client()
    noted = cast("dict[bytes, bytes]", client.hgetall(_uses_key()))
    uses = [use.decode().partition(" ") for use in noted.values()]
    moments = [datetime.fromtimestamp(float(stamp), tz=UTC) for stamp, _, _ in uses]
    written = 0
    if noted:
        with connections[tenancy.current_alias()].cursor() as cursor:
            cursor.execute(_WRITE, ([key.decode() for key in noted], moments, [address for _, _, address in uses]))
            written = cursor.rowcount
    flat = [text for pair in noted.items() for text in pair]
    client.eval(_FORGET, 2, _uses_key(), WAITING, tenancy.current().id.hex, *flat)
    return written


def _uses_key() -> str:
    return redis_client.tenant_key("key-uses")
