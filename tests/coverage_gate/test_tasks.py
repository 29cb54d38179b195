"""Every task: called once, it leaves an entry, or its reason for leaving none stands here."""

import inspect
from uuid import uuid4

import pytest
from celery import current_app

from kernel.tasks import QUEUE_OF, TENANT_HEADER
from kernel.tenancy import TenantRef
from tests.coverage_gate.trails import told, undone

CHORE = "a chore of the timetable: what it finds to do, it does by actions and tasks that record"
LOG = "part of the log itself: what it does is no act of anybody"
READING_ON = "reads on in the trail; what it finds stands in tables of its own"
GONE = "whom it would write to has no access any more, so there is nothing to tell; that they should be told stands in the trail"
EXCUSED = {
    "audit.anchor": CHORE,
    "audit.anchor_one": "brings checkpoints out of the house; what becomes of that stands in receipts, and with the anchor",
    "audit.make_partitions": CHORE,
    "audit.mirror": LOG,
    "audit.notify": READING_ON,
    "audit.prune": CHORE,
    "audit.seal": LOG,
    "audit.sign": LOG,
    "audit.stream_one": READING_ON,
    "audit.sweep": CHORE,
    "audit.sweep_forgotten": CHORE,
    "audit.tick": CHORE,
    "audit.tidy_exports": CHORE,
    "audit.verify_all": CHORE,
    "audit.watch": READING_ON,
    "identity.fill_seats": CHORE,
    "identity.flush_last_used": CHORE,
    "identity.mail_reminder": GONE,
    "identity.mail_seat_given": GONE,
    "identity.mail_password_reset": "an id that is nobody's comes from an address that is nobody's; that it was asked for stands in the trail",
    "identity.retire_keys": CHORE,
    "identity.settle_secrets": CHORE,
    "identity.sweep_inactive": CHORE,
    "identity.tidy_attempts": CHORE,
    "identity.tidy_roles": CHORE,
    "identity.write_last_used": "notes when keys were used last, which is no change of anything",
    "operations.sweep": CHORE,
    "operations.tidy": CHORE,
    "tenants.backup_due": CHORE,
    "tenants.check_domains": CHORE,
    "tenants.drill": CHORE,
    "tenants.drop_leftovers": CHORE,
    "tenants.purge_due": CHORE,
    "tenants.refill": CHORE,
    "tenants.settle_moves": CHORE,
    "tenants.sweep": CHORE,
}
TASKS = sorted(name for name in set(QUEUE_OF) - EXCUSED.keys() if not name.startswith("tests."))


def arguments_of(name: str) -> dict[str, str]:
    """Arguments that are well-formed and name nothing."""
    parameters = inspect.signature(current_app.tasks[name].run).parameters.values()
    needed = [one for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
    return {one.name: str(uuid4()) for one in needed}


@pytest.mark.parametrize("name", TASKS)
def test_a_task_that_cannot_do_its_work_says_so_in_the_trail(name: str, acme: TenantRef, platform: TenantRef) -> None:
    with undone():
        before = told(acme, platform)

        ended = current_app.tasks[name].apply(kwargs=arguments_of(name), headers={TENANT_HEADER: str(platform.id)}, throw=False)

        assert told(acme, platform) > before, ended.state


def test_every_excuse_is_still_for_a_task() -> None:
    assert EXCUSED.keys() - QUEUE_OF.keys() == set()
    assert all(EXCUSED.values())
    assert len(TASKS) >= 10
