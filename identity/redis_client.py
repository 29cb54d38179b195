"""The one Redis client of a process for this app's short-lived counters.

No retries and 50 ms at most: a Redis that is away must cost a request milliseconds, not the client's default of ten tries.
Keys always carry the tenant's id.
"""

from functools import cache
from typing import Final

import redis
from django.conf import settings

from kernel import redis_client, tenancy

TIMEOUT_S: Final = 0.05


def client() -> redis.Redis:
    """The client; safe to share between threads, and after a fork."""
    return _connected(settings.REDIS_URL)


def tenant_key(*parts: str) -> str:
    """A key of the active tenant, e.g. `freehold:identity:<tenant id>:sign-in:…`. Raises NoTenant."""
    return ":".join(("freehold", "identity", tenancy.current().id.hex, *parts))


@cache
def _connected(url: str) -> redis.Redis:
    return redis_client.connect(url, timeout_s=TIMEOUT_S)
