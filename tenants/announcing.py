"""News of a changed tenant between processes: Redis publish and subscribe, with a listener thread per process.

A message is a tenant's id, or `cell:` and a cell's name. It is a hint to look again, never data: a lost one costs five seconds for a tenant
(`resolving.FRESH_S`) and thirty for a cell (`kernel.tenancy.cells.TRUST_S`), a forged one a query.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

import redis
from django.conf import settings
from redis.client import PubSub

from kernel import redis_client, tenancy

TIMEOUT_S = 0.25
WAIT_S = 30.0
RECONNECT_S = 1.0
CELL = "cell:"

logger = logging.getLogger(__name__)


def announce(tenant_id: UUID) -> None:
    """Tell every process to forget a tenant. Redis being away is logged and not an error: the five-second limit holds then."""
    _publish(str(tenant_id))


def announce_cell(name: str) -> None:
    """Tell every process that the address of a cell changed; the same holds."""
    _publish(CELL + name)


def _publish(message: str) -> None:
    try:
        _publisher(settings.REDIS_URL, os.getpid()).publish(settings.REGISTRY_CHANNEL, message)
    except redis.RedisError as fault:
        logger.warning("change of the registry not announced, other processes see it within seconds: %s", fault)


class Listener:
    """A daemon thread that hears announcements; started on first use in each process, since a fork carries no threads along."""

    def __init__(self, *, on_change: Callable[[UUID], None], on_gap: Callable[[], None]) -> None:
        self._on_change = on_change
        self._on_gap = on_gap
        self._started_in: int | None = None
        self._lock = threading.Lock()
        self.is_hearing = threading.Event()

    def ensure_running(self) -> None:
        """Start the thread unless this process has it."""
        if self._started_in == os.getpid():
            return
        with self._lock:
            if self._started_in == os.getpid():
                return
            self._started_in = os.getpid()
            self.is_hearing.clear()
            threading.Thread(target=self._run, name="tenant-announcements", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                self._hear()
            except (redis.RedisError, OSError) as fault:
                logger.info("no announcements of tenant changes for now: %s", fault)
            finally:
                self.is_hearing.clear()
            time.sleep(RECONNECT_S)

    def _hear(self) -> None:
        """Subscribe, then pass messages on until the connection breaks. What was said meanwhile is lost, hence the gap call."""
        client = redis_client.connect(settings.REDIS_URL, timeout_s=TIMEOUT_S)
        with client, PubSub(client.connection_pool) as subscription:
            subscription.subscribe(settings.REGISTRY_CHANNEL)
            while True:
                message = subscription.get_message(timeout=WAIT_S)
                if message is None:
                    subscription.ping()
                elif message["type"] == "subscribe":
                    self._on_gap()
                    self.is_hearing.set()
                elif message["type"] == "message":
                    self._pass_on(message["data"])

    def _pass_on(self, data: bytes) -> None:
        try:
            message = data.decode("ascii")
            if message.startswith(CELL):
                tenancy.cells.distrust(message.removeprefix(CELL))
                return
            tenant_id = UUID(message)
        except ValueError:
            logger.warning("an announcement of tenant changes was not an id")
            return
        self._on_change(tenant_id)


@lru_cache(maxsize=2)
def _publisher(url: str, process_id: int) -> redis.Redis:
    """One client per process; the process id keeps a forked child from sharing its parent's socket."""
    del process_id
    return redis_client.connect(url, timeout_s=TIMEOUT_S)
