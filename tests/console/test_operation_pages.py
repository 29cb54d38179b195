"""The list of long work, and stopping one."""

import pytest

from kernel import ids, tenancy
from kernel.tenancy import Purpose
from operations import actions, queries
from operations.models import Operation
from tests.console.browser import Browser, text_of
from tests.makers import OPERATOR


@pytest.fixture
def operation(platform: tenancy.TenantRef) -> Operation:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        return actions.start(
            "tenants.provision",
            key="test:one",
            subject=ids.show("ten", ids.new_id()),
            label="Make the tenant wayne",
            steps=["First", "Second"],
            arguments={},
            actor=OPERATOR,
        )


def test_operations_are_listed_and_filtered(operator_browser: Browser, operation: Operation) -> None:
    assert "Make the tenant wayne" in text_of(operator_browser.get("/operations/?q=wayne"))
    assert "Make the tenant wayne" not in text_of(operator_browser.htmx("/operations/?q=wayne&state=failed"))


def test_the_list_is_asked_for_again_only_while_something_goes_on(
    operator_browser: Browser, operation: Operation, platform: tenancy.TenantRef
) -> None:
    during = operator_browser.get("/operations/?q=wayne").content.decode()
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.cancel(operation.id, actor=OPERATOR)
    afterwards = operator_browser.get("/operations/?q=wayne").content.decode()

    assert 'hx-trigger="every 3s"' in during
    assert 'hx-trigger="every 3s"' not in afterwards


def test_an_operation_is_cancelled_by_its_button(
    operator_browser: Browser, operation: Operation, platform: tenancy.TenantRef
) -> None:
    before = operator_browser.get(f"/operations/{operation.public_id}").content.decode()
    answer = operator_browser.post(f"/operations/{operation.public_id}/cancellation")

    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        state = queries.operation(operation.id).state
    assert "Cancel it" in before
    assert (answer.status_code, answer["Location"], state) == (302, f"/operations/{operation.public_id}", "cancelled")
    assert "Cancel it" not in operator_browser.get(f"/operations/{operation.public_id}").content.decode()
