"""The kept answers of idempotent requests: the store that `kernel.api.idempotency` asks for by name.

Claim and answer are written in the transaction of the change; see there why.
"""

from datetime import timedelta

from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

from kernel import clock, ids, tenancy
from kernel.problems import IdempotencyRunning
from operations.models import KeptAnswer

KEPT_FOR = timedelta(hours=24)
WAIT_MS = 3000
CLAIM = """
INSERT INTO operations_keptanswer (id, actor_id, key, fingerprint, headers, body, created_at)
VALUES (%s, %s, %s, %s, '{}', '', %s)
ON CONFLICT (actor_id, key) DO NOTHING
"""


class Store:
    """Answers by actor and key in the tenant's own schema."""

    def claim(self, *, key: str, actor_id: str, fingerprint: bytes) -> KeptAnswer | None:
        """Take a key, or return the answer that it has. Waits up to 3 s for a first request that still runs, then IdempotencyRunning."""
        if self._insert(key=key, actor_id=actor_id, fingerprint=fingerprint):
            return None
        kept = KeptAnswer.objects.get(actor_id=actor_id, key=key)
        if kept.created_at > clock.now() - KEPT_FOR:
            return kept
        kept.delete()
        return (
            None
            if self._insert(key=key, actor_id=actor_id, fingerprint=fingerprint)
            else KeptAnswer.objects.get(actor_id=actor_id, key=key)
        )

    def keep(self, *, key: str, actor_id: str, status: int, headers: dict[str, str], body: str) -> None:
        """Keep the answer of a key that this transaction claimed."""
        KeptAnswer.objects.filter(actor_id=actor_id, key=key).update(status=status, headers=headers, body=body)

    def _insert(self, *, key: str, actor_id: str, fingerprint: bytes) -> bool:
        try:
            with connections[tenancy.current_alias()].cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {WAIT_MS}")
                cursor.execute(CLAIM, [ids.new_id(), actor_id, key, fingerprint, clock.now()])
                taken = bool(cursor.rowcount == 1)
                cursor.execute("SET LOCAL lock_timeout = 0")
        except OperationalError as fault:
            if isinstance(fault.__cause__, LockNotAvailable):
                raise IdempotencyRunning(
                    "Ask again in a few seconds; the first request is still at work.", retry_after_s=2
                ) from fault
            raise
        return taken


def drop_old() -> int:
    """Forget the answers that are older than a day; the number of rows."""
    deleted, _ = KeptAnswer.objects.filter(created_at__lt=clock.now() - KEPT_FOR).delete()
    return deleted


store = Store()
