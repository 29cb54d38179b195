"""The end of all that was given out in a tenant at once: what a restored copy must not bring back to life."""

from uuid import UUID

from django.db.models import F

from identity.lifecycle.given_out import Ended, open_invitations
from identity.models import ApiKey, PasswordReset, ServiceAccount, Session, SignInAttempt, SigningKey, TrustedDevice, User
from identity.texts import OWNER_DEACTIVATED
from kernel import clock

SESSION_REASON = "tenant_restored"


def end_everything(*, kept_keys: frozenset[UUID], reason: str) -> Ended:
    """End all sessions, keys, invitations and the like but the keys to keep; people keep their state, passwords and factors.

    Keys that had ended with their owner lose the marker by which they would come back with them.
    """
    moment = clock.now()
    revoked = {"revoked_at": moment, "revoke_reason": reason, "version": F("version") + 1}
    for people in (User.objects.all(), ServiceAccount.objects.all()):
        people.update(epoch=F("epoch") + 1)
    ended = Ended(
        sessions=Session.objects.filter(revoked_at=None).update(revoked_at=moment, revoke_reason=SESSION_REASON),
        trusted_devices=TrustedDevice.objects.filter(revoked_at=None).update(revoked_at=moment),
        sign_ins=SignInAttempt.objects.filter(consumed_at=None).update(consumed_at=moment),
        password_resets=PasswordReset.objects.filter(used_at=None, revoked_at=None).update(revoked_at=moment),
        signing_keys=SigningKey.objects.filter(revoked_at=None).exclude(api_key__in=kept_keys).update(**revoked),
        keys=ApiKey.objects.filter(revoked_at=None).exclude(id__in=kept_keys).update(**revoked),
        invitations=open_invitations().update(revoked_at=moment),
    )
    ApiKey.objects.filter(revoke_reason=OWNER_DEACTIVATED).update(revoke_reason=reason, version=F("version") + 1)
    SigningKey.objects.filter(revoke_reason=OWNER_DEACTIVATED).update(revoke_reason=reason, version=F("version") + 1)
    return ended
