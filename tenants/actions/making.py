"""Asking for a tenant."""

from dataclasses import dataclass, field
from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import DatabaseError, connections, transaction

from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Invalid, Unavailable
from kernel.tasks import enqueue
from operations import actions as operations
from operations.models import Operation
from tenants import events, hosts, operators, outbox, queries, registration, residency, slugs, spares, texts
from tenants.actions import provision
from tenants.models import CellKind, Plan, Tenant, TenantState
from tenants.permissions import Permission
from tenants.problems import SlugTaken
from tenants.provisioning import STEPS
from tenants.queries import MAKING

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a new tenant comes with: the code of its plan, the jurisdiction that its data must stay in, both empty for none.

    `request` names the request that asks, such as a digest of its Idempotency-Key; the same request that asks again gets the same tenant.
    """

    plan: str = ""
    residency: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Requested:
    """A tenant that was asked for, and the operation that makes it. Both are finished when the tenant has got a spare place.

    `is_new` is False when the same request had been carried out before.
    """

    tenant: Tenant
    operation: Operation
    is_new: bool = True

    @property
    def is_open(self) -> bool:
        """Whether the tenant serves already."""
        return self.tenant.state == TenantState.ACTIVE


@dataclass(frozen=True, slots=True)
class _Wish:
    """A request for a tenant whose form is checked."""

    slug: str
    name: str
    owner: dict[str, str] = field(repr=False)
    cell: str | None
    plan: Plan | None
    residency: str
    request: str


@tenancy.atomic
def create_tenant(
    slug: str, *, name: str, owner_email: str, owner_name: str, cell: str | None = None, terms: Terms | None = None, actor: Actor
) -> Requested:
    """Take up a tenant and invite its first owner: at once where a spare place waits, otherwise by an operation that builds one.

    What fails after the tenant is in the registry is finished by the operation, whoever asked. Raises RegistryClosed, Forbidden, Invalid,
    SlugInvalid, SlugReserved, PlanUnknown, CellUnknown, NoCell, ResidencyForbids, SlugTaken, SlugLookalike, HostTaken.
    """
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    terms = terms or Terms()
    wish = _Wish(
        slug=slugs.check(slug),
        name=texts.name(name),
        owner={"owner_email": _email(owner_email), "owner_name": texts.owner_name(owner_name)},
        cell=cell,
        plan=queries.wanted_plan(terms.plan),
        residency=residency.checked(terms.residency),
        request=terms.request,
    )
    try:
        requested, has_place = _take_up(wish, actor=actor)
    except SlugTaken:
        return _taken_before(wish, actor=actor)
    return _finished(requested) if has_place and _may_finish_here(requested.tenant) else requested


@transaction.atomic(using=tenancy.HOME)
def _take_up(wish: _Wish, *, actor: Actor) -> tuple[Requested, bool]:
    """The rows of the tenant and its operation; whether a spare place is its own now."""
    kind = CellKind.SHARED.value if wish.plan is None else wish.plan.cell_kind
    cell = registration.choose_cell(wish.cell, residency=wish.residency, kind=kind)
    spare_id = spares.claim(cell)
    tenant = registration.unsaved(
        wish.slug, name=wish.name, cell=cell, state=TenantState.PROVISIONING, tenant_id=spare_id or spares.free_id()
    )
    tenant.plan, tenant.residency = wish.plan, wish.residency
    registration.save_new(tenant)
    plan = _plan(tenant, owner=wish.owner, request=wish.request)
    operation = (operations.start if spare_id is None else operations.begin)(**plan, actor=actor)
    outbox.record(
        events.TenantRequested(
            subject=tenant.public_id,
            subject_label=tenant.name,
            slug=tenant.slug,
            cell=cell.name,
            plan=tenant.plan_id or "",
            residency=tenant.residency,
            from_spare=spare_id is not None,
        ),
        actor=actor,
        tenant_id=tenant.id,
        operation=plan,
    )
    enqueue("tenants.refill")
    return Requested(tenant=tenant, operation=operation), spare_id is not None


def _may_finish_here(tenant: Tenant) -> bool:
    """Whether nobody can be left in a spare that goes back to the pool: its claim has been committed, or is undone with what is done in it."""
    return tenant.cell_id == tenancy.current_alias() or not connections[tenancy.HOME].in_atomic_block


def _finished(requested: Requested) -> Requested:
    """Do here what is left to do in a complete place. A cell that fails meanwhile leaves it to the operation."""
    try:
        return Requested(*provision.open_spare(requested.tenant, requested.operation))
    except (DatabaseError, Unavailable) as fault:
        if requested.tenant.cell_id == tenancy.current_alias():
            raise  # platform's own transaction is lost with it; the outbox starts the operation
        log.warning("tenant.left_to_operation", tenant=requested.tenant.slug, why=str(fault))
        return requested


def _taken_before(wish: _Wish, *, actor: Actor) -> Requested:
    """What the same request got the first time, when its answer was lost on the way. Raises SlugTaken for every other request."""
    tenant = queries.tenant_by_slug(wish.slug)
    operation = queries.making_of(tenant.id)
    # The first time may have ended between home's transaction and platform's: its operation is still in the outbox then.
    plan = None if operation is not None else outbox.waiting_operation(f"{MAKING}:{tenant.id}")
    arguments = (plan or {}).get("arguments", {}) if operation is None else operation.arguments
    if not wish.request or arguments.get("request") != wish.request:
        raise registration.taken(wish.slug)
    return Requested(tenant=tenant, operation=operation or operations.start(**(plan or {}), actor=actor), is_new=False)


def _plan(tenant: Tenant, *, owner: dict[str, str], request: str) -> dict[str, Any]:
    """The arguments of `operations.start`. Its key is the tenant's id: there is one such operation per tenant."""
    return {
        "kind": MAKING,
        "key": f"{MAKING}:{tenant.id}",
        "subject": tenant.public_id,
        "label": f"Make the tenant {tenant.slug}",
        "steps": list(STEPS),
        "arguments": {"tenant_id": str(tenant.id), **owner, **({"request": request} if request else {})},
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
