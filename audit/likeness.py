"""Which texts look like personal data: e-mail addresses, telephone numbers, bank account numbers.

A net below what events declare, not a replacement for it: a name or an address in words passes. Telephone numbers are known by their `+`
(ITU-T E.164: at most 15 digits), account numbers by their check digits (ISO 13616).
"""

import re
from typing import Any

EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<![\w.])\+[1-9](?:[ ()./-]{0,2}[0-9]){7,14}(?![0-9])")
ACCOUNT = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")


def is_personal(value: Any) -> bool:
    """Whether a text, or a text anywhere inside a list or map, looks personal."""
    if isinstance(value, str):
        return _looks(value)
    if isinstance(value, dict):
        return any(is_personal(inner) for inner in value.values()) or any(is_personal(key) for key in value)
    return isinstance(value, (list, tuple)) and any(is_personal(inner) for inner in value)


def _looks(text: str) -> bool:
    if "@" in text and EMAIL.search(text):
        return True
    if "+" in text and PHONE.search(text):
        return True
    return any(_holds(found.group()) for found in ACCOUNT.finditer(text))


def _holds(account: str) -> bool:
    """Whether the check digits are right: the number, its first four signs put last and letters read as 10 to 35, leaves 1 when divided by 97."""
    plain = account.replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1
