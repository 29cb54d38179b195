"""Grants that may hold wildcards: whether they are well written, and whether some contain others. Pure.

`kernel.actors.allows` answers for one permission; here both sides may be patterns, because nobody may hand out more than they have.
"""

import re
from collections.abc import Iterable
from typing import Final

MAX_GRANTS: Final = 200
MAX_LENGTH: Final = 100

_WORD = r"[a-z][a-z0-9_-]*"
_RESOURCE = rf"{_WORD}(?:\.{_WORD})*(?:\.\*)?"
# Everything is written `*`; `*:*` would be a second spelling that nothing else reads.
_PATTERN: Final = re.compile(rf"\*|{_WORD}:\*|(?:{_WORD}|\*):{_RESOURCE}", re.ASCII)


def is_well_formed(grant: str) -> bool:
    """Whether the text is `*` or `verb:resource`, e.g. `read:*`, `*:identity.people`, `write:webhooks.*`."""
    return len(grant) <= MAX_LENGTH and _PATTERN.fullmatch(grant) is not None


def uncovered(wanted: Iterable[str], *, by: Iterable[frozenset[str]]) -> list[str]:
    """Those of the wanted grants that are not contained in every set of `by`, sorted; with no sets at all, every one."""
    held = list(by)
    return sorted({grant for grant in wanted if not held or not all(_is_covered(grant, own) for own in held)})


def _is_covered(wanted: str, held: frozenset[str]) -> bool:
    return any(contains(grant, wanted) for grant in held)


def contains(grant: str, wanted: str) -> bool:
    """Whether every permission that matches `wanted` also matches `grant`; a grant contains itself."""
    verb, resource = _parts(grant)
    wanted_verb, wanted_resource = _parts(wanted)
    return verb in ("*", wanted_verb) and _contains_resource(resource, wanted_resource)


def _contains_resource(resource: str, wanted: str) -> bool:
    if resource in ("*", wanted):
        return True
    # `webhooks.*` contains `webhooks.endpoints` and `webhooks.endpoints.*`, not `webhooks` itself: the same as `allows`.
    return resource.endswith(".*") and wanted.startswith(resource[:-1])


def _parts(grant: str) -> tuple[str, str]:
    verb, _, resource = grant.partition(":")
    return verb, resource or "*"
