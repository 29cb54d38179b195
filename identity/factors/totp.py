"""Authenticator apps (RFC 6238): a sealed seed, codes of 30 s with one step of drift either way, and no code twice."""

import base64
import hmac
import os
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

import segno

from identity.factors import oath, refusals
from identity.factors.given import Given
from identity.models import SignInAttempt, TotpDevice, User
from kernel import clock, sealing

SEED_BYTES: Final = 20
DRIFT_STEPS: Final = (0, -1, 1)
AMR: Final = ("otp",)


@dataclass(frozen=True, slots=True)
class Started:
    """An app that is being added: `secret` in base32 for typing, `address` (`otpauth://…`) for the code in `image`, an SVG as a data URI."""

    device: TotpDevice
    secret: str = field(repr=False)
    address: str = field(repr=False)
    image: str = field(repr=False)


def start(user: User, *, name: str, issuer: str) -> Started:
    """A new seed for the person, which counts once a code of it was given; one that was begun before and not completed is dropped."""
    TotpDevice.objects.filter(user=user, confirmed=False).delete()
    device = TotpDevice(user=user, name=name, confirmed=False)
    seed = os.urandom(SEED_BYTES)
    device.sealed_seed = sealing.seal(seed, context=_context(device))
    device.save()
    return _started(device, seed=seed, issuer=issuer)


def pending(user: User, *, issuer: str) -> Started | None:
    """The app that the person is adding, shown once more; None when there is none."""
    device = TotpDevice.objects.filter(user=user, confirmed=False).first()
    return None if device is None else _started(device, seed=_seed_of(device), issuer=issuer)


def confirm(user: User, given: Given) -> TotpDevice:
    """Take the new app into use with its first code. Raises FactorRefused, FactorThrottled."""
    device = TotpDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
    if device is None:
        raise refusals.wrong_code()
    refusals.require_patience(device)
    if not _takes(device, given.plain_code):
        refusals.note_wrong(device)
        raise refusals.wrong_code()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    return device


def prove(user: User, attempt: SignInAttempt, given: Given) -> tuple[str, ...]:  # noqa: ARG001  (a code is bound to its time)
    """The proof by a code of one of the person's apps; each code proves once. Raises FactorRefused, FactorThrottled."""
    devices = list(TotpDevice.objects.select_for_update().filter(user=user, confirmed=True).order_by("id"))
    for device in devices:
        refusals.require_patience(device)
    if not any(_takes(device, given.plain_code) for device in devices):
        for device in devices:
            refusals.note_wrong(device)
        raise refusals.wrong_code()
    return AMR


def _takes(device: TotpDevice, code: str) -> bool:
    """Whether this is the code of a step that no code was taken of yet; notes the step. The row is locked by the caller."""
    moment = clock.now()
    now = oath.step_at(moment.timestamp(), step_s=device.step_s)
    seed = _seed_of(device)
    for drift in DRIFT_STEPS:
        right = oath.hotp(seed, counter=now + drift, digits=device.digits, algorithm=device.algorithm)
        if now + drift > device.last_step and hmac.compare_digest(right.encode(), code.encode()):
            device.last_step, device.drift, device.last_used_at = now + drift, drift, moment
            refusals.note_right(device)
            device.save()
            return True
    return False


def _seed_of(device: TotpDevice) -> bytes:
    return sealing.unseal(device.sealed_seed, context=_context(device))


def _context(device: TotpDevice) -> str:
    return f"identity.totp:{device.id}"


def _started(device: TotpDevice, *, seed: bytes, issuer: str) -> Started:
    secret = base64.b32encode(seed).decode()
    query = urlencode(
        {"secret": secret, "issuer": issuer, "algorithm": device.algorithm, "digits": device.digits, "period": device.step_s},
        quote_via=quote,
    )
    address = f"otpauth://totp/{quote(f'{issuer}:{device.user.email}')}?{query}"
    image = segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=3, light="#fff", dark="#000")
    return Started(device=device, secret=secret, address=address, image=image)
