"""Which tenant answers at a host, or has an id or slug: from memory, without SQL.

What is kept is dropped at once when the registry changes (`announcing.py`), and after five seconds in any case, unless a review of the registry
has found meanwhile that the tenant is as it was (`reviewing.py`). A reader that began before a change must not store what it read: the generation
counter sees to that. When home cannot be reached, this region's copy of the registry is
asked (`registry_copy`), and where there is none, what was known is served on for ten minutes; it is routing only, and the actor is still proven
against the cell on every request.
"""

import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.models import F, OuterRef, QuerySet, Subquery

from kernel import ids
from kernel.problems import Unavailable
from kernel.tenancy import TenantRef
from tenants import announcing, copied_routes, hosts, reviewing
from tenants.models import ANSWERING, Domain, DomainState, Tenant, TenantState
from tenants.problems import TenantNotFound
from tenants.queries import complete_tenants

FRESH_S = 5.0
STALE_S = 600.0
RETRY_S = 1.0
UNKNOWN_MAXIMUM = 10_000
KNOWN_MAXIMUM = 50_000

Find = Callable[[QuerySet[Tenant]], QuerySet[Tenant]]
"""Which tenant is looked for: narrows all tenants, of home or of its copy, down to one."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What a host is beside its tenant's: where it sends people on to (or empty), and whether it may have a new certificate."""

    redirect_to: str = ""
    is_certifiable: bool = False


NO_FACTS = HostFacts()


@dataclass(slots=True)
class _Known:
    """What was read, when, and until when it is believed (both by the monotonic clock); the copy of the registry may lag, home may not."""

    ref: TenantRef
    read_at: float
    fresh_until: float
    facts: HostFacts = NO_FACTS
    is_from_home: bool = True


class _Memory:
    """Everything that this process knows of the registry. Reads are single dict operations and take no lock."""

    def __init__(self) -> None:
        self.known: dict[str, _Known] = {}
        self.unknown: OrderedDict[str, float] = OrderedDict()
        self.generation = 0
        self.lock = threading.Lock()
        self.reviewed_since = math.inf
        self.reviewed_at = self.reviewed_until = 0.0
        self.is_used = False

    def believed(self, key: str) -> _Known | None:
        """What is known under the key, if it may be used without asking home."""
        self.is_used = True
        kept = self.known.get(key)
        if kept is None:
            return None
        now = time.monotonic()
        return kept if kept.fresh_until > now or (self.reviewed_until > now and self._is_reviewed(kept)) else None

    def true_at(self, kept: _Known) -> float:
        """The last moment at which home said so (monotonic clock)."""
        return max(kept.read_at, self.reviewed_at) if self._is_reviewed(kept) else kept.read_at

    def reviewed(self, began: float, ended: float) -> None:
        """Believe for another while what a review from `began` to `ended` did not drop, if it was read after the end of the first review.

        What was read before may be older than what the first review saw, and that cannot tell.
        """
        with self.lock:
            self.reviewed_since = min(self.reviewed_since, ended)
            self.reviewed_at, self.reviewed_until = began, began + FRESH_S

    def was_used(self) -> bool:
        """Whether anything was looked for since this was asked last."""
        used, self.is_used = self.is_used, False
        return used

    def keep(
        self,
        key: str,
        ref: TenantRef | None,
        *,
        generation: int,
        asked_at: float,
        facts: HostFacts = NO_FACTS,
        is_from_home: bool = True,
    ) -> None:
        """Store what was asked for at a moment, unless the registry changed since the reader looked at the generation."""
        with self.lock:
            if generation != self.generation:
                return
            if ref is not None:
                if len(self.known) >= KNOWN_MAXIMUM:
                    self.known.clear()
                self.known[key] = _Known(
                    ref, read_at=asked_at, fresh_until=asked_at + FRESH_S, facts=facts, is_from_home=is_from_home
                )
                return
            self.known.pop(key, None)
            self.unknown[key] = asked_at + FRESH_S
            self.unknown.move_to_end(key)
            while len(self.unknown) > UNKNOWN_MAXIMUM:
                self.unknown.popitem(last=False)

    def is_unknown(self, key: str) -> bool:
        """Whether nothing was found under the key a moment ago."""
        with self.lock:
            until = self.unknown.get(key)
            if until is None:
                return False
            if until <= time.monotonic():
                del self.unknown[key]
                return False
            self.unknown.move_to_end(key)
            return True

    def drop(self, tenant_id: UUID) -> None:
        """Forget one tenant, and every miss: its new host may be among them."""
        with self.lock:
            self.generation += 1
            self.unknown.clear()
            for key in [key for key, kept in self.known.items() if kept.ref.id == tenant_id]:
                del self.known[key]

    def distrust(self) -> None:
        """Read everything again at its next use, but keep it for the case that home is away."""
        with self.lock:
            self.generation += 1
            self.reviewed_until = 0.0
            self.unknown.clear()
            for kept in self.known.values():
                kept.fresh_until = 0.0

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            self.generation += 1
            self.reviewed_since, self.reviewed_until = math.inf, 0.0
            self.known.clear()
            self.unknown.clear()

    def _is_reviewed(self, kept: _Known) -> bool:
        return kept.is_from_home and kept.read_at >= self.reviewed_since


_memory = _Memory()
_listener = announcing.Listener(on_change=_memory.drop, on_gap=_memory.distrust)
_reviewer = reviewing.Reviewer(on_change=_memory.drop, on_review=_memory.reviewed, is_wanted=_memory.was_used)


def remembered(host: str) -> TenantRef | None:
    """The tenant of a Host header's value, if it is in memory and fresh; says nothing of a host that is not."""
    kept = _memory.believed(host.partition(":")[0])
    return None if kept is None else kept.ref


def by_host(host: str) -> TenantRef | None:
    """The tenant that answers at a Host header's value (port and case do not matter), or None.

    Raises hosts.Unreadable when no host can look like this, Unavailable when home is away and nothing is remembered.
    """
    # The usual spelling differs from the kept one by its port alone; any other is brought into shape first, and never becomes a key.
    kept = remembered(host)
    if kept is not None:
        return kept
    name = hosts.normalise(host)
    return _look_up(name, lambda rows: _answering_at(name, rows))


def facts(host: str) -> HostFacts:
    """What else is remembered of a host that `by_host` has just found; nothing in particular where it is not remembered."""
    kept = _memory.known.get(host.partition(":")[0]) or _memory.known.get(hosts.normalise(host))
    return NO_FACTS if kept is None else kept.facts


def by_id(tenant_id: UUID) -> TenantRef:
    """The tenant of an id. Raises TenantNotFound or Unavailable."""
    found = _look_up(f"id:{tenant_id}", lambda rows: rows.filter(id=tenant_id))
    return _required(found, named=ids.show("ten", tenant_id))


def by_slug(slug: str) -> TenantRef:
    """The tenant of a slug. Raises TenantNotFound or Unavailable."""
    found = _look_up(f"slug:{slug}", lambda rows: rows.filter(slug=slug).exclude(state=TenantState.PURGED))
    return _required(found, named=slug)


def by_code(code: str) -> TenantRef:
    """The tenant whose API keys begin with a code. Raises TenantNotFound or Unavailable."""
    found = _look_up(f"code:{code}", lambda rows: rows.filter(code=code).exclude(state=TenantState.PURGED))
    return _required(found, named=code)


def by_name(name: str) -> TenantRef:
    """The tenant of a slug or a shown id. Raises TenantNotFound or Unavailable."""
    try:
        return by_id(ids.parse("ten", name))
    except ValueError:
        return by_slug(name)


def serving() -> list[TenantRef]:
    """All tenants whose place is complete, suspended ones among them, oldest first; for the sweeps, always read anew."""
    return [tenant.ref() for tenant in complete_tenants().iterator()]


def forget(tenant_id: UUID) -> None:
    """Drop one tenant here and, by Redis, in every other process: at once, or within five seconds when Redis is away."""
    _memory.drop(tenant_id)
    announcing.announce(tenant_id)


def drop(tenant_id: UUID) -> None:
    """Drop one tenant in this process alone: it has found out by itself that what it remembered is old."""
    _memory.drop(tenant_id)


def review_here() -> None:
    """Let this process review the registry from its next question to home on: it answers requests."""
    _reviewer.open_here()


def forget_all() -> None:
    """Drop everything in this process."""
    _memory.clear()


def sources() -> dict[str, Callable[[], None]]:
    """Where hosts can be found, best first; each raises when it cannot be used now. Named in `settings.ROUTING_SOURCES`."""
    copy = {"copy": copied_routes.probe} if copied_routes.is_configured() else {}
    return {"home": _home_is_readable, **copy, "memory": _memory_serves}


def _required(ref: TenantRef | None, *, named: str) -> TenantRef:
    if ref is None:
        raise TenantNotFound(f"There is no tenant {named[:60]}.")
    return ref


def _look_up(key: str, find: Find) -> TenantRef | None:
    believed, kept = _memory.believed(key), _memory.known.get(key)
    if believed is not None:
        return believed.ref
    if kept is None and _memory.is_unknown(key):
        return None
    _listener.ensure_running()
    _reviewer.ensure_running()
    generation, asked_at = _memory.generation, time.monotonic()
    try:
        tenant = find(Tenant.objects.all()).first()
    except (OperationalError, InterfaceError) as fault:
        return _without_home(key, find, kept=kept, fault=fault)
    ref = None if tenant is None else tenant.ref()
    _memory.keep(key, ref, generation=generation, asked_at=asked_at, facts=_facts(tenant))
    return ref


def _answering_at(host: str, rows: QuerySet[Tenant]) -> QuerySet[Tenant]:
    primary = Domain.objects.filter(tenant=OuterRef("id"), is_primary=True, state=DomainState.ACTIVE).values("host")
    found = rows.filter(domains__host=host, domains__state__in=ANSWERING)
    return found.annotate(host_state=F("domains__state"), redirects=F("domains__redirects"), primary_host=Subquery(primary[:1]))


def _facts(tenant: Tenant | None) -> HostFacts:
    """The columns beside the tenant's own, where it was looked for by a host."""
    if tenant is None or "host_state" not in vars(tenant):
        return NO_FACTS
    columns = vars(tenant)
    redirect_to = columns["primary_host"] if columns["redirects"] else ""
    return HostFacts(redirect_to=redirect_to or "", is_certifiable=columns["host_state"] == DomainState.ACTIVE)


def _without_home(key: str, find: Find, *, kept: _Known | None, fault: Exception) -> TenantRef | None:
    """Ask this region's copy of the registry; where there is none, or it is away too, go by what is remembered."""
    if copied_routes.is_configured():
        generation, asked_at = _memory.generation, time.monotonic()
        try:
            tenant = copied_routes.tenant(find)
        except DatabaseError:
            logger.warning("neither home nor the copy of the registry can be read")
        else:
            ref = None if tenant is None else tenant.ref()
            _memory.keep(key, ref, generation=generation, asked_at=asked_at, facts=_facts(tenant), is_from_home=False)
            return ref
    return _remembered(kept, fault)


def _remembered(kept: _Known | None, fault: Exception) -> TenantRef:
    """What was known before home went away, for ten minutes at most; home is asked again after a second, not by every request."""
    now = time.monotonic()
    if kept is None or now - _memory.true_at(kept) > STALE_S:
        raise Unavailable(
            "The registry of tenants cannot be reached. Nothing was changed; try again shortly.", retry_after_s=2
        ) from fault
    kept.fresh_until = now + RETRY_S
    return kept.ref


def _home_is_readable() -> None:
    Tenant.objects.order_by().values("id").first()


def _memory_serves() -> None:
    """Raises Unavailable when nothing is remembered that may still be used."""
    oldest = time.monotonic() - STALE_S
    if not any(_memory.true_at(kept) > oldest for kept in list(_memory.known.values())):
        raise Unavailable("Nothing is remembered of the registry.")
