"""What can happen to the rules for sign-in."""

from dataclasses import dataclass

from kernel.events import HIGH, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityChanged(Event):
    """The tenant's figures for sessions, passwords, keys, absence and support are others; null where a figure follows the installation.

    `sessions_shortened` are the living sessions that end sooner than before, `support_ended` those of support that ended at once.
    """

    name = "identity.security.changed"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "tenant"

    old_figures: dict[str, int | bool | None]
    new_figures: dict[str, int | bool | None]
    sessions_shortened: int
    support_ended: int
