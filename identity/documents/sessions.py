"""Sessions as documents."""

from typing import Any

from identity.models import Session
from identity.queries.sessions import session_shown
from kernel.clock import rfc3339, rfc3339_or_none


def of_session(row: Session, *, current: str = "") -> dict[str, Any]:
    """One session for machines, without any secret."""
    told = session_shown(row, current=current)
    return {
        "id": row.public_id,
        "person": {"id": row.user.public_id, "email": row.user.email, "name": row.user.name},
        "method": row.method,
        "amr": list(row.amr),
        "mfa_at": rfc3339_or_none(row.mfa_at),
        "device": told.device,
        "user_agent": row.user_agent,
        "first_address": row.address,
        "first_place": told.first_place,
        "last_address": row.last_address or row.address,
        "last_place": told.last_place,
        "created_at": rfc3339(row.created_at),
        "last_seen_at": rfc3339(row.last_seen_at),
        "expires_at": rfc3339(row.expires_at),
        "idle_s": row.idle_s,
        "support": {"id": row.impersonator, "label": row.impersonator_label, "reason": row.impersonation_reason}
        if row.impersonator
        else None,
        "is_current": told.is_current,
    }
