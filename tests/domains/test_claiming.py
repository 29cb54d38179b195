"""Hosts are claimed, vouched for and given back; nobody is squatted out, and nobody gets what another just had."""

from datetime import timedelta

import pytest

from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, Invalid, LimitReached, PreconditionFailed
from kernel.tenancy import TenantRef
from tenants import actions, queries, resolving
from tenants.models import Domain, Tenant
from tenants.problems import (
    DomainNotFound,
    HostInvalid,
    HostTaken,
    RegistryClosed,
    TenantNotFound,
    WrongDomainState,
    WrongState,
)
from tests import makers
from tests.domains.steps import HOST, claimed, proven, trusted
from tests.tenants.registry import pending, registry_unchanged, told

pytestmark = pytest.mark.usefixtures("at_platform")


def test_a_host_is_claimed_in_its_one_spelling_and_once(globex: TenantRef, operator: Actor) -> None:
    first = actions.claim_domain(globex.id, host="ID.Globex.COM.", actor=operator)
    again = actions.claim_domain(globex.id, host="id.globex.com:443", actor=operator)

    assert again == first
    assert (first.host, first.kind, first.state, first.is_primary, first.is_answering) == (HOST, "custom", "claimed", False, False)
    assert first.claim_expires_at == pytest.approx(clock.now() + timedelta(days=7), abs=timedelta(minutes=1))
    assert told() == ["tenants.domain.claimed"]


def test_nobody_answers_at_a_host_that_is_only_claimed(globex: TenantRef) -> None:
    claimed(globex)

    assert resolving.by_host(HOST) is None


def test_a_claim_keeps_nobody_else_from_claiming(acme: TenantRef, globex: TenantRef) -> None:
    theirs, ours = claimed(globex), claimed(acme)

    assert (theirs.host, theirs.state) == (ours.host, ours.state) == (HOST, "claimed")


def test_a_host_at_which_another_answers_is_taken(acme: TenantRef, globex: TenantRef, operator: Actor) -> None:
    trusted(globex)

    with registry_unchanged(), pytest.raises(HostTaken) as refused:
        actions.claim_domain(acme.id, host=HOST, actor=operator)

    assert refused.value.fields == {"host": HOST}


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "umbrella.localhost",
        "platform.localhost",
        "01abc.edge.localhost",
        "192.0.2.1",
        "[2001:db8::1]",
        "*.globex.com",
        "_x.globex.com",
        "co.uk",
        "github.io",
        "globex." + "a" * 64 + ".com",
        ".".join(["a" * 57] * 4) + ".com",
    ],
)
def test_a_host_that_no_tenant_may_have_is_refused(host: str, globex: TenantRef, operator: Actor) -> None:
    with registry_unchanged(), pytest.raises(HostInvalid):
        actions.claim_domain(globex.id, host=host, actor=operator)


def test_a_tenant_has_as_many_hosts_as_its_setting_allows(globex: TenantRef, operator: Actor) -> None:
    Tenant.objects.filter(id=globex.id).update(settings={"custom_domains_maximum": 2})
    claimed(globex, host="a.globex.com")
    trusted(globex, host="b.globex.com")

    with registry_unchanged(), pytest.raises(LimitReached) as refused:
        claimed(globex, host="c.globex.com")

    assert refused.value.fields == {"limit": 2, "used": 2}
    actions.release_domain(Domain.objects.get(host="b.globex.com").id, actor=operator)
    assert claimed(globex, host="c.globex.com").state == "claimed"


@pytest.mark.parametrize("state", ["deleting", "purged"])
def test_a_tenant_that_ends_takes_no_more_hosts(state: str, globex: TenantRef) -> None:
    Tenant.objects.filter(id=globex.id).update(state=state)

    with registry_unchanged(), pytest.raises(WrongState):
        claimed(globex)


def test_an_operator_vouches_for_a_host_and_the_reason_stands_in_the_trail(globex: TenantRef, operator: Actor) -> None:
    domain = actions.trust_domain(claimed(globex).id, reason="Inner network.", expected_version=1, actor=operator)

    assert (domain.state, domain.is_trusted, domain.next_check_at, domain.claim_expires_at) == ("active", True, None, None)
    assert [finding["code"] for finding in domain.findings] == ["trusted"]
    found = resolving.by_host(HOST)
    assert found is not None
    assert found.id == globex.id
    assert pending()[-1]["document"]["details"] == {
        "tenant": queries.tenant(globex.id).public_id,
        "host": HOST,
        "proof": "trust",
        "reason": "Inner network.",
    }
    assert actions.trust_domain(domain.id, reason="Again.", actor=operator).version == domain.version
    assert told() == ["tenants.domain.claimed", "tenants.domain.activated"]


def test_nobody_is_vouched_for_without_a_reason_or_where_another_answers(
    acme: TenantRef, globex: TenantRef, operator: Actor
) -> None:
    ours, theirs = claimed(acme), claimed(globex)
    actions.trust_domain(theirs.id, reason="Theirs.", actor=operator)

    with registry_unchanged():
        with pytest.raises(Invalid):
            actions.trust_domain(ours.id, reason=" ", actor=operator)
        with pytest.raises(HostTaken):
            actions.trust_domain(ours.id, reason="Ours.", actor=operator)
        with pytest.raises(PreconditionFailed):
            actions.trust_domain(ours.id, reason="Ours.", expected_version=7, actor=operator)


def test_making_a_host_primary_tells_which_was_before_and_ends_its_redirect(globex: TenantRef, operator: Actor) -> None:
    domain = actions.start_redirect(proven(globex).id, actor=operator)

    primary = actions.make_primary(domain.id, expected_version=domain.version, actor=operator)

    assert (primary.is_primary, primary.redirects) == (True, False)
    assert pending()[-1]["document"]["details"]["before"] == "globex.localhost"
    with registry_unchanged():
        actions.make_primary(domain.id, actor=operator)
        with pytest.raises(WrongDomainState):
            actions.start_redirect(domain.id, actor=operator)


def test_only_a_host_that_answers_can_be_primary_or_redirect(globex: TenantRef, operator: Actor) -> None:
    domain = claimed(globex)

    with registry_unchanged():
        for action in (actions.make_primary, actions.start_redirect):
            with pytest.raises(WrongDomainState):
                action(domain.id, actor=operator)


def test_a_redirect_starts_and_stops_once(globex: TenantRef, operator: Actor) -> None:
    domain = proven(globex)

    for _ in range(2):
        actions.start_redirect(domain.id, actor=operator)
    for _ in range(2):
        actions.stop_redirect(domain.id, actor=operator)

    assert told()[-2:] == ["tenants.domain.redirect_started", "tenants.domain.redirect_stopped"]
    assert len(told()) == 3


def test_what_is_not_there_is_not_found(operator: Actor) -> None:
    nowhere = queries.platform().id.__class__(int=7)

    with pytest.raises(TenantNotFound):
        actions.claim_domain(nowhere, host="a.example.com", actor=operator)
    for action in (
        actions.release_domain,
        actions.make_primary,
        actions.start_redirect,
        actions.stop_redirect,
        actions.verify_domain,
    ):
        with pytest.raises(DomainNotFound):
            action(nowhere, actor=operator)


def test_only_the_operator_vouches_and_ends_quarantines(globex: TenantRef) -> None:
    domain = claimed(globex)
    owner = makers.person_actor(tenant_id=globex.id)

    with registry_unchanged(), tenancy.activate(globex, purpose=tenancy.Purpose.REQUEST), pytest.raises(RegistryClosed):
        actions.trust_domain(domain.id, reason="Mine.", actor=owner)
    with registry_unchanged(), tenancy.activate(globex, purpose=tenancy.Purpose.REQUEST), pytest.raises(RegistryClosed):
        actions.end_quarantine(domain.id, reason="Mine.", actor=owner)


def test_an_operator_without_the_permission_changes_nothing(platform: TenantRef, globex: TenantRef) -> None:
    domain = claimed(globex)
    weak = makers.person_actor(grants=frozenset({"read:*", "write:tenants.own_domains"}), tenant_id=platform.id)

    with registry_unchanged():
        with pytest.raises(Forbidden):
            actions.claim_domain(globex.id, host="x.globex.com", actor=weak)
        for action in (actions.release_domain, actions.verify_domain, actions.make_primary):
            with pytest.raises(Forbidden):
                action(domain.id, actor=weak)
