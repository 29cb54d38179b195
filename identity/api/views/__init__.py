"""Doors: parse, call one action or query, shape."""

from identity.api.views.access import AccessHolders, AccessSimulation
from identity.api.views.bindings import OneRoleBinding, PersonRoles, RoleBindings, ServiceAccountRoles, TeamRoles
from identity.api.views.bulk import BulkRunExecution, BulkRunFile, BulkRunRows, BulkRuns, BulkRunUndo, OneBulkRun
from identity.api.views.factors import (
    OwnEnrolmentProof,
    OwnEnrolments,
    OwnFactor,
    OwnFactors,
    OwnRecoveryCodes,
    OwnTrustedDevices,
    PersonFactorRemoval,
    PersonFactors,
    PersonFactorsRemoval,
    PersonTrustedDevices,
    TrustedDevice,
)
from identity.api.views.invitations import InvitationRenewal, InvitationRevocation, Invitations, OneInvitation
from identity.api.views.keys import ApiKeys, KeyNetworks, LeakedKeys, OneApiKey, Revocation, Rotation
from identity.api.views.me import Me
from identity.api.views.mfa_policies import MfaPolicies, OneMfaPolicy
from identity.api.views.networks import Networks, OneNetwork
from identity.api.views.people import Deactivation, OnePerson, People, RenewedInvitation, Suspension
from identity.api.views.policies import OnePolicy, Policies, PolicyClock, PolicyEnforcement, PolicyValidation, PolicyWords
from identity.api.views.roles import OneRole, Roles
from identity.api.views.seats import SeatHolders, Seats
from identity.api.views.secrets import DataKeys, Secrets, SecretsRotation
from identity.api.views.security import Arming, BreakGlass, BreakGlassAccounts, OperatorsVisits, Security, Visits
from identity.api.views.service_accounts import (
    OneServiceAccount,
    ServiceAccountDeactivation,
    ServiceAccounts,
    ServiceAccountSuspension,
)
from identity.api.views.sessions import LivingSessions, OneSession, OwnSessions, PasswordResets, PersonPasswordReset, Sessions
from identity.api.views.signing_keys import OneSigningKey, SigningKeyRevocation, SigningKeyRotation, SigningKeys
from identity.api.views.teams import OneTeam, OneTeamMember, TeamMembers, Teams

__all__ = [
    "AccessHolders",
    "AccessSimulation",
    "ApiKeys",
    "Arming",
    "BreakGlass",
    "BreakGlassAccounts",
    "BulkRunExecution",
    "BulkRunFile",
    "BulkRunRows",
    "BulkRunUndo",
    "BulkRuns",
    "DataKeys",
    "Deactivation",
    "InvitationRenewal",
    "InvitationRevocation",
    "Invitations",
    "KeyNetworks",
    "LeakedKeys",
    "LivingSessions",
    "Me",
    "MfaPolicies",
    "Networks",
    "OneApiKey",
    "OneBulkRun",
    "OneInvitation",
    "OneMfaPolicy",
    "OneNetwork",
    "OnePerson",
    "OnePolicy",
    "OneRole",
    "OneRoleBinding",
    "OneServiceAccount",
    "OneSession",
    "OneSigningKey",
    "OneTeam",
    "OneTeamMember",
    "OperatorsVisits",
    "OwnEnrolmentProof",
    "OwnEnrolments",
    "OwnFactor",
    "OwnFactors",
    "OwnRecoveryCodes",
    "OwnSessions",
    "OwnTrustedDevices",
    "PasswordResets",
    "People",
    "PersonFactorRemoval",
    "PersonFactors",
    "PersonFactorsRemoval",
    "PersonPasswordReset",
    "PersonRoles",
    "PersonTrustedDevices",
    "Policies",
    "PolicyClock",
    "PolicyEnforcement",
    "PolicyValidation",
    "PolicyWords",
    "RenewedInvitation",
    "Revocation",
    "RoleBindings",
    "Roles",
    "Rotation",
    "SeatHolders",
    "Seats",
    "Secrets",
    "SecretsRotation",
    "Security",
    "ServiceAccountDeactivation",
    "ServiceAccountRoles",
    "ServiceAccountSuspension",
    "ServiceAccounts",
    "Sessions",
    "SigningKeyRevocation",
    "SigningKeyRotation",
    "SigningKeys",
    "Suspension",
    "TeamMembers",
    "TeamRoles",
    "Teams",
    "TrustedDevice",
    "Visits",
]
