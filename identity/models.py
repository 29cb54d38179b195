"""What is: people, roles, sessions, invitations and API keys. All of it lives in the tenant's schema.

Bearer secrets are stored only as digests. Rows of people are never deleted here: what they did must stay readable.
"""

from datetime import datetime
from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from identity import texts
from kernel import clock, ids
from kernel.tenancy.records import TenantModel

OWNER_ROLE = "owner"
DIGEST_BYTES = 32


class Status(StrEnum):
    """Where a person stands; written by `lifecycle` and nobody else."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DEACTIVATED = "deactivated"


class KeyState(StrEnum):
    """What becomes of a request with this key, its owner aside."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class User(TenantModel):
    """A person of this tenant.

    `epoch` grows when everything that was given out in the person's name must die: a session carries the epoch that it began in.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    email = models.CharField(max_length=texts.EMAIL_MAX, unique=True)
    name = models.CharField(max_length=texts.NAME_MAX)
    password = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=16, default=str(Status.INVITED))
    status_reason = models.CharField(max_length=texts.REASON_MAX, blank=True)
    status_at = models.DateTimeField(default=clock.now)
    epoch = models.PositiveIntegerField(default=0)
    last_login_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="identity_user_email_lower"),
            models.CheckConstraint(
                condition=~Q(status=str(Status.ACTIVE)) | ~Q(password=""), name="identity_user_active_has_password"
            ),
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
        """The names of the person's roles, sorted; one query each unless `queries.people` loaded them."""
        return sorted(binding.role.name for binding in self.bindings.all())

    @property
    def grants(self) -> frozenset[str]:
        """All that the person's roles allow together."""
        return frozenset(grant for binding in self.bindings.all() for grant in binding.role.permissions)


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
    """A person has a role."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="bindings")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="bindings")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="identity_rolebinding_once")]

    def __str__(self) -> str:
        return f"{self.user_id}:{self.role_id}"


class Session(TenantModel):
    """A browser that a person signed in with. `key_hash` is the SHA-256 of a token of 32 random bytes."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    key_hash = models.BinaryField(max_length=DIGEST_BYTES, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    epoch = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_seen_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=400, blank=True)
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.CharField(max_length=50, blank=True)

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("ses", self.id)


class Invitation(TenantModel):
    """A link that lets an invited person choose a password, once. `token_hash` is the SHA-256 of 32 random bytes."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    token_hash = models.BinaryField(max_length=DIGEST_BYTES, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
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

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("inv", self.id)


class ApiKey(TenantModel):
    """A bearer key of a program, owned by a person and never stronger than them.

    `secret_hash` is the whole key under the installation's pepper; `display` is what people recognise it by.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    key_id = models.CharField(max_length=16, unique=True)
    secret_hash = models.BinaryField(max_length=DIGEST_BYTES)
    display = models.CharField(max_length=20)
    name = models.CharField(max_length=texts.NAME_MAX)
    scopes: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.CharField(max_length=texts.REASON_MAX, blank=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.display

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("key", self.id)

    @property
    def state(self) -> KeyState:
        """Whether the key works at this moment, its owner aside."""
        return self.state_at(clock.now())

    def state_at(self, moment: datetime) -> KeyState:
        """Whether the key works at a moment: revoked beats expired."""
        if self.revoked_at is not None:
            return KeyState.REVOKED
        return KeyState.EXPIRED if self.expires_at <= moment else KeyState.ACTIVE
