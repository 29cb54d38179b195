"""Freehold: platform and tenants by the product's own actions, each with an owner who has accepted and an API key of theirs."""

from typing import Any

import structlog

from bench.routing.goods.stocking import fill
from identity import actions as identity
from identity.permissions import Permission
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose
from operations import queries as operations
from tenants import actions as registry
from tenants import provisioning

ACTOR = Actor.system("command:bench")
PASSWORD = "correct horse battery staple"  # noqa: S105 - of a person who lives as long as the benchmark

log = structlog.get_logger(__name__)


def tenants(count: int) -> list[dict[str, Any]]:
    """The registry's tables, platform, then `count` tenants with a filled table and a key each."""
    provisioning.migrate_home(on_progress=_quietly)
    platform = registry.establish_platform(on_progress=_quietly, actor=ACTOR)
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        return [_tenant(f"shop-{number}") for number in range(count)]


def _tenant(slug: str) -> dict[str, Any]:
    email = f"owner@{slug}.example"
    asked = registry.create_tenant(slug, name=slug, owner_email=email, owner_name="Ada Lovelace", actor=ACTOR)
    registry.provision_tenant(asked.operation.id, actor=ACTOR)
    result = operations.result_of(operations.operation(asked.operation.id), actor=ACTOR)
    ref = asked.tenant.ref()
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        fill(ref.schema)
        owner = identity.accept_invitation(result["invitation_url"].rpartition("/")[2], password=PASSWORD, name="Ada Lovelace")
        key = identity.create_api_key("bench", scopes=[Permission.READ_PEOPLE], owner_id=owner.id, actor=ACTOR)
    host = result["url"].partition("//")[2].partition(":")[0]
    return {"host": host, "headers": {"HTTP_AUTHORIZATION": f"Bearer {key.secret}"}, "expected": ref.schema}


def _quietly(done: int, of: int, what: str) -> None:
    log.debug("bench.migrating", done=done, of=of, what=what)
