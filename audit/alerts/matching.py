"""A Sigma condition as a function over the fields of an entry. Pure.

pySigma parses; here its tree becomes closures. Expressions and wildcards run in RE2, whose time grows with the length of the text and never
explodes. Text is compared without regard to case unless the rule says `cased`. A list matches when any of its elements does.
"""

import ipaddress
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import re2
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaType,
    SpecialChars,
)

from kernel.addresses import canonical

Fields = Mapping[str, Any]
Test = Callable[[Fields], bool]
ValueTest = Callable[[Any], bool]
MEMORY_BYTES = 1 << 20
ACTION = "action"
REMEMBERED = 2000
COMPARED: dict[CompareOperators, Callable[[float, float], bool]] = {
    CompareOperators.LT: lambda value, limit: value < limit,
    CompareOperators.LTE: lambda value, limit: value <= limit,
    CompareOperators.GT: lambda value, limit: value > limit,
    CompareOperators.GTE: lambda value, limit: value >= limit,
}


class Unmatchable(ValueError):
    """The rule asks for something that cannot be matched in process; the message says what, for the person who wrote the rule."""


def compiled(node: Any) -> Test:
    """The test of a parsed condition. Raises Unmatchable."""
    test = _compiled(node)
    return _remembered(test) if _asks_only_for_action(node) else test


def _compiled(node: Any) -> Test:
    if isinstance(node, ConditionAND | ConditionOR | ConditionNOT):
        return _combined(node)
    if isinstance(node, ConditionFieldEqualsValueExpression):
        return _on_field(node.field, node.value)
    if isinstance(node, ConditionValueExpression):
        return _on_any_field(node.value)
    raise Unmatchable(f"a condition of the kind {type(node).__name__} cannot be matched here")


def fields_of(node: Any) -> set[str]:
    """The names of all fields that a parsed condition asks for."""
    if isinstance(node, ConditionItem):
        return set().union(*(fields_of(part) for part in node.args))
    if not isinstance(node, ConditionFieldEqualsValueExpression):
        return set()
    return {node.field} | ({node.value.field} if isinstance(node.value, SigmaFieldReference) else set())


def _asks_only_for_action(node: Any) -> bool:
    if isinstance(node, ConditionItem):
        return bool(node.args) and all(_asks_only_for_action(part) for part in node.args)
    return isinstance(node, ConditionFieldEqualsValueExpression) and fields_of(node) == {ACTION}


def _remembered(test: Test) -> Test:
    """Most rules begin with the action, of which there are some hundred: so each asks once for each, and an entry costs a look-up."""
    verdicts: dict[Any, bool] = {}

    def remembered(fields: Fields) -> bool:
        action = fields.get(ACTION)
        verdict = verdicts.get(action)
        if verdict is None:
            if len(verdicts) >= REMEMBERED:
                verdicts.clear()
            verdict = verdicts[action] = test(fields)
        return verdict

    return remembered


def _combined(node: ConditionAND | ConditionOR | ConditionNOT) -> Test:
    # What only asks for the action is asked first, because it costs least and most entries fail there.
    tests = tuple(compiled(part) for part in sorted(node.args, key=lambda part: not _asks_only_for_action(part)))
    if isinstance(node, ConditionNOT):
        return lambda fields: not tests[0](fields)
    if isinstance(node, ConditionAND):
        return lambda fields: all(test(fields) for test in tests)
    return lambda fields: any(test(fields) for test in tests)


def _on_field(name: str, value: SigmaType) -> Test:
    if isinstance(value, SigmaExists):
        return lambda fields: (name in fields) == value.exists
    if isinstance(value, SigmaNull):
        return lambda fields: fields.get(name) is None
    if isinstance(value, SigmaFieldReference):
        return _on_two_fields(name, value)
    if isinstance(value, SigmaExpansion):
        tests = tuple(_on_field(name, each) for each in value.values)
        return lambda fields: any(test(fields) for test in tests)
    test = _on_value(value)

    def on_field(fields: Fields) -> bool:
        found = fields.get(name)
        if isinstance(found, list):
            return any(test(element) for element in found)
        return found is not None and test(found)

    return on_field


def _on_two_fields(name: str, other: SigmaFieldReference) -> Test:
    if other.starts_with or other.ends_with:
        raise Unmatchable("`fieldref` compares whole values here; leave out startswith and endswith")

    def on_two_fields(fields: Fields) -> bool:
        one, another = fields.get(name), fields.get(other.field)
        if isinstance(another, list) and not isinstance(one, list):
            return one is not None and one in another
        return one is not None and one == another

    return on_two_fields


def _on_any_field(value: SigmaType) -> Test:
    """A word without a field is looked for inside every text of the entry."""
    if not isinstance(value, SigmaString):
        raise Unmatchable("what stands without a field must be text")
    within = SigmaString()
    within.s = [SpecialChars.WILDCARD_MULTI, *value.s, SpecialChars.WILDCARD_MULTI]
    test = _on_text(within)
    return lambda fields: any(_any_text(test, found) for found in fields.values())


def _any_text(test: ValueTest, found: Any) -> bool:
    return any(test(each) for each in found) if isinstance(found, list) else isinstance(found, str) and test(found)


def _on_value(value: SigmaType) -> ValueTest:
    if isinstance(value, SigmaString):
        return _on_text(value)
    if isinstance(value, SigmaBool):
        return lambda found: found is value.boolean
    if isinstance(value, SigmaNumber):
        return _on_number(value)
    if isinstance(value, SigmaCompareExpression):
        return _on_comparison(value)
    if isinstance(value, SigmaCIDRExpression):
        return partial(_is_within, network=value.network)
    if isinstance(value, SigmaRegularExpression):
        flags = "".join(sorted(SigmaRegularExpression.sigma_to_re_flag[flag] for flag in value.flags))
        return _searching(f"(?{flags}){value.regexp}" if flags else str(value.regexp), whole="search")
    raise Unmatchable(f"a value of the kind {type(value).__name__} cannot be matched here")


def _on_text(value: SigmaString) -> ValueTest:
    is_cased = isinstance(value, SigmaCasedString)
    parts = [part for part in value.s if part != ""]
    middle = [part for part in parts if part is not SpecialChars.WILDCARD_MULTI]
    if any(not isinstance(part, str | SpecialChars) for part in parts):
        raise Unmatchable("placeholders such as %name% are not filled here; write the values themselves")
    if len(middle) > 1 or (middle and not isinstance(middle[0], str)):
        return _searching(_expression(parts, is_cased=is_cased), whole="fullmatch")
    wanted = str(middle[0]) if middle else ""
    wanted = wanted if is_cased else wanted.lower()
    fold: Callable[[Any], str] = _plain if is_cased else _folded
    starts, ends = bool(parts) and isinstance(parts[0], str), bool(parts) and isinstance(parts[-1], str)
    if len(parts) == len(middle):
        return lambda found: fold(found) == wanted
    if starts:
        return lambda found: fold(found).startswith(wanted)
    return (lambda found: fold(found).endswith(wanted)) if ends else (lambda found: wanted in fold(found))


def _plain(found: Any) -> str:
    return found if isinstance(found, str) else str(found)


def _folded(found: Any) -> str:
    return _plain(found).lower()


def _expression(parts: list[Any], *, is_cased: bool) -> str:
    special = {SpecialChars.WILDCARD_MULTI: ".*", SpecialChars.WILDCARD_SINGLE: "."}
    return ("(?s)" if is_cased else "(?is)") + "".join(
        re2.escape(part) if isinstance(part, str) else special[part] for part in parts
    )


def _searching(expression: str, *, whole: str) -> ValueTest:
    options = re2.Options()
    options.max_mem, options.log_errors = MEMORY_BYTES, False
    try:
        search = getattr(re2.compile(expression, options), whole)
    except re2.error as fault:
        raise Unmatchable(f"the expression {expression!r} cannot be used: {str(fault)[:200]}") from fault
    return lambda found: search(_plain(found)) is not None


def _on_number(value: SigmaNumber) -> ValueTest:
    number, text = value.number, str(value.number)
    return lambda found: found == text if isinstance(found, str) else not isinstance(found, bool) and bool(found == number)


def _on_comparison(value: SigmaCompareExpression) -> ValueTest:
    compare, limit = COMPARED.get(value.op), value.number.number
    if compare is None:
        raise Unmatchable("of comparisons there are lt, lte, gt and gte")
    return lambda found: isinstance(found, int | float) and not isinstance(found, bool) and compare(found, limit)


def _is_within(found: Any, *, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return canonical(found) in network
    except ValueError:
        return False
