"""Addresses to show and to send, such as `http://acme.localhost:8000`."""

from uuid import UUID

from django.conf import settings

from tenants import queries


def of_tenant(tenant_id: UUID) -> str:
    """Where a tenant is reached from a browser, without a final slash. Raises DomainNotFound."""
    return base_url(queries.primary_host(tenant_id))


def base_url(host: str) -> str:
    """Where a host is reached from a browser, without a final slash. Behind HTTPS the proxy listens on its usual port."""
    if settings.HTTPS:
        return f"https://{host}"
    return f"http://{host}" if settings.PORT == 80 else f"http://{host}:{settings.PORT}"
