"""Who may touch the registry: the operator, at home in `platform`; and a tenant's own people where it is about their tenant alone."""

from uuid import UUID

from kernel import tenancy
from kernel.actors import Actor, ActorKind
from tenants.permissions import Permission
from tenants.problems import RegistryClosed


def require(permission: Permission, *, actor: Actor) -> None:
    """Go on only as somebody of `platform`, inside `platform`, with the permission.

    The owner of a tenant holds every permission in it, so that the permission alone says nothing here. Raises RegistryClosed, Forbidden.
    """
    here = tenancy.current()
    belongs = actor.kind is ActorKind.SYSTEM or actor.tenant_id == here.id
    if not here.is_platform or not belongs:
        raise RegistryClosed(
            "Tenants and their domains are changed from the operator's address, by the operator's people and keys."
        )
    actor.require(permission)


def require_over(tenant_id: UUID, *, permission: Permission, own: Permission, actor: Actor) -> None:
    """Go on as the operator with `permission`, or inside the very tenant with `own`, which its administrators have by their roles.

    Raises RegistryClosed, Forbidden.
    """
    here = tenancy.current()
    if here.id == tenant_id and (actor.may(own) or not here.is_platform):
        actor.require(own)
        return
    require(permission, actor=actor)
