"""Keys of Django's caches: each begins with the tenant, so that nothing that is kept for one can be found by another."""

from kernel.tenancy import context


def tenant_key(key: object, key_prefix: str, version: int) -> str:
    """Django's KEY_FUNCTION for every cache. Raises NoTenant outside any tenant: what belongs to nobody is not cached here."""
    return f"{key_prefix}:{context.current().id.hex}:{version}:{key}"
