"""How far each tenant's log was signed, kept in home: what the sealer asks before it signs again.

A cell that fails over to a copy, or is restored, may lack the end of a log. Home is another database, so it remembers what was given out. What it
holds only ever grows: a later epoch, or a longer log of the same epoch.
"""

from uuid import UUID

from django.db import connections

from kernel import clock, tenancy
from tenants.models import PublishedHead

PUBLISH = """
INSERT INTO tenants_publishedhead AS known (tenant_id, epoch, size, root, note, published_at) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (tenant_id) DO UPDATE
   SET epoch = excluded.epoch, size = excluded.size, root = excluded.root, note = excluded.note, published_at = excluded.published_at
 WHERE (known.epoch, known.size) < (excluded.epoch, excluded.size)
    OR (known.epoch, known.size, known.root) = (excluded.epoch, excluded.size, excluded.root)
"""


class PublishedHeads:
    """The last signed checkpoint of each tenant; reached by the dotted name in `settings.PUBLISHED_HEADS`."""

    def of(self, tenant_id: UUID) -> PublishedHead | None:
        """What was last given out of a tenant's log; None when nothing was."""
        return PublishedHead.objects.filter(tenant_id=tenant_id).first()

    def publish(self, tenant_id: UUID, *, epoch: int, size: int, root: bytes, note: str) -> bool:
        """Remember a checkpoint that is about to be given out; False, and nothing changes, when home knows of a longer log or another root.

        The same checkpoint may be published again, so that a signer that stopped in between can go on.
        """
        with connections[tenancy.HOME].cursor() as cursor:
            cursor.execute(PUBLISH, [tenant_id, epoch, size, root, note, clock.now()])
            return bool(cursor.rowcount == 1)

    def forget(self, tenant_id: UUID) -> None:
        """Forget a scratch tenant that was removed with all that was its own; of an erased tenant the row stays, as part of the proof."""
        PublishedHead.objects.filter(tenant_id=tenant_id).delete()


store = PublishedHeads()
