"""Rules as people write them: what matches, what is refused with its line, what takes no longer than it should."""

from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from audit.alerts import reading
from audit.alerts.correlating import Hit, counted
from audit.alerts.judging import Named, judge
from audit.alerts.reading import Detection, Unreadable
from audit.alerts.remembering import Passing

HEAD = "title: T\nlogsource: {product: freehold, service: audit}\nlevel: low\n"
ENTRY: dict[str, Any] = {
    "seq": 7, "action": "identity.role.changed", "outcome": "success", "actor.id": "usr_1", "actor.label": "Ada@Acme.example", "subject.id": "usr_1",
    "details.roles": ["owner", "member"], "details.role": "owner", "details.number": 5, "details.flag": True, "details.empty": "", "details.none": None,
    "context.address": "10.1.2.3", "received_at": "2026-06-03T12:00:00.000000Z", "hour": 12,
}  # fmt: skip


def rule(detection: str) -> reading.Rule:
    return reading.read(f"{HEAD}detection:\n{detection}")


def matches(detection: str, entry: dict[str, Any] = ENTRY) -> bool:
    (part,) = rule(detection).parts
    assert isinstance(part, Detection)
    return part.test(entry)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("action: identity.role.changed", True),
        ("action: IDENTITY.Role.Changed", True),
        ("action|cased: Identity.role.changed", False),
        ("action|cased: identity.role.changed", True),
        ("action: identity.*", True),
        ("action: identity.????.changed", True),
        ("action: identity.???.changed", False),
        ("action: 'identity.\\*'", False),
        ("action|startswith: identity.", True),
        ("action|endswith: .changed", True),
        ("action|contains: ROLE", True),
        ("action|contains: [nothing, role]", True),
        ("action|contains|all: [nothing, role]", False),
        ("action|contains|all: [identity, role]", True),
        ("action|re: '^identity\\.(role|key)\\.'", True),
        ("action|re: 'IDENTITY'", False),
        ("action|re|i: 'IDENTITY'", True),
        ("action: [a, identity.role.changed]", True),
        ("context.address|cidr: 10.0.0.0/8", True),
        ("context.address|cidr: [192.168.0.0/16, 10.2.0.0/16]", False),
        ("actor.label|cidr: 10.0.0.0/8", False),
        ("details.number: 5", True),
        ("details.number: '5'", True),
        ("details.number|gt: 5", False),
        ("details.number|gte: 5", True),
        ("details.number|lt: 6", True),
        ("details.number|lte: 4", False),
        ("actor.label|gt: 4", False),
        ("details.flag: true", True),
        ("details.flag: 1", False),
        ("details.flag|gte: 1", False),
        ("details.roles: owner", True),
        ("details.roles: auditor", False),
        ("details.roles|all: [owner, member]", True),
        ("details.roles|all: [owner, auditor]", False),
        ("details.none: null", True),
        ("details.missing: null", True),
        ("details.empty: null", False),
        ("details.empty: ''", True),
        ("details.missing: ''", False),
        ("details.empty|exists: true", True),
        ("details.missing|exists: false", True),
        ("details.missing|exists: true", False),
        ("actor.id|fieldref: subject.id", True),
        ("actor.id|fieldref: actor.label", False),
        ("details.missing|fieldref: details.missing2", False),
        ("details.role|fieldref: details.roles", True),
        ("actor.id|fieldref: details.roles", False),
        ("details.missing|fieldref: details.roles", False),
    ],
)
def test_a_selection_matches_what_it_says(selection: str, expected: bool) -> None:  # noqa: FBT001  (a table)
    assert matches(f"  s:\n    {selection}\n  condition: s\n") is expected


@pytest.mark.parametrize(("address", "expected"), [("::ffff:10.1.2.3", True), ("::ffff:11.1.2.3", False), ("10.1.2", False)])
def test_an_address_inside_ipv6_is_the_one_that_it_holds(address: str, expected: bool) -> None:  # noqa: FBT001  (a table)
    detection = "  s:\n    context.address|cidr: 10.0.0.0/8\n  condition: s\n"

    assert matches(detection, ENTRY | {"context.address": address}) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("yes_1", True),
        ("not yes_1", False),
        ("no_1 or yes_1", True),
        ("no_1 and yes_1", False),
        ("yes_1 and not no_1", True),
        ("not (no_1 or yes_1)", False),
        ("no_1 and no_1 or yes_1", True),
        ("1 of yes_*", True),
        ("1 of no_*", False),
        ("all of yes_*", True),
        ("all of them", False),
        ("1 of them", True),
        ("all of yes_* and not 1 of no_*", True),
    ],
)
def test_a_condition_means_what_it_says(condition: str, expected: bool) -> None:  # noqa: FBT001  (a table)
    selections = "  yes_1: {outcome: success}\n  yes_2: {hour: 12}\n  no_1: {outcome: denied}\n"

    assert matches(f"{selections}  condition: {condition}\n") is expected


def test_a_word_without_a_field_is_looked_for_in_every_text() -> None:
    assert matches("  words: [nothing, ACME]\n  condition: words\n")
    assert matches("  words: [member]\n  condition: words\n")
    assert not matches("  words: [nothing]\n  condition: words\n")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "begins with `title:`"),
        ("- a\n", 1, "begins with `title:`"),
        ("title: 'T\n", 2, "YAML"),
        ("title: &a T\nb: *a\n", 1, "anchors"),
        (HEAD + "detection:\n  s: {action: a}\n  condition: t\n", 6, "t"),
        (HEAD + "detection:\n  s: {action: a}\n  condition: '(s'\n", 6, "condition|parenthes"),
        (HEAD + "detection:\n  s:\n    acton: a\n  condition: s\n", 6, "no field 'acton'"),
        (HEAD + "detection:\n  s:\n    action|like: a\n  condition: s\n", 6, "modifier"),
        (HEAD + "detection:\n  s:\n    action|re: 'a(b'\n  condition: s\n", 6, "a\\(b"),
        (HEAD.replace("low", "urgent") + "detection:\n  s: {action: a}\n  condition: s\n", 3, "urgent"),
        (HEAD.replace("level: low\n", "") + "detection:\n  s: {action: a}\n  condition: s\n", 1, "'level' is missing"),
        (HEAD + "detection:\n  s: {action: a}\n  condition: s\nresponse: {a: 1}\n", 7, "'response'"),
        (HEAD + "detection:\n  s: {action: a}\n  condition: '" + "not " * 240 + "s'\n", 6, "nested|condition"),
        (HEAD + "detection:\n  s: {action: a}\n  condition: '" + "s or " * 250 + "s'\n", 6, "at most 1000"),
        (HEAD + "#" * reading.TEXT_BYTES, 1, "at most 16,384 bytes"),
        ("action: global\n", 1, "collections"),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_at_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as refused:
        reading.read(text)

    assert refused.value.faults[0].line == line


CORRELATION = """title: Part
name: part
logsource: {{product: freehold}}
detection:
  s: {{action: a}}
  condition: s
level: low
---
title: Many
correlation:
  type: {kind}
  rules: [part]
  group-by: [actor.id]
  timespan: {span}
  condition: {{{condition}}}
level: high
"""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"span": "31d"}, "at most 30d"),
        ({"span": "soon"}, "soon"),
        ({"condition": "lt: 5"}, "what did not happen"),
        ({"condition": "gte: 1001"}, "1 to 1000"),
        ({"condition": "gte: 0"}, "1 to 1000"),
        ({"kind": "value_avg", "condition": "gte: 5, field: hour"}, "correlation types"),
        ({"kind": "value_count", "condition": "gte: 5, field: nothing.here"}, "no field"),
    ],
)
def test_a_correlation_that_cannot_be_matched_is_refused(change: dict[str, str], words: str) -> None:
    given = {"kind": "event_count", "span": "5m", "condition": "gte: 3"} | change

    with pytest.raises(Unreadable, match=words):
        reading.read(CORRELATION.format(**given))


def test_an_expression_made_to_explode_takes_no_longer_than_others() -> None:
    """With backtracking this takes longer than the universe is old; it ends, whatever the machine."""
    text = "  s:\n    action|re: '^(a+)+(a+)+(a|a)*$'\n  condition: s\n"

    assert not matches(text, ENTRY | {"action": "a" * 50_000 + "!"})


@given(st.text(max_size=30))
def test_a_plain_value_matches_itself_whatever_it_is(value: str) -> None:
    escaped = value.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")
    text = yaml.safe_dump({"s": {"details.x|cased": escaped}, "condition": "s"})
    detection = "".join(f"  {line}\n" for line in text.splitlines())

    assert matches(detection, ENTRY | {"details.x": value})
    assert not matches(detection, ENTRY | {"details.x": value + "x"})


@given(st.binary(max_size=200))
def test_no_text_breaks_the_reader(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")

    with suppress(Unreadable):
        assert reading.read(HEAD + text).severity == 2


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=40))
def test_counting_agrees_with_a_count_by_hand(steps: list[tuple[int, bool]]) -> None:
    """Three within 100 s, against a plain list of all moments; each fires and begins anew."""
    read = reading.read(CORRELATION.format(kind="event_count", span="100s", condition="gte: 3"))
    correlation = read.parts[-1]
    assert not isinstance(correlation, Detection)
    memory: dict[str, Any] = {}
    seen: list[int] = []
    at = 0

    for seq, (gap, forwards) in enumerate(steps, start=1):
        at = at + gap if forwards else at - gap
        enough = counted(correlation, memory, Hit("part", at, {"seq": seq}))
        seen = [*(each for each in seen if abs(each - at) <= 100), at]
        assert (enough is not None) == (len(seen) >= 3)
        if enough is not None:
            assert len(enough) == 3
            seen = []


def entry(seq: int, *, action: str = "a", actor: str = "usr_1", at: int = 0) -> dict[str, Any]:
    return {"seq": seq, "action": action, "actor.id": actor, "received_at": f"2026-06-03T12:{at // 60:02d}:{at % 60:02d}.000000Z"}


def fired(text: str, entries: list[dict[str, Any]]) -> list[int]:
    """The places at which a rule fires."""
    memory, named = Passing(), Named("r", reading.read(text))
    findings = [judge(fields, named=named, memory=memory) for fields in entries]
    return [finding.seq for finding in findings if finding]


def test_groups_are_counted_apart_and_entries_without_group_not_at_all() -> None:
    text = CORRELATION.format(kind="event_count", span="5m", condition="gte: 2")

    assert fired(text, [entry(1, actor="x"), entry(2, actor="y"), entry(3, actor=""), entry(4, actor=""), entry(5, actor="x")]) == [
        5
    ]


def test_an_entry_that_comes_twice_counts_once() -> None:
    text = CORRELATION.format(kind="event_count", span="5m", condition="gte: 2")

    assert fired(text, [entry(1), entry(1), entry(1)]) == []
    assert fired(text, [entry(2), entry(1), entry(2), entry(3)]) == [3]


def test_a_clock_that_jumps_holds_no_window_open() -> None:
    text = CORRELATION.format(kind="event_count", span="1m", condition="gte: 3")

    assert fired(text, [entry(1, at=3000), entry(2, at=0), entry(3, at=1), entry(4, at=2)]) == [4]
    assert fired(text, [entry(1, at=0), entry(2, at=3000), entry(3, at=1)]) == []


STEPS = """title: First
name: first
logsource: {product: freehold}
detection: {s: {action: a}, condition: s}
level: low
---
title: Second
name: second
logsource: {product: freehold}
detection: {s: {action: b}, condition: s}
level: low
---
title: Both
correlation:
  type: KIND
  rules: [first, second]
  group-by: [actor.id]
  timespan: 1m
level: high
"""


def test_things_in_order_and_things_together() -> None:
    ordered, together = STEPS.replace("KIND", "temporal_ordered"), STEPS.replace("KIND", "temporal")
    wrong = [entry(1, action="b"), entry(2, action="a")]
    right = [entry(3, action="a", at=0), entry(4, action="b", at=59)]
    late = [entry(5, action="a", at=0), entry(6, action="b", at=61)]

    assert (fired(ordered, wrong), fired(ordered, right), fired(ordered, late)) == ([], [4], [])
    assert (fired(together, wrong), fired(together, right), fired(together, late)) == ([2], [4], [])
