"""Bindings and who holds them as documents."""

from typing import Any

from identity import access
from identity.access.held import Holder
from identity.models import RoleBinding, ServiceAccount, Team, User
from kernel.clock import rfc3339, rfc3339_or_none

_SAID: dict[type, str] = {User: "person", Team: "team", ServiceAccount: "service_account"}


def of_holder(found: Holder) -> dict[str, str]:
    """A holder in short: id, kind and what people call it."""
    label = found.email if isinstance(found, User) else found.name
    return {"id": found.public_id, "kind": _SAID[type(found)], "name": label}


def of_binding(found: RoleBinding) -> dict[str, Any]:
    """One binding as every door shows it."""
    return {
        "id": found.public_id,
        "role": {"id": found.role.public_id, "name": found.role.name, "label": found.role.label},
        "holder": of_holder(access.holder_of(found)),
        "expires_at": rfc3339_or_none(found.expires_at),
        "source": found.source,
        "created_at": rfc3339(found.created_at),
    }
