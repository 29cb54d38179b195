"""Tenants and the plans that they are on."""

import hashlib
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from kernel import clock, ids, tenancy
from tenants.models.cell import Cell, CellKind
from tenants.problems import WrongState
from tenants.states import ENTERED, RETURNING, TenantState, may_follow, refusal

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CODE_LENGTH = 6


class Plan(models.Model):
    """What kind of customer a tenant is. `settings` are the plan's defaults of the tenant settings, `cell_kind` where its tenants are put."""

    code = models.CharField(primary_key=True, max_length=40)
    label = models.CharField(max_length=120)
    settings = models.JSONField(default=dict)
    cell_kind = models.CharField(max_length=16, default=CellKind.SHARED.value)
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class Tenant(models.Model):
    """One customer with its own schema. The schema is named after the id, so that a slug is free to change.

    `residency` is the jurisdiction that the tenant's data must stay in, or empty. `previous_state` is where a tenant goes back to when its move
    ends, its archiving is called off or its deletion is undone; once its erasure begins, nothing leads back. A purged tenant stays as a
    tombstone; its slug is free again.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    slug = models.CharField(max_length=40)
    slug_skeleton = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    schema = models.CharField(max_length=34, unique=True)
    code = models.CharField(max_length=CODE_LENGTH, unique=True)
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="tenants")
    state = models.CharField(max_length=16, default=TenantState.REQUESTED.value)
    state_reason = models.CharField(max_length=500, blank=True, default="")
    state_since = models.DateTimeField(default=clock.now)
    previous_state = models.CharField(max_length=16, blank=True, default="")
    previous_reason = models.CharField(max_length=500, blank=True, default="")
    delete_after = models.DateTimeField(null=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="tenants", null=True)
    settings = models.JSONField(default=dict)
    residency = models.CharField(max_length=40, blank=True, default="")
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("slug",), condition=~Q(state=TenantState.PURGED.value), name="tenants_one_slug"),
            models.UniqueConstraint(
                fields=("slug_skeleton",), condition=~Q(state=TenantState.PURGED.value), name="tenants_one_skeleton"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state", "delete_after"], name="tenants_by_state")]

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
    def is_being_archived(self) -> bool:
        """Whether it is shut off only while it is put away: it is suspended and remembers where it was."""
        return self.state == TenantState.SUSPENDED and bool(self.previous_state)

    @property
    def is_being_erased(self) -> bool:
        """Whether its erasure has begun: it is being deleted and there is nowhere to go back to."""
        return self.state == TenantState.DELETING and not self.previous_state

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
        """Move to a state and count the change; the caller saves `STATE_FIELDS`. Raises WrongState where the table of transitions says no.

        A state that will be left for where the tenant was remembers that; any other forgets it.
        """
        if not may_follow(self.state, state) or (self.is_being_archived and state == TenantState.MOVING):
            raise WrongState(refusal(self.state, wanted=ENTERED[state]), state=self.state, wanted=state.value)
        remembers = state in RETURNING
        self.previous_state = self.state if remembers else ""
        self.previous_reason = self.state_reason if remembers else ""
        self.state = state.value
        self.state_reason = reason
        self.state_since = at
        self.version += 1


STATE_FIELDS = ("state", "state_reason", "state_since", "previous_state", "previous_reason", "version")
"""What `Tenant.enter` changes."""


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
