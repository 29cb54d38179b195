"""What Redis holds of a tenant: short-lived counters and notes, under keys or members that carry its id."""

from collections.abc import Iterator

from django.conf import settings
from redis import Redis

from kernel import redis_client
from tenants.models import Tenant

TIMEOUT_S = 2.0
AT_ONCE = 500


def remove(tenant: Tenant) -> int:
    """Remove every key that names a tenant, and its id from every set of ours; returns how many. Raises redis.RedisError."""
    with redis_client.connect(settings.REDIS_URL, timeout_s=TIMEOUT_S) as client:
        removed = sum(int(client.delete(key)) for key in _naming(client, tenant))
        return removed + sum(int(client.srem(key, tenant.id.hex, str(tenant.id))) for key in _sets(client))


def found(tenant: Tenant) -> list[str]:
    """The keys and sets that still name a tenant. Raises redis.RedisError."""
    with redis_client.connect(settings.REDIS_URL, timeout_s=TIMEOUT_S) as client:
        keys = [key.decode(errors="replace") for key in _naming(client, tenant)]
        members = (tenant.id.hex, str(tenant.id))
        keys += [key.decode(errors="replace") for key in _sets(client) if any(client.smismember(key, members))]
    return sorted(keys)


def _naming(client: Redis, tenant: Tenant) -> Iterator[bytes]:
    for spelling in (tenant.id.hex, str(tenant.id)):
        yield from client.scan_iter(match=f"*{spelling}*", count=AT_ONCE)


def _sets(client: Redis) -> Iterator[bytes]:
    """Our own sets; the broker's are of another prefix."""
    yield from client.scan_iter(match="freehold:*", count=AT_ONCE, _type="set")
