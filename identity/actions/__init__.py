"""Writing: one verb each, grouped by noun. Other apps import this door: `from identity import actions as identity`."""

from identity.actions.access import end_access
from identity.actions.api_keys import Created, KeyLimits, KeyTerms, change_api_key, create_api_key, revoke_api_key
from identity.actions.bindings import grant_role, tidy_expired_roles, withdraw_role
from identity.actions.bulk import execute_bulk, rehearse_bulk, start_bulk, undo_bulk, work_on_bulk
from identity.actions.emergencies import arm_break_glass, disarm_break_glass, mark_break_glass, unmark_break_glass
from identity.actions.enrolments import Completed, Enrolment, begin_factor, complete_factor, open_enrolment, show_enrolment
from identity.actions.factors import (
    make_recovery_codes,
    remove_factor,
    remove_factor_of,
    remove_factors_of,
    rename_factor,
    revoke_trusted_device,
    trust_device,
)
from identity.actions.inactivity import Absence, end_inactive, remind_inactive
from identity.actions.invitations import accept_invitation, renew_invitation, revoke_invitation
from identity.actions.key_rotation import retire_replaced_keys, rotate_api_key
from identity.actions.leaked_keys import Leak, report_leaked_keys
from identity.actions.mfa_policies import Terms, change_mfa_policy, create_mfa_policy, delete_mfa_policy
from identity.actions.networks import add_network, clear_networks, remove_network
from identity.actions.passwords import ask_password_reset, change_password, issue_asked_reset, issue_password_reset, reset_password
from identity.actions.people import (
    Added,
    add_person,
    change_person,
    deactivate_person,
    look_at_person,
    resume_person,
    suspend_person,
)
from identity.actions.policies import (
    change_policy,
    create_policy,
    delete_policy,
    disable_policy,
    enable_policy,
    set_policy_timezone,
)
from identity.actions.profile import change_profile
from identity.actions.proving import (
    ask_for_passkey,
    begin_passkey_sign_in,
    begin_step_up,
    prove_factor,
    send_code,
    sign_in_with_passkey,
    step_up,
)
from identity.actions.roles import change_role, create_role, delete_role, install_builtin_roles
from identity.actions.rotating import work_on_rotation
from identity.actions.seats import change_seats, fill_seats
from identity.actions.secrets import begin_rotation, reseal_home, rewrap_data_keys, settle_secrets, start_rotation
from identity.actions.security import change_security
from identity.actions.service_accounts import (
    change_service_account,
    create_service_account,
    deactivate_service_account,
    resume_service_account,
    suspend_service_account,
)
from identity.actions.sessions import (
    SignedIn,
    end_other_sessions,
    end_session,
    end_sessions,
    renew_session_token,
    sign_in,
    sign_out,
    tidy_attempts,
)
from identity.actions.signing_keys import CreatedSigningKey, create_signing_key, revoke_signing_key, rotate_signing_key
from identity.actions.support import Visit, allow_visit, begin_visit, end_visits
from identity.actions.teams import add_team_members, change_team, create_team, delete_team, remove_team_member
from identity.factors.given import Given
from identity.pipeline import Challenged, Outcome

__all__ = [
    "Absence",
    "Added",
    "Challenged",
    "Completed",
    "Created",
    "CreatedSigningKey",
    "Enrolment",
    "Given",
    "KeyLimits",
    "KeyTerms",
    "Leak",
    "Outcome",
    "SignedIn",
    "Terms",
    "Visit",
    "accept_invitation",
    "add_network",
    "add_person",
    "add_team_members",
    "allow_visit",
    "arm_break_glass",
    "ask_for_passkey",
    "ask_password_reset",
    "begin_factor",
    "begin_passkey_sign_in",
    "begin_rotation",
    "begin_step_up",
    "begin_visit",
    "change_api_key",
    "change_mfa_policy",
    "change_password",
    "change_person",
    "change_policy",
    "change_profile",
    "change_role",
    "change_seats",
    "change_security",
    "change_service_account",
    "change_team",
    "clear_networks",
    "complete_factor",
    "create_api_key",
    "create_mfa_policy",
    "create_policy",
    "create_role",
    "create_service_account",
    "create_signing_key",
    "create_team",
    "deactivate_person",
    "deactivate_service_account",
    "delete_mfa_policy",
    "delete_policy",
    "delete_role",
    "delete_team",
    "disable_policy",
    "disarm_break_glass",
    "enable_policy",
    "end_access",
    "end_inactive",
    "end_other_sessions",
    "end_session",
    "end_sessions",
    "end_visits",
    "execute_bulk",
    "fill_seats",
    "grant_role",
    "install_builtin_roles",
    "issue_asked_reset",
    "issue_password_reset",
    "look_at_person",
    "make_recovery_codes",
    "mark_break_glass",
    "open_enrolment",
    "prove_factor",
    "rehearse_bulk",
    "remind_inactive",
    "remove_factor",
    "remove_factor_of",
    "remove_factors_of",
    "remove_network",
    "remove_team_member",
    "rename_factor",
    "renew_invitation",
    "renew_session_token",
    "report_leaked_keys",
    "reseal_home",
    "reset_password",
    "resume_person",
    "resume_service_account",
    "retire_replaced_keys",
    "revoke_api_key",
    "revoke_invitation",
    "revoke_signing_key",
    "revoke_trusted_device",
    "rewrap_data_keys",
    "rotate_api_key",
    "rotate_signing_key",
    "send_code",
    "set_policy_timezone",
    "settle_secrets",
    "show_enrolment",
    "sign_in",
    "sign_in_with_passkey",
    "sign_out",
    "start_bulk",
    "start_rotation",
    "step_up",
    "suspend_person",
    "suspend_service_account",
    "tidy_attempts",
    "tidy_expired_roles",
    "trust_device",
    "undo_bulk",
    "unmark_break_glass",
    "withdraw_role",
    "work_on_bulk",
    "work_on_rotation",
]
