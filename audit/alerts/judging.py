"""Rules against entries: what they find. A rule that breaks is told of and left out; it never keeps the others from being judged."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from audit.alerts import correlating, habits
from audit.alerts.correlating import Correlation, Hit
from audit.alerts.fields import Fields, moment_of
from audit.alerts.reading import Rule
from audit.alerts.remembering import Lasting, Passing, lasts, window_key

OWN_ACTIONS = "audit.alert."
"""What the alerts themselves leave in the trail: no rule looks at it, or an alert could raise the next."""
GROUP_LENGTH = 200
SHOWN_FACTS = (
    "action",
    "outcome",
    "actor.id",
    "actor.kind",
    "subject.id",
    "subject.kind",
    "place.country",
    "travel.km",
    "travel.kmh",
)


@dataclass(frozen=True, slots=True)
class Named:
    """A rule under its key, e.g. `brute-force-account`."""

    key: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule was met: by the entry `seq`, together with `seqs` before it; `group` says whose or where, as people read it."""

    key: str
    rule: Rule
    group: str
    seq: int
    seqs: tuple[int, ...]
    happened_at: datetime
    facts: dict[str, object] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that raised a fault of its own at the entry `seq`."""

    key: str
    seq: int
    fault: str


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """What a rule would have found: how many entries it looked at, its findings, the newest last, and the faults that it stopped at."""

    looked_at: int
    findings: tuple[Finding, ...]
    faults: tuple[str, ...]


def judged(
    entries: Iterable[Fields], *, rules: Sequence[Named], memory: Passing, is_broken: Callable[[Broken], None]
) -> Iterator[Finding]:
    """What the rules find in entries, in the order of the log. A broken rule is told to `is_broken` and judges nothing more."""
    living = list(rules)
    for fields in entries:
        if str(fields.get("action", "")).startswith(OWN_ACTIONS):
            continue
        habits.add(fields, memory=memory)
        for named in tuple(living):
            try:
                finding = judge(fields, named=named, memory=memory)
            except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as fault:
                living.remove(named)
                is_broken(Broken(named.key, int(fields["seq"]), f"{type(fault).__name__}: {fault}"[:500]))
                continue
            if finding is not None:
                yield finding


def judge(fields: Fields, *, named: Named, memory: Passing) -> Finding | None:
    """What one rule says about one entry."""
    rule, hits = named.rule, set[str]()
    seqs: list[int] = []
    for part in rule.parts:
        if not isinstance(part, Correlation):
            if part.test(fields):
                hits.add(part.name)
            continue
        enough = _correlated(part, hits, fields=fields, named=named, memory=memory)
        if enough is not None:
            hits.add(part.name)
            seqs += enough
    if rule.output not in hits:
        return None
    places = tuple(sorted({*seqs, int(fields["seq"])}))
    facts: dict[str, object] = {name: fields[name] for name in SHOWN_FACTS if fields.get(name) not in {None, ""}}
    return Finding(named.key, rule, _group(fields, rule=rule), int(fields["seq"]), places, moment_of(fields), facts)


def fetch_for(entries: Sequence[Fields], *, rules: Sequence[Named], memory: Lasting) -> None:
    """Read at once what the rules may remember of these entries: the groups of all correlations of which a plain part is met."""
    keys = {habits.key_of(fields) for fields in entries} - {""}
    for named in rules:
        correlations = [part for part in named.rule.parts if isinstance(part, Correlation)]
        plain = [part for part in named.rule.parts if not isinstance(part, Correlation)] if correlations else []
        for fields in entries:
            if any(_is_met(part.test, fields) for part in plain):
                keys |= {key for part in correlations for key in _keys(part, fields, named=named)}
    memory.fetch(keys)


def _is_met(test: Callable[[Fields], bool], fields: Fields) -> bool:
    try:
        return test(fields)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return False  # `judged` meets the same fault and tells of it


def _keys(correlation: Correlation, fields: Fields, *, named: Named) -> Iterator[str]:
    for part in correlation.rules:
        group = correlating.group_of(correlation, fields, part=part)
        if group is not None:
            yield window_key(named.key, correlation=correlation.name, group=correlating.digest(*group))


def _correlated(correlation: Correlation, hits: set[str], *, fields: Fields, named: Named, memory: Passing) -> list[int] | None:
    """Count an entry into a correlation, for the last of its parts that it meets: one entry is one step."""
    part = next((each for each in reversed(correlation.rules) if each in hits), None)
    group = None if part is None else correlating.group_of(correlation, fields, part=part)
    if part is None or group is None:
        return None
    key = window_key(named.key, correlation=correlation.name, group=correlating.digest(*group))
    remembered = dict(memory.of(key))
    enough = correlating.counted(correlation, remembered, Hit(part, moment_of(fields).timestamp(), fields))
    memory.keep(key, remembered, until=lasts(correlation.span_s))
    return enough


def _group(fields: Fields, *, rule: Rule) -> str:
    """`actor.id=usr_… context.address=192.0.2.7`; what is too long ends in a digest, so that two groups never look the same."""
    last = rule.parts[-1]
    if isinstance(last, Correlation):
        part = next(iter(last.rules))
        values = correlating.group_of(last, fields, part=part) or ()
    else:
        values = tuple(str(fields.get(name, "")) for name in rule.group_by)
    shown = " ".join(f"{name}={value}" for name, value in zip(rule.group_by, values, strict=False) if value)
    if len(shown) <= GROUP_LENGTH:
        return shown
    return f"{shown[: GROUP_LENGTH - 34]}… {correlating.digest(shown)}"
