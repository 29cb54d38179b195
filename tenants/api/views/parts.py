"""What the views share: examples, and finding the tenant that an address names."""

from uuid import UUID

from drf_spectacular.utils import OpenApiExample

from kernel import ids
from tenants.problems import DomainNotFound, TenantNotFound


def given(name: str, value: object) -> OpenApiExample:
    """An example of a request."""
    return OpenApiExample(name, value=value, request_only=True)


def answered(name: str, value: object, *, status: int = 200) -> OpenApiExample:
    """An example of an answer."""
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


def tenant_id(text: str) -> UUID:
    """The id in a path. Raises TenantNotFound for anything that is none."""
    try:
        return ids.parse("ten", text)
    except ValueError as fault:
        raise TenantNotFound("Tenants are named by their id here, such as ten_… in the list of tenants.") from fault


def domain_id(text: str) -> UUID:
    """The id in a path. Raises DomainNotFound for anything that is none."""
    try:
        return ids.parse("dom", text)
    except ValueError as fault:
        raise DomainNotFound("Domains are named by their id here, such as dom_… in the list of domains.") from fault
