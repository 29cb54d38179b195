"""People, roles, sessions, invitations and API keys of one tenant.

Owns who may enter and what they may do. Every table lives in the tenant's schema; the operator's own people
are those of the reserved tenant `platform`. A person ends in one place: `lifecycle`.
"""
