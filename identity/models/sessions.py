"""Sessions, sign-ins that are under way, and links to choose another password."""

from django.db import models

from identity import texts
from identity.models.people import DIGEST_BYTES, User
from kernel import clock, ids
from kernel.tenancy.records import TenantModel


class Session(TenantModel):
    """A browser that a person signed in with. `key_hash` is the SHA-256 of a token of 32 random bytes.

    `amr` names the proofs (RFC 8176: pwd, otp, sms, hwk, swk, mfa, rec), `proved_at` is when the last one was given (null: when it began), `mfa_at` the last second factor. A support
    session acts as the person; `impersonator` is the shown id of who really acts, and `expires_at` is then near; it ends when the epoch of that person is no
    longer `impersonator_epoch`. With `rotate_due` the browser gets another token with its next page, because what the person may do has changed.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    key_hash = models.BinaryField(max_length=DIGEST_BYTES, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    epoch = models.PositiveIntegerField()
    method = models.CharField(max_length=16, default="password", db_default="password")
    amr: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, db_default=[])
    proved_at = models.DateTimeField(null=True)
    mfa_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_seen_at = models.DateTimeField(default=clock.now)
    idle_s = models.PositiveIntegerField(null=True)
    expires_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    last_address = models.CharField(max_length=45, blank=True, default="", db_default="")
    user_agent = models.CharField(max_length=400, blank=True)
    impersonator = models.CharField(max_length=80, blank=True, default="", db_default="")
    impersonator_label = models.CharField(max_length=texts.EMAIL_MAX, blank=True, default="", db_default="")
    impersonation_reason = models.CharField(max_length=texts.REASON_MAX, blank=True, default="", db_default="")
    impersonator_epoch = models.PositiveIntegerField(null=True)
    rotate_due = models.BooleanField(default=False, db_default=False)
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.CharField(max_length=50, blank=True)

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("ses", self.id)


class SignInAttempt(TenantModel):
    """A sign-in, an enrolment or a step-up that has begun and is not complete: ten minutes, one browser, one use.

    `token_hash` is the SHA-256 of a token that only that browser has. `proofs` are the methods that were proved so far, `challenge` what a passkey
    has to sign, and `epoch` the person's when it began: what ends their access ends this too.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    token_hash = models.BinaryField(max_length=DIGEST_BYTES, unique=True)
    purpose = models.CharField(max_length=16)
    method = models.CharField(max_length=16, default="password", db_default="password")
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sign_in_attempts")
    epoch = models.PositiveIntegerField(default=0)
    session = models.ForeignKey(Session, null=True, on_delete=models.CASCADE, related_name="step_ups")
    proofs: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    challenge = models.BinaryField(max_length=64, null=True)
    return_path = models.CharField(max_length=500, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(db_index=True)
    consumed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class PasswordReset(TenantModel):
    """A link to choose another password, once and within an hour; it dies with whatever else ends what the person was given.

    `issued_by` is the shown id of whoever made it to hand it over: it ends with their access too. Empty where the person asked for it by mail.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    token_hash = models.BinaryField(max_length=DIGEST_BYTES, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_resets")
    epoch = models.PositiveIntegerField()
    issued_by = models.CharField(max_length=80, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)
