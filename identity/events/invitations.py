"""What can happen to invitations besides being accepted and renewed."""

from dataclasses import dataclass

from kernel.events import LOW, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRevoked(Event):
    """An invitation was withdrawn; its link does not work any more, and the person stays invited without one."""

    name = "identity.invitation.revoked"
    public = True
    category = "people"
    severity = LOW
    subject_kind = "person"

    invitation: str
