"""The permissions that a key or a role can be given, grouped by resource for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from audit.permissions import Permission as AuditPermission
from identity.permissions import Permission as IdentityPermission
from kernel import tenancy
from operations.permissions import Permission as OperationPermission
from tenants.permissions import Permission as TenantPermission

TENANT_WIDE: tuple[type[StrEnum], ...] = (IdentityPermission, AuditPermission, OperationPermission)
OPERATOR_ONLY: tuple[type[StrEnum], ...] = (TenantPermission,)
OVER_ITS_OWN = (TenantPermission.READ_OWN_DOMAINS, TenantPermission.WRITE_OWN_DOMAINS)
"""What the registry lets a tenant do with what is its own."""
ACRONYMS = {"api": "API", "mfa": "MFA", "sms": "SMS", "sso": "SSO"}
# Resources whose last word alone says too little.
LABELS = {
    "audit.entries": "Audit log",
    "audit.events": "Events of the product",
    "audit.keys": "Keys of the audit log",
    "audit.persons": "Persons in the audit log",
    "audit.rules": "Alert rules",
    "audit.views": "Saved views",
    "identity.break_glass": "Break-glass accounts",
    "identity.bulk": "Many people at once",
    "identity.factors": "Second factors",
    "identity.impersonation": "Acting as people of tenants",
    "identity.security": "Rules for sign-in",
    "tenants.suspension": "Tenant suspension",
    "tenants.impersonation": "Acting in tenants",
    "tenants.own_domains": "Own domains",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One permission: its value, and its verb as a word on a page."""

    value: str
    verb: str


@dataclass(frozen=True, slots=True)
class Resource:
    """What can be done with one kind of thing."""

    name: str
    label: str
    permissions: list[Choice]


def resources(*, given: Iterable[str] = ()) -> list[Resource]:
    """All resources of the present host (the operator's also has the tenants), and what is `given` beyond them, such as wildcards."""
    here = [*TENANT_WIDE, *(OPERATOR_ONLY if tenancy.current().is_platform else (OVER_ITS_OWN,))]
    known = [str(permission) for app in here for permission in app]
    beyond = [Choice(grant, grant) for grant in given if grant not in known]
    return [*grouped(known), *([Resource("patterns", "Patterns", beyond)] if beyond else [])]


def grouped(permissions: Iterable[str]) -> list[Resource]:
    """Permissions `verb:resource` by resource, in their own order."""
    found: dict[str, list[Choice]] = {}
    for value in permissions:
        verb, _, resource = value.partition(":")
        found.setdefault(resource, []).append(Choice(value, verb.capitalize()))
    return [Resource(name, resource_label(name), choices) for name, choices in found.items()]


def choices(permissions: Iterable[str]) -> list[tuple[str, str]]:
    """Permissions for a field that offers one of them, each in words: `People: write`."""
    return [
        (choice.value, f"{resource.label}: {choice.verb.lower()}")
        for resource in grouped(permissions)
        for choice in resource.permissions
    ]


def resource_label(resource: str) -> str:
    """`identity.api_keys` → `API keys`."""
    return LABELS.get(resource) or sentence(resource.rpartition(".")[2])


def sentence(name: str) -> str:
    """A name in code as words that begin a sentence: `api_keys` → `API keys`."""
    words = [ACRONYMS.get(word, word) for word in name.replace("-", "_").split("_") if word]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
