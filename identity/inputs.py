"""The input rules of this app's actions: read one field, or refuse it by its JSON pointer."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from identity import grants, texts
from identity.problems import InputInvalid

SCOPES_MAX: Final = grants.MAX_GRANTS
FACTOR_NAME_MAX: Final = 64
_ROLE_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,48}[a-z0-9]", re.ASCII)


def refuse(pointer: str, *, code: str, detail: str) -> InputInvalid:
    """The refusal of one field, to be raised by the caller."""
    return InputInvalid(
        "Correct the fields that `errors` names and send it again.",
        errors=[{"pointer": pointer, "code": code, "detail": detail}],
    )


def email(text: str) -> str:
    """The one spelling of an e-mail address. Raises InputInvalid."""
    return _read(texts.email, text, pointer="/email")


def name(text: str) -> str:
    """A name of 1 to 200 characters. Raises InputInvalid."""
    return _read(texts.name, text, pointer="/name")


def factor_name(text: str) -> str:
    """What a person calls a factor, 1 to 64 characters. Raises InputInvalid."""
    called = _read(texts.name, text, pointer="/name")
    if len(called) > FACTOR_NAME_MAX:
        raise refuse("/name", code="too_long", detail=f"This has at most {FACTOR_NAME_MAX} characters.")
    return called


def label(text: str) -> str:
    """A role's name for people, 1 to 200 characters. Raises InputInvalid."""
    return _read(texts.name, text, pointer="/label")


def description(text: str) -> str:
    """What a role is for, up to 500 characters; may be empty. Raises InputInvalid."""
    return _read(texts.reason, text, pointer="/description") if text.strip() else ""


def note(text: str) -> str:
    """A remark for people, up to 500 characters; may be empty. Raises InputInvalid."""
    return _read(texts.reason, text, pointer="/note") if text.strip() else ""


def reason(text: str) -> str:
    """Why something is done, 1 to 500 characters. Raises InputInvalid."""
    return _read(texts.reason, text, pointer="/reason")


def role_name(text: str) -> str:
    """A role's name: 2 to 50 signs, a to z, digits and hyphens. Raises InputInvalid."""
    if _ROLE_NAME.fullmatch(text) is None:
        raise refuse("/name", code="role_name", detail="Use 2 to 50 signs: a to z, digits and hyphens, beginning with a letter.")
    return text


def grant_list(wanted: Iterable[str], *, pointer: str) -> list[str]:
    """Well-formed grants, each once, sorted; at least one and at most 200. Raises InputInvalid."""
    listed = sorted(set(wanted))
    if not 1 <= len(listed) <= SCOPES_MAX:
        raise refuse(pointer, code="grant_count", detail=f"Name 1 to {SCOPES_MAX} permissions.")
    bad = next((grant for grant in listed if not grants.is_well_formed(grant)), None)
    if bad is not None:
        detail = f"{bad[: grants.MAX_LENGTH]!r} is not of the form verb:resource, e.g. read:identity.people, read:* or *."
        raise refuse(pointer, code="grant_form", detail=detail)
    return listed


def moment(text: str, *, pointer: str) -> datetime | None:
    """A moment with its zone, e.g. `2026-12-31T23:00:00Z`; None for an empty text. Raises InputInvalid."""
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise refuse(pointer, code="moment", detail="Write the moment with its zone, e.g. 2026-12-31T23:00:00Z.")
    return read


def _read(rule: Callable[[str], str], text: str, *, pointer: str) -> str:
    try:
        return rule(text)
    except texts.BadText as fault:
        raise refuse(pointer, code=fault.code, detail=str(fault)) from fault
