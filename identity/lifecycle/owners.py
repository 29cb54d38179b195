"""A tenant keeps at least one owner who can enter: whoever takes an owner away asks here first.

An owner is an active person who has the owner role for good, by name or through a team. Who has it until a moment, and who enters only while
armed, is nobody to rely on. The owner role's row is the lock: two transactions that do not see each other cannot both take the second last one.
It is taken after the row of a person or a team, always in that order.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Q, QuerySet

from identity.models import OWNER_ROLE, Role, RoleBinding, Status, TeamMember, User
from identity.problems import LastOwner
from kernel import clock

ADVICE = "Make another active person an owner first, for good and not until a moment."


def require_other_owner(user: User) -> None:
    """Refuse to take the last owner from the tenant. Raises LastOwner."""
    if user.status not in (Status.INVITED, Status.ACTIVE):
        return
    _lock()
    is_owner = User.objects.filter(_has_owner_role(Q(expires_at=None) | Q(expires_at__gt=clock.now())), id=user.id).exists()
    if is_owner and not lasting_owners().exclude(id=user.id).exists():
        raise LastOwner(ADVICE)


@contextmanager
def kept() -> Iterator[None]:
    """Take roles or members away inside the block; when that took the last owner, the transaction is refused. Raises LastOwner."""
    _lock()
    had_owner = lasting_owners().exists()
    yield
    if had_owner and not lasting_owners().exists():
        raise LastOwner(ADVICE)


def lasting_owners() -> QuerySet[User]:
    """The people who own the tenant and can enter without anybody's help."""
    return User.objects.filter(_has_owner_role(Q(expires_at=None)), status=Status.ACTIVE, is_break_glass=False)


def _has_owner_role(in_force: Q) -> Q:
    bindings = RoleBinding.objects.filter(in_force, role__name=OWNER_ROLE)
    own = bindings.filter(user__isnull=False).values("user_id")
    of_teams = TeamMember.objects.filter(user__isnull=False, team__in=bindings.filter(team__isnull=False).values("team_id"))
    return Q(id__in=own) | Q(id__in=of_teams.values("user_id"))


def _lock() -> None:
    Role.objects.select_for_update(no_key=True).filter(name=OWNER_ROLE).first()
