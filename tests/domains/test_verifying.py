"""Proof by a real name server: who may answer at a host, and who no longer."""

from datetime import timedelta
from threading import Barrier, BoundedSemaphore, Thread

import pytest
from django.db import connections

from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import LimitReached
from kernel.tenancy import TenantRef
from tenants import actions, resolving
from tenants.actions import domain_checks
from tenants.models import Domain, PendingEntry
from tenants.problems import DnsUnavailable, DomainUnproven, HostTaken, WrongDomainState
from tests import makers
from tests.domains.steps import HOST, claimed, come_due, now_of, proof, proven, trusted, way
from tests.nameserver import NameServer
from tests.tenants.registry import pending, registry_unchanged, told

pytestmark = pytest.mark.usefixtures("at_platform")


def rested(domain: Domain) -> Domain:
    """Let the pause between two looks be over."""
    Domain.objects.filter(id=domain.id).update(checked_at=None)
    return domain


def test_a_host_answers_once_dns_proves_it(globex: TenantRef, operator: Actor, dns: NameServer) -> None:
    domain = claimed(globex)
    dns.serve(proof(globex), way(globex))

    found = actions.verify_domain(domain.id, actor=operator)

    assert (found.state, found.findings, found.is_trusted) == ("active", [], False)
    ref = resolving.by_host(HOST)
    assert ref is not None
    assert ref.id == globex.id
    assert told() == ["tenants.domain.claimed", "tenants.domain.activated"]
    assert pending()[-1]["document"]["details"]["proof"] == "dns"


def test_without_proof_nothing_changes_but_what_was_found(globex: TenantRef, operator: Actor, dns: NameServer) -> None:
    domain = claimed(globex)
    dns.serve(way(globex))

    with registry_unchanged(), pytest.raises(DomainUnproven) as refused:
        actions.verify_domain(domain.id, actor=operator)

    assert [finding["code"] for finding in refused.value.fields["findings"]] == ["txt-missing"]
    assert [record["type"] for record in refused.value.fields["records"]] == ["TXT", "CNAME"]
    assert (now_of(domain).state, now_of(domain).findings) == ("claimed", refused.value.fields["findings"])
    assert resolving.by_host(HOST) is None


def test_the_proof_of_one_tenant_does_not_serve_another(
    acme: TenantRef, globex: TenantRef, operator: Actor, dns: NameServer
) -> None:
    """The customer pasted globex's record; acme, which claimed the same host, must get nothing by it."""
    ours, theirs = claimed(acme), claimed(globex)
    dns.serve(proof(globex))

    with pytest.raises(DomainUnproven):
        actions.verify_domain(ours.id, actor=operator)

    assert actions.verify_domain(theirs.id, actor=operator).state == "active"
    assert now_of(ours).state == "claimed"


def test_the_proof_of_one_host_does_not_serve_another_of_the_same_tenant(
    globex: TenantRef, operator: Actor, dns: NameServer
) -> None:
    """`www.` is a host of its own."""
    domain = claimed(globex, host=f"www.{HOST}")
    value = proof(globex).rpartition(" ")[2]
    dns.serve(f"_freehold-challenge.www.{HOST}. 0 IN TXT {value}")

    with pytest.raises(DomainUnproven):
        actions.verify_domain(domain.id, actor=operator)

    assert now_of(domain).state == "claimed"


def test_who_proves_a_host_second_is_refused(acme: TenantRef, globex: TenantRef, operator: Actor, dns: NameServer) -> None:
    ours, theirs = claimed(acme), claimed(globex)
    dns.serve(proof(acme), proof(globex))
    actions.verify_domain(theirs.id, actor=operator)

    with registry_unchanged(), pytest.raises(HostTaken):
        actions.verify_domain(ours.id, actor=operator)

    assert (now_of(ours).state, now_of(theirs).state) == ("claimed", "active")


def test_name_servers_that_do_not_answer_refuse_without_a_verdict(globex: TenantRef, operator: Actor, outage: None) -> None:
    domain = claimed(globex)

    with registry_unchanged(), pytest.raises(DnsUnavailable):
        actions.verify_domain(domain.id, actor=operator)

    assert [finding["code"] for finding in now_of(domain).findings] == ["dns-unavailable"]


def test_dns_is_asked_once_in_ten_seconds(globex: TenantRef, operator: Actor, dns: NameServer) -> None:
    domain = claimed(globex)
    actions.check_domain(domain.id, actor=operator)

    with pytest.raises(LimitReached) as refused:
        actions.check_domain(domain.id, actor=operator)

    assert refused.value.fields == {"retry_after_s": 10}
    Domain.objects.filter(id=domain.id).update(checked_at=clock.now() - timedelta(seconds=11))
    assert actions.check_domain(domain.id, actor=operator).state == "claimed"


def test_a_check_tells_and_never_refuses_for_what_dns_says(globex: TenantRef, operator: Actor, dns: NameServer) -> None:
    domain = claimed(globex)

    found = actions.check_domain(domain.id, actor=operator)

    assert [finding["code"] for finding in found.findings] == ["txt-missing", "cname-missing"]
    dns.serve(proof(globex), way(globex))
    assert actions.check_domain(rested(domain).id, actor=operator).state == "active"


def test_a_platform_address_and_one_given_back_are_not_looked_up(globex: TenantRef, operator: Actor, dns: NameServer) -> None:
    given_back = proven(globex)
    actions.release_domain(given_back.id, actor=operator)
    platform_address = Domain.objects.get(tenant_id=globex.id, kind="platform")

    for domain in (given_back, platform_address):
        with registry_unchanged(), pytest.raises(WrongDomainState):
            actions.verify_domain(domain.id, actor=operator)


def test_the_timetable_proves_a_claim_by_itself(globex: TenantRef, operator: Actor, dns: NameServer) -> None:
    domain = claimed(globex)
    dns.serve(proof(globex))
    assert actions.check_due_domains(actor=operator) == 0
    come_due(domain)

    assert actions.check_due_domains(actor=operator) == 1

    assert now_of(domain).state == "active"


def test_a_host_whose_proof_is_gone_lapses_after_three_days_and_is_given_back_after_seven_more(
    globex: TenantRef, operator: Actor, dns: NameServer
) -> None:
    domain = proven(globex)
    for _ in range(3):
        come_due(domain)
        actions.check_due_domains(actor=operator)
    lapsed = now_of(domain)
    assert (lapsed.state, told()[1:]) == ("lapsed", ["tenants.domain.failing", "tenants.domain.lapsed"])
    makers.forget_caches()
    assert resolving.by_host(HOST) is not None
    assert not resolving.facts(HOST).is_certifiable

    Domain.objects.filter(id=domain.id).update(lapsed_at=clock.now() - timedelta(days=7))
    come_due(domain)
    actions.check_due_domains(actor=operator)
    makers.forget_caches()

    assert (now_of(domain).state, resolving.by_host(HOST)) == ("released", None)
    assert pending()[-1]["document"]["details"]["why"] == "lapsed"


def test_an_outage_of_name_servers_lapses_nobody(globex: TenantRef, operator: Actor, outage: None) -> None:
    domain = proven(globex)

    for _ in range(4):
        come_due(domain)
        actions.check_due_domains(actor=operator)

    kept = now_of(domain)
    assert (kept.state, kept.failures, told()) == ("active", 0, ["tenants.domain.claimed"])
    assert kept.next_check_at is not None
    assert kept.next_check_at > clock.now() + timedelta(minutes=20)


def test_a_lapsed_host_that_is_proven_again_recovers(globex: TenantRef, operator: Actor, dns: NameServer) -> None:
    domain = proven(globex)
    Domain.objects.filter(id=domain.id).update(state="lapsed", lapsed_at=clock.now())
    dns.serve(proof(globex))

    assert actions.verify_domain(domain.id, actor=operator).state == "active"

    assert told()[-1] == "tenants.domain.recovered"


def test_a_look_that_somebody_asks_for_ends_no_claim(globex: TenantRef, operator: Actor, dns: NameServer) -> None:
    domain = claimed(globex)
    Domain.objects.filter(id=domain.id).update(claim_expires_at=clock.now() - timedelta(seconds=1))

    with pytest.raises(DomainUnproven):
        actions.verify_domain(domain.id, actor=operator)

    assert now_of(domain).state == "claimed"


def test_slow_name_servers_do_not_keep_all_threads_waiting(
    globex: TenantRef, operator: Actor, dns: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain, turns = claimed(globex), BoundedSemaphore(1)
    monkeypatch.setattr(domain_checks, "TURNS", turns)

    with turns, registry_unchanged(), pytest.raises(LimitReached) as refused:
        actions.check_domain(domain.id, actor=operator)

    assert (refused.value.fields, now_of(domain).checked_at) == ({"retry_after_s": 5}, None)
    assert actions.check_domain(domain.id, actor=operator).state == "claimed"


def test_a_claim_that_nobody_proves_ends_after_seven_days(globex: TenantRef, operator: Actor, dns: NameServer) -> None:
    domain = claimed(globex)
    Domain.objects.filter(id=domain.id).update(claim_expires_at=clock.now() - timedelta(seconds=1))
    come_due(domain)

    actions.check_due_domains(actor=operator)

    assert not Domain.objects.filter(host=HOST).exists()
    assert pending()[-1]["document"]["details"]["why"] == "expired"


def test_the_timetable_skips_who_was_faster_and_goes_on(
    acme: TenantRef, globex: TenantRef, operator: Actor, dns: NameServer
) -> None:
    taken, free = claimed(acme), claimed(acme, host="www.acme.com")
    trusted(globex)
    dns.serve(proof(acme), proof(acme, host="www.acme.com"))
    for domain in (taken, free):
        come_due(domain)

    assert actions.check_due_domains(actor=operator) == 2

    assert (now_of(taken).state, now_of(free).state) == ("claimed", "active")


def test_the_timetable_asks_nothing_about_trusted_hosts_and_forgets_quarantines_that_are_over(
    globex: TenantRef, operator: Actor, dns: NameServer
) -> None:
    kept = trusted(globex)
    spent = proven(globex, host="old.globex.com")
    actions.release_domain(spent.id, actor=operator)
    Domain.objects.filter(id=spent.id).update(quarantined_until=clock.now() - timedelta(seconds=1))

    assert actions.check_due_domains(actor=operator) == 0

    assert (now_of(kept).state, Domain.objects.filter(id=spent.id).exists()) == ("active", False)


@pytest.mark.committed
def test_of_two_tenants_that_prove_a_host_at_the_same_moment_one_wins(
    acme: TenantRef,
    globex: TenantRef,
    platform: TenantRef,
    operator: Actor,
    dns: NameServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(domain_checks, "TURNS", BoundedSemaphore(2))
    rows = [claimed(acme, host="race.example.com"), claimed(globex, host="race.example.com")]
    dns.serve(*(proof(tenant, host="race.example.com") for tenant in (acme, globex)))
    start, outcomes = Barrier(2), []

    def prove(domain: Domain) -> None:
        try:
            with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
                start.wait()
                outcomes.append(actions.verify_domain(domain.id, actor=operator).state)
        except HostTaken:
            outcomes.append("taken")
        finally:
            connections.close_all()

    threads = [Thread(target=prove, args=(row,)) for row in rows]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(outcomes) == ["active", "taken"]
        assert sorted(Domain.objects.filter(host="race.example.com").values_list("state", flat=True)) == ["active", "claimed"]
    finally:
        Domain.objects.filter(host="race.example.com").delete()
        PendingEntry.objects.all().delete()
