"""The one decision of all doors: what the grants allow, narrowed by the policies."""

from dataclasses import dataclass
from typing import Final

from identity.access import cedar
from identity.access.facts import Facts
from identity.permissions import Permission
from identity.problems import PolicyForbids
from kernel.actors import Actor

NOT_GRANTED: Final = "no_role_grants_it"
FORBIDDEN: Final = "a_policy_forbids_it"
FAILED: Final = "a_policy_failed"
GRANTED: Final = "a_role_grants_it"
KEPT: Final = "owners_keep_the_policies"

REPAIRS: Final = frozenset({str(Permission.READ_POLICIES), str(Permission.WRITE_POLICIES)})
"""What no policy takes from an owner, so that no policy can shut a tenant up for good. Each change of a policy asks for a fresh proof anyway."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something is allowed, and why: `reason` is one of the five above, `policies` are those that stood against it or failed."""

    allowed: bool
    reason: str
    policies: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()


def can(actor: Actor, permission: str, *, facts: Facts | None = None) -> Decision:
    """What an actor may do now in the active tenant. `facts` stand in for the actor's own, to ask what would be."""
    if not actor.is_granted(permission):
        return Decision(allowed=False, reason=NOT_GRANTED)
    known = actor.facts if facts is None else facts
    return Decision(allowed=True, reason=GRANTED) if known is None else narrowed(known, permission=permission)


def narrowed(facts: Facts, *, permission: str) -> Decision:
    """What the policies leave of something that the grants allow."""
    found = by_policies(facts, permission=permission)
    if not found.allowed and permission in REPAIRS and facts.is_owner_in_person:
        return Decision(allowed=True, reason=KEPT, policies=found.policies, errors=found.errors)
    return found


def by_policies(facts: Facts, *, permission: str) -> Decision:
    """What the policies alone say, to owners too."""
    verdict = cedar.ask(facts, permission=str(permission))
    if verdict.allowed:
        return Decision(allowed=True, reason=GRANTED)
    failed = tuple(name for name, _ in verdict.errors if name)
    reason = FORBIDDEN if verdict.forbidden_by else FAILED
    return Decision(allowed=False, reason=reason, policies=verdict.forbidden_by or failed, errors=verdict.errors)


def refusal(actor: Actor, permission: str) -> PolicyForbids | None:
    """Why the policies of the actor's tenant refuse what the grants allow; None when they do not. The kernel asks by `settings.ACCESS_DECIDER`."""
    decision = can(actor, permission)
    if decision.allowed:
        return None
    named = ", ".join(decision.policies) or "of this tenant"
    way = "did not work" if decision.reason == FAILED else "does not allow it"
    return PolicyForbids(
        f"The policy {named} {way} in the present circumstances. {_advice(decision)}",
        permission=str(permission),
        policies=list(decision.policies),
    )


def _advice(decision: Decision) -> str:
    if any(detail == cedar.NO_CLOCK for _, detail in decision.errors):
        return "It asks for the hour, and the time zone of the policies is not known here: ask an owner to choose another one."
    return "Try at another time, from another place or with a second factor, or ask whoever writes the policies."
