"""Codes by text message: six digits, bound to one sign-in, for ten minutes, one use and five tries.

Text messages can be read by others, so they stand only beside a stronger factor or where a rule says so (ASVS 5.0.0-6.6.1), and cost money, so
that only chosen countries get any and nobody can ask for many.
"""

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

import phonenumbers
from django.conf import settings
from django.utils.module_loading import import_string
from phonenumbers import PhoneNumberType

from identity import throttle
from identity.factors import refusals, shown
from identity.factors.given import Given
from identity.models import OneTimeCode, SignInAttempt, SmsDevice, User
from identity.problems import FactorNotAllowed, FactorNotFound, FactorThrottled, NumberRefused, SmsUnavailable, TooManyAttempts
from kernel import clock, sealing, tenancy
from kernel.tasks import enqueue

DIGITS: Final = 6
LIFE_S: Final = 600
TRIES: Final = 5
AGAIN_AFTER_S: Final = 30
PER_ATTEMPT: Final = 3
PER_DAY: Final = 10
DAY_S: Final = 86_400
NUMBER_MAX: Final = 32
TELEPHONES: Final = frozenset(
    {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP}
)
"""No service numbers: whoever owns one may earn by each message."""
AMR: Final = ("sms",)


def is_offered() -> bool:
    """Whether this installation can send text messages at all."""
    return bool(settings.SMS_PROVIDER and settings.SMS_COUNTRIES)


def number_of(text: str) -> str:
    """A number in E.164, e.g. `+49 151 2345678` → `+491512345678`. Raises NumberRefused, SmsUnavailable."""
    if not is_offered():
        raise SmsUnavailable("Text messages are not set up here. Use an authenticator app or a passkey.")
    countries = list(settings.SMS_COUNTRIES)
    try:
        parsed = phonenumbers.parse(text[:NUMBER_MAX], None)
    except phonenumbers.NumberParseException as fault:
        raise _refused("Write the number with + and the country in front, e.g. +49 151 23456789.", countries=countries) from fault
    if not phonenumbers.is_valid_number(parsed):
        raise _refused("There is no such telephone number.", countries=countries)
    if phonenumbers.region_code_for_number(parsed) not in countries:
        raise _refused("Numbers of this country get no messages here.", countries=countries)
    if phonenumbers.number_type(parsed) not in TELEPHONES:
        raise _refused("This is no telephone of a person. Give the number of one that gets text messages.", countries=countries)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def start(user: User, *, name: str, number: str) -> SmsDevice:
    """A telephone that counts once a code that was sent to it came back; one that was begun before and not completed is dropped."""
    digest, begun = _number_digest(number), SmsDevice.objects.filter(user=user, confirmed=False)
    begun.exclude(number_digest=digest).delete()
    # The same number keeps its row: codes are counted by it, and a new row would have none.
    device = begun.first() or SmsDevice(user=user, confirmed=False, hint=number[-2:], number_digest=digest)
    device.name, device.sealed_number = name, sealing.seal(number.encode(), context=_context(device))
    device.save()
    return device


def send(device: SmsDevice, attempt: SignInAttempt) -> None:
    """Send a code for an attempt; codes that were sent for it before end. Raises FactorThrottled, ThrottleUnavailable."""
    _require_seldom(device, attempt)
    _require_few(device)
    moment = clock.now()
    OneTimeCode.objects.filter(attempt=attempt, used_at=None).update(expires_at=moment)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    OneTimeCode.objects.create(
        attempt=attempt,
        device=device,
        code_hash=_code_digest(code, attempt=attempt),
        created_at=moment,
        expires_at=moment + timedelta(seconds=LIFE_S),
    )
    # The broker holds the message for a moment: sealed, so that nobody reads a code there.
    text = f"{code} is your code for {tenancy.current().name[:80]}. Nobody will ask you for it."
    enqueue("identity.send_sms", device_id=str(device.id), sealed_text=sealing.seal(text.encode(), context=_text_context(device)))


def deliver(device_id: UUID, *, sealed_text: str) -> None:
    """Hand a message to the provider. Raises FactorNotFound, SmsUnavailable."""
    device = SmsDevice.objects.filter(id=device_id).first()
    if device is None:
        raise FactorNotFound("The telephone was removed meanwhile.")
    if not is_offered():
        raise SmsUnavailable("Set SMS_PROVIDER and SMS_COUNTRIES, and start the product again.")
    number = sealing.unseal(device.sealed_number, context=_context(device)).decode()
    text = sealing.unseal(sealed_text, context=_text_context(device)).decode()
    import_string(settings.SMS_PROVIDER)(number, text=text)


def pending_hint(user: User) -> str:
    """The last digits of the number that the person is adding; empty when there is none."""
    return SmsDevice.objects.filter(user=user, confirmed=False).values_list("hint", flat=True).first() or ""


def device_for(user: User) -> SmsDevice:
    """The person's telephone that gets the codes: the one used last, locked until the transaction ends. Raises FactorNotAllowed without one."""
    device = SmsDevice.objects.select_for_update().filter(user=user, confirmed=True).order_by("-last_used_at", "-id").first()
    if device is None:
        raise FactorNotAllowed("Use another way: there is no telephone for codes.", allowed=sorted(shown.kinds_of(user)))
    return device


def confirm(user: User, attempt: SignInAttempt, given: Given) -> SmsDevice:
    """Take the new telephone into use with the code that was sent to it. Raises FactorRefused, FactorThrottled."""
    device = SmsDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
    if device is None:
        raise refusals.wrong_code()
    _require_code(device, attempt, given)
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    return device


def prove(user: User, attempt: SignInAttempt, given: Given) -> tuple[str, ...]:
    """The proof by the code that was sent for this attempt. Raises FactorRefused, FactorThrottled."""
    device_ids = SmsDevice.objects.select_for_update().filter(user=user, confirmed=True)
    sent = (
        OneTimeCode.objects.filter(attempt=attempt, device__in=list(device_ids))
        .select_related("device")
        .order_by("-created_at")
        .first()
    )
    if sent is None:
        raise refusals.wrong_code()
    _require_code(sent.device, attempt, given)
    return AMR


def _require_code(device: SmsDevice, attempt: SignInAttempt, given: Given) -> None:
    refusals.require_patience(device)
    living = OneTimeCode.objects.select_for_update().filter(
        attempt=attempt, device=device, used_at=None, expires_at__gt=clock.now(), tries__lt=TRIES
    )
    code = living.order_by("-created_at").first()
    if code is None:
        raise refusals.wrong_code()
    if not secrets.compare_digest(bytes(code.code_hash), _code_digest(given.plain_code, attempt=attempt)):
        code.tries += 1
        code.save(update_fields=["tries"])
        refusals.note_wrong(device)
        raise refusals.wrong_code()
    code.used_at = device.last_used_at = clock.now()
    code.save(update_fields=["used_at"])
    refusals.note_right(device)
    device.save()


def _require_seldom(device: SmsDevice, attempt: SignInAttempt) -> None:
    moment = clock.now()
    sent = OneTimeCode.objects.filter(device__number_digest=device.number_digest)
    if sent.filter(created_at__gt=moment - timedelta(seconds=AGAIN_AFTER_S)).exists():
        raise FactorThrottled(f"A code was sent a moment ago. Ask again in {AGAIN_AFTER_S} seconds.", retry_after_s=AGAIN_AFTER_S)
    if sent.filter(attempt=attempt).count() >= PER_ATTEMPT:
        raise _too_many()


def _require_few(device: SmsDevice) -> None:
    """Ten messages a day, for a number and for a person with whatever numbers. Counted beside the rows, which go with their telephone."""
    for whose in (f"sms-number:{bytes(device.number_digest).hex()}", f"sms-person:{device.user_id}"):
        try:
            throttle.require_rare(whose, count=PER_DAY, within_s=DAY_S)
        except TooManyAttempts as fault:
            raise _too_many() from fault


def _too_many() -> FactorThrottled:
    return FactorThrottled("You got too many codes. Use another way, or come back tomorrow.", retry_after_s=DAY_S)


def _refused(detail: str, *, countries: list[str]) -> NumberRefused:
    return NumberRefused(
        "Correct the number.",
        errors=[{"pointer": "/number", "code": "telephone_number", "detail": detail}],
        countries=countries,
    )


def _code_digest(code: str, *, attempt: SignInAttempt) -> bytes:
    return sealing.digest(attempt.id.bytes + code.encode(), purpose="identity.sms_code")


def _number_digest(number: str) -> bytes:
    return sealing.digest(tenancy.current().id.bytes + number.encode(), purpose="identity.sms_number")


def _context(device: SmsDevice) -> str:
    return f"identity.sms:{device.id}"


def _text_context(device: SmsDevice) -> str:
    return f"identity.sms_text:{device.id}"
