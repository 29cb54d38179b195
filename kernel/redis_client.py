"""The one way to a Redis client: short timeouts and no retries.

The library's ten default retries turn a Redis that is away into a hang of seconds; here it costs the timeout, and each caller decides what its
absence means.
"""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def connect(url: str, *, timeout_s: float) -> Redis:
    """A client that waits `timeout_s` at most, for the connection and for each answer. Connects at its first command."""
    return Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=Retry(NoBackoff(), 0))
