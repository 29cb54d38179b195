"""The outbox: what changed in home is told in platform's trail once, whatever happens in between."""

import pytest

from audit import queries as audit
from kernel import ids, tenancy
from kernel.actors import Actor
from operations.models import Operation
from tenants import actions, outbox
from tenants.models import PendingEntry
from tests.tenants.registry import pending

pytestmark = pytest.mark.usefixtures("at_platform")


@pytest.fixture
def told_before(at_platform: tenancy.TenantRef) -> int:
    """How many suspensions the trail knows of already: it cannot be emptied, and other tests commit."""
    return suspensions()


def suspensions() -> int:
    return audit.entries(action="tenants.tenant.suspended").count()


def test_a_relayed_entry_stands_in_the_trail_as_it_was_made(globex: tenancy.TenantRef, operator: Actor) -> None:
    actions.suspend_tenant(globex.id, reason="Not paid.", actor=operator)
    letter, row = pending()[0], PendingEntry.objects.get()

    assert actions.relay_pending(actor=operator) == 1

    entry = audit.entry(row.id)
    assert entry.document == {**letter["document"], "personal": entry.document["personal"]}
    assert entry.document["personal"].keys() == letter["personal"].keys()
    assert (entry.action, entry.actor_id, entry.subject_label) == ("tenants.tenant.suspended", "command:test", "Globex")
    assert entry.received_at.isoformat() == letter["received_at"].replace("Z", "+00:00")
    assert not PendingEntry.objects.exists()


def test_an_entry_is_told_once_when_the_relay_died_before_it_removed_it(
    globex: tenancy.TenantRef, operator: Actor, told_before: int
) -> None:
    actions.suspend_tenant(globex.id, reason="Not paid.", actor=operator)
    row = PendingEntry.objects.get()
    sealed, created_at = row.sealed, row.created_at
    actions.relay_pending(actor=operator)
    PendingEntry.objects.create(id=row.id, sealed=sealed, created_at=created_at)

    actions.relay_pending(actor=operator)

    assert suspensions() == told_before + 1
    assert not PendingEntry.objects.exists()


def test_a_tenants_operation_is_started_by_the_relay_when_it_was_lost_with_platforms_transaction(operator: Actor) -> None:
    requested = actions.create_tenant(
        "umbrella", name="Umbrella", owner_email="ada@umbrella.example", owner_name="Ada", actor=operator
    )
    Operation.objects.all().delete()

    actions.relay_pending(actor=operator)

    operation = Operation.objects.get()
    assert (operation.key, operation.state) == (f"tenants.provision:{requested.tenant.id}", "queued")
    assert operation.arguments == requested.operation.arguments


def test_the_relay_starts_no_second_operation(operator: Actor) -> None:
    actions.create_tenant("umbrella", name="Umbrella", owner_email="ada@umbrella.example", owner_name="Ada", actor=operator)
    before = Operation.objects.count()

    actions.relay_pending(actor=operator)

    assert Operation.objects.count() == before


def test_an_entry_that_cannot_be_opened_stays_and_holds_up_no_other(
    globex: tenancy.TenantRef, operator: Actor, told_before: int
) -> None:
    closed = PendingEntry.objects.create(id=ids.new_id(), sealed="v1.k1.AAAA")
    actions.suspend_tenant(globex.id, reason="Not paid.", actor=operator)

    assert actions.relay_pending(actor=operator) == 1

    assert list(PendingEntry.objects.values_list("id", flat=True)) == [closed.id]
    assert suspensions() == told_before + 1


def test_an_entry_moved_to_another_row_does_not_open(globex: tenancy.TenantRef, operator: Actor, told_before: int) -> None:
    actions.suspend_tenant(globex.id, reason="Not paid.", actor=operator)
    PendingEntry.objects.update(id=ids.new_id())

    assert outbox.relay() == 0
    assert suspensions() == told_before
