"""Whose data this code may touch. One ContextVar, one gate.

The variable holds a frozen scope; the database backend pulls it at each cursor. Nothing is kept on a connection or a thread, because a
tenant kept there is read by whoever comes next (design.md section 3; ADR 2).
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar, overload
from uuid import UUID

from django.db import connections, transaction

from kernel.problems import Problem, TenantArchived, TenantDeleting, TenantGone, TenantMoving, TenantNotReady, TenantSuspended
from kernel.tenancy import cells

HOME = cells.HOME
PLATFORM_SLUG = "platform"

OWNER_ROLE = "freehold_owner"
HOME_ROLE = "freehold_home"
SEALER_ROLE = "freehold_sealer"

P = ParamSpec("P")
R = TypeVar("R")


class NoTenant(RuntimeError):
    """Code touched a tenant's table, or another cell, with no tenant of that cell active. Always a bug, never a refusal."""


class WrongTenant(RuntimeError):
    """Code used a record of one tenant inside another. Always a bug, never a refusal."""


class Purpose(StrEnum):
    """What a tenant is entered for; the gate decides by it which states it lets through. `READ` is a request that changes nothing."""

    READ = "read"
    REQUEST = "request"
    JOB = "job"
    WEBHOOK = "webhook"
    OPERATOR = "operator"
    SEAL = "seal"
    MIGRATE = "migrate"


SERVING = frozenset({"active"})
MAKING = frozenset({"requested", "provisioning", "failed"})
# Its rows lie in its cell and nobody is taking them elsewhere.
SETTLED = MAKING | {"active", "suspended", "deleting"}
OPEN_STATES: dict[Purpose, frozenset[str]] = {
    Purpose.READ: SERVING | {"moving"},
    Purpose.REQUEST: SERVING,
    Purpose.JOB: SERVING,
    Purpose.WEBHOOK: SERVING,
    Purpose.OPERATOR: SETTLED,
    Purpose.SEAL: SETTLED,
    Purpose.MIGRATE: SETTLED | {"moving", "archived"},
}


@dataclass(frozen=True, slots=True)
class TenantRef:
    """Where a tenant is and in what state: all that routing needs. Frozen, so it may be cached and shared between threads.

    `cell` is a database alias; `schema` is also the name of the tenant's database role; `code` starts the id of each of its API keys.
    """

    id: UUID
    slug: str
    name: str
    schema: str
    cell: str
    state: str
    state_reason: str
    version: int
    code: str

    @property
    def is_platform(self) -> bool:
        """Whether this is tenant zero, the operator's own."""
        return self.slug == PLATFORM_SLUG


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a connection stands: in which schema, the message that takes it there, the same as a prefix, and the path that is then reported.

    The server does not report the role, so the path names it too wherever it is not the tenant's own: a schema that does not exist is
    ignored by PostgreSQL, but tells the stand of a migration from that of a request in the same schema.
    """

    message: str
    prefix: str
    path: bytes
    schema: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What code runs for: the tenant (None while home is migrated), the purpose, the database alias, and where its connection must stand."""

    tenant: TenantRef | None
    purpose: Purpose
    alias: str
    stand: Stand


_scope: ContextVar[Scope | None] = ContextVar("tenant_scope", default=None)


@lru_cache(maxsize=4096)
def standing(role: str, *schemas: str) -> Stand:
    """The stand of a role on a search path. Names are ours (`t_` and hex digits, or constants), so the server reports them unquoted."""
    message = f'SET ROLE "{role}"; SET search_path = {", ".join(schemas)}'
    return Stand(message=message, prefix=message + "; ", path=", ".join(schemas).encode(), schema=schemas[0])


AT_HOME = standing(HOME_ROLE, "public")
OWNING_HOME = standing(OWNER_ROLE, "public", OWNER_ROLE)
ROLES = {Purpose.SEAL: SEALER_ROLE, Purpose.MIGRATE: OWNER_ROLE}


def stand_for(alias: str) -> Stand | None:
    """Where a connection of `alias` must stand now; None where no active tenant allows its use."""
    scope = _scope.get()
    if scope is not None and scope.alias == alias:
        return scope.stand
    return AT_HOME if alias in cells.REGISTRIES else None


def is_migrating(alias: str) -> bool:
    """Whether schema changes may run on the alias now."""
    scope = _scope.get()
    return scope is not None and scope.purpose is Purpose.MIGRATE and scope.alias == alias


def current() -> TenantRef:
    """The active tenant. Raises NoTenant."""
    ref = current_or_none()
    if ref is None:
        raise NoTenant("no tenant is active; enter one through kernel.tenancy.activate")
    return ref


def current_or_none() -> TenantRef | None:
    """The active tenant, or None outside any."""
    scope = _scope.get()
    return None if scope is None else scope.tenant


def current_id() -> UUID | None:
    """The id of the active tenant, or None outside any; asked for each record that is loaded."""
    scope = _scope.get()
    return None if scope is None or scope.tenant is None else scope.tenant.id


def current_purpose() -> Purpose:
    """What the active tenant was entered for. Raises NoTenant."""
    scope = _scope.get()
    if scope is None:
        raise NoTenant("no tenant is active; enter one through kernel.tenancy.activate")
    return scope.purpose


def current_alias() -> str:
    """The database alias of the active tenant's cell. Raises NoTenant."""
    return current().cell


@contextmanager
def activate(ref: TenantRef, *, purpose: Purpose) -> Iterator[TenantRef]:
    """Enter a tenant for a purpose: the one gate for requests, jobs, webhooks, operators and migrations.

    Raises TenantSuspended, TenantNotReady, TenantMoving or TenantGone when the tenant's state does not let the purpose through; unknown states
    are refused. Raises Unavailable when nobody knows where the tenant's cell is. Entering another tenant inside is allowed and returns to the
    first at the end.
    """
    if ref.state not in OPEN_STATES[purpose]:
        raise _closed(ref)
    cells.ensure(ref.cell)
    token = _scope.set(_scope_of(ref, purpose))
    try:
        yield ref
    finally:
        _scope.reset(token)


@lru_cache(maxsize=4096)
def _scope_of(ref: TenantRef, purpose: Purpose) -> Scope:
    role = ROLES.get(purpose)
    stand = standing(ref.schema, ref.schema) if role is None else standing(role, ref.schema, role)
    return Scope(tenant=ref, purpose=purpose, alias=ref.cell, stand=stand)


@contextmanager
def migrating_home() -> Iterator[None]:
    """Allow schema changes in the home database for the length of a block, as the owner of its tables."""
    token = _scope.set(Scope(tenant=None, purpose=Purpose.MIGRATE, alias=HOME, stand=OWNING_HOME))
    try:
        yield
    finally:
        _scope.reset(token)


def rest() -> None:
    """Between two tenants of a loop over many: let worn connections of this thread go, as the end of a request does. Changes nothing else."""
    for connection in connections.all(initialized_only=True):
        connection.close_if_worn()  # type: ignore[attr-defined]  # every alias has our engine


@contextmanager
def outside() -> Iterator[None]:
    """Leave any tenant for the length of a block, so that code which leans on a leaked context fails."""
    token = _scope.set(None)
    try:
        yield
    finally:
        _scope.reset(token)


def _closed(ref: TenantRef) -> Problem:
    if ref.state == "suspended":
        reason = ref.state_reason.rstrip(". ") or "no reason was given"
        return TenantSuspended(
            f"The operator suspended this tenant: {reason}. Its data is kept. Ask the operator to resume it.",
            reason=ref.state_reason,
        )
    return _not_serving(ref)


def _not_serving(ref: TenantRef) -> Problem:
    if ref.state in MAKING:
        return TenantNotReady(
            "This tenant is still being made. Try again in a minute; if it lasts, ask the operator.", state=ref.state
        )
    if ref.state == "moving":
        return TenantMoving(
            "This tenant is changing its place, which takes less than a second. Nothing was changed; repeat it.", retry_after_s=1
        )
    if ref.state == "archived":
        return TenantArchived("This tenant is archived. Its data is kept; ask the operator to restore it.", state=ref.state)
    if ref.state == "deleting":
        return TenantDeleting("This tenant is being deleted. Ask the operator, who can still undo it.", state=ref.state)
    return TenantGone("This tenant does not answer any more. Ask the operator what became of it.", state=ref.state)


@overload
def atomic(function: None = None) -> AbstractContextManager[None]: ...
@overload
def atomic(function: Callable[P, R]) -> Callable[P, R]: ...
def atomic(function: Callable[P, R] | None = None) -> Callable[P, R] | AbstractContextManager[None]:
    """A transaction in the active tenant's cell, chosen when it starts: `@tenancy.atomic` or `with tenancy.atomic():`.

    Django's own `transaction.atomic` chooses its database when the decorator is written, which is home.
    """
    if function is None:
        return transaction.atomic(using=current_alias())

    return _within(function, savepoint=True)


def joining(function: Callable[P, R]) -> Callable[P, R]:
    """Run in the caller's transaction, without a savepoint, or in one of its own: for what must fail with its caller, such as `record`.

    Saves the two round trips of a savepoint. An exception dooms the whole transaction, even if the caller catches it.
    """
    return _within(function, savepoint=False)


def _within(function: Callable[P, R], *, savepoint: bool) -> Callable[P, R]:
    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(using=current_alias(), savepoint=savepoint):
            return function(*args, **kwargs)

    return inside
