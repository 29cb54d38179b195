"""Retention: what goes, what stays, and that the log holds all the same."""

from datetime import timedelta
from uuid import UUID

import pytest

from audit import actions, partitions, personal, queries
from audit.doctor import months
from audit.models import Entry, HeldEntry, PersonKey, Pruning, RetentionPolicy, Seal
from audit.permissions import Permission
from audit.problems import NothingToRemove, PresetUnknown
from audit.verifying import Answer
from kernel.actors import Actor
from kernel.events import CATEGORIES
from kernel.problems import Forbidden, Invalid, PreconditionFailed
from kernel.tenancy import TenantRef
from tests import makers
from tests.audit import travelling
from tests.audit.travelling import BODY_DAYS, Travel, first_month, happen_aged, keep_for, owning, settle


def test_nothing_is_removed_unless_a_policy_says_so(aged: list[UUID], owner: Actor) -> None:
    before = Entry.objects.count()

    with pytest.raises(NothingToRemove) as refused:
        actions.prune(actor=owner)

    assert refused.value.fields["waits"][first_month()] == "No policy is set, so everything is kept for good."
    assert (Entry.objects.count(), Pruning.objects.count()) == (before, 0)


def test_a_month_goes_when_every_category_in_it_is_old_enough(aged: list[UUID], owner: Actor) -> None:
    name = first_month()
    keep_for()
    size = Seal.objects.count()

    removed = actions.prune(actor=owner)

    row = Pruning.objects.get()
    assert removed.records == [row], removed.waits
    assert (row.stage, row.partition, row.first_seq, row.held) == ("bodies", name, 1, 0)
    assert row.last_seq == row.number == sum(policy["number"] for policy in row.policies.values())
    assert {policy["body_days"] for policy in row.policies.values()} == {BODY_DAYS}
    assert not Entry.objects.filter(pk__in=aged).exists()
    assert Seal.objects.count() == size
    entry = queries.entries(action="audit.bodies.pruned").get()
    assert entry.document["details"] == {
        "first_seq": 1, "last_seq": row.last_seq, "number": row.number, "held": 0, "policies": row.policies,
    }  # fmt: skip
    assert name not in [month.name for month in partitions.months()]


def test_what_was_pruned_is_named_and_is_no_fault(aged: list[UUID], acme: TenantRef, owner: Actor) -> None:
    keep_for()
    row = actions.prune(actor=owner).records[0]
    settle(acme)

    found = queries.verify()

    assert found.answer is Answer.SOUND, found.faults
    assert [(one.stage, one.first_seq, one.last_seq, one.removed_at) for one in found.removed] == [
        ("bodies", 1, row.last_seq, row.pruned_at)
    ]
    assert "our own rule" in found.removed[0].basis


def test_one_category_that_is_kept_keeps_the_month(aged: list[UUID], owner: Actor) -> None:
    kept = "data"
    keep_for()
    actions.change_policy(kept, body_days=0, seal_days=0, basis="", actor=makers.OPERATOR)
    before = Entry.objects.filter(pk__in=aged).count()

    with pytest.raises(NothingToRemove) as refused:
        actions.prune(actor=owner)

    assert refused.value.fields["waits"][first_month()] == f"It has entries of the category {kept}, which are kept for good."
    assert Entry.objects.filter(pk__in=aged).count() == before == 5


def test_a_month_stays_until_its_last_day_is_old_enough(aged: list[UUID], owner: Actor, travel: Travel) -> None:
    keep_for()
    travel.to(travelling.end_of_first_month() + timedelta(days=BODY_DAYS, seconds=-5))

    with pytest.raises(NothingToRemove) as refused:
        actions.prune(actor=owner)

    until = travelling.end_of_first_month() + timedelta(days=BODY_DAYS)
    assert f"is over before {until:%Y-%m-%d}." in refused.value.fields["waits"][first_month()]


def test_an_entry_without_a_seal_keeps_its_month(aged: list[UUID], acme: TenantRef, owner: Actor, travel: Travel) -> None:
    keep_for()
    now = travel.moment
    travel.to(travelling.end_of_first_month() - timedelta(hours=1))
    happen_aged(actor=owner)
    travel.to(now)

    with pytest.raises(NothingToRemove) as refused:
        actions.prune(actor=owner)

    assert refused.value.fields["waits"][first_month()] == "1 of its entries have no seal yet."
    settle(acme)
    assert [row.stage for row in actions.prune(actor=owner).records] == ["bodies"]


def test_a_month_waits_for_a_slow_stream_and_says_so(aged: list[UUID], owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_for()
    monkeypatch.setattr("audit.retention.months.lowest_place", lambda: 0)

    with pytest.raises(NothingToRemove) as refused:
        actions.prune(actor=owner)

    assert refused.value.fields["waits"][first_month()].startswith("A stream has sent up to place 0 only.")


def test_the_plan_says_what_would_go_and_changes_nothing(aged: list[UUID], owner: Actor) -> None:
    keep_for()
    before = (Entry.objects.count(), Seal.objects.count(), Pruning.objects.count())

    plan = queries.removal_plan()

    due = [month for month in plan.months if month.is_due]
    assert [(month.name, month.first_seq) for month in due] == [(first_month(), 1)]
    assert due[0].entries == due[0].last_seq > 5
    assert {month.why_kept for month in plan.months[1:]} >= {"It is running, or still to come."}
    assert (Entry.objects.count(), Seal.objects.count(), Pruning.objects.count()) == before


def test_held_entries_are_copied_before_their_month_goes(aged: list[UUID], acme: TenantRef, owner: Actor) -> None:
    keep_for()
    before = personal.opened(Entry.objects.get(pk=aged[2]))
    actions.place_hold("Case 7", matter="7/26", reason="A claim was made.", terms={"subject": "thing_2"}, actor=owner)

    row = actions.prune(actor=owner).records[0]
    settle(acme)

    copy = HeldEntry.objects.get()
    assert (row.held, copy.entry_id, copy.seq) == (1, aged[2], Seal.objects.get(entry_id=aged[2]).seq)
    assert (copy.projection["actor_label"], copy.projection["address"]) == ("", "")
    assert personal.opened(queries.entry(aged[2])) == before
    assert queries.verify().answer is Answer.SOUND


def test_a_hold_after_the_plan_and_before_the_removal_is_respected(aged: list[UUID], owner: Actor) -> None:
    keep_for()
    plan = queries.removal_plan()
    actions.place_hold("Late", matter="", reason="A claim was made.", terms={"subject": "thing_4"}, actor=owner)

    actions.prune(actor=owner)

    assert plan.months[0].held == 0
    assert list(HeldEntry.objects.values_list("entry_id", flat=True)) == [aged[4]]


def test_an_altered_copy_is_found(aged: list[UUID], acme: TenantRef, owner: Actor) -> None:
    keep_for()
    actions.place_hold("Case", matter="", reason="A claim was made.", terms={"subject": "thing_1"}, actor=owner)
    actions.prune(actor=owner)
    with owning() as cursor:
        cursor.execute("ALTER TABLE audit_heldentry DISABLE TRIGGER audit_deny_held_change")
        cursor.execute("UPDATE audit_heldentry SET canonical = replace(canonical, 'thing_1', 'thing_9')")

    found = queries.verify()

    assert (found.answer, found.broken_at) == (Answer.TAMPERED, Seal.objects.get(entry_id=aged[1]).seq)


def test_the_keys_of_days_that_are_gone_are_destroyed(aged: list[UUID], owner: Actor, travel: Travel) -> None:
    keep_for()
    gone, present = f"day_{travelling.end_of_first_month() - timedelta(days=1):%Y-%m-%d}", f"day_{travel.moment:%Y-%m-%d}"
    for ref in (gone, present, "day_shift"):
        PersonKey.objects.update_or_create(ref=ref, defaults={"sealed": "v1.key.text"})

    actions.prune(actor=owner)

    assert dict(PersonKey.objects.filter(ref__startswith="day_").values_list("ref", "sealed"))[gone] == ""
    assert {ref for ref, sealed in PersonKey.objects.values_list("ref", "sealed") if ref.startswith("day_") and sealed} >= {
        present,
        "day_shift",
    }


def test_the_key_of_a_day_stays_while_a_copy_needs_it(aged: list[UUID], owner: Actor) -> None:
    keep_for()
    ref = f"day_{Entry.objects.get(pk=aged[0]).received_at:%Y-%m-%d}"
    PersonKey.objects.update_or_create(ref=ref, defaults={"sealed": "v1.key.text"})
    actions.place_hold("Case", matter="", reason="A claim was made.", terms={"subject": "thing_0"}, actor=owner)

    actions.prune(actor=owner)

    assert PersonKey.objects.get(ref=ref).sealed == "v1.key.text"


def _killed() -> int:
    raise KeyboardInterrupt


def test_a_removal_that_is_cut_off_before_its_month_is_dropped_did_nothing(
    aged: list[UUID], owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_for()
    actions.place_hold("Case", matter="", reason="A claim was made.", terms={"subject": "thing_1"}, actor=owner)
    before = Entry.objects.count()
    monkeypatch.setattr("audit.retention.bodies.drop", lambda _prepared: _killed())

    with pytest.raises(KeyboardInterrupt):
        actions.prune(actor=owner)

    assert (Entry.objects.count(), HeldEntry.objects.count(), Pruning.objects.count()) == (before, 0, 0)


def test_who_may_only_read_cannot_remove(aged: list[UUID]) -> None:
    keep_for()
    reader = makers.person_actor(grants=frozenset({str(Permission.READ_RETENTION)}))
    before = Entry.objects.count()

    with pytest.raises(Forbidden):
        actions.prune(actor=reader)

    assert (Entry.objects.count(), Pruning.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("body_days", "seal_days", "basis", "pointer"),
    [
        (29, 0, "rule", "/body_days"),
        (36_501, 0, "rule", "/body_days"),
        (60, 59, "rule", "/seal_days"),
        (0, 60, "rule", "/seal_days"),
        (60, 0, "", "/basis"),
        (60, 0, "x" * 501, "/basis"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(body_days: int, seal_days: int, basis: str, pointer: str, owner: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        actions.change_policy("data", body_days=body_days, seal_days=seal_days, basis=basis, actor=owner)

    assert [fault["pointer"] for fault in refused.value.fields["errors"]] == [pointer]
    assert not RetentionPolicy.objects.exists()


def test_a_policy_is_changed_once_and_the_change_is_recorded(owner: Actor) -> None:
    actions.change_policy("data", body_days=60, seal_days=90, basis="rule 1", actor=owner)
    actions.change_policy("data", body_days=60, seal_days=90, basis="rule 1", actor=owner)
    with pytest.raises(PreconditionFailed):
        actions.change_policy("data", body_days=90, seal_days=90, basis="rule 1", expected_version=0, actor=owner)

    policy = queries.policy("data")
    assert (policy.body_days, policy.seal_days, policy.basis, policy.version) == (60, 90, "rule 1", 1)
    entry = queries.entries(action="audit.policy.changed").get()
    assert entry.document["changes"] == {"body_days": [0, 60], "seal_days": [0, 90], "basis": ["", "rule 1"]}


def test_a_preset_sets_every_category(owner: Actor) -> None:
    found = actions.apply_preset("hipaa", actor=owner)

    assert {(policy.body_days, policy.seal_days) for policy in found} == {(2192, 0)}
    assert len(found) == len(CATEGORIES) == RetentionPolicy.objects.count()
    assert queries.entries(action="audit.policy.preset_applied").count() == 1
    with pytest.raises(PresetUnknown):
        actions.apply_preset("gdpr", actor=owner)


def test_the_doctor_takes_a_removed_month_for_no_hole(aged: list[UUID], owner: Actor, travel: Travel) -> None:
    keep_for()
    with owning():
        middle = partitions.months()[1]
    actions.change_policy("data", body_days=0, seal_days=0, basis="", actor=makers.OPERATOR)
    travel.to(travelling.end_of_first_month() + timedelta(days=31 + BODY_DAYS + 5))

    removed = actions.prune(actor=owner)

    assert [row.partition for row in removed.records] == [middle.name]
    with owning():
        assert [lack.detail for lack in months.lacks() if "missing" in lack.detail] == []
    with owning() as cursor:
        cursor.execute("ALTER TABLE audit_pruning DISABLE TRIGGER audit_deny_pruning_change")
        cursor.execute("DELETE FROM audit_pruning")
        assert len([lack for lack in months.lacks() if "is missing between" in lack.detail]) == 1
