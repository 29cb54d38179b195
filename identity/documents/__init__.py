"""People, keys, rules and the rest as documents: what the API answers and what the commands print with `--json`."""

from identity.documents.access import of_explanation
from identity.documents.bindings import of_binding, of_holder
from identity.documents.bulk import of_bulk_row, of_bulk_run
from identity.documents.factors import of_factor, of_person_factors, of_trusted_device
from identity.documents.invitations import of_invitation
from identity.documents.keys import of_api_key
from identity.documents.mfa_policies import of_mfa_policy
from identity.documents.networks import of_network
from identity.documents.people import of_person
from identity.documents.policies import of_policy
from identity.documents.roles import of_role
from identity.documents.seats import of_seat_holder, of_seats
from identity.documents.secrets import of_data_key, of_rotation, of_secrets
from identity.documents.security import of_break_glass_account, of_security
from identity.documents.service_accounts import of_service_account
from identity.documents.sessions import of_session
from identity.documents.signing_keys import of_signing_key
from identity.documents.teams import of_team, of_team_member

__all__ = [
    "of_api_key",
    "of_binding",
    "of_break_glass_account",
    "of_bulk_row",
    "of_bulk_run",
    "of_data_key",
    "of_explanation",
    "of_factor",
    "of_holder",
    "of_invitation",
    "of_mfa_policy",
    "of_network",
    "of_person",
    "of_person_factors",
    "of_policy",
    "of_role",
    "of_rotation",
    "of_seat_holder",
    "of_seats",
    "of_secrets",
    "of_security",
    "of_service_account",
    "of_session",
    "of_signing_key",
    "of_team",
    "of_team_member",
    "of_trusted_device",
]
