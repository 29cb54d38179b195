"""What must hold of a person who proved who they are, before anything is begun for them.

All refusals give the one answer of a failed sign-in: who holds a password must not learn from it whether the account is suspended, unarmed or
used from a wrong place. The trail has the reason.
"""

from typing import Final, NoReturn

from audit import actions as audit
from identity import events, networks
from identity.models import Status, User
from identity.problems import SignInRefused
from kernel import clock, context

DETAIL: Final = "Check the address and the password. If you were invited, accept the invitation first."


def require_open(user: User) -> None:
    """Let a person pass who may enter now and from here. A refusal is recorded, so no transaction may be undone by it. Raises SignInRefused."""
    reason = fault(user)
    if reason:
        refuse(user.public_id, label=user.email, reason=reason)


def fault(user: User) -> str:
    """Why the person may not enter, as the trail says it; empty when they may. Lifecycle, seat, emergency, address, in this order."""
    if user.status != Status.ACTIVE:
        # Who waits for a seat has the status `waiting`: a seat is taken when a person becomes active, and given back when they cease to be.
        return f"person_{user.status}"
    if user.is_break_glass and not is_armed(user):
        return "break_glass_not_armed"
    return "" if networks.is_allowed(user, address=context.current().address) else "address_not_allowed"


def is_armed(user: User) -> bool:
    """Whether a break-glass account may be used now."""
    return user.armed_until is not None and user.armed_until > clock.now()


def refuse(subject: str, *, label: str, reason: str) -> NoReturn:
    """Record why and raise what everybody is told."""
    record_refused(subject, label=label, reason=reason)
    raise SignInRefused(DETAIL)


def record_refused(subject: str, *, label: str, reason: str) -> None:
    """Write a refused sign-in to the trail; no transaction is open, so it stays."""
    event = events.SessionRefused(subject=subject, subject_label=label, reason=reason)
    audit.record(event, actor=audit.ANONYMOUS, outcome=audit.DENIED)
