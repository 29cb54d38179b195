"""How large a policy may be before the parser sees it. Pure.

The parser of Cedar goes down one level of its stack for each bracket: some hundred nested ones end the whole process, for all tenants. A policy of
4,000 characters with 100 opening brackets is read and evaluated within a stack of 2 MB; threads here have 8 MB.
"""

from typing import Final

TEXT_MAX: Final = 4_000
BRACKETS_MAX: Final = 100
_OPENING: Final = frozenset("([{")


def fault(text: str) -> tuple[int, str] | None:
    """The place and the reason why a text is not given to the parser; None when it may be. Brackets count wherever they stand, in texts and remarks too."""
    if len(text) > TEXT_MAX:
        return TEXT_MAX, f"A policy has at most {TEXT_MAX:,} characters."
    places = [place for place, sign in enumerate(text) if sign in _OPENING]
    if len(places) > BRACKETS_MAX:
        return places[BRACKETS_MAX], f"A policy has at most {BRACKETS_MAX} opening brackets."
    return None
