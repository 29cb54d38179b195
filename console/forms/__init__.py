"""Parsing of what people type. Rules live in the actions; what they refuse is shown beside the field that it is about."""

from console.forms.audit import AuditQuery
from console.forms.base import Confirmation, Form, ListQuery, Reason, ShownReason
from console.forms.domains import NewDomain
from console.forms.entrance import Acceptance, NewPassword, SignIn
from console.forms.grants import ApiKeysQuery, ChangedRole, GrantsForm, NewApiKey, NewRole, Preset
from console.forms.operations import OperationsQuery
from console.forms.people import ChangedPerson, NewPerson, PeopleQuery, PersonForm, RoleLike
from console.forms.tenants import TenantNames, TenantOwner, TenantsQuery

__all__ = [
    "Acceptance",
    "ApiKeysQuery",
    "AuditQuery",
    "ChangedPerson",
    "ChangedRole",
    "Confirmation",
    "Form",
    "GrantsForm",
    "ListQuery",
    "NewApiKey",
    "NewDomain",
    "NewPassword",
    "NewPerson",
    "NewRole",
    "OperationsQuery",
    "PeopleQuery",
    "PersonForm",
    "Preset",
    "Reason",
    "RoleLike",
    "ShownReason",
    "SignIn",
    "TenantNames",
    "TenantOwner",
    "TenantsQuery",
]
