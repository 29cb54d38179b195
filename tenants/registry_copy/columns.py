"""What is copied: the columns that routing needs, and none that says anything about a person.

A tenant's name and the reason of its state stay at home. The address of a cell travels sealed: without it a process could not reach a cell
that it has not met before, and whoever reads the copy has no key.
"""

COPIED: dict[str, tuple[str, ...]] = {
    "tenants_tenant": ("id", "slug", "schema", "code", "cell_id", "state", "version"),
    "tenants_domain": ("id", "tenant_id", "host", "kind", "state", "is_primary", "redirects"),
    "tenants_cell": ("name", "region", "state", "sealed_url"),
}
"""By table, the key first: a publication must hold it."""

INDEXED: dict[str, tuple[str, ...]] = {"tenants_tenant": ("slug",), "tenants_domain": ("host", "tenant_id")}

PUBLICATION = "freehold_registry"
COPIER_ROLE = "freehold_copier"
SLOT_PREFIX = "freehold_registry_"
