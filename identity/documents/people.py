"""People as documents."""

from typing import Any

from identity.models import User
from kernel.clock import rfc3339, rfc3339_or_none


def of_person(person: User) -> dict[str, Any]:
    """A person, as the API and `--json` give it."""
    return {
        "id": person.public_id,
        "email": person.email,
        "name": person.name,
        "status": person.status,
        "status_reason": person.status_reason,
        "roles": person.role_names,
        "locale": person.locale,
        "timezone": person.timezone,
        "attributes": person.attributes,
        "last_login_at": rfc3339_or_none(person.last_login_at),
        "created_at": rfc3339(person.created_at),
        "version": person.version,
    }
