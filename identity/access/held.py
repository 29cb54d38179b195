"""Who holds which roles: bindings of people, teams and service accounts, for good or until a moment."""

from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import Q, QuerySet

from identity.models import Role, RoleBinding, ServiceAccount, Team, User
from identity.problems import RoleNotFound
from kernel import clock, tenancy

Holder = User | Team | ServiceAccount
FIELDS: dict[type, str] = {User: "user", Team: "team", ServiceAccount: "service_account"}


def living(moment: datetime | None = None) -> Q:
    """The condition that a binding counts at a moment, now unless told."""
    return Q(expires_at=None) | Q(expires_at__gt=moment or clock.now())


def bindings_of(holder: Holder) -> QuerySet[RoleBinding]:
    """The bindings that count now for a holder: their own, and for people and service accounts those of their teams too."""
    condition = Q(**{field_of(holder): holder})
    if not isinstance(holder, Team):
        condition |= Q(team__members__in=holder.memberships.all())
    return (
        RoleBinding.objects.filter(living()).filter(condition).select_related("role", "team", "user", "service_account").distinct()
    )


def grants_of(holder: Holder) -> frozenset[str]:
    """All that a person, a team or a service account may do now by roles, those of their teams among them."""
    return frozenset(grant for binding in bindings_of(holder) for grant in binding.role.permissions)


def holder_of(binding: RoleBinding) -> Holder:
    """Who has the role of a binding."""
    holder = binding.user or binding.team or binding.service_account
    if holder is None:  # the constraint of the table
        raise ValueError(f"the binding {binding.id} belongs to nobody")
    return holder


def bind(holder: Holder, role: Role, *, expires_at: datetime | None = None, source: str = "local") -> RoleBinding:
    """Give a holder a role, or another end to the one that they have. Raises RoleNotFound when it was deleted a moment ago."""
    # The database would check this too, but at the commit, where nobody answers for it any more.
    if not _keeps(role):
        raise RoleNotFound("It was deleted a moment ago. Choose another role.")
    key: dict[str, Any] = {field_of(holder): holder, "role": role}
    binding, _ = RoleBinding.objects.update_or_create(**key, defaults={"expires_at": expires_at, "source": source})
    return binding


def _keeps(role: Role) -> bool:
    """Whether the role is still there; it then stays until the transaction ends."""
    with connections[tenancy.current().cell].cursor() as cursor:
        cursor.execute("SELECT FROM identity_role WHERE id = %s FOR KEY SHARE", [role.id])
        return bool(cursor.rowcount)


def unbind(holder: Holder, role: Role) -> bool:
    """Take a role from a holder; whether they had it."""
    taken, _ = RoleBinding.objects.filter(**{field_of(holder): holder}, role=role).delete()
    return taken > 0


def field_of(holder: Holder) -> str:
    """The column of a binding that names such a holder."""
    return FIELDS[type(holder)]
