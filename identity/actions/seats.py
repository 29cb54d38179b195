"""Writing seats: how many there are, and letting in those who wait."""

from typing import Final

from audit import actions as audit
from identity import events, inputs, lifecycle, seats
from identity.models import SeatPolicy, User
from identity.permissions import Permission
from identity.seats import Rule
from kernel import clock, problems, tenancy
from kernel.actors import Actor

MOST: Final = 10_000_000
UNLIMITED: Final = -1
"""How an event writes a tenant without a maximum; its numbers are whole."""


@tenancy.atomic
def change_seats(*, maximum: int | None, rule: str, expected_version: int | None = None, actor: Actor) -> SeatPolicy:
    """Say how many people may be active at once (None: any number) and what becomes of one too many: refuse, flag or queue.

    A number below what is taken is accepted: nobody loses their seat, and the last who came are marked as too many. Whoever waits and now has a
    seat enters. Idempotent: what is so already is not recorded. Raises Forbidden, InputInvalid, PreconditionFailed.
    """
    actor.require(Permission.WRITE_SEATS)
    chosen = _rule(rule)
    if maximum is not None and not 0 <= maximum <= MOST:
        raise inputs.refuse(
            "/maximum", code="out_of_range", detail=f"Write a whole number from 0 to {MOST:,}, or none for no limit."
        )
    policy = seats.locked()
    problems.require_version(policy, expected=expected_version)
    old_maximum, old_rule = policy.maximum, policy.rule
    if (old_maximum, old_rule) == (maximum, chosen):
        return policy
    policy.maximum, policy.rule = maximum, str(chosen)
    policy.version += 1
    policy.changed_at = clock.now()
    policy.save(update_fields=["maximum", "rule", "version", "changed_at"])
    seats.settle(policy)
    _let_in(seats.fill())
    event = events.SeatRulesChanged(
        subject="seats",
        old_maximum=_told(old_maximum),
        new_maximum=_told(maximum),
        old_rule=old_rule,
        new_rule=policy.rule,
        taken=seats.count().taken,
    )
    audit.record(event, actor=actor)
    return policy


@tenancy.atomic
def fill_seats(*, actor: Actor) -> list[User]:
    """Let in whoever waits and has a free seat, oldest first; those who entered.

    Idempotent: a second time finds nobody. Each entrance is recorded by the rule that gave the seat. Raises Forbidden.
    """
    actor.require(Permission.WRITE_SEATS)
    return _let_in(seats.fill())


def _let_in(entering: list[User]) -> list[User]:
    for user in entering:
        lifecycle.admit(user)
    return entering


def _rule(text: str) -> Rule:
    try:
        return Rule(text)
    except ValueError as fault:
        raise inputs.refuse("/rule", code="unknown_rule", detail=f"Take one of: {', '.join(Rule)}.") from fault


def _told(maximum: int | None) -> int:
    return UNLIMITED if maximum is None else maximum
