"""What an entry did to its target (`crud`) is read from the last word of its action, for every event that there is."""

import pytest

from audit import queries
from audit.formats import verbs
from kernel.events import CATALOGUE
from tests.audit.alerting import act

NEITHER = frozenset({
    "acted_in", "archiving_started", "archiving_stopped", "asked", "begun", "cancelled", "deletion_started", "deletion_undone", "delivered", "ended",
    "erasure_started", "failed", "failing", "finished", "given_up", "lapsed", "lift_asked", "lift_refused", "migration_failed", "move_failed",
    "move_postponed", "move_requested", "moving", "provisioning_failed", "provisioning_resumed", "published", "recovered", "refused", "refuted",
    "rehearsed", "started", "code_sent", "done", "entered", "exceeded", "leaked", "leaks_reported", "left", "reminded", "reset_mailed",
    "reset_requested", "rotation_started", "used", "subscribed", "succeeded", "tested", "unarchiving_started", "unsettled",
})  # fmt: skip
"""Words of acts that are none of the four: beginnings, ends and failures of work, sign-ins, checks. A new word is put here or into its verb."""
LOOKS = frozenset({
    "audit.chain.verified", "audit.evidence.fetched", "audit.evidence.taken", "tenants.backup.checked", "tenants.backup.handed_out",
    "tenants.backup.taken",
})  # fmt: skip
"""What reads and is recorded as an act, not as a look that may be lost in a crash."""


def test_every_event_does_one_of_four_things_or_is_known_to_do_none() -> None:
    words = {name.rpartition(".")[2] for name in CATALOGUE}

    assert {word for word in words if verbs.of(f"a.b.{word}") == "other"} == NEITHER


def test_what_reads_is_what_is_recorded_as_a_look() -> None:
    reading = {name for name in CATALOGUE if verbs.of(name) == "read"}

    assert reading == {name for name, event in CATALOGUE.items() if event.reads} | LOOKS


def test_no_word_stands_for_two_things() -> None:
    words = [*verbs.CREATING, *verbs.READING, *verbs.UPDATING, *verbs.DELETING, *NEITHER]

    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("action", "crud"),
    [
        ("identity.role.created", "create"), ("audit.entry.read", "read"), ("identity.role.changed", "update"), ("identity.role.deleted", "delete"),
        ("identity.session.started", "other"), ("shop.order.deleted", "delete"),
    ],
)  # fmt: skip
def test_an_opened_entry_tells_it_and_its_text_does_not(action: str, crud: str) -> None:
    entry = queries.entry(act(action))

    assert queries.opened(entry)["crud"] == crud
    assert "crud" not in entry.document
