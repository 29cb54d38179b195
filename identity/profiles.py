"""What a profile may hold: a language tag, a time zone of the IANA database, and attributes that policies may ask for."""

import re
from typing import Final

from identity import inputs, texts, time_zones

ATTRIBUTES_MAX: Final = 50
VALUE_MAX: Final = 200
LOCALE_MAX: Final = 35
TIMEZONE_MAX: Final = 64

_NAME: Final = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
# RFC 5646 without its grandfathered tags: a language and subtags, which nobody checks against the registry.
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}", re.ASCII)
_TIMEZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", re.ASCII)


def locale(text: str) -> str:
    """A language tag such as `en` or `de-CH`; empty for the tenant's. Raises InputInvalid."""
    wanted = text.strip()
    if wanted and (len(wanted) > LOCALE_MAX or _LOCALE.fullmatch(wanted) is None):
        raise inputs.refuse("/locale", code="locale", detail="Write a language tag such as en, de-CH or pt-BR, or leave it empty.")
    return wanted


def timezone(text: str) -> str:
    """A time zone such as `Europe/Zurich`; empty for the tenant's. Raises InputInvalid."""
    wanted = text.strip()
    if wanted and not _is_timezone(wanted):
        raise inputs.refuse(
            "/timezone", code="timezone", detail="Write a time zone such as Europe/Zurich or UTC, or leave it empty."
        )
    return wanted


def attributes(given: dict[str, str]) -> dict[str, str]:
    """Up to 50 attributes, sorted by name: names of a to z, digits and `_`, values of 1 to 200 characters. Raises InputInvalid."""
    if len(given) > ATTRIBUTES_MAX:
        raise inputs.refuse("/attributes", code="too_many", detail=f"There is room for {ATTRIBUTES_MAX} attributes.")
    return {name: _value(name, text=given[name]) for name in sorted(given, key=str)}


def _value(name: str, *, text: str) -> str:
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        detail = f"{str(name)[:40]!r} is no name of an attribute: use 1 to 40 signs, a to z, digits and _."
        raise inputs.refuse("/attributes", code="attribute_name", detail=detail)
    if not isinstance(text, str):
        raise inputs.refuse("/attributes", code="attribute_value", detail=f"The value of {name} must be a text.")
    try:
        value = texts.name(text)
    except texts.BadText as fault:
        raise inputs.refuse("/attributes", code=fault.code, detail=f"{name}: {fault}") from fault
    return value


def _is_timezone(text: str) -> bool:
    return len(text) <= TIMEZONE_MAX and _TIMEZONE.fullmatch(text) is not None and time_zones.find(text) is not None
