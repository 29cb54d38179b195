"""Reading a rule: YAML to pySigma to something that can be matched. Pure.

One text is one rule: a single Sigma rule, or a Sigma correlation together with the rules that it counts. Beside what Sigma knows, a rule may say
`group-by` (a plain rule's alerts are kept apart by these fields; `actor.id` when it says nothing) and `response` (what to do, in sentences).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.rule import SigmaLevel, SigmaRule

from audit.alerts import correlating, fields, matching
from audit.alerts.correlating import Correlation
from audit.alerts.matching import Test, Unmatchable

TEXT_BYTES = 16 * 1024
DOCUMENTS = 10
CONDITION_LENGTH = 1000
GROUPS = 5
TITLE_LENGTH = 200
SEVERITIES = {level: number for number, level in enumerate(SigmaLevel, start=1)}
AUDIT, CLOCK = "audit", "clock"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a rule's text; `line` begins with 1."""

    line: int
    message: str


class Unreadable(ValueError):
    """The text is no rule that can be matched; `faults` says why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"line {fault.line}: {fault.message}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Detection:
    """A plain rule: what one entry must look like. Correlations refer to it by `name`."""

    name: str
    test: Test


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can be matched: its parts in the order in which they are judged, of which `output` raises the alert.

    `severity` is 1 to 5; `service` is `audit` for rules over entries, `clock` for those that are asked once a minute.
    """

    title: str
    severity: int
    description: str
    falsepositives: tuple[str, ...]
    response: tuple[str, ...]
    service: str
    parts: tuple[Detection | Correlation, ...]
    output: str
    group_by: tuple[str, ...]


@lru_cache(maxsize=1024)
def read(text: str) -> Rule:
    """The rule that a text says. Raises Unreadable with every fault that was found, each with its line."""
    if len(text.encode()) > TEXT_BYTES:
        raise Unreadable([Fault(1, f"a rule has at most {TEXT_BYTES:,} bytes")])
    documents = _documents(text)
    try:
        collection = SigmaCollection.from_dicts(documents, collect_errors=True)
        _refuse(text, [*collection.errors, *(error for rule in collection.rules for error in rule.errors)])
        return _rule(collection)
    except Unreadable:
        raise
    except (SigmaError, Unmatchable) as fault:
        raise Unreadable([_located(text, str(fault))]) from fault
    except RecursionError as fault:
        raise Unreadable([_located(text, "the 'condition' is nested too deeply")]) from fault
    except (TypeError, AttributeError, KeyError, ValueError) as fault:
        # pySigma trusts the types of what it is given; what it stumbles over is a fault of the text all the same.
        raise Unreadable([_located(text, f"this is not what Sigma expects ({fault})")]) from fault


def _documents(text: str) -> list[dict[str, Any]]:
    try:
        has_aliases = any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader))
        found = [] if has_aliases else [document for document in yaml.safe_load_all(text) if document is not None]
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise Unreadable([Fault(line, f"the YAML cannot be read: {fault.problem or fault.context}")]) from fault
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise Unreadable([Fault(1, f"the YAML cannot be read: {str(fault).splitlines()[0][:200]}")]) from fault
    if has_aliases:
        raise Unreadable([Fault(1, "anchors and aliases (& and *) are not read; write the values out")])
    if not found or not all(isinstance(document, dict) for document in found):
        raise Unreadable([Fault(1, "a rule is a map that begins with `title:`")])
    if len(found) > DOCUMENTS:
        raise Unreadable([Fault(1, f"a rule has at most {DOCUMENTS} parts")])
    for document in found:
        _require_plain(document, text=text)
    return found


def _require_plain(document: dict[str, Any], *, text: str) -> None:
    """Refuse what is no part of a rule: collections of rules have actions and filters, and a long condition takes long to parse."""
    if document.keys() & {"action", "filter"}:
        raise Unreadable([_located(text, "'action' and 'filter' belong to collections of rules and are not read here")])
    detection = document.get("detection")
    condition = detection.get("condition") if isinstance(detection, dict) else None
    if any(len(str(each)) > CONDITION_LENGTH for each in (condition if isinstance(condition, list) else [condition])):
        raise Unreadable([_located(text, f"a 'condition' has at most {CONDITION_LENGTH} signs")])


def _rule(collection: SigmaCollection) -> Rule:
    parts = tuple(_part(found, number=number) for number, found in enumerate(collection.rules))
    outputs = [found for found in collection.rules if found._output]  # noqa: SLF001  (pySigma marks what a correlation uses there)
    if len(outputs) != 1 or outputs[0] is not collection.rules[-1]:
        raise Unmatchable("one text is one rule: several parts belong together only when one 'correlation' counts all others")
    main = outputs[0]
    if main.level is None:
        raise Unmatchable("'level' is missing: one of informational, low, medium, high, critical")
    counted = parts[-1]
    group_by = counted.group_by if isinstance(counted, Correlation) else _texts(main, "group-by") or ("actor.id",)
    _require_fields(group_by)
    services = {found.logsource.service for found in collection.rules if isinstance(found, SigmaRule)}
    return Rule(
        title=str(main.title)[:TITLE_LENGTH], severity=SEVERITIES[main.level], description=str(main.description or ""),
        falsepositives=tuple(map(str, main.falsepositives)), response=_texts(main, "response"),
        service=CLOCK if services == {CLOCK} else AUDIT, parts=parts, output=counted.name, group_by=group_by,
    )  # fmt: skip


def _part(found: SigmaRule | SigmaCorrelationRule, *, number: int) -> Detection | Correlation:
    name = found.name or f"part-{number}"
    if isinstance(found, SigmaCorrelationRule):
        correlation = correlating.of(found, name=name)
        _require_fields((*correlation.group_by, *correlation.counted))
        return correlation
    conditions = found.detection.parsed_condition
    if len(conditions) != 1:
        raise Unmatchable("a rule has one 'condition'")
    parsed = conditions[0].parsed
    _require_fields(matching.fields_of(parsed))
    return Detection(name, matching.compiled(parsed))


def _require_fields(names: Iterable[str]) -> None:
    """A name that no entry has would make a rule that never finds anything, and nobody would notice."""
    for name in names:
        if not fields.is_known(name):
            raise Unmatchable(f"entries have no field '{name}'; docs/alerts.md lists all of them")


def _texts(found: SigmaRule | SigmaCorrelationRule, name: str) -> tuple[str, ...]:
    value = found.custom_attributes.get(name) or ()
    values = (value,) if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(each, str) for each in values):
        raise Unmatchable(f"'{name}' is text or a list of texts")
    if name == "group-by" and len(values) > GROUPS:
        raise Unmatchable(f"'{name}' names at most {GROUPS} fields")
    return tuple(values)


def _refuse(text: str, errors: list[SigmaError]) -> None:
    if errors:
        raise Unreadable([_located(text, message) for message in dict.fromkeys(str(error) for error in errors)])


def _located(text: str, message: str) -> Fault:
    """A fault at the line of the first word in quotes of its message that is a key, or at least stands, in the text; else at the first line."""
    words = ["condition"] if "(line:" in message else re.findall(r"'\s?([^']{1,80}?)\s?'", message)
    patterns = [rf"^\s*(- )?['\"]?{re.escape(word)}['\"]?\s*[:|]" for word in words] + [
        rf"(?<!\w){re.escape(word)}(?!\w)" for word in words
    ]
    for pattern in patterns:
        for number, line in enumerate(text.splitlines(), start=1):
            if re.search(pattern, line):
                return Fault(number, message)
    return Fault(1, message)
