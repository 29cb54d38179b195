"""What a person has to show besides a password, as lists and pages show it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from identity.models import RecoveryCode, SmsDevice, TotpDevice, User, WebAuthnCredential
from kernel import ids

TOTP: Final = "totp"
SMS: Final = "sms"
WEBAUTHN: Final = "webauthn"
RECOVERY: Final = "recovery"
KINDS: Final = (WEBAUTHN, TOTP, SMS, RECOVERY)
"""From the strongest to the weakest."""
ENROLLED: Final = (WEBAUTHN, TOTP, SMS)
"""Those that a person adds one by one and gives a name."""

Device = TotpDevice | SmsDevice | WebAuthnCredential
MODELS: Final[dict[str, type[Device]]] = {WEBAUTHN: WebAuthnCredential, TOTP: TotpDevice, SMS: SmsDevice}


@dataclass(frozen=True, slots=True)
class FactorShown:
    """One factor without its secret. `id` is its shown id (`fac_…`), `hint` tells it from others: the end of a number, where a passkey works."""

    kind: str
    id: str
    name: str
    hint: str
    last_used_at: datetime | None
    created_at: datetime


def of(user: User) -> list[FactorShown]:
    """The person's factors that are ready for use, the strongest kind first, then the oldest; recovery codes are not among them."""
    return [shown(device) for device in devices(user)]


def devices(user: User) -> list[Device]:
    """The same as rows."""
    found: list[Device] = []
    for model in MODELS.values():
        found += model.objects.filter(user=user, confirmed=True).order_by("created_at", "id")
    return found


def kinds_of(user: User) -> frozenset[str]:
    """The kinds that the person can show, recovery codes among them while some are left; four small statements."""
    has = {kind for kind, model in MODELS.items() if model.objects.filter(user=user, confirmed=True).exists()}
    if RecoveryCode.objects.filter(user=user, used_at=None).exists():
        has.add(RECOVERY)
    return frozenset(has)


def device_of(user: User, factor_id: UUID) -> Device | None:
    """One factor of the person that is ready for use, locked until the transaction ends; None when there is none."""
    for model in MODELS.values():
        found: Device | None = model.objects.select_for_update().filter(user=user, id=factor_id, confirmed=True).first()
        if found is not None:
            return found
    return None


def kind_of(device: Device) -> str:
    """Which kind a row is."""
    return next(kind for kind, model in MODELS.items() if isinstance(device, model))


def shown(device: Device) -> FactorShown:
    """One row as pages show it."""
    return FactorShown(
        kind=kind_of(device),
        id=ids.show("fac", device.id),
        name=device.name,
        hint=_hint(device),
        last_used_at=device.last_used_at,
        created_at=device.created_at,
    )


def _hint(device: Device) -> str:
    if isinstance(device, SmsDevice):
        return f"ends in {device.hint}"
    if isinstance(device, WebAuthnCredential):
        return f"{'synced ' if device.is_synced else ''}for {device.rp_id}"
    return f"{device.digits} digits, {device.algorithm}"
