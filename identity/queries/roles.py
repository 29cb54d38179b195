"""Reading roles."""

from uuid import UUID

from django.db.models import Q, QuerySet

from identity import builtin_roles as builtin
from identity import texts
from identity.models import Role
from identity.problems import RoleNotFound


def builtin_roles() -> tuple[builtin.BuiltIn, ...]:
    """The roles that this release gives every tenant, as data."""
    return builtin.ALL


def has_builtin_roles() -> bool:
    """Whether the tenant's built-in roles are those of this release; one statement."""
    found = {
        role.name: (role.label, role.description, tuple(role.permissions))
        for role in Role.objects.filter(is_builtin=True, name__in=[wanted.name for wanted in builtin.ALL])
    }
    return found == {wanted.name: (wanted.label, wanted.description, tuple(wanted.permissions)) for wanted in builtin.ALL}


def roles(q: str = "") -> QuerySet[Role]:
    """The tenant's roles; `q` is part of a name or a label."""
    found = Role.objects.all()
    if q:
        found = found.filter(Q(name__icontains=q) | Q(label__icontains=q))
    return found


def role(id: UUID) -> Role:  # noqa: A002
    """One role. Raises RoleNotFound."""
    return _one_role(Role.objects.filter(id=id))


def role_by_name(name: str) -> Role:
    """One role by its name. Raises RoleNotFound."""
    return _one_role(Role.objects.filter(name=name) if texts.is_storable(name) else Role.objects.none())


def role_for_update(id: UUID) -> Role:  # noqa: A002
    """One role, locked until the transaction ends. Raises RoleNotFound."""
    return _one_role(Role.objects.select_for_update().filter(id=id))


def _one_role(found: QuerySet[Role]) -> Role:
    row = found.first()
    if row is None:
        raise RoleNotFound("Look it up in the list of roles: there is no such role here.")
    return row
