"""E-mail addresses, names and reasons as they are stored: one spelling each. Pure.

An address is an attribute of a person, but it must be unique, so two spellings of one mailbox may not differ: the local part is ASCII
without quotes and lower case, the domain is in its IDNA form. A look-alike such as `acme.test` with a Cyrillic a is thereby shown as what
it is, `xn--cme-5cd.test`.
"""

import re
import unicodedata
from typing import Final

import idna

EMAIL_MAX: Final = 254
NAME_MAX: Final = 200
REASON_MAX: Final = 500
OWNER_DEACTIVATED: Final = "owner_deactivated"
"""Marks keys that ended with their owner and come back with them; nobody may type it, or a key that was revoked by hand would come back too."""

_LOCAL: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
# Controls, surrogates, private use, line and paragraph separators: nothing that a name needs.
_UNSEEN: Final = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
# Marks that turn the direction of the text around them: they make a name read as another.
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class BadText(ValueError):
    """The text cannot be used; `code` is stable, the message tells people what to write instead."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


def is_storable(text: str) -> bool:
    """Whether a row may hold it: PostgreSQL's texts have no NUL, and a query with one would fail instead of finding nothing."""
    return "\0" not in text


def email(text: str) -> str:
    """The one spelling of an address, e.g. `Ada@Acme.Test ` → `ada@acme.test`. Raises BadText."""
    local, at, domain = text.strip().lower().rpartition("@")
    if not at or not local:
        raise BadText("Write an address such as name@example.com.", code="email")
    if not local.isascii():
        raise BadText("Before the @, use the letters a to z, digits and signs.", code="email_not_ascii")
    if len(local) > 64 or _LOCAL.fullmatch(local) is None:
        raise BadText("The part before the @ is not valid.", code="email")
    address = f"{local}@{_domain(domain)}"
    if len(address) > EMAIL_MAX:
        raise BadText(f"An address has at most {EMAIL_MAX} characters.", code="too_long")
    return address


def _domain(text: str) -> str:
    try:
        ascii_form = idna.encode(text, uts46=True).decode() if text else ""
    except (idna.IDNAError, UnicodeError) as fault:
        raise BadText("The part after the @ is not a valid domain.", code="email_domain") from fault
    labels = ascii_form.split(".")
    if len(labels) < 2 or any(_LABEL.fullmatch(label) is None for label in labels) or labels[-1].isdigit():
        raise BadText("The part after the @ is not a valid domain.", code="email_domain")
    return ascii_form


def name(text: str) -> str:
    """A name in Unicode's composed form with single spaces, 1 to 200 characters. Raises BadText."""
    return _line(text, maximum=NAME_MAX)


def reason(text: str) -> str:
    """Why something was done, on one line, 1 to 500 characters. Raises BadText."""
    line = _line(text, maximum=REASON_MAX)
    if line == OWNER_DEACTIVATED:
        raise BadText("This word marks what ended with its owner. Say it in other words.", code="reserved")
    return line


def _line(text: str, *, maximum: int) -> str:
    line = " ".join(part for part in unicodedata.normalize("NFC", text).split(" ") if part)
    if not line:
        raise BadText("This may not be empty.", code="blank")
    if len(line) > maximum:
        raise BadText(f"This has at most {maximum} characters.", code="too_long")
    if any(unicodedata.category(sign) in _UNSEEN or sign in _TURNING for sign in line):
        raise BadText("This may not contain control characters or marks that turn the text.", code="unseen_characters")
    return line
