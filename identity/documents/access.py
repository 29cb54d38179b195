"""Explanations of what would be allowed, as documents."""

from typing import Any

from identity import access
from identity.access.simulation import Explanation
from identity.documents.bindings import of_holder
from kernel.clock import rfc3339_or_none


def of_explanation(found: Explanation) -> dict[str, Any]:
    """An explanation as every door shows it."""
    return {
        "allowed": found.allowed,
        "reason": found.reason,
        "granted_by": [
            {
                "binding": grant.binding.public_id,
                "role": grant.binding.role.name,
                "through": of_holder(access.holder_of(grant.binding)),
                "permissions": list(grant.patterns),
                "expires_at": rfc3339_or_none(grant.binding.expires_at),
            }
            for grant in found.granted_by
        ],
        "is_in_scope": found.is_in_scope,
        "forbidden_by": list(found.policies),
        "errors": [{"policy": policy, "detail": detail} for policy, detail in found.errors],
        "circumstances": found.circumstances,
    }
