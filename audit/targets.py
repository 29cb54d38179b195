"""What streams and anchors share: a name for people, and a secret that goes to no address but the one that it was given for."""

from collections.abc import Iterable, Mapping
from typing import Any

from kernel.problems import Invalid

NAME_MAXIMUM = 80


def name_of(text: str) -> str:
    """A name as it is kept: 1 to 80 printable signs, with single spaces. Raises Invalid."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_MAXIMUM or not name.isprintable():
        detail = f"Give a name of at most {NAME_MAXIMUM} signs."
        raise Invalid("Correct the fields that `errors` names.", errors=[{"pointer": "/name", "code": "invalid", "detail": detail}])
    return name


def require_secret_again(before: Mapping[str, Any], after: Mapping[str, Any], *, addresses: Iterable[str]) -> None:
    """Refuse that a target whose kept secret stays moves to another address; `addresses` are the settings that say where it is. Raises Invalid."""
    if any(after.get(name) != before.get(name) for name in addresses):
        detail = "Give the secret again: it is not sent to another address than the one that it was given for."
        raise Invalid("A new address needs the secret.", errors=[{"pointer": "/secret", "code": "required", "detail": detail}])
