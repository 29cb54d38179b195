"""How far an actor's own permissions reach: nobody hands out, takes away or overrules what they do not have."""

from collections.abc import Iterable

from identity import grants, step_up
from identity.problems import BeyondOwnGrants
from kernel.actors import EVERYTHING, Actor


def require_within(actor: Actor, wanted: Iterable[str]) -> None:
    """Go on only when the actor holds all the wanted grants. Raises BeyondOwnGrants, whose `missing` lists the others."""
    missing = grants.uncovered(wanted, by=actor.grants)
    if missing:
        raise BeyondOwnGrants(
            f"You do not have {', '.join(missing[:10])} yourself. Leave it out, or ask an owner of this tenant.",
            missing=missing[:50],
        )


def require_may_exchange(actor: Actor, exchanged: Iterable[str]) -> None:
    """Go on only when the actor holds all grants that are given or taken; who may do everything is made and unmade only after a fresh proof.

    Raises BeyondOwnGrants, StepUpNeeded.
    """
    wanted = frozenset(exchanged)
    require_within(actor, wanted)
    if wanted >= EVERYTHING:
        step_up.require_recent(actor)
