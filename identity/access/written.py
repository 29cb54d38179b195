"""A policy as data, the way Cedar writes it in JSON. Pure.

Written out, a chain of conditions becomes as deep as it is long, and a reader of JSON goes down its stack for each level: what is deeper or larger
than any policy for people is not read.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import cedarpy

DEPTH_MAX: Final = 600
SIGNS_MAX: Final = 200_000
_CONTEXT: Final = {"Var": "context"}
_MARKS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]')


class TooDeep(ValueError):
    """A policy whose conditions are chained or nested too far to be read."""


def told(text: str) -> dict[str, Any]:
    """What Cedar reads in a text: its policies and templates. Raises TooDeep, and ValueError for a text that is not Cedar."""
    written = cedarpy.policies_to_json_str(text)
    if len(written) > SIGNS_MAX or _depth(written) > DEPTH_MAX:
        raise TooDeep("A policy chains at most about 250 conditions; share them out over several policies.")
    read: dict[str, Any] = json.loads(written)
    return read


def action_scope(policy: dict[str, Any]) -> frozenset[str] | None:
    """The actions and groups of actions that one policy is about by its head; None for all."""
    scope = policy["action"]
    if scope["op"] == "All":
        return None
    named = scope["entities"] if "entities" in scope else [scope["entity"]]
    return frozenset(entity["id"] for entity in named)


def reads(policy: dict[str, Any], *, names: frozenset[str]) -> bool:
    """Whether one policy reads any of these names of `context`; also when it takes `context` as a whole, to compare it, say."""
    waiting: list[Any] = [policy]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting += found
        if not isinstance(found, dict):
            continue
        if found == _CONTEXT or (found.get("left") == _CONTEXT and found.get("attr") in names):
            return True
        waiting += () if found.get("left") == _CONTEXT and "attr" in found else found.values()
    return False


def entities(node: Any) -> Iterator[dict[str, Any]]:
    """Everything in a policy that has a type and an id, wherever it stands."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            if isinstance(found.get("type"), str) and isinstance(found.get("id"), str):
                yield found
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def _depth(written: str) -> int:
    depth = deepest = 0
    for mark in _MARKS.finditer(written):
        if mark[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark[0] in "]}":
            depth -= 1
    return deepest
