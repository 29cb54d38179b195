"""Whether proofs are enough, more is asked for, or a factor must be set up first. Pure."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from identity.factors import ENROLLED, KINDS, Requirement
from identity.factors import policy as rules

ORDER: Final = KINDS


class Verdict(StrEnum):
    """What comes next."""

    ENTER = "enter"
    ASK = "ask"
    ENROL = "enrol"


def decide(
    asked: Requirement, *, held: frozenset[str], usable: frozenset[str], amr: Collection[str]
) -> tuple[Verdict, tuple[str, ...]]:
    """What comes next for a person who holds some kinds of factors, of which the rules take the `usable`, and gave some proofs; the kinds to ask for.

    Who has a factor shows it, although no rule asks. Who has only such as the rules do not take shows one all the same before setting up
    another: a password alone must not be enough to add a factor to an account that had one.
    """
    enrolled = held & frozenset(ENROLLED)
    if rules.is_met(asked, amr=amr, has_factors=bool(enrolled)):
        return Verdict.ENTER, ()
    if usable:
        return Verdict.ASK, _sorted(usable)
    if enrolled and not rules.SECOND & frozenset(amr):
        return Verdict.ASK, _sorted(held)
    if asked.is_graceful:
        return Verdict.ENTER, ()
    return Verdict.ENROL, _sorted(asked.allowed & frozenset(ENROLLED))


def _sorted(kinds: frozenset[str]) -> tuple[str, ...]:
    return tuple(kind for kind in ORDER if kind in kinds)
