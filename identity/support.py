"""Somebody of the operator who acts as a person of a tenant: who they are, and whether they still may.

The actor is then the supporting person, who belongs to the platform, on behalf of the tenant's person and with that person's permissions. So
each act stands in the tenant's trail and, because the actor is from another tenant, in the platform's too.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.utils.module_loading import import_string

from identity import access
from identity.models import Status, User
from identity.permissions import Permission
from kernel import ids, tenancy
from kernel.actors import Actor, ActorKind, allows

AUTH_METHOD: Final = "support"
MINUTES_MAX: Final = 60
HANDOVER_S: Final = 120


@dataclass(frozen=True, slots=True)
class Impersonator:
    """A person of the platform as a session of support remembers them; `epoch` is theirs of the moment when it began."""

    id: str
    label: str
    epoch: int
    reason: str = ""

    def columns(self) -> dict[str, Any]:
        """The columns of a session."""
        return {
            "impersonator": self.id,
            "impersonator_label": self.label,
            "impersonator_epoch": self.epoch,
            "impersonation_reason": self.reason,
        }


def may_still(impersonator: Impersonator) -> bool:
    """Whether the supporting person is active, nothing ended their access since, and their roles still let them; read in the platform's schema."""
    identifier = ids.parse("usr", impersonator.id)
    with tenancy.activate(platform(), purpose=tenancy.Purpose.READ):
        person = User.objects.filter(id=identifier, status=Status.ACTIVE, epoch=impersonator.epoch).first()
        return person is not None and allows(access.grants_of(person), Permission.IMPERSONATE)


def actor_as(impersonator: Impersonator, *, person: str, grants: frozenset[str], session: str, facts: Any) -> Actor:
    """The supporting person on behalf of a person, given by shown id, with that person's permissions and no more."""
    return Actor(
        kind=ActorKind.PERSON,
        id=impersonator.id,
        label=impersonator.label,
        tenant_id=platform().id,
        grants=(grants,),
        auth_method=AUTH_METHOD,
        session=session,
        on_behalf_of=person,
        facts=facts,
    )


def platform() -> tenancy.TenantRef:
    """The operator's own tenant."""
    ref: tenancy.TenantRef = import_string(settings.TENANT_BY_SLUG)(tenancy.PLATFORM_SLUG)
    return ref
