"""Work beside a heartbeat: in a thread, within the same tenant, on connections of its own."""

import threading
from collections.abc import Callable
from contextvars import copy_context

from django.db import connections


def start(work: Callable[[], None], *, name: str, is_daemon: bool) -> threading.Thread:
    """The thread in which `work` has begun. It ends with the process when it is a daemon; otherwise the process waits for it."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=copy_context().run, args=(run,), name=name, daemon=is_daemon)
    thread.start()
    return thread
