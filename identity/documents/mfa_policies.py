"""Rules of which factors are asked as documents."""

from typing import Any

from identity.models import MfaPolicy
from identity.queries.mfa_policies import applies_to
from kernel.clock import rfc3339


def of_mfa_policy(policy: MfaPolicy) -> dict[str, Any]:
    """One rule as every door shows it."""
    return {
        "id": policy.public_id,
        "applies_to": applies_to(policy),
        "required": policy.required,
        "allowed_factors": policy.allowed_factors,
        "allowed_aaguids": policy.allowed_aaguids,
        "grace_days": policy.grace_days,
        "remember_days": policy.remember_days,
        "trusted_amr": policy.trusted_amr,
        "created_at": rfc3339(policy.created_at),
        "version": policy.version,
    }
