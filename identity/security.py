"""What counts in a tenant for sessions, passwords, keys and absence: its own row where it decided, the installation's figure otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings as installation

from identity.models import SecuritySettings


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest value of a figure."""

    least: int
    most: int


FIGURES: Final[Mapping[str, Range]] = {
    "session_idle_s": Range(60, 86_400),
    "session_absolute_s": Range(300, 2_592_000),
    "sessions_maximum": Range(1, 1_000),
    "password_minimum": Range(8, 64),
    "step_up_s": Range(60, 86_400),
    "inactive_days": Range(0, 3_660),
    "key_days_maximum": Range(1, 3_660),
}
"""What a tenant may choose for each number; for the life of keys the operator's own maximum is the end."""


@dataclass(frozen=True, slots=True)
class Security:
    """The figures that count now. `inactive_days` 0 means that nobody is put out for absence; lengths in seconds or days as their names say."""

    session_idle_s: int
    session_absolute_s: int
    sessions_maximum: int
    password_minimum: int
    password_may_reset: bool
    step_up_s: int
    inactive_days: int
    key_days_maximum: int
    support_may_enter: bool
    version: int


def settings() -> Security:
    """The figures of the active tenant; one statement."""
    row = SecuritySettings.objects.filter(id=1).first()
    return effective(row or SecuritySettings())


def effective(row: SecuritySettings) -> Security:
    """The figures that a row gives, with the installation's where it holds none."""
    return Security(
        session_idle_s=_or(row.session_idle_s, installation.SESSION_IDLE_S),
        session_absolute_s=_or(row.session_absolute_s, installation.SESSION_ABSOLUTE_S),
        sessions_maximum=_or(row.sessions_maximum, installation.SESSIONS_MAXIMUM),
        password_minimum=_or(row.password_minimum, installation.PASSWORD_MINIMUM),
        password_may_reset=row.password_may_reset,
        step_up_s=_or(row.step_up_s, installation.STEP_UP_S),
        inactive_days=_or(row.inactive_days, installation.INACTIVE_DAYS),
        key_days_maximum=_or(row.key_days_maximum, installation.API_KEY_MAX_DAYS),
        support_may_enter=row.support_may_enter,
        version=row.version,
    )


def _or(own: int | None, general: int) -> int:
    return general if own is None else own
