"""What this app keeps sealed at home, for the installation: letters of the outbox, addresses of cells, and the keys of copies."""

from kernel.sealing import SealedColumn, SealedInPassing

SEALED = (
    SealedColumn("tenants_pendingentry", "sealed", lambda key, _beside: f"tenants.pending_entry:{key}"),
    SealedColumn("tenants_cell", "sealed_url", lambda key, _beside: f"tenants.cell:{key}", key="name", key_type="text"),
    SealedInPassing("keys in the files of copies of tenants; the ring must keep their key as long as a copy is kept", days=3660),
)
