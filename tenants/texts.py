"""The free texts of the registry: names and reasons, cut to what a person can read. Pure."""

import unicodedata

from kernel.problems import Invalid

NAME_MAXIMUM = 120
OWNER_NAME_MAXIMUM = 200
REASON_MAXIMUM = 500

# Controls, surrogates, private use, line and paragraph separators: nothing that a line of text needs.
UNSEEN = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
# Marks that turn the direction of the text around them: they make a name read as another.
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def name(text: str) -> str:
    """A tenant's name: one line, 1 to 120 signs. Raises Invalid."""
    return _line(text, pointer="/name", maximum=NAME_MAXIMUM)


def label(text: str) -> str:
    """What a plan or the like is called: one line, 1 to 120 signs. Raises Invalid."""
    return _line(text, pointer="/label", maximum=NAME_MAXIMUM)


def owner_name(text: str) -> str:
    """The first owner's name: one line, 1 to 200 signs. Raises Invalid."""
    return _line(text, pointer="/owner_name", maximum=OWNER_NAME_MAXIMUM)


def reason(text: str) -> str:
    """Why something was done, in one line, 1 to 500 signs; the tenant's people read it. Raises Invalid."""
    return _line(text, pointer="/reason", maximum=REASON_MAXIMUM)


def _line(text: str, *, pointer: str, maximum: int) -> str:
    line = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(line) <= maximum:
        raise _fault(pointer, "length", f"Write 1 to {maximum} signs; this has {len(line)}.")
    if any(unicodedata.category(sign) in UNSEEN or sign in TURNING for sign in line):
        raise _fault(pointer, "control", "Write one line without control signs.")
    return line


def _fault(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": pointer, "code": code, "detail": detail}])
