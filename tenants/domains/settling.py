"""What a look at DNS does to a domain: the rules of proof, lapse and expiry. Changes one row in memory; the caller saves and records.

The clock runs slowly on purpose. A record that is gone may be a mistake of an afternoon, and an outage of name servers is no proof of
anything: only a look that found the proof missing, once a day, counts against a domain.
"""

import random
from datetime import datetime, timedelta
from enum import StrEnum

from tenants.domains.judging import Look, Proof
from tenants.models import Domain, DomainState

CLAIM_LASTS = timedelta(days=7)
RECHECK = timedelta(hours=24)
RECHECK_SPREAD = timedelta(hours=2)
CLAIM_RECHECK = timedelta(minutes=15)
RETRY = timedelta(minutes=30)
FAILURES_TO_LAPSE = 3
LAPSED_SERVES = timedelta(days=7)

FIELDS = (
    "state", "findings", "failures", "claim_expires_at", "verified_at", "checked_at", "next_check_at", "lapsed_at",
    "quarantined_until", "version",
)  # fmt: skip


class Outcome(StrEnum):
    """What became of a domain."""

    UNCHANGED = "unchanged"
    ACTIVATED = "activated"
    RECOVERED = "recovered"
    FAILING = "failing"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    OVERDUE = "overdue"


def settle(domain: Domain, *, look: Look, is_due: bool, at: datetime) -> Outcome:
    """Take a look into account. EXPIRED and OVERDUE change no state: the caller forgets the claim, or gives the host back.

    `is_due` is whether this is the look that the timetable asked for: only such count as failures, so that somebody who looks ten times in
    an hour does not lapse a domain.
    """
    before = (domain.state, domain.findings, domain.verified_at is None)
    domain.checked_at = at
    domain.findings = [finding.as_map() for finding in look.findings]
    outcome = _outcome(domain, proof=look.proof, is_due=is_due, at=at)
    if outcome is not Outcome.UNCHANGED or before != (domain.state, domain.findings, domain.verified_at is None):
        domain.version += 1
    return outcome


def activate(domain: Domain, *, at: datetime, next_check_at: datetime | None) -> None:
    """Let the tenant answer at the host. Without a next look nobody asks DNS about it again."""
    domain.state = DomainState.ACTIVE.value
    domain.claim_expires_at = domain.lapsed_at = domain.quarantined_until = None
    domain.verified_at = at
    domain.failures = 0
    domain.next_check_at = next_check_at


def later(at: datetime) -> datetime:
    """When a proven domain is looked at next: in 24 to 26 hours, so that those of one day do not stay together."""
    return at + RECHECK + random.random() * RECHECK_SPREAD  # noqa: S311 - spreads load, keeps no secret


def _outcome(domain: Domain, *, proof: Proof, is_due: bool, at: datetime) -> Outcome:
    if proof is Proof.GIVEN:
        return _proven(domain, at=at)
    if proof is Proof.UNKNOWN:
        domain.next_check_at = None if domain.next_check_at is None else at + RETRY
        return Outcome.UNCHANGED
    if domain.state == DomainState.CLAIMED:
        return _unproven_claim(domain, is_due=is_due, at=at)
    if domain.is_trusted or not is_due:
        return Outcome.UNCHANGED
    domain.next_check_at = later(at)
    if domain.state == DomainState.LAPSED:
        is_over = domain.lapsed_at is not None and domain.lapsed_at + LAPSED_SERVES <= at
        return Outcome.OVERDUE if is_over else Outcome.UNCHANGED
    return _failed(domain, at=at)


def _proven(domain: Domain, *, at: datetime) -> Outcome:
    state = domain.state
    activate(domain, at=at, next_check_at=later(at))
    answers = {DomainState.CLAIMED: Outcome.ACTIVATED, DomainState.LAPSED: Outcome.RECOVERED}
    return answers.get(DomainState(state), Outcome.UNCHANGED)


def _unproven_claim(domain: Domain, *, is_due: bool, at: datetime) -> Outcome:
    if is_due and domain.claim_expires_at is not None and domain.claim_expires_at <= at:
        return Outcome.EXPIRED
    domain.next_check_at = at + CLAIM_RECHECK
    return Outcome.UNCHANGED


def _failed(domain: Domain, *, at: datetime) -> Outcome:
    domain.failures += 1
    if domain.failures >= FAILURES_TO_LAPSE:
        domain.state = DomainState.LAPSED.value
        domain.lapsed_at = at
        return Outcome.LAPSED
    return Outcome.FAILING if domain.failures == 1 else Outcome.UNCHANGED
