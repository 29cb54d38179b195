"""A real worker process on the services of the tests."""

from typing import Any

from celery import current_app

from bench.leak.worker import running, wait_until

__all__ = ["empty_queues", "running", "wait_until"]


def empty_queues() -> None:
    """Take away what earlier tests asked for and nobody has done."""
    with current_app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        for queue in ("now", "soon", "bulk"):
            channel.queue_purge(queue)
