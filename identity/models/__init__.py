"""What is: people, teams, roles, sessions, factors, keys and rules. All of it lives in the tenant's schema.

Bearer secrets are stored only as digests, secrets that must be read back only sealed. Rows of people are never deleted here: what they did must
stay readable.
"""

from identity.models.access import IpRule, Policy, PolicyState, Role, RoleBinding
from identity.models.bulk import BulkRow, BulkRun
from identity.models.factors import MfaPolicy, OneTimeCode, RecoveryCode, SmsDevice, TotpDevice, TrustedDevice, WebAuthnCredential
from identity.models.keys import ApiKey, KeyKind, KeyState, SigningKey
from identity.models.people import OWNER_ROLE, Invitation, ServiceAccount, Status, Team, TeamMember, User
from identity.models.seats import Seat, SeatPolicy
from identity.models.secrets import DataKey, DataKeyState
from identity.models.sessions import PasswordReset, Session, SignInAttempt
from identity.models.settings import SecuritySettings

__all__ = [
    "OWNER_ROLE",
    "ApiKey",
    "BulkRow",
    "BulkRun",
    "DataKey",
    "DataKeyState",
    "Invitation",
    "IpRule",
    "KeyKind",
    "KeyState",
    "MfaPolicy",
    "OneTimeCode",
    "PasswordReset",
    "Policy",
    "PolicyState",
    "RecoveryCode",
    "Role",
    "RoleBinding",
    "Seat",
    "SeatPolicy",
    "SecuritySettings",
    "ServiceAccount",
    "Session",
    "SignInAttempt",
    "SigningKey",
    "SmsDevice",
    "Status",
    "Team",
    "TeamMember",
    "TotpDevice",
    "TrustedDevice",
    "User",
    "WebAuthnCredential",
]
