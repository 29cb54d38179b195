"""Writing roles: the built-in ones at the birth of a tenant, the tenant's own ones later."""

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError

from audit import actions as audit
from identity import access, builtin_roles, events, inputs, queries, reach
from identity.access import expiring
from identity.models import Role
from identity.permissions import Permission
from identity.problems import RoleBuiltIn, RoleInUse, RoleTaken
from kernel import problems, tenancy
from kernel.actors import Actor


@tenancy.atomic
def install_builtin_roles(*, actor: Actor) -> list[Role]:
    """Make the built-in roles, or bring them up to date after an upgrade.

    Idempotent: nothing is recorded when all of them are as they should be. Raises Forbidden, BeyondOwnGrants.
    """
    actor.require(Permission.WRITE_ROLES)
    reach.require_within(actor, ["*"])
    present = {
        role.name: role for role in Role.objects.select_for_update().filter(name__in=[wanted.name for wanted in builtin_roles.ALL])
    }
    changed = [wanted.name for wanted in builtin_roles.ALL if _install(wanted, role=present.get(wanted.name))]
    if changed:
        audit.record(events.RolesInstalled(subject="roles", subject_label="Built-in roles", roles=changed), actor=actor)
    return list(queries.roles().filter(is_builtin=True).order_by("name"))


@tenancy.atomic
def create_role(name: str, *, label: str, description: str = "", permissions: Iterable[str], actor: Actor) -> Role:
    """Make a role of the tenant's own. Raises Forbidden, BeyondOwnGrants, InputInvalid, RoleTaken."""
    actor.require(Permission.WRITE_ROLES)
    slug = inputs.role_name(name)
    text, purpose = inputs.label(label), inputs.description(description)
    granted = inputs.grant_list(permissions, pointer="/permissions")
    reach.require_within(actor, granted)
    role = _create(Role(name=slug, label=text, description=purpose, permissions=granted))
    audit.record(
        events.RoleCreated(subject=role.public_id, subject_label=role.label, role=role.name, permissions=granted), actor=actor
    )
    return role


@tenancy.atomic
def change_role(
    id: UUID,  # noqa: A002  (the word of the URL and of the API)
    *,
    label: str | None = None,
    description: str | None = None,
    permissions: Iterable[str] | None = None,
    expected_version: int | None = None,
    actor: Actor,
) -> Role:
    """Change what a role is called, is for or allows; None leaves as it is.

    Idempotent: what is so already is not recorded. Raises Forbidden, BeyondOwnGrants, InputInvalid, NotFound, PreconditionFailed, RoleBuiltIn,
    StepUpNeeded.
    """
    actor.require(Permission.WRITE_ROLES)
    text = None if label is None else inputs.label(label)
    purpose = None if description is None else inputs.description(description)
    granted = None if permissions is None else inputs.grant_list(permissions, pointer="/permissions")
    role = _own_role(id, expected_version=expected_version)
    before = (role.label, role.description, role.permissions)
    role.label = role.label if text is None else text
    role.description = role.description if purpose is None else purpose
    role.permissions = role.permissions if granted is None else granted
    if before == (role.label, role.description, role.permissions):
        return role
    # Whoever narrows a role takes from others what they may not have themselves: both sides must be within reach.
    reach.require_may_exchange(actor, [*before[2], *role.permissions])
    role.version += 1
    role.save(update_fields=["label", "description", "permissions", "version"])
    audit.record(
        events.RoleChanged(
            subject=role.public_id,
            subject_label=role.label,
            role=role.name,
            old_permissions=before[2],
            new_permissions=role.permissions,
        ),
        actor=actor,
    )
    return role


@tenancy.atomic
def delete_role(id: UUID, *, expected_version: int | None = None, actor: Actor) -> Role:  # noqa: A002
    """Delete a role that nobody has. Raises Forbidden, NotFound, PreconditionFailed, RoleBuiltIn, RoleInUse."""
    actor.require(Permission.WRITE_ROLES)
    role = _own_role(id, expected_version=expected_version)
    people = role.bindings.filter(access.living()).count()
    if people:
        raise RoleInUse("Take the role from everybody who has it, then delete it.", people=people)
    for binding in expiring.expired().filter(role=role):
        audit.record(expiring.remove(binding), actor=actor)
    subject, label = role.public_id, role.label
    role.delete()
    audit.record(events.RoleDeleted(subject=subject, subject_label=label, role=role.name), actor=actor)
    return role


def _install(wanted: builtin_roles.BuiltIn, *, role: Role | None) -> bool:
    """Make one role as it should be; whether anything changed. A tenant's own role of the same name becomes the built-in one."""
    values = {
        "label": wanted.label,
        "description": wanted.description,
        "permissions": list(wanted.permissions),
        "is_builtin": True,
    }
    if role is None:
        role, was_made = Role.objects.select_for_update().get_or_create(name=wanted.name, defaults=values)
        if was_made:
            return True
    if all(getattr(role, field) == value for field, value in values.items()):
        return False
    for field, value in values.items():
        setattr(role, field, value)
    role.version += 1
    role.save(update_fields=[*values, "version"])
    return True


def _create(role: Role) -> Role:
    try:
        with tenancy.atomic():
            role.save(force_insert=True)
    except IntegrityError as fault:
        raise RoleTaken("Take another name, or change the role that has it.", name=role.name) from fault
    return role


def _own_role(id: UUID, *, expected_version: int | None) -> Role:  # noqa: A002
    role = queries.role_for_update(id)
    if role.is_builtin:
        raise RoleBuiltIn("Make a role of your own with the permissions that you want.")
    problems.require_version(role, expected=expected_version)
    return role
