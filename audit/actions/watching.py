"""The rules at work: over what was sealed, over what the clock tells, and over old entries for a trial."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from audit import events, following, personal
from audit.actions import recording
from audit.alerts import catalogue, fields, judging, opening, reading, remembering, ticking
from audit.alerts.fields import Fields
from audit.alerts.judging import Broken, Finding, Named, RuleTrial
from audit.alerts.remembering import Lasting, Passing
from audit.following import Sealed
from audit.models import Alert, AlertRule
from audit.permissions import Permission
from audit.problems import RuleInvalid
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tasks import enqueue

CONSUMER = "alerts"
WATCHER = Actor.system("task:audit.watch")
BROKEN_RULE = "broken-rule"
BROKEN_SEVERITY = 4
ROUNDS = 20
"""So many batches in one task; then another goes on, so that one busy tenant does not keep a worker."""
TRIED_MAXIMUM = 10_000
TRIED_BATCH = 500
UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
LONGEST_WAIT_S = 300

log = structlog.get_logger(__name__)


def watch() -> int:
    """Judge what was sealed since the last time; the number of entries. Each batch commits together with its place, memory and alerts."""
    total = 0
    for _ in range(ROUNDS):
        try:
            dealt = following.advance(CONSUMER, _deal)
        except UNREADABLE as fault:
            _postpone(fault)
            return total
        total += dealt
        if dealt < following.BATCH:
            return total
    enqueue("audit.watch")
    return total


@tenancy.atomic
def tick() -> int:
    """Ask the rules of the service `clock`, and forget what rules no longer need; the number of alerts opened."""
    remembering.forget_stale()
    return _raise_alerts(ticking.facts(), rules=catalogue.living(service=reading.CLOCK))


@tenancy.atomic
def try_rule(text: str, *, last: int, actor: Actor) -> RuleTrial:
    """What a rule would have found among the last entries, at most 10,000; nothing is kept and nobody is told. Raises Forbidden, RuleInvalid."""
    actor.require(Permission.WRITE_RULES)
    rule = read_rule(text)
    size, memory, faults = following.log_size(), Passing(), list[Broken]()
    findings: list[Finding] = []
    first = max(0, size - min(last, TRIED_MAXIMUM))
    after, looked_at, named = first, 0, [Named("trial", rule)]
    while after < size and not faults and rule.service == reading.AUDIT:
        batch = following.read_after(after, limit=TRIED_BATCH, until=size)
        if not batch:
            break
        entries = _opened(batch)
        findings += judging.judged(entries, rules=named, memory=memory, is_broken=faults.append)
        after, looked_at = batch[-1].seq, looked_at + len(entries)
    return RuleTrial(looked_at, tuple(findings), tuple(broken.fault for broken in faults))


def read_rule(text: str) -> reading.Rule:
    """A rule's text, read. Raises RuleInvalid with line and message of each fault."""
    try:
        return reading.read(text)
    except reading.Unreadable as fault:
        faults = [{"line": each.line, "message": each.message} for each in fault.faults]
        first = fault.faults[0]
        errors = [{"pointer": "/text", "code": "rule", "detail": f"Line {each.line}: {each.message}."} for each in fault.faults]
        raise RuleInvalid(f"Line {first.line}: {first.message}.", faults=faults, errors=errors) from fault


def _postpone(fault: Exception) -> None:
    """Entries that cannot be read are not passed over: the place stays, is tried again after longer and longer, and whoever looks sees the fault."""
    place = following.place_of(CONSUMER)
    wait_s = min(LONGEST_WAIT_S, 2 ** min(place.attempts if place else 0, 10))
    log.error("audit.watch_failed", wait_s=wait_s, exc_info=fault)
    following.postpone(CONSUMER, fault=f"{type(fault).__name__}: {fault}", wait=timedelta(seconds=wait_s))


def _deal(batch: list[Sealed]) -> None:
    _raise_alerts(_opened(batch), rules=catalogue.living(service=reading.AUDIT))


def _opened(batch: Sequence[Sealed]) -> list[Fields]:
    """The entries as rules see them; one whose body was pruned has nothing to see."""
    bodies = [(sealed.seq, sealed.entry) for sealed in batch if sealed.entry is not None]
    documents = personal.opened_all([entry for _, entry in bodies])
    return [fields.flat(document, seq=seq) for (seq, _), document in zip(bodies, documents, strict=True)]


def _raise_alerts(entries: list[Fields], *, rules: list[Named]) -> int:
    memory, broken = Lasting(), list[Broken]()
    judging.fetch_for(entries, rules=rules, memory=memory)
    findings = list(judging.judged(entries, rules=rules, memory=memory, is_broken=broken.append))
    memory.write()
    fresh = opening.opened(findings)
    for fault in broken:
        fresh += _disable_broken(fault)
    for alert in fresh:
        _record_opened(alert)
    if fresh and opening.tell_later(fresh, muted=catalogue.muted_keys(at=clock.now())):
        enqueue("audit.notify")
    return len(fresh)


def _record_opened(alert: Alert) -> None:
    event = events.AlertOpened(
        subject=alert.public_id, subject_label=alert.title, rule=alert.rule_key, first_seq=alert.first_seq, seqs=list(alert.seqs)
    )
    prepared = recording.prepare(event, actor=WATCHER)
    prepared.document["severity"] = alert.severity
    recording.append(prepared)


def _disable_broken(broken: Broken) -> list[Alert]:
    """A rule that broke watches no more, and an alert says so: silence would look like safety."""
    log.warning("audit.rule_broken", rule=broken.key, seq=broken.seq, why=broken.fault)
    AlertRule.objects.update_or_create(key=broken.key, defaults={"is_enabled": False, "updated_at": clock.now()})
    event = events.RuleDisabled(subject=broken.key, subject_label=broken.key, reason=broken.fault)
    recording.record(event, actor=WATCHER)
    if Alert.objects.filter(rule_key=BROKEN_RULE, group=broken.key).exclude(state="closed").exists():
        return []
    title = f"The rule {broken.key} broke and watches no more"
    alert = Alert.objects.create(
        rule_key=BROKEN_RULE, title=title, severity=BROKEN_SEVERITY, group=broken.key, first_seq=broken.seq, last_seq=broken.seq,
        seqs=[broken.seq], facts={"fault": broken.fault}, happened_at=clock.now(),
    )  # fmt: skip
    return [alert]
