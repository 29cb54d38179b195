"""The first page: how things stand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from audit import queries as audit
from audit.permissions import Permission as AuditPermission
from console import charts
from console.views.base import ACTIVITY_SHOWN, Page
from identity import queries as identity
from identity.permissions import Permission as IdentityPermission
from kernel import clock, tenancy
from kernel.api.access import SIGNED_IN
from kernel.tenancy import breaker
from tenants import queries as tenants
from tenants.permissions import Permission as TenantPermission

DAYS = 30
SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that waits for somebody: how many, of what, and where to look."""

    count: int
    words: str
    url: str


class Overview(Page):
    """Figures, events per day, what happened last: as much of it as the person may see."""

    access = {"GET": SIGNED_IN}
    template = "console/pages/overview.html"
    title = "Overview"

    def get(self) -> HttpResponse:
        """Gather the parts that the person may see."""
        parts = self._personal()
        if self.may(TenantPermission.READ_TENANTS) and tenancy.current().is_platform:
            parts |= tenant_figures()
            parts["attention"] = attention(self.may)
        if self.may(IdentityPermission.READ_PEOPLE):
            parts |= people_figures()
        if self.may(IdentityPermission.READ_KEYS):
            parts |= key_figures()
        if self.may(AuditPermission.READ_ENTRIES):
            parts |= trail_figures()
        return self.page(parts)

    def _personal(self) -> dict[str, Any]:
        """The greeting, and what the rules still ask of the person; not of whoever of support acts in their name."""
        first_name = self.me.name.partition(" ")[0]
        asked = None if self.me.impersonator_label else identity.requirement_unmet(identity.own_person(self.actor))
        return {"greeting": f"Hello, {first_name}" if first_name else self.title, "factor_asked": asked}


def tenant_figures() -> dict[str, Any]:
    """How many tenants there are, and how many of them answer."""
    return {
        "tenants_total": tenants.tenants().exclude(state="purged").count(),
        "tenants_active": tenants.tenants(state="active").count(),
    }


def attention(may: Callable[[str], bool]) -> list[Attention]:
    """What waits for the operator, of that which the person may see; empty when all is well."""
    found: list[Attention] = []
    for permission, noted in (
        (TenantPermission.READ_TENANTS, _of_tenants),
        (TenantPermission.READ_CELLS, _of_cells),
        (TenantPermission.READ_BACKUPS, _of_backups),
        (TenantPermission.READ_FLEET, _of_fleet),
    ):
        found += noted() if may(permission) else []
    return [item for item in found if item.count]


def _of_tenants() -> list[Attention]:
    there = reverse("console.tenants")
    return [
        Attention(tenants.tenants(state="failed").count(), "could not be made", f"{there}?state=failed"),
        Attention(tenants.deleting_tenants().count(), "being deleted", f"{there}?state=deleting"),
        Attention(tenants.all_domains(state="lapsed").count(), "domains lost their proof", there),
    ]


def _of_cells() -> list[Attention]:
    loads = tenants.loads(tenants.cells(state="open"))
    return [
        Attention(sum(not load.room for load in loads), "cells are full", reverse("console.cells")),
        Attention(sum(breaker.is_open(load.name) for load in loads), "cells do not answer", reverse("console.cells")),
    ]


def _of_backups() -> list[Attention]:
    there = reverse("console.backups")
    return [
        Attention(len(tenants.late_covers()), "without a fresh backup", there),
        Attention(tenants.refuted_backups().count(), "backups found damaged", there),
    ]


def _of_fleet() -> list[Attention]:
    run = tenants.open_fleet_run()
    if run is None:
        return []
    return [Attention(1, f"migration is {run.state}", reverse("console.fleet-run", args=[run.public_id]))]


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
