"""Browsers that need not show a second factor for a while: a token in a cookie, its digest here, and an end with the person's epoch."""

from datetime import timedelta
from typing import Final

from django.db.models import QuerySet

from identity import devices, tokens
from identity.factors.policy import Requirement
from identity.models import TrustedDevice, User
from kernel import clock, context

ADDRESS_MAX: Final = 45


def trust(user: User, *, days: int) -> tuple[TrustedDevice, str]:
    """Trust the browser of the present request; the row, and the token for its cookie, which is not stored."""
    token = tokens.generate()
    unit, moment = context.current(), clock.now()
    device = TrustedDevice.objects.create(
        token_hash=tokens.digest(token),
        user=user,
        epoch=user.epoch,
        label=devices.in_words(unit.user_agent),
        address=unit.address[:ADDRESS_MAX],
        created_at=moment,
        expires_at=moment + timedelta(days=days),
    )
    return device, token


def is_trusted(user: User, token: str, *, asked: Requirement) -> bool:
    """Whether a browser's token stands for a second factor of this person now; notes that it was used.

    A rule that became stricter counts at once: a trust is never older than the days that the rules give today.
    """
    digest = tokens.digest(token) if token else None
    if digest is None or asked.remember_days == 0:
        return False
    moment = clock.now()
    oldest = moment - timedelta(days=asked.remember_days)
    found = living(user).filter(token_hash=digest, created_at__gt=oldest)
    return found.update(last_used_at=moment) == 1


def living(user: User) -> QuerySet[TrustedDevice]:
    """The browsers that are trusted now."""
    return TrustedDevice.objects.filter(user=user, epoch=user.epoch, revoked_at=None, expires_at__gt=clock.now())


def revoke(device: TrustedDevice) -> None:
    """Trust one browser no more."""
    device.revoked_at = clock.now()
    device.save(update_fields=["revoked_at"])


def revoke_all(user: User) -> int:
    """Trust no browser of the person any more; the number of those that were trusted."""
    return living(user).update(revoked_at=clock.now())
