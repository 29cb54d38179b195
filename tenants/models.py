"""What is: cells, tenants, domains, and the outbox of the registry. All in the home database; none holds anything about a person."""

import hashlib
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import models
from django.db.models import Q

from kernel import clock, ids, tenancy

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CODE_LENGTH = 6


class TenantState(StrEnum):
    """Where a tenant is in its life: `requested → provisioning → active ⇄ suspended`, `provisioning → failed → provisioning`."""

    REQUESTED = "requested"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    FAILED = "failed"


class CellState(StrEnum):
    """Whether a cell takes new tenants (`open`), keeps those it has (`draining`), or has none (`closed`)."""

    OPEN = "open"
    DRAINING = "draining"
    CLOSED = "closed"


class DomainKind(StrEnum):
    """Given out by slug (`platform`), or brought along by the tenant (`custom`)."""

    PLATFORM = "platform"
    CUSTOM = "custom"


class Cell(models.Model):
    """One database that holds tenants' schemas; its name is the alias of its connection."""

    name = models.CharField(primary_key=True, max_length=63)
    region = models.CharField(max_length=40)
    state = models.CharField(max_length=16, default=CellState.OPEN.value)
    capacity = models.PositiveIntegerField(default=1000)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Tenant(models.Model):
    """One customer with its own schema. The schema is named after the id, so that a slug is free to change."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    slug = models.CharField(max_length=40, unique=True)
    slug_skeleton = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    schema = models.CharField(max_length=34, unique=True)
    code = models.CharField(max_length=CODE_LENGTH, unique=True)
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="tenants")
    state = models.CharField(max_length=16, default=TenantState.REQUESTED.value)
    state_reason = models.CharField(max_length=500, blank=True, default="")
    state_since = models.DateTimeField(default=clock.now)
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.slug

    @property
    def public_id(self) -> str:
        """The id as people see it."""
        return ids.show("ten", self.id)

    @property
    def is_platform(self) -> bool:
        """Whether this is tenant zero, the operator itself."""
        return self.slug == tenancy.PLATFORM_SLUG

    @property
    def host(self) -> str:
        """The primary host; one query unless the domains were loaded along."""
        return next((domain.host for domain in self.domains.all() if domain.is_primary), "")

    def ref(self) -> tenancy.TenantRef:
        """What the rest of the program needs to enter this tenant."""
        return tenancy.TenantRef(
            id=self.id,
            slug=self.slug,
            name=self.name,
            schema=self.schema,
            cell=self.cell_id,
            state=self.state,
            state_reason=self.state_reason,
            version=self.version,
            code=self.code,
        )

    def enter(self, state: TenantState, *, reason: str, at: datetime) -> None:
        """Move to a state and count the change; the caller saves."""
        self.state = state
        self.state_reason = reason
        self.state_since = at
        self.version += 1


class Domain(models.Model):
    """A host that one tenant answers at. Proof that the tenant owns it is not asked for yet; that it is unique over all tenants, is."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="domains")
    host = models.CharField(max_length=253, unique=True)
    kind = models.CharField(max_length=16, default=DomainKind.CUSTOM.value)
    is_primary = models.BooleanField(default=False)
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("tenant",), condition=Q(is_primary=True), name="tenants_one_primary_domain"),
            models.UniqueConstraint(
                fields=("tenant",), condition=Q(kind=DomainKind.PLATFORM.value), name="tenants_one_platform_domain"
            ),
        )

    def __str__(self) -> str:
        return self.host

    @property
    def public_id(self) -> str:
        """The id as people see it."""
        return ids.show("dom", self.id)


class PendingEntry(models.Model):
    """An entry for platform's trail that was written with a change of the registry and is not in the trail yet.

    The text is sealed: home holds nothing readable about who did what.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    sealed = models.TextField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.id)


def schema_of(tenant_id: UUID) -> str:
    """The schema, and the database role, of a tenant."""
    return f"t_{tenant_id.hex}"


def code_of(tenant_id: UUID) -> str:
    """Six base-62 signs that lead every API key of this tenant, the same for the same id.

    Taken from a hash, since the first bits of a UUIDv7 are a clock. 5.7·10¹⁰ values: a clash is refused by the unique column and a new id taken.
    """
    number = int.from_bytes(hashlib.sha256(tenant_id.bytes).digest()[:16])
    signs = []
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[place])
    return "".join(signs)
