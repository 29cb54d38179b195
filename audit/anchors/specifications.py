"""What each kind of anchor needs to be told, and whether what somebody typed is that. Pure but for looking hosts up."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from audit import cosignatures
from audit.models import AnchorKind, StreamKind
from audit.streams import specifications as streams
from audit.streams.specifications import CA, URL, Field
from kernel import mail, outbound
from kernel.problems import Invalid, MailRefused

ADDRESSES_MAXIMUM = 20
LOCK_DAYS_MAXIMUM = 36_500
EVERY_MINIMUM_S, EVERY_MAXIMUM_S = 300, 31 * 86_400


def _addresses(value: str) -> str:
    found = [part for part in value.replace(",", " ").replace(";", " ").split() if part]
    if not 1 <= len(found) <= ADDRESSES_MAXIMUM:
        raise ValueError(f"Give 1 to {ADDRESSES_MAXIMUM} mail addresses, separated by commas.")
    try:
        for address in found:
            mail.require_address(address)
    except MailRefused as refused:
        raise ValueError(refused.detail) from refused
    return ", ".join(dict.fromkeys(found))


def _verifier(value: str) -> str:
    try:
        cosignatures.parse_verifier(value)
    except cosignatures.BadNote as fault:
        raise ValueError(f"Give the witness' verifier key, name+id+key: {fault}.") from fault
    return value


def _roots(value: str) -> str:
    try:
        x509.load_pem_x509_certificates(value.encode())
    except ValueError as fault:
        raise ValueError("Give the certificates of the time stamp authority's root in PEM form.") from fault
    return value


def _days(value: str) -> str:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= LOCK_DAYS_MAXIMUM):
        raise ValueError(f"Give between 1 and {LOCK_DAYS_MAXIMUM:,} days.")
    return value


SETTINGS: Mapping[str, tuple[Field, ...]] = {
    AnchorKind.MAIL: (Field("to", _addresses, maximum=2000),),
    AnchorKind.WITNESS: (URL, Field("verifier", _verifier, maximum=500), CA),
    AnchorKind.TIMESTAMP: (URL, Field("roots", _roots, maximum=50_000), CA),
    AnchorKind.OBJECT_LOCK: (*streams.SETTINGS[StreamKind.S3], Field("days", _days, maximum=5)),
}
SECRETS: Mapping[str, tuple[Field, ...]] = {AnchorKind.OBJECT_LOCK: streams.SECRETS[StreamKind.S3]}


def settings_of(kind: str, given: Mapping[str, Any]) -> dict[str, str]:
    """The settings of an anchor, read; what may be left out is "". Raises Invalid that names each fault."""
    return streams.read(SETTINGS[kind], given, at="settings")


def secret_of(kind: str, given: Mapping[str, Any]) -> dict[str, str]:
    """The same for what is kept sealed."""
    return streams.read(SECRETS.get(kind, ()), given, at="secret")


def needs_secret(kind: str) -> bool:
    """Whether the kind has to log in."""
    return kind in SECRETS


def require_kind(kind: str) -> None:
    """Raises Invalid for a kind that does not exist."""
    if kind not in SETTINGS:
        raise _invalid("/kind", f"Choose one of: {', '.join(SETTINGS)}.")


def require_every(every_s: int) -> None:
    """Raises Invalid for a timetable that is too dense or too thin."""
    if not EVERY_MINIMUM_S <= every_s <= EVERY_MAXIMUM_S:
        raise _invalid("/every_s", f"Give between {EVERY_MINIMUM_S} s and {EVERY_MAXIMUM_S:,} s (31 days).")


def require_allowed(kind: str, *, settings: Mapping[str, str]) -> None:
    """Refuse an address that may not be called. Raises UnsafeAddress, Unreachable for a name that nobody knows."""
    if kind != AnchorKind.MAIL:
        outbound.require_allowed(settings["endpoint" if kind == AnchorKind.OBJECT_LOCK else "url"])


def target_of(kind: str, *, settings: Mapping[str, Any]) -> str:
    """Whom a checkpoint is given to, for people and the trail: a host, or mail addresses."""
    if kind == AnchorKind.MAIL:
        return str(settings["to"])
    return urlsplit(str(settings["endpoint" if kind == AnchorKind.OBJECT_LOCK else "url"])).hostname or ""


def _invalid(pointer: str, detail: str) -> Invalid:
    return Invalid("Correct the fields that `errors` names.", errors=[{"pointer": pointer, "code": "invalid", "detail": detail}])
