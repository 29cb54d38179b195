"""How a person's time in the tenant begins, pauses and ends: the only writer of `User.status` and `User.epoch`.

Whoever asks for it (an admin, later a directory or an inactivity rule), one cascade takes all that was given out in the person's name,
inside the caller's transaction. Rows are locked by the caller; the owner role is locked here, after the person, always in that order.
"""

from dataclasses import dataclass

from identity import sessions
from identity.models import OWNER_ROLE, ApiKey, Invitation, Role, RoleBinding, Status, User
from identity.problems import LastOwner, PersonState
from kernel import clock

OWNER_DEACTIVATED = "owner_deactivated"


@dataclass(frozen=True, slots=True)
class Ended:
    """What ended together with a person's access."""

    sessions: int
    keys: int = 0
    invitations: int = 0


def activate(user: User, *, password: str) -> None:
    """An invited person enters with a password, given in its stored form. Raises PersonState."""
    _require_status(user, Status.INVITED)
    user.password = password
    _become(user, Status.ACTIVE, reason="")


def invite_back(user: User) -> None:
    """A deactivated person is invited again, without a password; what was revoked stays revoked. Raises PersonState."""
    _require_status(user, Status.DEACTIVATED)
    user.password = ""
    _become(user, Status.INVITED, reason="")


def suspend(user: User, *, reason: str) -> Ended:
    """End the person's sessions; keys and invitations are refused until `resume`. Raises LastOwner, PersonState."""
    if user.status == Status.DEACTIVATED:
        raise _wrong_state(user, "A deactivated person has no access left to suspend.")
    require_other_owner(user)
    return Ended(sessions=_close(user, Status.SUSPENDED, reason=reason))


def resume(user: User) -> None:
    """Let a suspended person enter again: active, or still invited when they never chose a password. Raises PersonState."""
    _require_status(user, Status.SUSPENDED)
    _become(user, Status.ACTIVE if user.password else Status.INVITED, reason="")


def deactivate(user: User, *, reason: str) -> Ended:
    """End sessions, keys and open invitations for good. Raises LastOwner."""
    require_other_owner(user)
    moment = clock.now()
    keys = ApiKey.objects.filter(owner=user, revoked_at=None).update(revoked_at=moment, revoke_reason=OWNER_DEACTIVATED)
    invitations = revoke_invitations(user)
    return Ended(sessions=_close(user, Status.DEACTIVATED, reason=reason), keys=keys, invitations=invitations)


def end_sessions(user: User, *, reason: str) -> int:
    """End every session of the person, whose state stays; the number of those that were living."""
    user.epoch += 1
    user.version += 1
    user.save(update_fields=["epoch", "version"])
    return sessions.end_all(user.id, reason=reason, moment=clock.now())


def revoke_invitations(user: User) -> int:
    """Withdraw the person's open invitation; 0 or 1."""
    return Invitation.objects.filter(user=user, accepted_at=None, revoked_at=None).update(revoked_at=clock.now())


def require_other_owner(user: User) -> None:
    """Refuse to take the last owner from the tenant. Raises LastOwner.

    Locks the owner role, so that two owners cannot be taken at the same moment by transactions that do not see each other.
    """
    if user.status not in (Status.INVITED, Status.ACTIVE):
        return
    role = Role.objects.select_for_update(no_key=True).filter(name=OWNER_ROLE).first()
    if role is None or not RoleBinding.objects.filter(user=user, role=role).exists():
        return
    if not RoleBinding.objects.filter(role=role, user__status=Status.ACTIVE).exclude(user=user).exists():
        raise LastOwner("Make another active person an owner first.")


def _close(user: User, status: Status, *, reason: str) -> int:
    user.epoch += 1
    _become(user, status, reason=reason)
    return sessions.end_all(user.id, reason=status, moment=user.status_at)


def _become(user: User, status: Status, *, reason: str) -> None:
    user.status = status
    user.status_reason = reason
    user.status_at = clock.now()
    user.version += 1
    user.save(update_fields=["status", "status_reason", "status_at", "epoch", "password", "version"])


def _require_status(user: User, status: Status) -> None:
    if user.status != status:
        raise _wrong_state(user, f"This is for people who are {status}.")


def _wrong_state(user: User, detail: str) -> PersonState:
    return PersonState(detail, person_status=str(user.status))
