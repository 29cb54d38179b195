"""Who may touch the registry: the operator alone, at home in `platform`."""

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
