"""Roles as documents."""

from typing import Any

from identity.models import Role
from kernel.clock import rfc3339


def of_role(role: Role) -> dict[str, Any]:
    """A role, as the API and `--json` give it."""
    return {
        "id": role.public_id,
        "name": role.name,
        "label": role.label,
        "description": role.description,
        "permissions": role.permissions,
        "is_builtin": role.is_builtin,
        "created_at": rfc3339(role.created_at),
        "version": role.version,
    }
