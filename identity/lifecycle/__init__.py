"""How access to the tenant begins, pauses and ends: the only writer of the status and the epoch of people and service accounts.

Whoever asks for it (an admin, a file with many people, a directory, the seats, an inactivity rule), one cascade takes all that was given out in
somebody's name, inside the caller's transaction.
"""

from identity.lifecycle.everybody import end_everything
from identity.lifecycle.given_out import Ended, Restored
from identity.lifecycle.owners import kept as owner_kept
from identity.lifecycle.owners import lasting_owners, require_other_owner
from identity.lifecycle.people import (
    ADMIN,
    activate,
    admit,
    deactivate,
    end_sessions,
    invite_back,
    reinstate,
    resume,
    revoke_invitations,
    suspend,
)
from identity.lifecycle.services import deactivate_service, resume_service, suspend_service
from identity.texts import OWNER_DEACTIVATED

__all__ = [
    "ADMIN",
    "OWNER_DEACTIVATED",
    "Ended",
    "Restored",
    "activate",
    "admit",
    "deactivate",
    "deactivate_service",
    "end_everything",
    "end_sessions",
    "invite_back",
    "lasting_owners",
    "owner_kept",
    "reinstate",
    "require_other_owner",
    "resume",
    "resume_service",
    "revoke_invitations",
    "suspend",
    "suspend_service",
]
