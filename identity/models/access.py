"""Roles, who has them, policies in Cedar, and rules about addresses."""

from enum import StrEnum

from django.db import models
from django.db.models import Q

from identity import texts
from identity.models.people import ServiceAccount, Team, User
from kernel import clock, ids
from kernel.tenancy.records import TenantModel

POLICY_MAX = 4_000
ONE_PRINCIPAL = (
    Q(user__isnull=False, team=None, service_account=None)
    | Q(user=None, team__isnull=False, service_account=None)
    | Q(user=None, team=None, service_account__isnull=False)
)


class Role(TenantModel):
    """A named set of grants. Built-in roles come with the product and stay as they are."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=50, unique=True)
    label = models.CharField(max_length=texts.NAME_MAX)
    description = models.CharField(max_length=texts.REASON_MAX, blank=True)
    permissions: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    is_builtin = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("rol", self.id)


class RoleBinding(TenantModel):
    """A person, a team or a service account has a role, for good or until a moment. `source` says who gave it: local, later scim, ldap and idp."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="bindings")
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="bindings")
    service_account = models.ForeignKey(ServiceAccount, null=True, on_delete=models.CASCADE, related_name="bindings")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="bindings")
    expires_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=16, default="local", db_default="local")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=ONE_PRINCIPAL, name="identity_rolebinding_is_one"),
            models.UniqueConstraint(fields=["user", "role"], name="identity_rolebinding_once"),
            models.UniqueConstraint(fields=["team", "role"], name="identity_rolebinding_team_once"),
            models.UniqueConstraint(fields=["service_account", "role"], name="identity_rolebinding_service_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or self.team_id or self.service_account_id}:{self.role_id}"

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("bnd", self.id)

    @property
    def is_living(self) -> bool:
        """Whether it counts at this moment."""
        return self.expires_at is None or self.expires_at > clock.now()


class PolicyState(StrEnum):
    """Whether a policy counts."""

    DRAFT = "draft"
    ACTIVE = "active"
    DISABLED = "disabled"


class Policy(TenantModel):
    """One Cedar policy of the tenant; all active ones together, with the roles, decide. Source: the Cedar policy language."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=50, unique=True)
    description = models.CharField(max_length=texts.REASON_MAX, blank=True)
    text = models.TextField(max_length=POLICY_MAX)
    state = models.CharField(max_length=16, default=str(PolicyState.DRAFT))
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    changed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("pol", self.id)


class IpRule(TenantModel):
    """A network that callers may come from: of the whole tenant when `role` is null, of whoever has the role otherwise.

    The rules of the tenant are one list, those of each role another: a caller's address must be in a network of every list that applies to them. Keys carry their
    own networks, which are one more.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    cidr = models.CharField(max_length=43)
    role = models.ForeignKey(Role, null=True, on_delete=models.CASCADE, related_name="ip_rules")
    note = models.CharField(max_length=texts.REASON_MAX, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cidr", "role"], name="identity_iprule_once", nulls_distinct=False)]

    def __str__(self) -> str:
        return self.cidr

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("ipr", self.id)
