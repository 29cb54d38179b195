"""Writing: one verb each, grouped by noun. Other apps import this door: `from identity import actions as identity`."""

from identity.actions.access import AccessEnded, end_access
from identity.actions.api_keys import Created, create_api_key, revoke_api_key
from identity.actions.invitations import accept_invitation, renew_invitation
from identity.actions.people import (
    Added,
    add_person,
    change_person,
    deactivate_person,
    look_at_person,
    resume_person,
    suspend_person,
)
from identity.actions.roles import change_role, create_role, delete_role, install_builtin_roles
from identity.actions.sessions import SignedIn, change_password, end_sessions, sign_in, sign_out

__all__ = [
    "AccessEnded",
    "Added",
    "Created",
    "SignedIn",
    "accept_invitation",
    "add_person",
    "change_password",
    "change_person",
    "change_role",
    "create_api_key",
    "create_role",
    "deactivate_person",
    "delete_role",
    "end_access",
    "end_sessions",
    "install_builtin_roles",
    "look_at_person",
    "renew_invitation",
    "resume_person",
    "revoke_api_key",
    "sign_in",
    "sign_out",
    "suspend_person",
]
