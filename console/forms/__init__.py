"""Parsing of what people type. Rules live in the actions; what they refuse is shown beside the field that it is about."""

from console.forms.audit import AuditQuery
from console.forms.backups import BackupsQuery, RestoredTenant, TypedSlug
from console.forms.base import Confirmation, Form, ListQuery, Reason, ShownReason
from console.forms.cells import CellsQuery, ChangedCell, ChangedRegion, Draining, NewCell, NewRegion
from console.forms.domains import DomainsQuery, NewDomain
from console.forms.entrance import Acceptance, NewPassword, SignIn
from console.forms.fleet import Continuation, Migration, ResultsQuery, RunsQuery
from console.forms.grants import ApiKeysQuery, ChangedRole, GrantsForm, NewApiKey, NewRole, Preset
from console.forms.operations import OperationsQuery
from console.forms.people import ChangedPerson, NewPerson, PeopleQuery, PersonForm, RoleLike
from console.forms.plans import ChangedPlan, NewPlan
from console.forms.tenants import (
    BULK_ACTIONS,
    BulkChange,
    Deletion,
    Destination,
    PossibleDestination,
    TenantNames,
    TenantOwner,
    TenantPlan,
    TenantResidency,
    TenantSettings,
    TenantsQuery,
)

__all__ = [
    "BULK_ACTIONS",
    "Acceptance",
    "ApiKeysQuery",
    "AuditQuery",
    "BackupsQuery",
    "BulkChange",
    "CellsQuery",
    "ChangedCell",
    "ChangedPerson",
    "ChangedPlan",
    "ChangedRegion",
    "ChangedRole",
    "Confirmation",
    "Continuation",
    "Deletion",
    "Destination",
    "DomainsQuery",
    "Draining",
    "Form",
    "GrantsForm",
    "ListQuery",
    "Migration",
    "NewApiKey",
    "NewCell",
    "NewDomain",
    "NewPassword",
    "NewPerson",
    "NewPlan",
    "NewRegion",
    "NewRole",
    "OperationsQuery",
    "PeopleQuery",
    "PersonForm",
    "PossibleDestination",
    "Preset",
    "Reason",
    "RestoredTenant",
    "ResultsQuery",
    "RoleLike",
    "RunsQuery",
    "ShownReason",
    "SignIn",
    "TenantNames",
    "TenantOwner",
    "TenantPlan",
    "TenantResidency",
    "TenantSettings",
    "TenantsQuery",
    "TypedSlug",
]
