"""Freehold inside a worker: platform, and tenants by the product's own actions."""

from typing import Any

from identity import actions as identity
from identity.permissions import Permission
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from operations import queries as operations
from tenants import actions as registry
from tenants import places, provisioning, queries

ACTOR = Actor.system("command:bench")
PASSWORD = "correct horse battery staple"  # noqa: S105 - of a person who lives as long as the benchmark
OWNER = "Ada Lovelace"
ROOM = 10_000


def establish() -> None:
    """The registry's tables and platform, and room for as many tenants as a benchmark may want."""
    provisioning.migrate_home(on_progress=places.quietly)
    ref = registry.establish_platform(on_progress=places.quietly, actor=ACTOR)
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        registry.change_cell(ref.cell, capacity=ROOM, actor=ACTOR)


def platform() -> TenantRef:
    """Tenant zero."""
    return queries.platform().ref()


def add(count: int, start: int) -> list[dict[str, Any]]:
    """`count` tenants, named from a number on, each with its host, its schema, and the token of its owner's invitation."""
    with tenancy.activate(platform(), purpose=Purpose.OPERATOR):
        return [_tenant(f"shop-{number}") for number in range(start, start + count)]


def give_keys(tokens: dict[str, str]) -> dict[str, str]:
    """An API key for each tenant, by slug: its owner accepts the invitation first. Hashing a password takes most of the time."""
    keys = {}
    for slug, token in tokens.items():
        with tenancy.activate(queries.tenant_by_slug(slug).ref(), purpose=Purpose.OPERATOR):
            owner = identity.accept_invitation(token, password=PASSWORD, name=OWNER)
            keys[slug] = identity.create_api_key("bench", scopes=[Permission.READ_PEOPLE], owner_id=owner.id, actor=ACTOR).secret
        tenancy.rest()
    return keys


def _tenant(slug: str) -> dict[str, Any]:
    asked = registry.create_tenant(slug, name=slug, owner_email=f"owner@{slug}.example", owner_name=OWNER, actor=ACTOR)
    registry.provision_tenant(asked.operation.id, actor=ACTOR)
    operation = operations.operation(asked.operation.id)
    result = operations.result_of(operation, actor=ACTOR)
    tenancy.rest()
    return {
        "slug": slug,
        "schema": asked.tenant.schema,
        "host": result["url"].partition("//")[2].partition(":")[0],
        "token": result["invitation_url"].rpartition("/")[2],
    }
