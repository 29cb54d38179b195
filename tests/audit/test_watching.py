"""Watching the log: what opens an alert, what is counted on it, what survives a restart, what a broken rule does to the others."""

from datetime import timedelta

import pytest

from audit import actions, following, personal, queries, tasks
from audit.actions import watching
from audit.alerts import catalogue, reading, remembering
from audit.alerts.judging import Named
from audit.alerts.reading import Detection, Rule
from audit.models import Alert, AlertMemory, AlertRule, Cursor, Notification
from audit.problems import AlertIsClosed, RuleInvalid, RuleIsBuiltIn, RuleKeyTaken, RuleNotFound, TooManyRules
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, PreconditionFailed
from tests import makers
from tests.audit.alerting import act, found, person, watched
from tests.audit.conftest import seal

RULE = """title: A thing happened
logsource: {product: freehold, service: audit}
detection:
  thing: {action: product.thing.happened}
  condition: thing
level: high
response: Look at it.
"""
THREE = """title: Part
name: thing
logsource: {product: freehold, service: audit}
detection:
  thing: {action: product.thing.happened}
  condition: thing
level: low
---
title: Three things
correlation:
  type: event_count
  rules: [thing]
  group-by: [actor.id]
  timespan: 10m
  condition: {gte: 3}
level: medium
"""
THING = "product.thing.happened"


@pytest.fixture(autouse=True)
def quiet() -> None:
    watched()
    Alert.objects.all().delete()


def test_what_happens_again_is_counted_on_the_open_alert(owner: Actor) -> None:
    actions.create_rule("thing", text=RULE, actor=owner)
    act(THING, actor=person(1))
    act(THING, actor=person(2))
    watched()
    act(THING, actor=person(1))
    act(THING, actor=person(1))

    first, second = found("thing")

    assert (first.group, first.number, len(first.seqs)) == (f"actor.id={person(1).id}", 3, 3)
    assert (second.group, second.number) == (f"actor.id={person(2).id}", 1)
    assert first.last_seq == first.seqs[-1] > second.last_seq > first.first_seq


def test_an_alert_leaves_an_entry_of_its_severity(owner: Actor) -> None:
    actions.create_rule("thing", text=RULE, actor=owner)
    act(THING, actor=person(1))

    (alert,) = found("thing")

    (entry,) = queries.entries(action="audit.alert.opened").filter(subject=alert.public_id)
    assert (entry.severity, entry.category, entry.actor_id) == (4, "security", "task:audit.watch")
    assert entry.document["details"] == {"rule": "thing", "first_seq": alert.first_seq, "seqs": alert.seqs}
    assert queries.verify().ok


def test_the_entry_of_an_alert_is_seen_by_no_rule(owner: Actor) -> None:
    actions.create_rule("all-alerts", text=RULE.replace(THING, "audit.alert.*"), actor=owner)
    actions.create_rule("thing", text=RULE, actor=owner)
    act(THING, actor=person(1))

    for _ in range(3):
        watched()

    assert found("all-alerts") == []
    assert queries.entries(action="audit.alert.opened").filter(subject_label="A thing happened").count() == 1


def test_entries_that_are_dealt_with_twice_count_once(owner: Actor) -> None:
    actions.create_rule("thing", text=RULE, actor=owner)
    actions.create_rule("three", text=THREE, actor=owner)
    before = following.log_size()
    for _ in range(4):
        act(THING, actor=person(1))
    watched()
    known = {alert.rule_key: (alert.number, alert.last_seq) for alert in queries.alerts()}

    following.place(watching.CONSUMER, seq=before)
    watched()

    assert known["thing"][0] == 4
    assert {alert.rule_key: (alert.number, alert.last_seq) for alert in queries.alerts()} == known


def test_a_count_goes_on_after_a_restart(owner: Actor) -> None:
    actions.create_rule("three", text=THREE, actor=owner)
    for number in (0, 0, 1):
        act(THING, actor=person(1))
        reading.read.cache_clear()
        assert len(found("three")) == number


def test_memory_holds_no_names_and_ends(owner: Actor) -> None:
    actions.create_rule("three", text=THREE, actor=owner)
    act(THING, actor=person(1))
    watched()
    rows = list(AlertMemory.objects.filter(key__startswith="window|three|"))

    assert len(rows) == 1
    assert person(1).id not in str((rows[0].key, rows[0].value))
    assert rows[0].expires_at < clock.now() + timedelta(minutes=22)
    AlertMemory.objects.filter(pk=rows[0].pk).update(expires_at=clock.now())
    actions.tick()
    assert not AlertMemory.objects.filter(pk=rows[0].pk).exists()


def test_a_rule_keeps_no_more_groups_than_it_may(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "GROUPS_PER_RULE", 3)
    actions.create_rule("three", text=THREE, actor=owner)
    for number in range(5):
        act(THING, actor=person(number))
    watched()

    actions.tick()

    assert AlertMemory.objects.filter(key__startswith="window|three|").count() == 3


def test_a_broken_rule_is_disabled_and_told_of_and_the_others_go_on(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(fields: object) -> bool:
        raise ZeroDivisionError("no such thing")

    actions.create_rule("thing", text=RULE, actor=owner)
    actions.create_rule("weak", text=RULE.replace("A thing", "Weak"), actor=owner)
    whole = catalogue.living

    def with_broken(*, service: str) -> list[Named]:
        broken = Rule("Weak", 3, "", (), (), "audit", (Detection("d", breaks),), "d", ("actor.id",))
        return [Named(each.key, broken) if each.key == "weak" else each for each in whole(service=service)]

    monkeypatch.setattr(catalogue, "living", with_broken)
    act(THING, actor=person(1))
    act(THING, actor=person(2))

    alerts = {alert.rule_key: alert for alert in watched()}

    assert alerts["broken-rule"].group == "weak"
    assert alerts["broken-rule"].facts == {"fault": "ZeroDivisionError: no such thing"}
    assert len([alert for alert in queries.alerts() if alert.rule_key == "thing"]) == 2
    assert not AlertRule.objects.get(key="weak").is_enabled
    assert queries.entries(action="audit.rule.disabled").count() == 1


def test_a_disabled_rule_finds_nothing_and_an_enabled_one_begins_anew(owner: Actor) -> None:
    actions.create_rule("thing", text=RULE, actor=owner)
    actions.disable_rule("thing", reason="noise", actor=owner)
    actions.disable_rule("thing", reason="noise", actor=owner)
    act(THING)
    assert found("thing") == []

    actions.enable_rule("thing", actor=owner)
    act(THING)

    assert len(found("thing")) == 1
    assert queries.entries(action="audit.rule.disabled").count() == 1


def test_a_built_in_rule_can_be_disabled_and_its_text_stays(owner: Actor) -> None:
    listed = actions.disable_rule("break-glass", reason="none here", actor=owner)
    act("identity.break_glass.used")

    assert found("break-glass") == []
    assert (listed.is_enabled, listed.is_builtin, listed.version) == (False, True, 2)
    with pytest.raises(RuleIsBuiltIn):
        actions.change_rule("break-glass", text=RULE, actor=owner)
    with pytest.raises(RuleIsBuiltIn):
        actions.delete_rule("break-glass", actor=owner)


def test_an_answered_alert_stays_answered_and_a_closed_one_is_followed_by_another(owner: Actor) -> None:
    actions.create_rule("thing", text=RULE, actor=owner)
    act(THING, actor=person(1))
    (alert,) = found("thing")

    seen = actions.acknowledge_alert(alert.id, note="Looking", actor=owner, expected_version=1)
    act(THING, actor=person(1))
    (still,) = found("thing")
    closed = actions.close_alert(alert.id, note="Was a test", actor=owner, expected_version=2)
    act(THING, actor=person(1))
    both = found("thing")

    assert (seen.state, seen.answered_by, seen.version) == ("acknowledged", owner.id, 2)
    assert (still.state, still.number) == ("acknowledged", 2)
    assert (closed.state, closed.note, closed.version) == ("closed", "Was a test", 3)
    assert [(each.state, each.number) for each in both] == [("closed", 2), ("open", 1)]


def test_answers_are_refused_to_who_may_not_and_to_who_came_too_late(owner: Actor) -> None:
    actions.create_rule("thing", text=RULE, actor=owner)
    act(THING)
    (alert,) = found("thing")
    reader = makers.person_actor(grants=frozenset({"read:*"}))
    number = queries.entries().count()

    with pytest.raises(Forbidden):
        actions.close_alert(alert.id, note="", actor=reader)
    with pytest.raises(PreconditionFailed):
        actions.close_alert(alert.id, note="", actor=owner, expected_version=9)
    assert queries.entries().count() == number
    actions.close_alert(alert.id, note="", actor=owner)
    with pytest.raises(AlertIsClosed):
        actions.acknowledge_alert(alert.id, note="", actor=owner)

    assert queries.alert(alert.id).version == 2


def test_a_rule_is_tried_over_old_entries_and_nothing_is_kept(owner: Actor) -> None:
    for _ in range(3):
        act(THING, actor=person(1))
    seal(tenancy.current())
    memory, number = AlertMemory.objects.count(), queries.entries().count()

    trial = actions.try_rule(THREE, last=100, actor=owner)

    (finding,) = trial.findings
    assert (finding.group, len(finding.seqs)) == (f"actor.id={person(1).id}", 3)
    assert trial.looked_at <= 100
    assert (AlertMemory.objects.count(), queries.entries().count(), Alert.objects.count()) == (memory, number, 0)
    assert actions.try_rule(THREE, last=2, actor=owner).findings == ()


def test_rules_are_refused_with_their_reasons(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    actions.create_rule("thing", text=RULE, actor=owner)
    number = queries.entries().count()

    with pytest.raises(RuleKeyTaken):
        actions.create_rule("thing", text=RULE, actor=owner)
    with pytest.raises(RuleKeyTaken):
        actions.create_rule("break-glass", text=RULE, actor=owner)
    with pytest.raises(RuleInvalid) as refused:
        actions.create_rule("bad", text=RULE.replace("level: high", "level: hi"), actor=owner)
    with pytest.raises(RuleNotFound):
        actions.delete_rule("nothing", actor=owner)
    with pytest.raises(PreconditionFailed):
        actions.change_rule("thing", text=THREE, actor=owner, expected_version=5)
    monkeypatch.setattr("audit.actions.rules.RULES", 1)
    with pytest.raises(TooManyRules):
        actions.create_rule("more", text=RULE, actor=owner)

    assert refused.value.fields["faults"][0]["line"] == 6
    assert queries.entries().count() == number
    assert [each.key for each in queries.alert_rules(q="thing")] == ["thing"]


def test_a_changed_rule_forgets_what_it_counted(owner: Actor) -> None:
    actions.create_rule("three", text=THREE, actor=owner)
    act(THING, actor=person(1))
    act(THING, actor=person(1))
    watched()
    actions.change_rule("three", text=THREE.replace("Three", "Some"), actor=owner, expected_version=1)
    act(THING, actor=person(1))

    assert found("three") == []
    assert not Notification.objects.exists()


def test_entries_that_cannot_be_read_hold_the_place_and_are_tried_again(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(entries: object) -> None:
        raise ValueError("not a document")

    actions.create_rule("thing", text=RULE, actor=owner)
    act(THING)
    seal(tenancy.current())
    before = following.place_of("alerts")
    with monkeypatch.context() as patched:
        patched.setattr(personal, "opened_all", unreadable)
        assert actions.watch() == 0
    after = following.place_of("alerts")
    assert actions.watch() == 0
    Cursor.objects.filter(name="alerts").update(not_before=None)

    assert len(found("thing")) == 1
    assert before is not None
    assert after is not None
    assert (after.seq, after.attempts, after.fault) == (before.seq, 1, "ValueError: not a document")


def test_the_task_watches_and_leaves_its_place(owner: Actor) -> None:
    actions.create_rule("thing", text=RULE, actor=owner)
    act(THING)
    seal(tenancy.current())

    tasks.watch.run()

    assert Alert.objects.filter(rule_key="thing").count() == 1
    assert Cursor.objects.get(name="alerts").seq == following.log_size()
