"""Whether a text can be a policy here: one `forbid`, within the limits, in the words of the schema. Faults come with line and column. Pure."""

import re
from dataclasses import dataclass
from typing import Final

import cedarpy

from identity.access import limits, schema, written

FAULTS_MAX: Final = 20
NAMED_KINDS: Final = frozenset({"Role", "Team"})
_SIGN: Final = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]*")
_SUBJECT: Final = re.compile(r"^for policy `policy\d+`, ")
_PLACE: Final = re.compile(r" (?:in|for|on) (?:context for )?(?:Action::\"[^\"]*\"|entity type `[^`]*`)")
_QUOTED: Final = re.compile(r"`([^`]+)`")
_WORDS: Final = re.compile(r"^(?:unexpected token|invalid policy condition:|expected an entity uid)")
NOT_A_POLICY: Final = "not_one_policy"
NOT_FORBID: Final = "not_forbid"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a text, at a line and a column that both count from 1."""

    code: str
    detail: str
    line: int = 1
    column: int = 1


def faults(text: str) -> list[Fault]:
    """What keeps a text from being a policy; none when it is one. At most 20."""
    first = _unfit(text) or _unparsed(text) or _wrong_kind(text)
    if first is not None:
        return [first]
    result = cedarpy.validate_policies(text, schema.handle())
    told = dict.fromkeys(_sentence(error.error) for error in result.errors)
    return [_at(text, _first_place(text, detail), code="not_valid", detail=detail) for detail in list(told)[:FAULTS_MAX]]


def names_in(text: str) -> set[tuple[str, str]]:
    """The roles and teams that a valid policy names, as pairs of `Role` or `Team` and a name: Cedar does not ask whether there are such."""
    return {(entity["type"], entity["id"]) for entity in written.entities(written.told(text)) if entity["type"] in NAMED_KINDS}


def _unfit(text: str) -> Fault | None:
    readable = _SIGN.match(text)
    if readable is None or readable.end() < len(text):
        place = 0 if readable is None else readable.end()
        return _at(text, place, code="unseen_characters", detail="A policy holds no control characters.")
    over = limits.fault(text)
    return None if over is None else _at(text, over[0], code="too_large", detail=over[1])


def _unparsed(text: str) -> Fault | None:
    fault = _parse_fault(text)
    return None if fault is None else _at(text, _broken_place(text, fault), code="not_cedar", detail=_capital(fault))


def _wrong_kind(text: str) -> Fault | None:
    try:
        told = written.told(text)
    except written.TooDeep as fault:
        return Fault(code="too_large", detail=str(fault))
    policies = list(told["staticPolicies"].values())
    if len(policies) != 1 or told["templates"]:
        detail = "Write exactly one policy, without ?principal and ?resource; make another for the next."
        return Fault(code=NOT_A_POLICY, detail=detail)
    if policies[0]["effect"] != "forbid":
        detail = (
            "Roles say what is allowed, and a policy can only take from that. Write `forbid (…) unless { … };` instead of `permit`."
        )
        return _at(text, max(0, text.find("permit")), code=NOT_FORBID, detail=detail)
    return None


def _parse_fault(text: str) -> str | None:
    try:
        cedarpy.policies_to_json_str(text)
    except ValueError as fault:
        return str(fault)
    return None


def _broken_place(text: str, fault: str) -> int:
    """Where the parser stopped: it names a token, and the right one of several is that before which the text was well begun."""
    if "unexpected end" in fault:
        return len(text.rstrip())
    token = _QUOTED.search(fault)
    word = token[1] if token else fault.rpartition(": ")[2] if _WORDS.match(fault) else ""
    places = [found.start() for found in re.finditer(re.escape(word), text)] if word else []
    well_begun = (
        place for place in places[: limits.BRACKETS_MAX] if "unexpected end" in (_parse_fault(text[:place]) or "unexpected end")
    )
    ended_there = [place for place in well_begun if "unexpected end" not in (_parse_fault(text[: place + len(word)] + " ") or "")]
    return ended_there[0] if ended_there else places[0] if places else 0


def _sentence(error: str) -> str:
    """The validator says the same for each action or kind of principal; this is what it says once."""
    return _capital(_PLACE.sub("", _SUBJECT.sub("", error)))


def _first_place(text: str, detail: str) -> int:
    """Where the first thing stands that the sentence names and the text holds; else the beginning."""
    places = (text.find(named) for named in _QUOTED.findall(detail))
    return next((place for place in places if place >= 0), 0)


def _at(text: str, place: int, *, code: str, detail: str) -> Fault:
    before = text[:place]
    return Fault(code=code, detail=detail, line=before.count("\n") + 1, column=place - (before.rfind("\n") + 1) + 1)


def _capital(sentence: str) -> str:
    return f"{sentence[:1].upper()}{sentence[1:]}".rstrip(".") + "."
