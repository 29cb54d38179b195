"""Browsers that need not show a second factor for a while: a token in a cookie, its digest here, and an end with the person's epoch."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db.models import QuerySet

from identity import devices, tokens
from identity.factors.policy import Requirement, is_met
from identity.models import TrustedDevice, User
from kernel import clock, context

ADDRESS_MAX: Final = 45
OF_MODEL: Final = "model:"
"""Before each model of authenticators that the rules named when the browser was trusted: what was shown then was of one of these."""


def trust(user: User, *, days: int, amr: Iterable[str], models: Iterable[str] = ()) -> tuple[TrustedDevice, str]:
    """Trust the browser of the present request for the proofs that were given in it; the row, and the token for its cookie, which is not stored.

    `models` are those of authenticators that the rules name now.
    """
    token = tokens.generate()
    unit, moment = context.current(), clock.now()
    device = TrustedDevice.objects.create(
        token_hash=tokens.digest(token),
        user=user,
        epoch=user.epoch,
        amr=[*amr, *(f"{OF_MODEL}{model}" for model in sorted(models))],
        label=devices.in_words(unit.user_agent),
        address=unit.address[:ADDRESS_MAX],
        created_at=moment,
        expires_at=moment + timedelta(days=days),
    )
    return device, token


def is_trusted(user: User, token: str, *, asked: Requirement) -> bool:
    """Whether a browser's token stands for a second factor of this person now; notes that it was used.

    A rule that became stricter counts at once: a trust is never older than the days that the rules give today, and what was shown for it would be
    enough today.
    """
    digest = tokens.digest(token) if token else None
    if digest is None or asked.remember_days == 0:
        return False
    moment = clock.now()
    oldest = moment - timedelta(days=asked.remember_days)
    device = living(user).filter(token_hash=digest, created_at__gt=oldest).first()
    if device is None or not is_met(asked, amr=device.amr, has_factors=True) or not _is_of_models(device, asked=asked):
        return False
    return living(user).filter(id=device.id).update(last_used_at=moment) == 1


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


def _is_of_models(device: TrustedDevice, *, asked: Requirement) -> bool:
    models = {word.removeprefix(OF_MODEL) for word in device.amr if word.startswith(OF_MODEL)}
    return not asked.aaguids or (bool(models) and models <= asked.aaguids)
