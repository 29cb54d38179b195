"""API keys, and keys that sign requests."""

from datetime import datetime
from enum import StrEnum

from django.db import models
from django.db.models import Q

from identity import key_format, texts
from identity.models.people import DIGEST_BYTES, ServiceAccount, User
from kernel import clock, ids
from kernel.tenancy.records import TenantModel

ONE_OWNER = Q(owner__isnull=False, service_account=None) | Q(owner=None, service_account__isnull=False)


class KeyState(StrEnum):
    """What becomes of a request with this key, its owner aside."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class KeyKind(StrEnum):
    """What a key is for; its text says so too."""

    LIVE = "live"
    TRIAL = "trial"
    """For development and trials: all that a key does, for a month at most, and told apart at a glance."""


class ApiKey(TenantModel):
    """A bearer key of a program, owned by a person or a service account and never stronger than them.

    `secret_hash` is the whole key under the installation's pepper; `display` is what people recognise it by. A key that replaces another names it in
    `rotated_from`; the old one works until its `overlap_until`. `networks` are the CIDR blocks that it may be used from, none for all; `rate_per_s` is how often, null
    for no rule of its own. With `requires_signature` each request must be signed too.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    key_id = models.CharField(max_length=16, unique=True)
    secret_hash = models.BinaryField(max_length=DIGEST_BYTES)
    display = models.CharField(max_length=20)
    name = models.CharField(max_length=texts.NAME_MAX)
    scopes: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="api_keys")
    service_account = models.ForeignKey(ServiceAccount, null=True, on_delete=models.PROTECT, related_name="api_keys")
    networks: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, db_default=[])
    rate_per_s = models.PositiveIntegerField(null=True)
    requires_signature = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    rotated_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replacements")
    overlap_until = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_address = models.CharField(max_length=45, blank=True, default="", db_default="")
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.CharField(max_length=texts.REASON_MAX, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=ONE_OWNER, name="identity_apikey_one_owner")]

    def __str__(self) -> str:
        return self.display

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("key", self.id)

    @property
    def kind(self) -> KeyKind:
        """Whether it is for trials, as its text begins."""
        return KeyKind.TRIAL if self.display.startswith(key_format.TRIAL_PREFIX) else KeyKind.LIVE

    @property
    def ends_at(self) -> datetime:
        """When it ends, unless it is revoked before: with its life, or with the overlap of the key that replaced it."""
        return self.expires_at if self.overlap_until is None else min(self.expires_at, self.overlap_until)

    @property
    def holder(self) -> User | ServiceAccount:
        """Whose it is: a person, or a service account."""
        holder = self.owner or self.service_account
        if holder is None:  # the constraint of the table
            raise ValueError(f"the key {self.key_id} belongs to nobody")
        return holder

    @property
    def state(self) -> KeyState:
        """Whether the key works at this moment, its owner aside."""
        return self.state_at(clock.now())

    @property
    def may_return(self) -> bool:
        """Whether the key ended only because its owner left, and works again when they come back; to revoke it takes that away."""
        return self.revoke_reason == texts.OWNER_DEACTIVATED

    def state_at(self, moment: datetime) -> KeyState:
        """Whether the key works at a moment: revoked beats expired, and the end of an overlap is an end."""
        if self.revoked_at is not None:
            return KeyState.REVOKED
        return KeyState.EXPIRED if self.ends_at <= moment else KeyState.ACTIVE


class SigningKey(TenantModel):
    """A key that signs requests (RFC 9421), beside the bearer key whose rights it uses or alone. Never the bearer secret itself.

    `algorithm` is hmac-sha256, whose secret is sealed because the server needs it, or ed25519, of which only the public half is here.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    key_id = models.CharField(max_length=20, unique=True)
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="signing_keys")
    name = models.CharField(max_length=texts.NAME_MAX)
    algorithm = models.CharField(max_length=16)
    sealed_secret = models.TextField(blank=True)
    public_key = models.BinaryField(max_length=32, null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.CharField(max_length=texts.REASON_MAX, blank=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.key_id

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("sig", self.id)

    @property
    def state(self) -> KeyState:
        """Whether it works at this moment, its API key aside: revoked beats expired."""
        if self.revoked_at is not None:
            return KeyState.REVOKED
        return KeyState.EXPIRED if self.expires_at <= clock.now() else KeyState.ACTIVE

    @property
    def may_return(self) -> bool:
        """As of an API key."""
        return self.revoke_reason == texts.OWNER_DEACTIVATED
