"""What happens to a tenant's hosts stands in platform's trail and in the tenant's own, whatever is away in between."""

import pytest

from audit import queries as audit
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tenants import actions, resolving
from tenants.models import PendingEntry, Tenant
from tests import makers
from tests.domains.steps import claimed

pytestmark = pytest.mark.usefixtures("at_platform")


def told_in(tenant: TenantRef) -> list[str]:
    with tenancy.activate(tenant, purpose=Purpose.OPERATOR):
        return [entry.public_id for entry in audit.entries(action="tenants.domain.claimed")]


def test_both_trails_have_the_same_entry(globex: TenantRef, platform: TenantRef, operator: Actor) -> None:
    claimed(globex)

    actions.relay_pending(actor=operator)

    assert len(told_in(globex)) == 1
    assert told_in(globex) == told_in(platform)
    assert not PendingEntry.objects.exists()


def test_an_entry_waits_for_a_tenant_that_is_moving_and_is_told_once(
    globex: TenantRef, platform: TenantRef, operator: Actor
) -> None:
    claimed(globex)
    Tenant.objects.filter(id=globex.id).update(state="moving")
    makers.forget_caches()
    actions.relay_pending(actor=operator)
    assert (len(told_in(platform)), PendingEntry.objects.count()) == (1, 1)

    Tenant.objects.filter(id=globex.id).update(state="active")
    makers.forget_caches()
    actions.relay_pending(actor=operator)

    assert (len(told_in(platform)), len(told_in(globex)), PendingEntry.objects.count()) == (1, 1, 0)


@pytest.mark.parametrize("state", ["provisioning", "archived", "purged"])
def test_a_tenant_without_a_place_has_no_trail_and_holds_nothing_up(
    state: str, globex: TenantRef, platform: TenantRef, operator: Actor
) -> None:
    claimed(globex)
    Tenant.objects.filter(id=globex.id).update(state=state)
    makers.forget_caches()

    actions.relay_pending(actor=operator)

    assert (len(told_in(platform)), PendingEntry.objects.count()) == (1, 0)


def test_a_claim_of_platform_itself_is_told_once(platform: TenantRef, operator: Actor) -> None:
    claimed(resolving.by_slug("platform"), host="console.example.com")

    actions.relay_pending(actor=operator)

    assert len(told_in(platform)) == 1
