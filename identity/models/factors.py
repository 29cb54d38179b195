"""Second factors and passkeys, and who needs which.

The frame is django-otp's `Device` with its throttling; what it would store in the clear is sealed (seeds, telephone numbers) or hashed (codes).
"""

from django.db import models
from django.db.models import Q
from django_otp.models import Device, ThrottlingMixin

from identity import texts
from identity.models.access import Role
from identity.models.people import DIGEST_BYTES, Team, User
from identity.models.sessions import SignInAttempt
from kernel import clock, ids
from kernel.tenancy.records import TenantModel, TenantQuerySet

AT_MOST_ONE_SCOPE = (
    Q(role=None, team=None, user=None)
    | Q(role__isnull=False, team=None, user=None)
    | Q(role=None, team__isnull=False, user=None)
    | Q(role=None, team=None, user__isnull=False)
)


class TotpDevice(TenantModel, ThrottlingMixin, Device):
    """An authenticator app (RFC 6238). `last_step` is the last time step whose code was taken: none is taken twice."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    sealed_seed = models.TextField()
    algorithm = models.CharField(max_length=8, default="SHA1")
    digits = models.PositiveSmallIntegerField(default=6)
    step_s = models.PositiveSmallIntegerField(default=30)
    last_step = models.BigIntegerField(default=-1)
    drift = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()  # type: ignore[assignment,misc]  # instead of django-otp's

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("fac", self.id)

    def get_throttle_factor(self) -> int:
        """Seconds of waiting after the first wrong code; each further one doubles it."""
        return 1


class SmsDevice(TenantModel, ThrottlingMixin, Device):
    """A telephone that gets codes. `number_digest` finds a number without opening it; `hint` is its last two digits."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    sealed_number = models.TextField()
    number_digest = models.BinaryField(max_length=DIGEST_BYTES)
    hint = models.CharField(max_length=8)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()  # type: ignore[assignment,misc]  # instead of django-otp's

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("fac", self.id)

    def get_throttle_factor(self) -> int:
        """Seconds of waiting after the first wrong code; each further one doubles it."""
        return 1


class OneTimeCode(TenantModel):
    """A code that was sent, bound to the sign-in that it was sent for: ten minutes, one use, five tries."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    attempt = models.ForeignKey(SignInAttempt, on_delete=models.CASCADE, related_name="codes")
    device = models.ForeignKey(SmsDevice, on_delete=models.CASCADE, related_name="codes")
    code_hash = models.BinaryField(max_length=DIGEST_BYTES)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class RecoveryCode(TenantModel):
    """One of ten codes for who has lost everything else; making new ones ends the old ones."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.BinaryField(max_length=DIGEST_BYTES, unique=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class WebAuthnCredential(TenantModel, Device):
    """A passkey or hardware key (W3C Web Authentication Level 3). It works only where it was made: `rp_id` is the tenant's host then."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    rp_id = models.CharField(max_length=253)
    credential_id = models.BinaryField(max_length=1023, unique=True)
    public_key = models.BinaryField(max_length=2048)
    sign_count = models.BigIntegerField(default=0)
    aaguid = models.UUIDField()
    attestation = models.CharField(max_length=32)
    transports: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    is_synced = models.BooleanField(default=False)
    verifies_user = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()  # type: ignore[assignment,misc]  # instead of django-otp's

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("fac", self.id)


class TrustedDevice(TenantModel):
    """A browser that need not show a second factor for a while. `token_hash` is the SHA-256 of 32 random bytes.

    `amr` are the proofs (RFC 8176) by which it is trusted, and the models of authenticators that the rules named then: it stands for nothing stronger.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    token_hash = models.BinaryField(max_length=DIGEST_BYTES, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="trusted_devices")
    epoch = models.PositiveIntegerField()
    amr: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, db_default=[])
    label = models.CharField(max_length=texts.NAME_MAX)
    address = models.CharField(max_length=45, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("tdv", self.id)


class MfaPolicy(TenantModel):
    """Who needs which second factor: the whole tenant when no role, team or person is named. Of all that apply the strictest counts.

    `required` is off, any or phishing_resistant; no allowed factor named means that all are. `remember_days` is how long a browser may be trusted,
    0 for never. `trusted_amr` are proofs of an identity provider that count as a second factor (step 05).
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    role = models.ForeignKey(Role, null=True, on_delete=models.CASCADE, related_name="mfa_policies")
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="mfa_policies")
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="mfa_policies")
    required = models.CharField(max_length=24, default="off")
    allowed_factors: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    allowed_aaguids: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    grace_days = models.PositiveSmallIntegerField(default=0)
    remember_days = models.PositiveSmallIntegerField(default=0)
    trusted_amr: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=AT_MOST_ONE_SCOPE, name="identity_mfapolicy_one_scope"),
            models.UniqueConstraint(fields=["role", "team", "user"], name="identity_mfapolicy_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("mfa", self.id)
