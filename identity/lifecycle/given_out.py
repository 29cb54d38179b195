"""What a tenant gives out in somebody's name, and how each of it ends: one function for each kind, called by the cascade and by nobody else.

Rows are only marked, never deleted: what ended stays readable. Beside the marks stands the holder's epoch, which kills what these functions
do not know of. Keys that end because their owner left are marked `OWNER_DEACTIVATED`, and only those come back with the owner; a key that was
revoked for another reason stays dead.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from identity import sessions
from identity.models import (
    ApiKey,
    Invitation,
    PasswordReset,
    ServiceAccount,
    SignInAttempt,
    SigningKey,
    TrustedDevice,
    User,
)
from identity.texts import OWNER_DEACTIVATED

Holder = User | ServiceAccount


@dataclass(frozen=True, slots=True)
class Ended:
    """How much of each kind was living and is not any more."""

    sessions: int = 0
    keys: int = 0
    signing_keys: int = 0
    invitations: int = 0
    trusted_devices: int = 0
    sign_ins: int = 0
    password_resets: int = 0

    def entrances(self) -> dict[str, int]:
        """The counts of what is not a key, by the names under which events tell them."""
        return {
            "sessions_ended": self.sessions,
            "trusted_devices_ended": self.trusted_devices,
            "sign_ins_ended": self.sign_ins,
            "password_resets_ended": self.password_resets,
            "invitations_revoked": self.invitations,
        }

    def everything(self) -> dict[str, int]:
        """All counts, by those names."""
        return {**self.entrances(), "keys_revoked": self.keys, "signing_keys_revoked": self.signing_keys}


@dataclass(frozen=True, slots=True)
class Restored:
    """How many keys came back with their owner."""

    keys: int = 0
    signing_keys: int = 0


def end_entrances(user: User, *, reason: str, moment: datetime) -> Ended:
    """All by which a browser is, or gets, in: sessions, trusted devices, sign-ins under way, links to choose another password."""
    return Ended(
        sessions=sessions.end_all(user.id, reason=reason, moment=moment),
        trusted_devices=TrustedDevice.objects.filter(user=user, revoked_at=None).update(revoked_at=moment),
        sign_ins=SignInAttempt.objects.filter(user=user, consumed_at=None).update(consumed_at=moment),
        password_resets=PasswordReset.objects.filter(user=user, used_at=None, revoked_at=None).update(revoked_at=moment),
    )


def end_keys(holder: Holder, *, moment: datetime) -> Ended:
    """Revoke the holder's living keys, and the keys that sign beside them, with the marker that lets them come back."""
    revoked = {"revoked_at": moment, "revoke_reason": OWNER_DEACTIVATED, "version": F("version") + 1}
    signing_keys = SigningKey.objects.filter(_of(holder, "api_key__"), revoked_at=None).update(**revoked)
    return Ended(keys=ApiKey.objects.filter(_of(holder), revoked_at=None).update(**revoked), signing_keys=signing_keys)


def restore_keys(holder: Holder, *, moment: datetime, ended_at: datetime | None = None) -> Restored:
    """Let those keys work again that ended only because their owner left, at `ended_at` or whenever it was, and have not expired since."""
    living = {"revoked_at": None, "revoke_reason": "", "version": F("version") + 1}
    marked = Q(revoke_reason=OWNER_DEACTIVATED, expires_at__gt=moment)
    if ended_at is not None:
        marked &= Q(revoked_at=ended_at)
    keys = ApiKey.objects.filter(_of(holder), marked).exclude(overlap_until__lte=moment).update(**living)
    signing_keys = SigningKey.objects.filter(_of(holder, "api_key__"), marked, api_key__revoked_at=None).update(**living)
    return Restored(keys=keys, signing_keys=signing_keys)


def end_invitation_of(user: User, *, moment: datetime) -> int:
    """Withdraw the person's own open invitation; 0 or 1."""
    return open_invitations().filter(user=user).update(revoked_at=moment)


def end_invitations_sent(holder: Holder, *, moment: datetime) -> int:
    """Withdraw the open invitations that somebody sent, by hand or with one of their keys."""
    return open_invitations().filter(invited_by__in=_sending(holder)).update(revoked_at=moment)


def end_resets_made(holder: Holder, *, moment: datetime) -> int:
    """Withdraw the open links to choose another password that somebody made to hand them over: whoever made one may know it."""
    made = PasswordReset.objects.filter(issued_by__in=_sending(holder), used_at=None, revoked_at=None)
    return made.update(revoked_at=moment)


def _sending(holder: Holder) -> list[str]:
    """The shown ids under which somebody sends: their own, and those of their keys."""
    return [holder.public_id, *(key.public_id for key in ApiKey.objects.filter(_of(holder)).only("id"))]


def _of(holder: Holder, prefix: str = "") -> Q:
    return Q(**{f"{prefix}{'owner' if isinstance(holder, User) else 'service_account'}": holder})


def open_invitations() -> QuerySet[Invitation]:
    """The invitations that can still be accepted, unless they have expired."""
    return Invitation.objects.filter(accepted_at=None, revoked_at=None)
