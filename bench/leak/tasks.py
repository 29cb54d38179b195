"""A task that reads; the worker of the suite includes this module, no product process does."""

import redis
from django.conf import settings

from bench.leak import reading
from kernel import tenancy
from kernel.tasks import task


@task("bench.leak_read", queue="bulk")
def leak_read(wanted: str, answers: str) -> None:
    """Read twice in the tenant that the message names, and push `wanted seen` to the list `answers`."""
    ref = tenancy.current()
    seen = [reading.by_model(), reading.by_cursor(ref)]
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.rpush(answers, *(f"{wanted} {label}" for label in seen))
