"""The answer to "would X be allowed to do Y, and why?": which grant says yes, and what the policies say to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from identity.access import asking, decide, held
from identity.access.facts import Facts
from identity.models import ApiKey, KeyState, Policy, RoleBinding, ServiceAccount, Status, User
from kernel import clock, tenancy
from kernel.actors import Actor, ActorKind, allows

NOT_ACTIVE = "not_active"
MFA_AGE_MAX = 31_536_000


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What to suppose: None means as it is now. `mfa_age_s` is seconds since a second factor, at most a year; None for no second factor at all."""

    moment: datetime | None = None
    address: str | None = None
    mfa_age_s: int | None = None
    method: str = ""
    is_support: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """A binding that allows it, and by which of its role's patterns."""

    binding: RoleBinding
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether it would be allowed and why. `reason` is one of `decide` or not_active; `is_in_scope` says whether the scopes of a key cover it."""

    allowed: bool
    reason: str
    granted_by: tuple[Grant, ...]
    is_in_scope: bool
    policies: tuple[str, ...]
    errors: tuple[tuple[str, str], ...]
    circumstances: dict[str, Any]


def explain(
    subject: User | ServiceAccount | ApiKey, *, permission: str, given: Circumstances, and_also: Policy | None = None
) -> Explanation:
    """What would become of a request; `and_also` is a policy that counts as if it were in force. Reads only."""
    key = subject if isinstance(subject, ApiKey) else None
    holder = subject.holder if isinstance(subject, ApiKey) else subject
    granted_by = _granting(holder, permission=permission)
    in_scope = key is None or any(allows(frozenset({scope}), permission) for scope in key.scopes)
    moment = given.moment or clock.now()
    seen = Facts(
        principal=asking.principal(holder),
        policies=asking.in_force(and_also=and_also),
        method=given.method or (asking.BY_KEY if key else asking.BY_SESSION),
        mfa_at=None if given.mfa_age_s is None or key else moment - timedelta(seconds=given.mfa_age_s),
        key=key.public_id if key else "",
        is_support=given.is_support,
        moment=moment,
        address=given.address,
    )
    decision = decide.can(_as_actor(holder, key=key), permission, facts=seen)
    is_active = _is_active(holder, key=key)
    # Whoever holds no role for it is told too which policies would stand against it if they did.
    stood = decide.narrowed(seen, permission=permission) if decision.reason == decide.NOT_GRANTED else decision
    failed = {name for name, _ in stood.errors}
    return Explanation(
        allowed=decision.allowed and is_active,
        reason=decision.reason if is_active else NOT_ACTIVE,
        granted_by=granted_by,
        is_in_scope=in_scope,
        policies=tuple(name for name in stood.policies if name not in failed),
        errors=stood.errors,
        circumstances=_shown(seen.circumstances()),
    )


def _as_actor(holder: User | ServiceAccount, *, key: ApiKey | None) -> Actor:
    """Who would ask, with what they hold now: the decision is then that of every door."""
    roles = held.grants_of(holder)
    return Actor(
        kind=ActorKind.PERSON if key is None else ActorKind.KEY,
        id=holder.public_id if key is None else key.public_id,
        label=str(holder),
        tenant_id=tenancy.current().id,
        grants=(roles,) if key is None else (frozenset(key.scopes), roles),
    )


def _granting(holder: User | ServiceAccount, *, permission: str) -> tuple[Grant, ...]:
    found = []
    for binding in held.bindings_of(holder).order_by("role__name", "id"):
        patterns = tuple(pattern for pattern in binding.role.permissions if allows(frozenset({pattern}), permission))
        if patterns:
            found.append(Grant(binding=binding, patterns=patterns))
    return tuple(found)


def _is_active(holder: User | ServiceAccount, *, key: ApiKey | None) -> bool:
    return holder.status == Status.ACTIVE and (key is None or key.state is KeyState.ACTIVE)


def _shown(context: dict[str, Any]) -> dict[str, Any]:
    return context | {"address": context["address"]["__extn"]["arg"]}
