"""Sigma correlations: counting entries, counting values, several things within a time, several in order. Pure.

What is remembered of one group is a small map that fits JSON. Each entry counts once: `seq` is the place of the last one that was counted, and
what stands at or before it is not counted again. Moments are those of arrival; when the clock jumps, what lies more than the span away in
either direction is forgotten, so that a future moment cannot hold a window open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sigma.correlations import (
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaCorrelationType,
)

from audit.alerts.matching import Unmatchable

SPAN_MAXIMUM_S = 30 * 86_400
NEEDED_MAXIMUM = 1000
Memory = dict[str, Any]
NEEDED = {
    SigmaCorrelationConditionOperator.GTE: 0,
    SigmaCorrelationConditionOperator.GT: 1,
    SigmaCorrelationConditionOperator.EQ: 0,
}
EVENTS, VALUES, TOGETHER, ORDERED = "event_count", "value_count", "temporal", "temporal_ordered"


@dataclass(frozen=True, slots=True)
class Correlation:
    """`needed` entries (or distinct values of the fields `counted`) of the parts `rules` within `span_s` seconds in one group.

    `aliases` says for a field of `group_by` which field a part has instead: `{alias: {part: field}}`.
    """

    name: str
    kind: str
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    aliases: Mapping[str, Mapping[str, str]]
    span_s: int
    needed: int
    counted: tuple[str, ...]


def of(found: SigmaCorrelationRule, *, name: str) -> Correlation:
    """What a parsed correlation counts. Raises Unmatchable."""
    kind, condition = found.type.name.lower(), found.condition
    if found.type not in {getattr(SigmaCorrelationType, each.upper()) for each in (EVENTS, VALUES, TOGETHER, ORDERED)}:
        raise Unmatchable(f"of correlation types there are {EVENTS}, {VALUES}, {TOGETHER} and {ORDERED}, not '{kind}'")
    if not isinstance(condition, SigmaCorrelationCondition):
        raise Unmatchable("a correlation's 'condition' is a number here, not an expression")
    if found.timespan.seconds > SPAN_MAXIMUM_S:
        raise Unmatchable("a 'timespan' is at most 30d")
    rules = tuple(reference.rule.name or "" for reference in found.referenced_rules)
    if not all(rules):
        raise Unmatchable("give each part that a 'correlation' counts a 'name'")
    aliases = {
        alias.alias: {reference.rule.name or "": field for reference, field in alias.mapping.items()} for alias in found.aliases
    }
    field = condition.fieldref or ()
    counted = ((field,) if isinstance(field, str) else tuple(field)) if kind == VALUES else ()
    needed = len(rules) if kind in {TOGETHER, ORDERED} else _needed(condition)
    group_by = tuple(found.group_by or ())
    return Correlation(name, kind, rules, group_by, aliases, found.timespan.seconds, needed, counted)


@dataclass(frozen=True, slots=True)
class Hit:
    """One entry that a part of the rule matched, and when it arrived, in seconds since 1970."""

    part: str
    at: float
    fields: Mapping[str, Any]

    @property
    def seq(self) -> int:
        """The place of the entry in the log."""
        return int(self.fields["seq"])


def group_of(correlation: Correlation, fields: Mapping[str, Any], *, part: str) -> tuple[str, ...] | None:
    """The values that set this entry's group apart; None when one is missing or empty: such an entry is not counted."""
    names = [correlation.aliases.get(name, {}).get(part, name) for name in correlation.group_by]
    values = tuple(_text(fields.get(name)) for name in names)
    return None if "" in values else values


def digest(*words: str) -> str:
    """32 signs that stand for some words: memory holds no names and addresses, only this."""
    return blake2b("\0".join(words).encode(), digest_size=16).hexdigest()


def counted(correlation: Correlation, memory: Memory, hit: Hit) -> list[int] | None:
    """Count one entry in, changing `memory`; the places of the entries that make it enough, or None while it is not.

    When it is enough the memory is emptied: the next time it needs as many anew.
    """
    if hit.seq <= memory.get("seq", 0):
        return None
    memory["seq"] = hit.seq
    count = {EVENTS: _count_events, VALUES: _count_values, TOGETHER: _count_parts, ORDERED: _count_steps}[correlation.kind]
    enough = count(correlation, memory, hit)
    if enough is not None:
        memory.pop("seen", None)
    return enough


def _count_events(correlation: Correlation, memory: Memory, hit: Hit) -> list[int] | None:
    seen = [each for each in memory.get("seen", []) if abs(hit.at - each[0]) <= correlation.span_s]
    seen = [*seen, [hit.at, hit.seq]][-correlation.needed :]
    memory["seen"] = seen
    return [each[1] for each in seen] if len(seen) >= correlation.needed else None


def _count_values(correlation: Correlation, memory: Memory, hit: Hit) -> list[int] | None:
    values = [_text(hit.fields.get(name)) for name in correlation.counted]
    if "" in values:
        return None
    seen = {key: each for key, each in memory.get("seen", {}).items() if abs(hit.at - each[0]) <= correlation.span_s}
    seen[digest(*values)] = [hit.at, hit.seq]
    memory["seen"] = seen
    return sorted(each[1] for each in seen.values()) if len(seen) >= correlation.needed else None


def _count_parts(correlation: Correlation, memory: Memory, hit: Hit) -> list[int] | None:
    seen = {key: each for key, each in memory.get("seen", {}).items() if abs(hit.at - each[0]) <= correlation.span_s}
    seen[hit.part] = [hit.at, hit.seq]
    memory["seen"] = seen
    return sorted(each[1] for each in seen.values()) if len(seen) >= correlation.needed else None


def _count_steps(correlation: Correlation, memory: Memory, hit: Hit) -> list[int] | None:
    """`seen` holds for each step the latest chain that has come so far: `[moment of its beginning, [places]]`."""
    seen = {key: each for key, each in memory.get("seen", {}).items() if abs(hit.at - each[0]) <= correlation.span_s}
    step = correlation.rules.index(hit.part)
    before = seen.get(str(step - 1))
    if step == 0:
        seen["0"] = [hit.at, [hit.seq]]
    elif before is not None:
        seen[str(step)] = [before[0], [*before[1], hit.seq]]
    memory["seen"] = seen
    done = seen.get(str(len(correlation.rules) - 1))
    return done[1] if done is not None else None


def _needed(condition: SigmaCorrelationCondition) -> int:
    if condition.op not in NEEDED or not isinstance(condition.count, int):
        raise Unmatchable("a correlation's 'condition' is gte, gt or eq with a whole number: what did not happen cannot be matched")
    needed = condition.count + NEEDED[condition.op]
    if not 1 <= needed <= NEEDED_MAXIMUM:
        raise Unmatchable(f"a correlation's 'condition' asks for 1 to {NEEDED_MAXIMUM} entries or values")
    return needed


def _text(value: Any) -> str:
    return "" if value is None else ",".join(map(str, value)) if isinstance(value, list) else str(value)
