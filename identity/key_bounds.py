"""What binds a key beside its scopes binds what it makes, too: no key makes, replaces or changes another, or itself, into a freer one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from identity import networks
from identity.models import ApiKey
from identity.problems import BeyondOwnLimits
from kernel import ids, tenancy
from kernel.actors import Actor, ActorKind


@dataclass(frozen=True, slots=True)
class Bounds:
    """From where a key may be used (none: anywhere), how often a second (0: no limit), and whether it must be signed for."""

    networks: Sequence[str]
    rate_per_s: int
    requires_signature: bool


def of(key: ApiKey) -> Bounds:
    """What binds a key as the row stands."""
    return Bounds(networks=key.networks, rate_per_s=key.rate_per_s or 0, requires_signature=key.requires_signature)


def require_no_freer(actor: Actor, wanted: Bounds, *, life: timedelta = timedelta(0)) -> None:
    """Go on unless the actor is a key of this tenant that is bound more narrowly, or made for a shorter life, than what it asks for.

    Whoever finds the key of one network would otherwise make it one for every network, and the key of a week one for a year. Raises
    BeyondOwnLimits, whose `freer` names the limits.
    """
    own = _key_of(actor)
    if own is None:
        return
    bound = of(own)
    freer = [
        name
        for name, is_freer in (
            ("networks", bool(bound.networks) and not networks.within(wanted.networks, bound.networks)),
            ("rate_per_s", bool(bound.rate_per_s) and not 0 < wanted.rate_per_s <= bound.rate_per_s),
            ("requires_signature", bound.requires_signature and not wanted.requires_signature),
            ("expires_in_days", life > own.expires_at - own.created_at),
        )
        if is_freer
    ]
    if freer:
        raise BeyondOwnLimits(
            f"Keep {', '.join(freer)} within the limits of the key that asks, or let a person do it.", freer=freer
        )


def _key_of(actor: Actor) -> ApiKey | None:
    if actor.kind is not ActorKind.KEY or actor.tenant_id != tenancy.current().id:
        return None
    return ApiKey.objects.get(id=ids.parse("key", actor.id))
