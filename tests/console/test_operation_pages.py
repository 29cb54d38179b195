"""The list of long work, and stopping one."""

import pytest

from kernel import ids, tenancy
from kernel.problems import Unavailable
from kernel.tenancy import Purpose
from operations import actions, progress, queries
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


def test_an_operation_that_waits_says_what_for(
    operator_browser: Browser, operation: Operation, platform: tenancy.TenantRef
) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        working = progress.claim(operation.id)
        assert working is not None
        progress.wait(working, why=Unavailable("The key service does not answer."))
    waits = text_of(operator_browser.get(f"/operations/{operation.public_id}"))
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        working = progress.claim(operation.id)
        assert working is not None
        actions.fail(operation.id, problem=Unavailable("It is lost."), attempt=working.attempts, actor=OPERATOR)

    failed = text_of(operator_browser.get(f"/operations/{operation.public_id}"))

    assert "<strong>It waits.</strong> The key service does not answer." in waits
    assert ("It waits" in failed, "It is lost." in failed) == (False, True)
