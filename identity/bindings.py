"""Roles by the names that people give: found all together or refused all together."""

from collections.abc import Iterable

from identity import access, inputs, texts
from identity.models import Role, RoleBinding, User


def find(names: Iterable[str]) -> list[Role]:
    """The roles of these names, sorted by name. Raises InputInvalid for a name that no role has."""
    wanted = sorted(set(names))
    known = [name for name in wanted if texts.is_storable(name)]
    found = {role.name: role for role in Role.objects.filter(name__in=known)}
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise inputs.refuse("/roles", code="unknown_role", detail=f"There is no role {unknown[0][:100]!r} here.")
    return [found[name] for name in wanted]


def bind(user: User, roles: Iterable[Role]) -> None:
    """Give the person the roles for good, which they do not have yet."""
    for role in roles:
        access.bind(user, role)


def held_by(user: User) -> dict[str, Role]:
    """The person's own roles that count now, by name."""
    bindings = RoleBinding.objects.filter(access.living(), user=user)
    return {role.name: role for role in Role.objects.filter(id__in=bindings.values("role_id"))}


def grants_of(roles: Iterable[Role]) -> frozenset[str]:
    """All that the roles allow together."""
    return frozenset(grant for role in roles for grant in role.permissions)
