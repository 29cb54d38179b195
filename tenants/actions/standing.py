"""Refusals that several actions of a tenant's life share: what its state, or what is being done with it, does not allow."""

from tenants import queries
from tenants.models import Tenant, TenantState
from tenants.problems import BeingArchived, ReservedTenant, SlugNotConfirmed, WrongState
from tenants.states import may_follow, refusal


def refuse_platform(tenant: Tenant) -> None:
    """The operator's own tenant is never shut off or ended. Raises ReservedTenant."""
    if tenant.is_platform:
        raise ReservedTenant("This is the operator's own tenant; without it nobody could manage the others.")


def require_way(tenant: Tenant, *, to: TenantState, wanted: str) -> None:
    """Refuse what the table of transitions does not allow; `wanted` is the participle for people. Raises WrongState."""
    if not may_follow(tenant.state, to):
        raise refused(tenant, wanted=wanted)


def refused(tenant: Tenant, *, wanted: str) -> WrongState:
    """The refusal of something that the tenant's state does not allow, with what may be done instead."""
    return WrongState(refusal(tenant.state, wanted=wanted), state=tenant.state)


def refuse_while_archiving(tenant: Tenant) -> None:
    """Leave a tenant alone that is being put away or brought back. Platform is active. Raises BeingArchived."""
    is_between = tenant.is_being_archived or tenant.state == TenantState.ARCHIVED
    operation = (queries.archiving_of(tenant) or queries.unarchiving_of(tenant)) if is_between else None
    if operation is None and not tenant.is_being_archived:
        return
    raise BeingArchived(
        "This tenant is being put away or brought back at the moment. Wait for the operation, or cancel it.",
        state=tenant.state,
        operation="" if operation is None else operation.public_id,
    )


def require_slug(tenant: Tenant, *, typed: str, pointer: str = "/slug") -> None:
    """What cannot be undone is confirmed by typing the tenant's slug exactly. Raises SlugNotConfirmed."""
    if typed != tenant.slug:
        detail = "Type the tenant's slug exactly as it is, to confirm that this is the one."
        raise SlugNotConfirmed(detail, errors=[{"pointer": pointer, "code": "slug", "detail": detail}])
