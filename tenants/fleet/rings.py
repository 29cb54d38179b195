"""In which order the fleet is migrated, and how many failures stop it. Pure."""

import math
from collections.abc import Collection, Iterable
from enum import IntEnum

from kernel.tenancy import PLATFORM_SLUG
from tenants.fleet.members import Member

EARLY_SHARE = 0.01
TOLERATED_SHARE = 0.05
TOLERATED_LEAST = 3


class Ring(IntEnum):
    """The rings in their order: places that wait for a tenant, the operator and named tenants, one in a hundred, all others."""

    SPARES = 0
    CANARY = 1
    EARLY = 2
    REST = 3

    @property
    def word(self) -> str:
        """The ring as people write it."""
        return self.name.lower()


WORDS = {ring.word: ring for ring in Ring}


def dealt(members: Iterable[Member], *, canaries: Collection[str]) -> dict[Member, Ring]:
    """Each member's ring. `canaries` are slugs; platform is one always. The early ring takes every hundredth of the others, at least one."""
    dealt = {}
    others = []
    for member in members:
        if member.is_spare:
            dealt[member] = Ring.SPARES
        elif member.label == PLATFORM_SLUG or member.label in canaries:
            dealt[member] = Ring.CANARY
        else:
            others.append(member)
    early = math.ceil(len(others) * EARLY_SHARE)
    # Spread over the whole list, so that old and new tenants, and all cells, are among the early ones.
    stride = len(others) // early if early else 1
    chosen = set(others[::stride][:early]) if early else set()
    return dealt | {member: Ring.EARLY if member in chosen else Ring.REST for member in others}


def tolerated(ring: Ring, *, size: int) -> int:
    """How many of a ring's members may fail without stopping the run: none up to the canaries, then a few."""
    if ring <= Ring.CANARY:
        return 0
    return max(TOLERATED_LEAST, math.floor(size * TOLERATED_SHARE)) if ring is Ring.REST else 0
