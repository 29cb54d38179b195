"""Domains are looked at in DNS: when somebody asks, and by the timetable. No row is held while name servers are asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.events import Event
from kernel.problems import LimitReached
from tenants import documents, events, operators, queries
from tenants.actions import telling
from tenants.actions.domains import require_write
from tenants.domains import holding, looking, releasing, settling
from tenants.domains.judging import Look, Proof
from tenants.domains.settling import Outcome
from tenants.models import Domain, DomainKind, DomainState
from tenants.permissions import Permission
from tenants.problems import DnsUnavailable, DomainNotFound, DomainUnproven, HostQuarantined, HostTaken, WrongDomainState

PAUSE = timedelta(seconds=10)
LEASE = timedelta(minutes=10)
BATCH = 40
TURNS = BoundedSemaphore(max(1, settings.WEB_THREADS // 2))


def verify_domain(domain_id: UUID, *, actor: Actor) -> Domain:
    """Look at DNS now, and let the tenant answer at the host if it is proven to be the tenant's.

    What was found is kept also when it is refused. At most once in ten seconds for a domain. Raises RegistryClosed, Forbidden,
    DomainNotFound, WrongDomainState, LimitReached, DnsUnavailable, DomainUnproven, HostTaken, HostQuarantined.
    """
    domain, look = _looked(domain_id, actor=actor)
    if domain.state == DomainState.RELEASED:
        raise WrongDomainState(f"{domain.host} was given back a moment ago. Claim it again.", state=domain.state)
    if look.proof is Proof.UNKNOWN:
        raise DnsUnavailable("No name server could be asked. Nothing was changed; try again in a minute.", retry_after_s=60)
    if look.proof is Proof.MISSING:
        document = documents.of_domain(domain)
        raise DomainUnproven(
            "Set the TXT record as shown, wait until it is seen, and ask again.",
            findings=document["findings"],
            records=document["records"],
        )
    return domain


def check_domain(domain_id: UUID, *, actor: Actor) -> Domain:
    """Look at DNS now and keep what was found, whatever it is; a claim that is proven becomes active by it.

    Raises as `verify_domain`, but for what DNS says.
    """
    domain, _ = _looked(domain_id, actor=actor)
    return domain


def check_due_domains(*, actor: Actor) -> int:
    """Look at the domains whose time has come, 40 at most, eight at once; the number looked at. Ends claims and quarantines that are over.

    Idempotent, and safe beside another of its kind: who takes a domain moves its time on first. Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_DOMAINS, actor=actor)
    due = _taken_up()
    for domain, look in zip(due, looking.look_at_all(due), strict=True):
        try:
            _settled(domain.id, look=look, is_due=True, actor=actor)
        except (HostTaken, HostQuarantined, DomainNotFound):
            continue  # another tenant was faster, or it was removed meanwhile: the claim waits, and expires
    releasing.spent(clock.now()).delete()
    return len(due)


def _looked(domain_id: UUID, *, actor: Actor) -> tuple[Domain, Look]:
    here = tenancy.current()
    domain = queries.domain(domain_id)
    if not here.is_platform and domain.tenant_id != here.id:
        raise DomainNotFound("This tenant has no such domain.")
    require_write(domain.tenant_id, actor=actor)
    if domain.kind == DomainKind.PLATFORM or domain.state == DomainState.RELEASED:
        raise WrongDomainState("Only a host of the tenant's own that is claimed or answers can be looked up.", state=domain.state)
    with _a_turn():
        _reserve(domain, at=clock.now())
        look = looking.look(domain)
    return _settled(domain.id, look=look, is_due=False, actor=actor), look


@contextmanager
def _a_turn() -> Iterator[None]:
    """Take one of this process's turns at asking DNS. Slow name servers of one customer must not keep all web threads waiting.

    Raises LimitReached.
    """
    if not TURNS.acquire(blocking=False):
        raise LimitReached("Other domains are being looked up. Try again in a few seconds.", retry_after_s=5)
    try:
        yield
    finally:
        TURNS.release()


def _reserve(domain: Domain, *, at: datetime) -> None:
    """Take the one look that a domain may have in ten seconds; of several that ask at once, one gets it. Raises LimitReached."""
    free = Q(checked_at__isnull=True) | Q(checked_at__lte=at - PAUSE)
    if not Domain.objects.filter(free, id=domain.id).update(checked_at=at):
        raise LimitReached("DNS was asked a moment ago. Wait ten seconds.", retry_after_s=int(PAUSE.total_seconds()))


@transaction.atomic(using=tenancy.HOME)
def _taken_up() -> list[Domain]:
    now = clock.now()
    rows = list(queries.due_domains(now).select_for_update(skip_locked=True)[:BATCH])
    # If this process dies, they are due again after the lease.
    Domain.objects.filter(id__in=[row.id for row in rows]).update(next_check_at=now + LEASE)
    return rows


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def _settled(domain_id: UUID, *, look: Look, is_due: bool, actor: Actor) -> Domain:
    """Take a look into account, under locks, and record what came of it."""
    domain = queries.domain_for_update(domain_id)
    if domain.state == DomainState.RELEASED:
        return domain
    now = clock.now()
    if look.proof is Proof.GIVEN and not domain.is_answering:
        holding.refuse_taken(domain.tenant, host=domain.host, at=now)
    told = telling.about(domain)
    outcome = settling.settle(domain, look=look, is_due=is_due, at=now)
    if outcome is Outcome.EXPIRED:
        releasing.drop_claim(domain, at=now)
    elif outcome is Outcome.OVERDUE:
        releasing.release(domain, at=now)
    else:
        holding.save_answering(domain, fields=settling.FIELDS)
    event = _event(outcome, domain, told=told, at=now)
    if event is not None:
        telling.record(event, domain=domain, actor=actor)
    return domain


def _event(outcome: Outcome, domain: Domain, *, told: dict[str, str], at: datetime) -> Event | None:
    """What is said of an outcome; nothing where nothing came of it."""
    codes = [finding["code"] for finding in domain.findings]
    released_at, kept_until = clock.rfc3339(at + settling.LAPSED_SERVES), clock.rfc3339(at + releasing.QUARANTINE)
    made: dict[Outcome, Callable[[], Event]] = {
        Outcome.ACTIVATED: lambda: events.DomainActivated(**told, proof="dns", reason=""),
        Outcome.RECOVERED: lambda: events.DomainRecovered(**told),
        Outcome.FAILING: lambda: events.DomainFailing(**told, findings=codes),
        Outcome.LAPSED: lambda: events.DomainLapsed(**told, findings=codes, released_at=released_at),
        Outcome.EXPIRED: lambda: events.DomainRemoved(**told, why="expired", reason=""),
        Outcome.OVERDUE: lambda: events.DomainReleased(**told, why="lapsed", kept_until=kept_until),
    }
    return made[outcome]() if outcome in made else None
