"""Hosts that tenants claim, prove and answer at."""

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q

from kernel import clock, ids
from tenants.models.tenant import Tenant


class DomainKind(StrEnum):
    """Given out by slug (`platform`), or brought along by the tenant (`custom`)."""

    PLATFORM = "platform"
    CUSTOM = "custom"


class DomainState(StrEnum):
    """A host's way: asked for (`claimed`), proven and answering (`active`), proven once but not lately (`lapsed`), given back (`released`)."""

    CLAIMED = "claimed"
    ACTIVE = "active"
    LAPSED = "lapsed"
    RELEASED = "released"


ANSWERING = (DomainState.ACTIVE.value, DomainState.LAPSED.value)
"""States in which the tenant answers at the host; no two tenants have the same host in one of these."""


class Domain(models.Model):
    """A host that one tenant answers at, or wants to.

    Many tenants may claim a host, one may answer at it. A released one stays until `quarantined_until`, so that nobody else gets it meanwhile
    without proving it anew. `findings` is what the last look at DNS found, a list of maps of `code`, `level` and `detail`. A custom domain that
    answers without `next_check_at` is trusted: an operator vouched for it, and nobody asks DNS.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="domains")
    host = models.CharField(max_length=253, db_index=True)
    kind = models.CharField(max_length=16, default=DomainKind.CUSTOM.value)
    state = models.CharField(max_length=16, default=DomainState.ACTIVE.value)
    is_primary = models.BooleanField(default=False)
    redirects = models.BooleanField(default=False)
    findings = models.JSONField(default=list)
    failures = models.PositiveSmallIntegerField(default=0)
    claim_expires_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)
    lapsed_at = models.DateTimeField(null=True)
    quarantined_until = models.DateTimeField(null=True)
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("tenant",), condition=Q(is_primary=True), name="tenants_one_primary_domain"),
            models.UniqueConstraint(
                fields=("tenant",), condition=Q(kind=DomainKind.PLATFORM.value), name="tenants_one_platform_domain"
            ),
            models.UniqueConstraint(fields=("host",), condition=Q(state__in=ANSWERING), name="tenants_one_tenant_per_host"),
            models.UniqueConstraint(fields=("tenant", "host"), name="tenants_one_row_per_host"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["next_check_at"], name="tenants_domain_due")]

    def __str__(self) -> str:
        return self.host

    @property
    def public_id(self) -> str:
        """The id as people see it."""
        return ids.show("dom", self.id)

    @property
    def is_answering(self) -> bool:
        """Whether the tenant answers at this host now."""
        return self.state in ANSWERING

    @property
    def is_trusted(self) -> bool:
        """Whether the tenant answers here on an operator's word, without proof from DNS."""
        return self.kind == DomainKind.CUSTOM and self.is_answering and self.next_check_at is None
