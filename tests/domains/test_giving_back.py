"""A host that is given back answers no more, and is kept from others for a while."""

from datetime import timedelta
from typing import Any

import pytest

from kernel import clock
from kernel.actors import Actor
from kernel.problems import Invalid
from kernel.tenancy import TenantRef
from tenants import actions, queries, resolving
from tenants.domains import releasing
from tenants.models import Domain, Tenant
from tenants.problems import (
    HostQuarantined,
    LastDomain,
    WrongDomainState,
)
from tests import makers
from tests.domains.steps import HOST, claimed, now_of, proven
from tests.tenants.registry import pending, registry_unchanged, told

pytestmark = pytest.mark.usefixtures("at_platform")


def test_a_host_that_is_given_back_answers_no_more_and_is_kept_from_others(
    acme: TenantRef, globex: TenantRef, operator: Actor
) -> None:
    domain = proven(globex)
    assert resolving.by_host(HOST) is not None

    actions.release_domain(domain.id, expected_version=1, actor=operator)
    makers.forget_caches()

    assert resolving.by_host(HOST) is None
    kept = now_of(domain)
    assert (kept.state, kept.version, kept.next_check_at) == ("released", 2, None)
    assert kept.quarantined_until == pytest.approx(clock.now() + timedelta(days=30), abs=timedelta(minutes=1))
    assert kept.quarantined_until is not None
    with registry_unchanged(), pytest.raises(HostQuarantined) as refused:
        claimed(acme)
    assert refused.value.fields == {"host": HOST, "until": clock.rfc3339(kept.quarantined_until)}


def test_an_earlier_claim_gets_nothing_during_the_quarantine(acme: TenantRef, globex: TenantRef, operator: Actor) -> None:
    """Somebody who claimed the host while it was another's waits like everybody else."""
    ours = claimed(acme)
    actions.release_domain(proven(globex).id, actor=operator)

    with registry_unchanged(), pytest.raises(HostQuarantined):
        actions.trust_domain(ours.id, reason="At once.", actor=operator)


def test_the_tenant_that_had_a_host_may_claim_it_again_at_once(globex: TenantRef, operator: Actor) -> None:
    actions.release_domain(proven(globex).id, actor=operator)

    again = claimed(globex)

    assert (again.state, Domain.objects.filter(host=HOST).count()) == ("claimed", 1)


def test_claiming_again_is_no_way_around_the_quarantine(acme: TenantRef, globex: TenantRef, operator: Actor) -> None:
    """The tenant that had the host claims it again and lets the claim go: the others still wait."""
    domain = proven(globex)
    actions.release_domain(domain.id, actor=operator)
    until = now_of(domain).quarantined_until
    again = claimed(globex)
    with pytest.raises(HostQuarantined):
        claimed(acme)

    actions.release_domain(again.id, actor=operator)

    assert (now_of(domain).state, now_of(domain).quarantined_until) == ("released", until)
    with pytest.raises(HostQuarantined):
        claimed(acme)
    actions.end_quarantine(claimed(globex).id, reason="Both want it.", actor=operator)
    assert claimed(acme).state == now_of(domain).state == "claimed"


def test_after_thirty_days_anybody_may_claim_a_host(acme: TenantRef, globex: TenantRef, operator: Actor) -> None:
    domain = proven(globex)
    actions.release_domain(domain.id, actor=operator)
    Domain.objects.filter(id=domain.id).update(quarantined_until=clock.now() - timedelta(seconds=1))

    assert claimed(acme).state == "claimed"


def test_an_operator_ends_a_quarantine_with_a_reason(acme: TenantRef, globex: TenantRef, operator: Actor) -> None:
    domain = proven(globex)
    with registry_unchanged(), pytest.raises(WrongDomainState):
        actions.end_quarantine(domain.id, reason="Sold.", actor=operator)
    actions.release_domain(domain.id, actor=operator)
    with registry_unchanged(), pytest.raises(Invalid):
        actions.end_quarantine(domain.id, reason="", actor=operator)

    actions.end_quarantine(domain.id, reason="Sold.", actor=operator)

    assert pending()[-1]["document"]["details"]["reason"] == "Sold."
    assert claimed(acme).state == "claimed"


def test_a_claim_that_is_withdrawn_leaves_nothing_behind(acme: TenantRef, globex: TenantRef, operator: Actor) -> None:
    actions.release_domain(claimed(globex).id, actor=operator)

    assert not Domain.objects.filter(host=HOST).exists()
    assert told() == ["tenants.domain.claimed", "tenants.domain.removed"]
    assert pending()[-1]["document"]["details"]["why"] == "withdrawn"
    assert claimed(acme).state == "claimed"


def test_giving_back_twice_is_told_once(globex: TenantRef, operator: Actor) -> None:
    domain = proven(globex)
    actions.release_domain(domain.id, actor=operator)

    with registry_unchanged():
        actions.release_domain(domain.id, actor=operator)


@pytest.mark.parametrize("slug", ["globex", "platform"])
def test_the_platform_address_stays(slug: str, operator: Actor) -> None:
    domain = queries.domains(queries.tenant_by_slug(slug).id).get(kind="platform")

    with registry_unchanged(), pytest.raises(LastDomain):
        actions.release_domain(domain.id, actor=operator)


def test_a_primary_host_that_is_given_back_gives_way_to_the_platform_address(globex: TenantRef, operator: Actor) -> None:
    domain = actions.make_primary(proven(globex).id, actor=operator)
    assert queries.primary_host(globex.id) == HOST

    actions.release_domain(domain.id, actor=operator)

    assert queries.primary_host(globex.id) == "globex.localhost"
    assert Domain.objects.filter(tenant_id=globex.id, is_primary=True).count() == 1


def test_all_hosts_of_a_tenant_that_ends_are_kept_from_others(acme: TenantRef, globex: TenantRef) -> None:
    proven(globex)
    claimed(globex, host="www.globex.com")
    now = clock.now()

    answered = [releasing.release_all(queries.tenant(globex.id), at=now) for _ in range(2)]

    assert answered == [2, 0]
    rows = (
        Domain.objects.filter(tenant_id=globex.id).order_by("host").values_list("host", "state", "is_primary", "quarantined_until")
    )
    until = now + timedelta(days=30)
    assert list(rows) == [("globex.localhost", "released", False, until), (HOST, "released", False, until)]
    with pytest.raises(HostQuarantined):
        claimed(acme)


def test_an_address_that_a_tenant_moved_away_from_is_kept_from_others_and_not_from_itself(
    acme: TenantRef, globex: TenantRef
) -> None:
    now = clock.now()
    releasing.leave_behind(queries.tenant(globex.id), host="old.localhost", at=now)

    assert releasing.kept_from(queries.tenant(acme.id), host="old.localhost", at=now) is not None
    assert releasing.kept_from(None, host="old.localhost", at=now + timedelta(days=31)) is None
    assert releasing.kept_from(queries.tenant(globex.id), host="old.localhost", at=now) is None
    releasing.take_back(queries.tenant(globex.id), host="old.localhost")
    assert not Domain.objects.filter(host="old.localhost").exists()


def test_the_address_of_a_tenant_that_was_renamed_is_kept_from_others_and_not_from_itself(
    globex: TenantRef, acme: TenantRef, operator: Actor
) -> None:
    """People still follow links to the old address; they must not come to somebody else."""
    actions.rename_tenant(globex.id, slug="globex-group", actor=operator)

    with registry_unchanged(), pytest.raises(HostQuarantined):
        actions.rename_tenant(acme.id, slug="globex", actor=operator)
    with registry_unchanged(), pytest.raises(HostQuarantined):
        actions.create_tenant("globex", name="Other", owner_email="a@globex.example", owner_name="Ada", actor=operator)
    back = actions.rename_tenant(globex.id, slug="globex", actor=operator)

    assert back.host == "globex.localhost"
    assert Domain.objects.get(host="globex-group.localhost").state == "released"


def test_the_slug_of_a_tenant_that_was_erased_can_be_taken_when_its_host_is_free_again(globex: TenantRef, operator: Actor) -> None:
    releasing.release_all(queries.tenant(globex.id), at=clock.now())
    Tenant.objects.filter(id=globex.id).update(state="purged")
    again: dict[str, Any] = {"name": "Globex", "owner_email": "a@globex.example", "owner_name": "Ada", "actor": operator}
    with registry_unchanged(), pytest.raises(HostQuarantined):
        actions.create_tenant("globex", **again)

    actions.end_quarantine(Domain.objects.get(host="globex.localhost").id, reason="The same customer.", actor=operator)

    assert actions.create_tenant("globex", **again).tenant.slug == "globex"
