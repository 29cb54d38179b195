"""The one registry of what can be reached from the sidebar; the overview and the tests read it too."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.urls import reverse

from audit.permissions import Permission as AuditPermission
from identity.permissions import Permission as IdentityPermission
from kernel.actors import Actor
from kernel.api.access import SIGNED_IN, Access
from operations.permissions import Permission as OperationPermission
from tenants.permissions import Permission as TenantPermission


class HostKind(StrEnum):
    """On whose host an item is shown."""

    BOTH = "both"
    TENANT = "tenant"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Item:
    """One place: its words, its URL name, what one must be allowed to see it, its icon (a Lucide name), its group, and where it exists."""

    label: str
    url_name: str
    access: str | Access
    icon: str
    group: str = ""
    hosts: HostKind = HostKind.BOTH


@dataclass(frozen=True, slots=True)
class Link:
    """An item as the sidebar shows it; `current` is the value of aria-current, or empty."""

    label: str
    url: str
    icon: str
    current: str


@dataclass(frozen=True, slots=True)
class Group:
    """Links under one heading; the first group has none."""

    label: str
    links: list[Link]


ITEMS = (
    Item("Overview", "console.overview", SIGNED_IN, "layout-dashboard"),
    Item("Tenants", "console.tenants", TenantPermission.READ_TENANTS, "building-2", hosts=HostKind.OPERATOR),
    Item("People", "console.people", IdentityPermission.READ_PEOPLE, "users"),
    Item("Teams", "console.teams", IdentityPermission.READ_TEAMS, "users-round", "Identity"),
    Item("Service accounts", "console.service-accounts", IdentityPermission.READ_SERVICE_ACCOUNTS, "bot", "Identity"),
    Item("Roles", "console.roles", IdentityPermission.READ_ROLES, "id-card", "Identity"),
    Item("Policies", "console.policies", IdentityPermission.READ_POLICIES, "scale", "Identity"),
    Item("API keys", "console.api-keys", IdentityPermission.READ_KEYS, "key-round", "Identity"),
    Item("Security", "console.security", IdentityPermission.READ_SECURITY, "shield", "Trust"),
    Item("Domains", "console.own-domains", TenantPermission.READ_OWN_DOMAINS, "globe", "Trust", HostKind.TENANT),
    Item("Audit log", "console.audit", AuditPermission.READ_ENTRIES, "scroll-text", "Trust"),
    Item("Developers", "console.developers", SIGNED_IN, "book-open", "Build"),
    Item("Visit a tenant", "console.visit-new", IdentityPermission.IMPERSONATE, "eye", "Platform", HostKind.OPERATOR),
    Item("Operations", "console.operations", OperationPermission.READ, "list-checks", "Platform", HostKind.OPERATOR),
    Item("Cells", "console.cells", TenantPermission.READ_CELLS, "database", "Platform", HostKind.OPERATOR),
    Item("Regions", "console.regions", TenantPermission.READ_CELLS, "globe", "Platform", HostKind.OPERATOR),
    Item("Fleet", "console.fleet", TenantPermission.READ_FLEET, "ship", "Platform", HostKind.OPERATOR),
    Item("Backups", "console.backups", TenantPermission.READ_BACKUPS, "archive", "Platform", HostKind.OPERATOR),
    Item("Plans", "console.plans", TenantPermission.READ_PLANS, "tags", "Platform", HostKind.OPERATOR),
    Item(
        "Product actions",
        "console.product-actions",
        TenantPermission.READ_PRODUCT_ACTIONS,
        "package",
        "Platform",
        HostKind.OPERATOR,
    ),
)


def groups(*, actor: Actor, path: str, hosts: Iterable[HostKind]) -> list[Group]:
    """The sidebar for one person at one address, without what they may not see; empty groups are left out."""
    shown = [item for item in ITEMS if item.hosts in set(hosts) and _may_see(item, actor=actor)]
    labels = dict.fromkeys(item.group for item in shown)
    return [Group(label, [_link(item, path=path) for item in shown if item.group == label]) for label in labels]


def _may_see(item: Item, *, actor: Actor) -> bool:
    return item.access is SIGNED_IN or actor.may(str(item.access))


def _link(item: Item, *, path: str) -> Link:
    url = reverse(item.url_name)
    current = "page" if path == url else "true" if url != "/" and path.startswith(url) else ""
    return Link(item.label, url, item.icon, current)
