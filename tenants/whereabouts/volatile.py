"""What passes by: keys in Redis and messages in its queues that name a tenant, and long work about it in platform's schema."""

import time
from collections.abc import Iterator

import redis
from django.conf import settings

from kernel import redis_client
from operations import queries as operations
from tenants.models import Tenant
from tenants.whereabouts.places import Place, PlaceKind, PlaceState

TIMEOUT_S = 0.5
SCAN_S = 2.0
SCAN_COUNT = 1000
SHOWN = 20
MESSAGES_MAXIMUM = 2000
QUEUES = ("now", "soon", "bulk")


def places(tenant: Tenant) -> Iterator[Place]:
    """Redis, its queues, and the operations. Platform is active."""
    client = redis_client.connect(settings.REDIS_URL, timeout_s=TIMEOUT_S)
    try:
        yield _keys(client, tenant)
        yield _queued(tenant)
    except redis.RedisError as fault:
        yield Place(PlaceKind.REDIS, "redis", state=PlaceState.NOT_ASKED, evidence={"why": str(fault)[:200]})
    finally:
        client.close()
    found = operations.operations().filter(subject=tenant.public_id)
    evidence = {"operations": found.count(), "open": found.filter(finished_at=None).count()}
    yield Place(PlaceKind.OPERATION, "platform", evidence=evidence)


def _keys(client: "redis.Redis", tenant: Tenant) -> Place:
    """Keys that bear the tenant's id in any of its spellings; the walk ends after two seconds and says so."""
    until = time.monotonic() + SCAN_S
    names, walked, is_whole = [], 0, True
    words = (tenant.id.hex, str(tenant.id), tenant.public_id)
    for key in client.scan_iter(count=SCAN_COUNT):
        walked += 1
        text = key.decode(errors="replace")
        if any(word in text for word in words):
            names.append(text)
        if time.monotonic() > until:
            is_whole = False
            break
    state = PlaceState.OK if is_whole else PlaceState.NOT_ASKED
    evidence = {"keys": len(names), "names": sorted(names)[:SHOWN], "walked": walked, "all": is_whole}
    return Place(PlaceKind.REDIS, "redis", state=state, evidence=evidence)


def _queued(tenant: Tenant) -> Place:
    """Messages that wait for a worker; their headers name the tenant."""
    word, waiting = str(tenant.id).encode(), {}
    broker = redis_client.connect(_broker_url(), timeout_s=TIMEOUT_S)
    try:
        for queue in QUEUES:
            messages = broker.lrange(queue, 0, MESSAGES_MAXIMUM - 1)
            waiting[queue] = sum(1 for message in messages if word in message)
    finally:
        broker.close()
    return Place(PlaceKind.REDIS, "queues", evidence=waiting)


def _broker_url() -> str:
    """The broker's address as redis-py takes it; Celery spells a socket in its own way."""
    url = settings.CELERY_BROKER_URL
    if url.startswith("redis+socket://"):
        return str(url).replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=", 1)
    return str(url)
