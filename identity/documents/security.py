"""The rules of signing in, and accounts for emergencies, as documents."""

from typing import Any

from identity import security
from identity.models import SecuritySettings, User
from identity.queries.sessions import break_glass_state
from kernel.clock import rfc3339_or_none


def of_security(row: SecuritySettings) -> dict[str, Any]:
    """What the tenant decided (null: as the installation says), and under `effective` what counts."""
    rules = security.effective(row)
    names = [
        "session_idle_s", "session_absolute_s", "sessions_maximum", "password_minimum", "password_may_reset", "step_up_s",
        "inactive_days", "key_days_maximum", "support_may_enter",
    ]  # fmt: skip
    return {
        **{name: getattr(row, name) for name in names},
        "effective": {name: getattr(rules, name) for name in names},
        "version": row.version,
    }


def of_break_glass_account(person: User) -> dict[str, Any]:
    """One account for emergencies, for machines."""
    return {
        "id": person.public_id,
        "email": person.email,
        "name": person.name,
        "status": str(person.status),
        "state": break_glass_state(person),
        "armed_until": rfc3339_or_none(person.armed_until),
        "last_login_at": rfc3339_or_none(person.last_login_at),
        "version": person.version,
    }
