"""The policies in force of a tenant, parsed once for each state of them and kept.

What is kept is known by the tenant's id and by the stamp of `sql.STAMP`, which every request reads anew: a changed policy counts from the next
request on, in every process, and no tenant can meet another's.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final
from uuid import UUID

import cedarpy
import structlog

from identity.access import limits, schema, written
from identity.models import Policy, PolicyState
from kernel import tenancy

log = structlog.get_logger(__name__)

BASE: Final = "permit(principal, action, resource);"
"""What the policies narrow: everything, because the roles have allowed it before any policy is asked."""
KEPT_MOST: Final = 256


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """Policies ready to be asked. `names` are theirs, in the order of their places behind the base.

    `scope` holds the actions and groups of actions that they are about, None for all; `timed` are the names and scopes of those that ask for the
    hour or the day. `broken` names one that cannot be read: then nothing is allowed.
    Two are equal only when they are one object, as with `facts.Principal`.
    """

    names: tuple[str, ...]
    policies: cedarpy.PolicySet
    scope: frozenset[str] | None = None
    timed: tuple[tuple[str, frozenset[str] | None], ...] = ()
    broken: str = ""

    def concern(self, permission: str) -> bool:
        """Whether any of them could say something to a permission. Cedar would find out the same, in its sixty microseconds."""
        return bool(self.broken) or _is_about(self.scope, permission=permission)

    def timed_about(self, permission: str) -> tuple[str, ...]:
        """The names of those that are about a permission and ask for the hour or the day."""
        return tuple(name for name, scope in self.timed if _is_about(scope, permission=permission))


_kept: OrderedDict[tuple[UUID, str], Compiled] = OrderedDict()
_lock = Lock()


def in_force(stamp: str) -> Compiled:
    """The policies of the active tenant in the state that a stamp names; read and parsed when this process meets that state first."""
    key = (tenancy.current().id, stamp)
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    made = of(Policy.objects.filter(state=PolicyState.ACTIVE).order_by("id"))
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT_MOST:
            _kept.popitem(last=False)
    return made


def forget_all() -> None:
    """Keep nothing: for tests, which roll back what a stamp was made from."""
    with _lock:
        _kept.clear()


def of(policies: Iterable[Policy]) -> Compiled:
    """These policies, parsed together behind the base."""
    names, texts, scopes, timed = [], [BASE], [], []
    for policy in policies:
        names.append(policy.name)
        texts.append(policy.text)
        told = _told(policy.text)
        if told is None:
            log.error("policy.unreadable", policy=policy.public_id)
            return Compiled(names=tuple(names), policies=cedarpy.PolicySet.from_str(BASE), broken=policy.name)
        scopes.append(written.action_scope(told))
        if written.reads(told, names=schema.BY_THE_CLOCK):
            timed.append((policy.name, scopes[-1]))
    known = [scope for scope in scopes if scope is not None]
    scope = frozenset[str]().union(*known) if len(known) == len(scopes) else None
    return Compiled(names=tuple(names), policies=cedarpy.PolicySet.from_str("\n".join(texts)), scope=scope, timed=tuple(timed))


def _is_about(scope: frozenset[str] | None, *, permission: str) -> bool:
    if scope is None or permission not in schema.known():
        return True
    return permission in scope or any(group in scope for group in schema.groups_of(permission))


def _told(text: str) -> dict[str, Any] | None:
    """A stored text as data; None unless it is what was checked when it was saved: its place in the set tells its name, so it must be exactly one."""
    if limits.fault(text) is not None:
        return None
    try:
        told = written.told(text)
    except ValueError:
        return None
    policies = list(told["staticPolicies"].values())
    return policies[0] if len(policies) == 1 and not told["templates"] else None
