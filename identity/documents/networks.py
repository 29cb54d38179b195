"""Network rules as documents."""

from typing import Any

from identity.models import IpRule
from kernel.clock import rfc3339


def of_network(rule: IpRule) -> dict[str, Any]:
    """A rule, as the API and `--json` give it."""
    return {
        "id": rule.public_id,
        "cidr": rule.cidr,
        "role": None if rule.role is None else {"id": rule.role.public_id, "name": rule.role.name},
        "note": rule.note,
        "created_at": rfc3339(rule.created_at),
    }
