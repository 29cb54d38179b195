"""The first page: how things stand."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse

from audit import queries as audit
from audit.permissions import Permission as AuditPermission
from console import charts
from console.views.base import ACTIVITY_SHOWN, Page
from identity import queries as identity
from identity.permissions import Permission as IdentityPermission
from kernel import clock, tenancy
from kernel.api.access import SIGNED_IN
from tenants import queries as tenants
from tenants.permissions import Permission as TenantPermission

DAYS = 30
SOON = timedelta(days=14)


class Overview(Page):
    """Figures, events per day, what happened last: as much of it as the person may see."""

    access = {"GET": SIGNED_IN}
    template = "console/pages/overview.html"
    title = "Overview"

    def get(self) -> HttpResponse:
        """Gather the parts that the person may see."""
        first_name = self.me.name.partition(" ")[0]
        parts: dict[str, Any] = {"greeting": f"Hello, {first_name}" if first_name else self.title}
        if self.may(TenantPermission.READ_TENANTS) and tenancy.current().is_platform:
            parts |= tenant_figures()
        if self.may(IdentityPermission.READ_PEOPLE):
            parts |= people_figures()
        if self.may(IdentityPermission.READ_KEYS):
            parts |= key_figures()
        if self.may(AuditPermission.READ_ENTRIES):
            parts |= trail_figures()
        return self.page(parts)


def tenant_figures() -> dict[str, Any]:
    """How many tenants there are, and how many of them answer."""
    return {"tenants_total": tenants.tenants().count(), "tenants_active": tenants.tenants(state="active").count()}


def people_figures() -> dict[str, Any]:
    """How many people may sign in, and how many are still invited."""
    return {"people_active": identity.people(status="active").count(), "people_invited": identity.people(status="invited").count()}


def key_figures() -> dict[str, Any]:
    """How many keys work, and how many of them end within two weeks."""
    active = identity.api_keys(state="active")
    return {"keys_active": active.count(), "keys_expiring": active.filter(expires_at__lt=clock.now() + SOON).count()}


def trail_figures() -> dict[str, Any]:
    """Events per day, the state of the chain, what happened last."""
    entries = audit.entries().order_by("-id")[:ACTIVITY_SHOWN]
    return {"chart": charts.of_days(audit.per_day(days=DAYS)), "chain": audit.chain(), "entries": entries}
