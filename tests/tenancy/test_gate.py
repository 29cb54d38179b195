"""The one gate: which state of a tenant lets which purpose through."""

from dataclasses import replace

import pytest

from kernel import tenancy
from kernel.problems import Problem, TenantArchived, TenantDeleting, TenantGone, TenantMoving, TenantNotReady, TenantSuspended
from kernel.tenancy import NoTenant, Purpose, TenantRef
from tenants.models import TenantState

ALL = {state.value for state in TenantState}
SETTLED = {"requested", "provisioning", "failed", "active", "suspended", "deleting"}
OPEN = {
    Purpose.READ: {"active", "moving"},
    Purpose.REQUEST: {"active"},
    Purpose.JOB: {"active"},
    Purpose.WEBHOOK: {"active"},
    Purpose.OPERATOR: SETTLED,
    Purpose.SEAL: SETTLED,
    Purpose.MIGRATE: SETTLED | {"moving", "archived"},
}
REFUSALS: dict[str, type[Problem]] = {
    "requested": TenantNotReady,
    "provisioning": TenantNotReady,
    "failed": TenantNotReady,
    "suspended": TenantSuspended,
    "moving": TenantMoving,
    "archived": TenantArchived,
    "deleting": TenantDeleting,
    "purged": TenantGone,
    "erased": TenantGone,
    "": TenantGone,
    "ACTIVE": TenantGone,
}


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("state", sorted(ALL | set(REFUSALS)))
def test_the_gate_opens_exactly_as_the_table_says(acme: TenantRef, purpose: Purpose, state: str) -> None:
    ref = replace(acme, state=state)

    with tenancy.outside():
        if state in OPEN[purpose]:
            with tenancy.activate(ref, purpose=purpose) as entered:
                assert entered == tenancy.current() == ref
        else:
            with pytest.raises(REFUSALS[state]) as refused, tenancy.activate(ref, purpose=purpose):
                pytest.fail("the gate was open")
            assert type(refused.value) is REFUSALS[state]
        assert tenancy.current_or_none() is None


def test_a_suspended_tenant_says_why(acme: TenantRef) -> None:
    ref = replace(acme, state="suspended", state_reason="The invoice of May is open.")

    with pytest.raises(TenantSuspended) as refused, tenancy.activate(ref, purpose=Purpose.REQUEST):
        pytest.fail("the gate was open")

    assert "The invoice of May is open." in refused.value.detail
    assert refused.value.fields == {"reason": "The invoice of May is open."}
    assert refused.value.status == 403


def test_leaving_returns_to_the_tenant_before(acme: TenantRef, globex: TenantRef) -> None:
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        with tenancy.outside():
            assert tenancy.current_or_none() is None
        assert tenancy.current() == globex

    assert tenancy.current() == acme


def test_an_exception_leaves_the_tenant_too(acme: TenantRef, globex: TenantRef) -> None:
    with pytest.raises(ZeroDivisionError), tenancy.activate(globex, purpose=Purpose.REQUEST):
        _ = 1 / 0

    assert tenancy.current() == acme


def test_there_is_no_tenant_outside_any() -> None:
    with tenancy.outside():
        assert tenancy.current_or_none() is None
        with pytest.raises(NoTenant):
            tenancy.current()


def test_migrating_home_is_no_tenant(acme: TenantRef) -> None:
    with tenancy.migrating_home():
        assert tenancy.current_or_none() is None

    assert tenancy.current() == acme


def test_a_reference_cannot_be_changed(acme: TenantRef) -> None:
    with pytest.raises(AttributeError):
        acme.schema = "t_other"  # type: ignore[misc]  # the point of the test
