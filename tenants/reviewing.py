"""Which tenants changed in the registry, asked for all of them at once and beside the requests.

What is remembered of a tenant is believed for five seconds (`resolving`). With a thousand busy tenants nearly every request would find its own
too old and ask home, which takes as long as the rest of it. So a thread of each web process compares the versions of all rows every two seconds:
whoever changed is forgotten, and for the others the five seconds begin anew. Redis is not needed for that; it is only quicker.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections

from kernel import tenancy

VERSIONS = """
SELECT t.id, t.xmin::text || coalesce((SELECT string_agg(' ' || d.id || ' ' || d.xmin, '' ORDER BY d.id)
                                         FROM tenants_domain d WHERE d.tenant_id = t.id), '')
  FROM tenants_tenant t
"""
"""`xmin` is the transaction that wrote a row: another one after every change, whoever made it."""

logger = logging.getLogger(__name__)


class Reviewer:
    """A daemon thread that compares the registry with what it was; started on first use in a process that answers requests.

    `on_change` is told each tenant that changed, came or went since the review before, then `on_review` when the rows were
    asked for and when they were there (monotonic clock). `is_wanted` says whether anything was asked for since the review before: nobody reviews for nobody.
    """

    def __init__(
        self, *, on_change: Callable[[UUID], None], on_review: Callable[[float, float], None], is_wanted: Callable[[], bool]
    ) -> None:
        self._on_change = on_change
        self._on_review = on_review
        self._is_wanted = is_wanted
        self._versions: dict[UUID, str] | None = None
        self._started_in: int | None = None
        self._lock = threading.Lock()
        self.is_open = False

    def open_here(self) -> None:
        """Let this process review, or those that it forks: it answers requests."""
        self.is_open = True

    def ensure_running(self) -> None:
        """Start the thread, unless this process has it or should have none."""
        if not self.is_open or self._started_in == os.getpid() or not settings.REGISTRY_REVIEW_S:
            return
        with self._lock:
            if self._started_in == os.getpid():
                return
            self._started_in = os.getpid()
            threading.Thread(target=self._run, name="registry-review", daemon=True).start()

    def review(self) -> None:
        """Compare once. Raises the database errors of a home that is away; then nothing was found out."""
        began = time.monotonic()
        found, before = _versions(), self._versions
        ended = time.monotonic()
        self._versions = found
        if before is not None:
            for tenant_id in [key for key in before.keys() | found.keys() if before.get(key) != found.get(key)]:
                self._on_change(tenant_id)
        self._on_review(began, ended)

    def _run(self) -> None:
        while True:
            time.sleep(settings.REGISTRY_REVIEW_S)
            if not self._is_wanted():
                continue
            try:
                self.review()
            except (DatabaseError, InterfaceError) as fault:
                logger.info("the registry was not reviewed: %s", fault)
                connections[tenancy.HOME].close()


def _versions() -> dict[UUID, str]:
    """The versions of each tenant's row and of its domains' as one text, by the tenant's id."""
    with connections[tenancy.HOME].cursor() as cursor:
        cursor.execute(VERSIONS)
        return dict(cursor.fetchall())
