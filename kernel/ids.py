"""Time-ordered ids, shown with a readable prefix: `usr_06c1mzf3…`.

The database stores a UUIDv7 (RFC 9562); people see a prefix and 26 signs of Crockford's base 32, which sorts like the id itself.
"""

from uuid import UUID

import uuid_utils.compat

from kernel.problems import NotFound

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26
SHIFTS = tuple(range(120, -1, -10))
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]  # two signs at a time: an actor is shown on every request
_VALUES = {sign: value for value, sign in enumerate(ALPHABET)}


def new_id() -> UUID:
    """A fresh UUIDv7: later ids sort after earlier ones, to the millisecond."""
    return uuid_utils.compat.uuid7()


def show(prefix: str, identifier: UUID) -> str:
    """The id as people and the API see it, e.g. `show("usr", …)` → `usr_` and 26 signs."""
    number = identifier.int
    return f"{prefix}_{''.join([_PAIRS[(number >> shift) & 1023] for shift in SHIFTS])}"


def parse(prefix: str, text: str) -> UUID:
    """The id behind a shown one; a bare UUID is accepted too.

    Raises ValueError when the text is neither, or carries another prefix.
    """
    head, separator, tail = text.partition("_")
    if not separator:
        return UUID(text)
    if head != prefix or len(tail) != LENGTH:
        raise ValueError(f"not an id of the form {prefix}_…")
    number = 0
    for sign in tail.lower():
        value = _VALUES.get(sign)
        if value is None:
            raise ValueError(f"{sign!r} does not occur in ids")
        number = (number << 5) | value
    if number >> 128:
        raise ValueError("the id is out of range")
    return UUID(int=number)


def wanted(prefix: str, text: str) -> UUID:
    """The id that a caller asks for. Raises NotFound: a text that is no id names nothing, and says no more than that."""
    try:
        return parse(prefix, text)
    except ValueError:
        raise NotFound(f"Check the id; one of this kind looks like {prefix}_…, or it is not yours.") from None
