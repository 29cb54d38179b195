"""People, service accounts, teams and invitations."""

from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from identity import texts
from kernel import clock, ids
from kernel.tenancy.records import TenantModel

OWNER_ROLE = "owner"
DIGEST_BYTES = 32
SLUG_MAX = 50
EXACTLY_ONE = Q(user=None, service_account__isnull=False) | Q(user__isnull=False, service_account=None)


class Status(StrEnum):
    """Where a person or a service account stands; written by `lifecycle` and nobody else."""

    INVITED = "invited"
    WAITING = "waiting"
    """Has accepted, and enters as soon as a seat is free."""
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DEACTIVATED = "deactivated"


class User(TenantModel):
    """A person of this tenant.

    `epoch` grows when everything that was given out in the person's name must die: a session carries the epoch that it began in. `status_source`
    says which door ended or began it: admin, bulk, inactivity, seat, later scim and ldap. `attributes` are what policies may ask of the person.
    A break-glass account enters only while it is armed. `reminded_at` is when they were last told that their access ends for absence.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    email = models.CharField(max_length=texts.EMAIL_MAX, unique=True)
    name = models.CharField(max_length=texts.NAME_MAX)
    locale = models.CharField(max_length=35, blank=True, default="", db_default="")
    timezone = models.CharField(max_length=64, blank=True, default="", db_default="")
    attributes: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict, db_default={})
    password = models.CharField(max_length=255, blank=True)
    password_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=16, default=str(Status.INVITED))
    status_reason = models.CharField(max_length=texts.REASON_MAX, blank=True)
    status_source = models.CharField(max_length=16, default="admin", db_default="admin")
    status_at = models.DateTimeField(default=clock.now)
    epoch = models.PositiveIntegerField(default=0)
    joined_at = models.DateTimeField(null=True)
    last_login_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    mfa_grace_from = models.DateTimeField(null=True)
    is_break_glass = models.BooleanField(default=False, db_default=False)
    armed_until = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="identity_user_email_lower"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("usr", self.id)

    @property
    def is_active(self) -> bool:
        """Whether the person may enter, and their keys work."""
        return self.status == Status.ACTIVE

    @property
    def role_names(self) -> list[str]:
        """The names of the roles that the person was given by name, sorted; one query each unless `queries.people` loaded them."""
        return sorted(binding.role.name for binding in self.bindings.all() if binding.is_living)

    @property
    def grants(self) -> frozenset[str]:
        """All that the person's own roles allow together; what their teams add is `access.grants_of`."""
        return frozenset(grant for binding in self.bindings.all() if binding.is_living for grant in binding.role.permissions)


class ServiceAccount(TenantModel):
    """A program that is nobody's: it has roles and keys, no password and no session. `name` is its handle."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=SLUG_MAX, unique=True)
    label = models.CharField(max_length=texts.NAME_MAX)
    description = models.CharField(max_length=texts.REASON_MAX, blank=True)
    attributes: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    status = models.CharField(max_length=16, default=str(Status.ACTIVE))
    status_reason = models.CharField(max_length=texts.REASON_MAX, blank=True)
    status_at = models.DateTimeField(default=clock.now)
    epoch = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("svc", self.id)

    @property
    def role_names(self) -> list[str]:
        """The names of the roles that the account was given by name, sorted; one query each unless `queries.service_accounts` loaded them."""
        return sorted(binding.role.name for binding in self.bindings.all() if binding.is_living)


class Team(TenantModel):
    """Some people and service accounts that are given roles together. `name` is its handle."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=SLUG_MAX, unique=True)
    label = models.CharField(max_length=texts.NAME_MAX)
    description = models.CharField(max_length=texts.REASON_MAX, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("tem", self.id)

    @property
    def role_names(self) -> list[str]:
        """The names of the roles that the team gives, sorted; one query each unless `queries.teams` loaded them."""
        return sorted(binding.role.name for binding in self.bindings.all() if binding.is_living)

    @property
    def member_count(self) -> int:
        """How many are in the team; one query unless `queries.teams` counted."""
        counted: int | None = self.__dict__.get("members_counted")
        return self.members.count() if counted is None else counted


class TeamMember(TenantModel):
    """Somebody is in a team; `source` says who put them there: local, later scim, ldap and idp."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="memberships")
    service_account = models.ForeignKey(ServiceAccount, null=True, on_delete=models.CASCADE, related_name="memberships")
    source = models.CharField(max_length=16, default="local")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=EXACTLY_ONE, name="identity_teammember_is_one"),
            models.UniqueConstraint(fields=["team", "user"], name="identity_teammember_user_once"),
            models.UniqueConstraint(fields=["team", "service_account"], name="identity_teammember_service_once"),
        ]

    def __str__(self) -> str:
        return f"{self.team_id}:{self.user_id or self.service_account_id}"

    @property
    def holder(self) -> User | ServiceAccount:
        """Who is in the team: a person, or a service account."""
        holder = self.user or self.service_account
        if holder is None:  # the constraint of the table
            raise ValueError(f"the membership {self.id} is nobody's")
        return holder


class Invitation(TenantModel):
    """A link that lets an invited person choose a password, once. `token_hash` is the SHA-256 of 32 random bytes.

    `invited_by` is the shown id of whoever invited: what somebody sent ends with their access. `mailed_at` is when a mail server took it.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    token_hash = models.BinaryField(max_length=DIGEST_BYTES, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    invited_by = models.CharField(max_length=80, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="identity_invitation_one_open",
            ),
        ]
        indexes = [models.Index(fields=["invited_by"], name="identity_invitation_by")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("inv", self.id)
