"""A person's time in the tenant: invited, perhaps waiting for a seat, active, suspended, deactivated.

Rows are locked by the caller: the person first, then the owner role, then the seats, always in that order.
"""

from dataclasses import dataclass, replace

from identity import seats
from identity.lifecycle import given_out
from identity.lifecycle.given_out import Ended, Restored
from identity.lifecycle.owners import require_other_owner
from identity.models import Status, User
from identity.problems import PersonState
from kernel import clock

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a person who was let in: `is_waiting` until a seat is free, or active, with the keys that came back."""

    is_waiting: bool
    restored: Restored


def activate(user: User, *, password: str) -> Entered:
    """An invited person enters with a password, given in its stored form. Raises PersonState, SeatsExhausted."""
    _require_status(user, Status.INVITED)
    moment = clock.now()
    user.password, user.password_at = password, moment
    user.joined_at = user.joined_at or moment
    return _let_in(user, source=ADMIN)


def admit(user: User) -> Restored:
    """A waiting person gets the seat that was taken for them. Raises PersonState."""
    _require_status(user, Status.WAITING)
    _become(user, Status.ACTIVE, reason="", source="seat")
    return given_out.restore_keys(user, moment=user.status_at)


def invite_back(user: User, *, source: str = ADMIN) -> None:
    """A deactivated person is invited again, without a password; their keys come back when they accept. Raises PersonState."""
    _require_status(user, Status.DEACTIVATED)
    user.password = ""
    _become(user, Status.INVITED, reason="", source=source)


def reinstate(user: User, *, status: Status, reason: str, source: str) -> Entered:
    """Take a deactivation back: the person is active or suspended as before it, and has the keys that ended with it and with nothing else.

    Their password stands; sessions, trusted devices and what they had sent stay ended. Raises PersonState, SeatsExhausted.
    """
    _require_status(user, Status.DEACTIVATED)
    ended_at = user.status_at
    if status != Status.SUSPENDED:
        return _let_in(user, source=source)
    _become(user, Status.SUSPENDED, reason=reason, source=source)
    return Entered(is_waiting=False, restored=given_out.restore_keys(user, moment=user.status_at, ended_at=ended_at))


def suspend(user: User, *, reason: str, source: str = ADMIN) -> Ended:
    """End all by which the person is in; their keys and their invitation are refused until `resume`. Raises LastOwner, PersonState."""
    if user.status == Status.DEACTIVATED:
        raise _wrong_state(user, "A deactivated person has no access left to suspend.")
    require_other_owner(user)
    return _shut_out(user, Status.SUSPENDED, reason=reason, source=source)


def resume(user: User, *, source: str = ADMIN) -> Entered:
    """Let a suspended person enter again, or leave them invited when they never came in. Raises PersonState, SeatsExhausted."""
    _require_status(user, Status.SUSPENDED)
    if user.joined_at or user.password:
        return _let_in(user, source=source)
    _become(user, Status.INVITED, reason="", source=source)
    return Entered(is_waiting=False, restored=Restored())


def deactivate(user: User, *, reason: str, source: str = ADMIN) -> Ended:
    """End everything that was given out in the person's name, for good but for a later `invite_back`. Raises LastOwner."""
    require_other_owner(user)
    ended = _shut_out(user, Status.DEACTIVATED, reason=reason, source=source)
    keys = given_out.end_keys(user, moment=user.status_at)
    own = given_out.end_invitation_of(user, moment=user.status_at)
    return replace(ended, keys=keys.keys, signing_keys=keys.signing_keys, invitations=ended.invitations + own)


def end_sessions(user: User, *, reason: str) -> int:
    """End every session, trusted device and pending sign-in of the person, whose state stays; the number of living sessions."""
    user.epoch += 1
    user.version += 1
    user.save(update_fields=["epoch", "version"])
    return given_out.end_entrances(user, reason=reason, moment=clock.now()).sessions


def revoke_invitations(user: User) -> int:
    """Withdraw the person's open invitation; 0 or 1."""
    return given_out.end_invitation_of(user, moment=clock.now())


def _let_in(user: User, *, source: str) -> Entered:
    if seats.take(user) is seats.Outcome.WAITING:
        _become(user, Status.WAITING, reason="", source=source)
        return Entered(is_waiting=True, restored=Restored())
    _become(user, Status.ACTIVE, reason="", source=source)
    return Entered(is_waiting=False, restored=given_out.restore_keys(user, moment=user.status_at))


def _shut_out(user: User, status: Status, *, reason: str, source: str) -> Ended:
    user.epoch += 1
    user.armed_until = None
    _become(user, status, reason=reason, source=source)
    ended = given_out.end_entrances(user, reason=status, moment=user.status_at)
    sent = given_out.end_invitations_sent(user, moment=user.status_at)
    made = given_out.end_resets_made(user, moment=user.status_at)
    for waiting in seats.release(user):
        admit(waiting)
    return replace(ended, invitations=sent, password_resets=ended.password_resets + made)


def _become(user: User, status: Status, *, reason: str, source: str) -> None:
    user.status, user.status_reason, user.status_source = status, reason, source
    user.status_at = clock.now()
    user.version += 1
    user.save(
        update_fields=[
            "status", "status_reason", "status_source", "status_at", "epoch", "armed_until", "password", "password_at", "joined_at", "version",
        ]
    )  # fmt: skip


def _require_status(user: User, status: Status) -> None:
    if user.status != status:
        raise _wrong_state(user, f"This is for people who are {status}.")


def _wrong_state(user: User, detail: str) -> PersonState:
    return PersonState(detail, person_status=str(user.status))
