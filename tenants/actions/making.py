"""Asking for a tenant."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Invalid
from operations import actions as operations
from operations.models import Operation
from tenants import events, hosts, operators, outbox, registration, slugs, texts
from tenants.models import Tenant, TenantState
from tenants.permissions import Permission
from tenants.provisioning import STEPS
from tenants.queries import MAKING


@dataclass(frozen=True, slots=True)
class Requested:
    """A tenant that is being made, and the operation that makes it."""

    tenant: Tenant
    operation: Operation


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def create_tenant(slug: str, *, name: str, owner_email: str, owner_name: str, cell: str | None = None, actor: Actor) -> Requested:
    """Take up a tenant and queue the making of its place, which ends with an invitation for its first owner.

    Raises RegistryClosed, Forbidden, Invalid, SlugInvalid, SlugReserved, CellUnknown, NoCell, SlugTaken, SlugLookalike, HostTaken.
    """
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    slug, name = slugs.check(slug), texts.name(name)
    owner = {"owner_email": _email(owner_email), "owner_name": texts.owner_name(owner_name)}
    chosen = registration.choose_cell(cell)
    tenant = registration.insert(slug, name=name, cell=chosen, state=TenantState.PROVISIONING)
    plan = _plan(tenant, owner=owner)
    operation = operations.start(**plan, actor=actor)
    outbox.record(
        events.TenantRequested(subject=tenant.public_id, subject_label=tenant.name, slug=slug, cell=chosen.name),
        actor=actor,
        tenant_id=tenant.id,
        operation=plan,
    )
    return Requested(tenant=tenant, operation=operation)


def _plan(tenant: Tenant, *, owner: dict[str, str]) -> dict[str, Any]:
    """The arguments of `operations.start`. Its key is the tenant's id: there is one such operation per tenant."""
    return {
        "kind": MAKING,
        "key": f"{MAKING}:{tenant.id}",
        "subject": tenant.public_id,
        "label": f"Make the tenant {tenant.slug}",
        "steps": list(STEPS),
        "arguments": {"tenant_id": str(tenant.id), **owner},
    }


def _email(text: str) -> str:
    """The owner's address in the spelling that `identity` gives it, so that a resumed operation finds the person again.

    `identity` has the last word on it when the owner is invited.
    """
    detail = "Write an e-mail address such as ada@example.com."
    local, _, domain = text.strip().lower().rpartition("@")
    try:
        address = f"{local}@{hosts.normalise(domain)}"
        validate_email(address)
    except (hosts.Unreadable, ValidationError) as fault:
        raise Invalid(detail, errors=[{"pointer": "/owner_email", "code": "email", "detail": detail}]) from fault
    return address
