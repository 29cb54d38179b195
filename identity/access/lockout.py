"""Whoever puts a policy into force must be able to take it back: asked after each such change, in its transaction."""

from django.db import connections

from identity.access import asking, decide
from identity.permissions import Permission
from identity.problems import PolicyLocksOut
from kernel import tenancy
from kernel.actors import Actor

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7131))"


def lock() -> None:
    """One change of the policies at a time: the moments of their changes, by which a state is known, must not overtake each other."""
    here = tenancy.current()
    with connections[here.cell].cursor() as cursor:
        cursor.execute(_LOCK, [here.schema])


def require_way_back(actor: Actor) -> None:
    """Refuse a change after which its author could not change policies any more, from here and at this moment. Raises PolicyLocksOut.

    Owners are asked too, although they could repair it (`decide.REPAIRS`): shutting oneself up is hardly ever meant. The system and callers from
    another tenant are not asked: no policy here is about them.
    """
    seen = asking.facts_of_actor(actor, policies=asking.in_force())
    if seen is None:
        return
    decision = decide.by_policies(seen, permission=str(Permission.WRITE_POLICIES))
    if not decision.allowed:
        raise PolicyLocksOut(
            f"{', '.join(decision.policies) or 'The policies'} would stand against your changing policies as you are now. Leave a way for yourself,"
            ' e.g. `principal in Role::"owner" ||`, or do it where the policy allows it.',
            policies=list(decision.policies),
        )
