"""What a look does to a domain, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenants.domains import settling
from tenants.domains.judging import Finding, Look, Proof
from tenants.domains.settling import Outcome
from tenants.models import Domain

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GIVEN = Look(Proof.GIVEN, ())
MISSING = Look(Proof.MISSING, (Finding("txt-missing", "error", "Set it."),))
UNKNOWN = Look(Proof.UNKNOWN, (Finding("dns-unavailable", "warning", "Later."),))


def domain(**values: Any) -> Domain:
    given: dict[str, Any] = {"state": "active", "kind": "custom", "verified_at": NOW, "next_check_at": NOW, **values}
    return Domain(host="id.globex.com", **given)


def test_a_claim_that_is_proven_becomes_active() -> None:
    row = domain(state="claimed", claim_expires_at=NOW + timedelta(days=1), verified_at=None)

    outcome = settling.settle(row, look=GIVEN, is_due=False, at=NOW)

    assert (outcome, row.state, row.verified_at, row.claim_expires_at, row.version) == (Outcome.ACTIVATED, "active", NOW, None, 2)
    assert row.next_check_at is not None
    assert timedelta(hours=24) <= row.next_check_at - NOW <= timedelta(hours=26)


@pytest.mark.parametrize(("left", "outcome"), [(timedelta(seconds=1), Outcome.UNCHANGED), (timedelta(0), Outcome.EXPIRED)])
def test_a_claim_ends_when_its_time_is_over_and_not_before(left: timedelta, outcome: Outcome) -> None:
    row = domain(state="claimed", claim_expires_at=NOW + left, verified_at=None)

    assert settling.settle(row, look=MISSING, is_due=True, at=NOW) is outcome


def test_a_domain_lapses_at_the_third_failed_look_in_a_row() -> None:
    row = domain()

    outcomes = [settling.settle(row, look=MISSING, is_due=True, at=NOW + timedelta(days=day)) for day in range(3)]

    assert outcomes == [Outcome.FAILING, Outcome.UNCHANGED, Outcome.LAPSED]
    assert (row.state, row.failures, row.lapsed_at) == ("lapsed", 3, NOW + timedelta(days=2))


def test_a_look_that_succeeds_forgives_those_that_failed() -> None:
    row = domain(failures=2)

    assert settling.settle(row, look=GIVEN, is_due=True, at=NOW) is Outcome.UNCHANGED
    assert (row.state, row.failures) == ("active", 0)


def test_an_outage_of_name_servers_counts_against_nobody() -> None:
    rows = [domain(failures=2), domain(state="lapsed", lapsed_at=NOW - timedelta(days=30))]

    outcomes = [settling.settle(row, look=UNKNOWN, is_due=True, at=NOW) for row in rows for _ in range(10)]

    assert set(outcomes) == {Outcome.UNCHANGED}
    assert [(row.state, row.failures) for row in rows] == [("active", 2), ("lapsed", 0)]
    assert rows[0].next_check_at == NOW + settling.RETRY


def test_looks_that_somebody_asked_for_do_not_count() -> None:
    row = domain(failures=2, next_check_at=NOW + timedelta(hours=3))

    outcomes = {settling.settle(row, look=MISSING, is_due=False, at=NOW) for _ in range(10)}

    assert (outcomes, row.state, row.failures) == ({Outcome.UNCHANGED}, "active", 2)
    assert row.next_check_at == NOW + timedelta(hours=3)
    assert row.findings == [{"code": "txt-missing", "level": "error", "detail": "Set it."}]


@pytest.mark.parametrize(("days", "outcome"), [(6, Outcome.UNCHANGED), (7, Outcome.OVERDUE)])
def test_a_lapsed_domain_is_given_back_after_seven_days(days: int, outcome: Outcome) -> None:
    row = domain(state="lapsed", lapsed_at=NOW - timedelta(days=days))

    assert settling.settle(row, look=MISSING, is_due=True, at=NOW) is outcome
    assert row.state == "lapsed"


def test_a_lapsed_domain_that_is_proven_again_recovers() -> None:
    row = domain(state="lapsed", lapsed_at=NOW - timedelta(days=6), failures=9)

    assert settling.settle(row, look=GIVEN, is_due=True, at=NOW) is Outcome.RECOVERED
    assert (row.state, row.lapsed_at, row.failures) == ("active", None, 0)


def test_a_trusted_domain_is_not_lapsed_by_dns_and_becomes_an_ordinary_one_by_proof() -> None:
    row = domain(next_check_at=None)

    assert settling.settle(row, look=MISSING, is_due=False, at=NOW) is Outcome.UNCHANGED
    assert row.is_trusted
    settling.settle(row, look=GIVEN, is_due=False, at=NOW)
    assert not row.is_trusted


def test_the_version_grows_with_what_people_see_and_not_with_each_look() -> None:
    row = domain()

    versions = []
    for look in (GIVEN, GIVEN, MISSING, MISSING, GIVEN):
        settling.settle(row, look=look, is_due=False, at=NOW)
        versions.append(row.version)

    assert versions == [1, 1, 2, 2, 3]
