"""A task for the leak suite; the worker of the test includes this module, no product process does."""

import redis
from django.conf import settings

from kernel import tenancy
from kernel.tasks import task
from tests.tenancy import reading


@task("tests.leak_read", queue="bulk")
def leak_read(wanted: str, answers: str) -> None:
    """Read twice in the tenant that the message names, and push `wanted seen` to the list `answers`."""
    ref = tenancy.current()
    seen = [reading.by_model(), reading.by_cursor(ref)]
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.rpush(answers, *(f"{wanted} {label}" for label in seen))
